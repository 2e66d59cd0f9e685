import { closeSync, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { platform } from 'node:process';
import { InputError } from '../../base/errors.ts';

/** Permissions are not checked on Windows, or if the path is not a file (a pipe, for example). */
const hasNoMode = (stats: Stats): boolean => platform === 'win32' || !stats.isFile();

/** Our own group may read a file of another owner, because secrets are passed to a process in this way. */
const isOpenToOthers = ({ mode, uid }: Stats): boolean =>
  (mode & 0o007) !== 0 || ((mode & 0o070) !== 0 && uid === process.getuid?.());

/**
 * A path that messages may show: somebody may have given the content of the file instead of its name.
 * @returns the path, or a description in its place.
 */
export const shownPath = (path: string): string =>
  path.length > 255 || /[\r\n{}]|-----BEGIN|whsec_|:[^/]*@|:\/\/.*@/.test(path)
    ? 'what was given in place of a path'
    : path;

/** Why a file could not be read, without its path. */
export const reasonOf = (error: unknown): string =>
  (error as NodeJS.ErrnoException).code ?? 'the system does not say why';

/** Quotes a path for a shell. The file was opened before, so this is a path, not a key given by mistake. */
const quoted = (path: string): string => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);

/**
 * Reads a file that contains secrets.
 * @param what its content, for the message: `a key ring`.
 * @throws InputError `open-to-others` if others on this machine can read or change it; a system error if it cannot be
 *   read.
 */
export const readSecretFile = (path: string, what: string): string => {
  const file = openSync(path, 'r');
  try {
    const stats = fstatSync(file);
    if (!hasNoMode(stats) && isOpenToOthers(stats))
      throw new InputError('open-to-others', {
        expected: `a file that only its owner can read, since it holds ${what}`,
        found: `a file with the mode ${(stats.mode & 0o777).toString(8).padStart(4, '0')}`,
        fix: `chmod 600 ${quoted(path)}. If others have used this machine, replace the secrets too.`,
      });
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
};

/** Whether a key repeats a single byte: somebody has left a placeholder instead of a random key. */
export const isPlaceholder = (key: Uint8Array): boolean => new Set(key).size <= 1;
