import { InputError } from '../../base/errors.ts';

const SUBJECT_OPTIONS = ['--uin', '--app'];

/** `9.0E+15`: how a spreadsheet shows an account of sixteen digits. */
const FROM_SPREADSHEET = /^\d(?:\.\d+)?E\+\d+$/i;

/** Whether a text is an account number that a spreadsheet has rounded. */
export const isFromSpreadsheet = (text: string): boolean => FROM_SPREADSHEET.test(text);

const flawOf = (value = ''): string | undefined => {
  if (value.startsWith('-')) return 'what begins with a hyphen, as options do';
  return isFromSpreadsheet(value) ? 'a number that a spreadsheet has rounded' : undefined;
};

/** Whether a text is accepted as an identifier only after an equals sign. */
export const isDoubtful = (text: string): boolean => flawOf(text) !== undefined;

/**
 * Refuses a doubtful identifier after `--uin` or `--app`: if a script's variable is empty, the next option would become
 * the account. With an equals sign, such an identifier is accepted.
 * @throws InputError `doubtful-identifier`
 */
export const refuseDoubtfulSubjects = (argv: readonly string[]): void => {
  for (const [at, option] of argv.entries()) {
    const found = SUBJECT_OPTIONS.includes(option) ? flawOf(argv[at + 1]) : undefined;
    if (found === undefined) continue;
    throw new InputError('doubtful-identifier', {
      expected: `an identifier after ${option}`,
      found,
      fix: `If it is the identifier, write ${option}=… in one word. Nothing was done.`,
    });
  }
};
