import { readFileSync } from 'node:fs';
import { CsvError, parse } from 'csv-parse/sync';
import { InputError, messageOf } from '../../../base/errors.ts';
import type { ActiveAccounts } from '../../../erasure/consistency/reconcile.ts';
import { isIdentifier } from '../../../erasure/events/identifier.ts';
import type { Category } from '../../../policy/retention-policy.ts';
import { isFromSpreadsheet } from '../../erasures/subject-values.ts';

const badFile = (expected: string, found: string, fix: string, cause?: unknown): InputError =>
  new InputError('bad-active-file', { expected, found, fix }, cause);

/** Bytes that are not UTF-8 would become another account, and the real one would be listed as inactive. */
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

/** A valid cell outside quotes. A semicolon is probably another separator, and `9.0E+15` a rounded number. */
const isCell = ({ text, quoted }: Cell): boolean =>
  isIdentifier(text) && (quoted || !(text.includes(';') || isFromSpreadsheet(text)));

const parseLines = (text: string, file: string): readonly Line[] => {
  try {
    const lines: unknown = parse(text, {
      cast: (cell, { quoting: quoted }) => ({ text: cell, quoted }),
      comment: '#',
      comment_no_infix: true,
      info: true,
      // All kinds of line ends are given. If the parser guessed the kind from the first line, a mixed file would
      // silently lose lines.
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
    });
    return lines as readonly Line[];
  } catch (error) {
    // The parser's error is not kept as the cause, because it quotes the file.
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
 * Parses the accounts in use from CSV text (RFC 4180, with commas). Each line has an account, followed by an
 * application if only that one is in use. Spaces around a cell are removed.
 * @param file name of the text in errors.
 * @throws InputError `bad-active-file`, with the line; also if the text is empty, which would list every account.
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
 * Reads the accounts in use from a file.
 * @throws InputError `bad-active-file`
 */
export const readActiveAccounts = (file: string): ActiveAccounts =>
  parseActiveAccounts(decode(readBytes(file), file), file);

/** The headings that may stand for a field: its whole name, or the end of its path. */
const headingsOf = (fields: readonly string[]): ReadonlySet<string> =>
  new Set(
    fields.flatMap((field) => [field, field.slice(field.lastIndexOf('.') + 1)]).map((name) => name.toLowerCase()),
  );

/**
 * Checks that no heading shows the columns in reverse order, and that there is more than a heading; otherwise every
 * account would be listed. A heading in the right order counts as an account that nobody has, and does no harm.
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
