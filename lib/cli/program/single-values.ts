import type { Command, Option } from 'commander';
import { InputError } from '../../base/errors.ts';

const takesOneValue = ({ required, optional, variadic }: Option): boolean => (required || optional) && !variadic;

/** Commander would use the last value, and silently forget the subject of the first one. */
const onlyOnce =
  ({ long, short, flags }: Option) =>
  (value: string, previous: string | undefined): string => {
    if (previous === undefined) return value;
    throw new InputError('repeated-option', {
      expected: `${long ?? short ?? flags} once`,
      found: 'the option more than once',
      fix: 'Give one value, and run the command again for each other value. Nothing was done.',
    });
  };

/** Makes every single-value option of a command refuse a second value. */
export const refuseRepeatedOptions = (command: Command): Command => {
  for (const option of command.options) if (takesOneValue(option)) option.argParser(onlyOnce(option));
  command.commands.forEach(refuseRepeatedOptions);
  return command;
};
