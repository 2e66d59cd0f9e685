import { readFileSync } from 'node:fs';
import { isIdentifier } from '../erasure/event-fields.ts';
import type { ActiveAccounts } from '../erasure/reconcile.ts';
import { InputError, messageOf } from '../purge/errors.ts';

const badFile = (expected: string, found: string, wayOut: string, cause?: unknown): InputError =>
  new InputError('bad-active-file', { expected, found, wayOut }, cause);

const readText = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw badFile('a file that can be read', messageOf(error), 'Name the file after --active.', error);
  }
};

/** One line: the account, and the application if it names one; undefined where it is neither. */
const readLine = (line: string): readonly [uin: string, app?: string] | undefined => {
  const [uin = '', app, ...more] = line.split(',').map((part) => part.trim());
  if (more.length > 0 || !isIdentifier(uin) || (app !== undefined && !isIdentifier(app))) return undefined;
  return app === undefined ? [uin] : [uin, app];
};

/**
 * The accounts in use, out of a text of one a line.
 * @param file what the text is called in errors.
 * @throws InputError `bad-active-file`, with the line; also when it names nobody, which would list everybody.
 */
export const parseActiveAccounts = (text: string, file: string): ActiveAccounts => {
  const active = new Map<string, 'all' | Set<string>>();
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    const content = line.trim();
    if (content === '' || content.startsWith('#')) continue;
    const read = readLine(content);
    if (read === undefined)
      throw badFile(
        'one account a line: uin, or uin,application',
        `something else in line ${at + 1} of ${file}`,
        'Correct the line. Empty lines, and lines that begin with #, are passed over.',
      );
    const [uin, app] = read;
    const known = active.get(uin);
    if (app === undefined) active.set(uin, 'all');
    else if (known === undefined) active.set(uin, new Set([app]));
    else if (known !== 'all') known.add(app);
  }
  if (active.size > 0) return active;
  throw badFile(
    'at least one account in use',
    `none in ${file}`,
    'Export the accounts in use again: with none, every account would be listed.',
  );
};

/**
 * The accounts in use, out of a file.
 * @throws InputError `bad-active-file`
 */
export const readActiveAccounts = (file: string): ActiveAccounts => parseActiveAccounts(readText(file), file);
