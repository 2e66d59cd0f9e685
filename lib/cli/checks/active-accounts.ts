import { readFileSync } from 'node:fs';
import { CsvError, parse } from 'csv-parse/sync';
import { isIdentifier } from '../../erasure/intake/identifier.ts';
import type { ActiveAccounts } from '../../erasure/reconcile.ts';
import type { Category } from '../../policy/retention-policy.ts';
import { InputError, messageOf } from '../../purge/errors.ts';
import { isFromSpreadsheet } from '../erasures/subject-values.ts';

const badFile = (expected: string, found: string, fix: string, cause?: unknown): InputError =>
  new InputError('bad-active-file', { expected, found, fix }, cause);

/** Bytes that are not UTF-8 would become another account: the right one would be listed. */
const decode = (bytes: Uint8Array, file: string): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw badFile('a file of text in UTF-8', `${file} in another encoding`, 'Export it again as CSV in UTF-8.');
  }
};

const readBytes = (file: string): Uint8Array => {
  try {
    return readFileSync(file);
  } catch (error) {
    throw badFile('a file that can be read', messageOf(error), 'Name the file after --active.', error);
  }
};

const badLine = (line: number, file: string): InputError =>
  badFile(
    'CSV with one account a line: uin, or uin,application',
    `something else in line ${line} of ${file}`,
    'Correct the line. Put what has a comma, a semicolon, a quotation mark or a # of its own into double quotes, and write a quotation mark in it twice. Empty lines, and lines that begin with #, are passed over.',
  );

interface Cell {
  readonly text: string;
  readonly quoted: boolean;
}
interface Line {
  readonly record: readonly Cell[];
  readonly info: { readonly lines: number };
}

/** Outside quotes, a semicolon is another separator rather than a part of an account, and `9.0E+15` a number that was rounded. */
const isCell = ({ text, quoted }: Cell): boolean =>
  isIdentifier(text) && (quoted || !(text.includes(';') || isFromSpreadsheet(text)));

const parseLines = (text: string, file: string): readonly Line[] => {
  try {
    const lines: unknown = parse(text, {
      cast: (cell, { quoting: quoted }) => ({ text: cell, quoted }),
      comment: '#',
      comment_no_infix: true,
      info: true,
      // Guessed from the first line end, a mixed file would lose lines in silence.
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
    });
    return lines as readonly Line[];
  } catch (error) {
    // What it says quotes the file, so that it is not kept as the cause.
    throw badLine(error instanceof CsvError && typeof error.lines === 'number' ? error.lines : 1, file);
  }
};

const nobody = (found: string): InputError =>
  badFile(
    'at least one account in use',
    found,
    'Export the accounts in use again: with none, every account would be listed.',
  );

/**
 * The accounts in use, out of a text of CSV (RFC 4180, with commas): one account a line, and an application of it if only that one is
 * in use. Blanks around a cell are left out.
 * @param file what the text is called in errors.
 * @throws InputError `bad-active-file`, with the line; also when it names nobody, which would list everybody.
 */
export const parseActiveAccounts = (text: string, file: string): ActiveAccounts => {
  const active = new Map<string, 'all' | Set<string>>();
  for (const { record, info } of parseLines(text, file)) {
    const [uin, app, ...more] = record;
    if (uin === undefined || more.length > 0 || !record.every(isCell)) throw badLine(info.lines, file);
    const known = active.get(uin.text);
    if (app === undefined) active.set(uin.text, 'all');
    else if (known === undefined) active.set(uin.text, new Set([app.text]));
    else if (known !== 'all') known.add(app.text);
  }
  if (active.size > 0) return active;
  throw nobody(`none in ${file}`);
};

/**
 * The accounts in use, out of a file.
 * @throws InputError `bad-active-file`
 */
export const readActiveAccounts = (file: string): ActiveAccounts =>
  parseActiveAccounts(decode(readBytes(file), file), file);

/** What a heading may call a field: by its whole name, or the end of its path. */
const headingsOf = (fields: readonly string[]): ReadonlySet<string> =>
  new Set(
    fields.flatMap((field) => [field, field.slice(field.lastIndexOf('.') + 1)]).map((name) => name.toLowerCase()),
  );

/**
 * Makes sure that no heading says that the columns stand the other way round, and that there is more than a heading: every account would be
 * listed then. A heading in the right order above accounts is an account that nobody has, and changes nothing.
 * @throws InputError `bad-active-file`
 */
export const assertNoHeading = (
  active: ActiveAccounts,
  categories: readonly Pick<Category, 'accountField' | 'applicationField'>[],
): void => {
  const accounts = headingsOf(categories.map(({ accountField }) => accountField));
  const applications = headingsOf(categories.flatMap(({ applicationField }) => applicationField ?? []));
  if ([...active.keys()].every((uin) => accounts.has(uin.toLowerCase()))) throw nobody('a heading and nothing else');
  for (const [uin, apps] of active)
    if (
      applications.has(uin.toLowerCase()) &&
      apps !== 'all' &&
      [...apps].some((app) => accounts.has(app.toLowerCase()))
    )
      throw badFile(
        'the account before the application: uin,application',
        'a heading that names the application before the account',
        'Export the file again with the account in the first column.',
      );
};
