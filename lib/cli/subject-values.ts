import { InputError } from '../purge/errors.ts';

const OF_SUBJECTS = ['--uin', '--app'];

/**
 * Refuses an option after `--uin` or `--app`: where a script's variable is empty, the next option would be taken for the account.
 * An identifier that begins with a hyphen is written with an equals sign.
 * @throws InputError `option-as-identifier`
 */
export const refuseOptionsAsSubjects = (argv: readonly string[]): void => {
  const option = argv.find((each, at) => OF_SUBJECTS.includes(each) && argv[at + 1]?.startsWith('-'));
  if (option === undefined) return;
  throw new InputError('option-as-identifier', {
    expected: `an identifier after ${option}`,
    found: 'what begins with a hyphen, as options do',
    wayOut: `If it is the identifier, write ${option}=… in one word. Nothing was done.`,
  });
};
