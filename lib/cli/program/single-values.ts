import type { Command, Option } from 'commander';
import { InputError } from '../../purge/errors.ts';

const takesOneValue = ({ required, optional, variadic }: Option): boolean => (required || optional) && !variadic;

/** Commander lets the last value win: whom the first one named would be forgotten in silence. */
const onlyOnce =
  ({ long, short, flags }: Option) =>
  (value: string, previous: string | undefined): string => {
    if (previous === undefined) return value;
    throw new InputError('repeated-option', {
      expected: `${long ?? short ?? flags} once`,
      found: 'it more than once',
      fix: 'Give one value, and run the command once for each of the others. Nothing was done.',
    });
  };

/** Makes every option of a command line that takes one value refuse a second one. */
export const refuseRepeatedOptions = (command: Command): Command => {
  for (const option of command.options) if (takesOneValue(option)) option.argParser(onlyOnce(option));
  command.commands.forEach(refuseRepeatedOptions);
  return command;
};
