import { closeSync, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { platform } from 'node:process';
import { InputError } from '../../purge/errors.ts';

/** Where files have no owners and modes, or what is read is no file: a pipe, say. */
const hasNoMode = (stats: Stats): boolean => platform === 'win32' || !stats.isFile();

/** Our own group may read a file of another owner: that is how a secret is handed to a process. */
const isOpenToOthers = ({ mode, uid }: Stats): boolean =>
  (mode & 0o007) !== 0 || ((mode & 0o070) !== 0 && uid === process.getuid?.());

/**
 * A path as messages may show it: somebody may have given what the file holds instead of its name.
 * @returns the path, or words in its place.
 */
export const shownPath = (path: string): string =>
  path.length > 255 || /[\r\n{}]|-----BEGIN|whsec_|:[^/]*@|:\/\/.*@/.test(path)
    ? 'what was given in place of a path'
    : path;

/** Why a file could not be read, without its path. */
export const reasonOf = (error: unknown): string =>
  (error as NodeJS.ErrnoException).code ?? 'the system does not say why';

/** As a shell takes it for one word. It was opened, so that it is a path, and no key that was mistaken for one. */
const quoted = (path: string): string => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);

/**
 * Reads a file that holds secrets.
 * @param what what it holds, for the message: `a key ring`.
 * @throws InputError `open-to-others` when others on this machine can read or change it; what the system says when it cannot be read.
 */
export const readSecretFile = (path: string, what: string): string => {
  const file = openSync(path, 'r');
  try {
    const stats = fstatSync(file);
    if (!hasNoMode(stats) && isOpenToOthers(stats))
      throw new InputError('open-to-others', {
        expected: `a file that only its owner can read, since it holds ${what}`,
        found: `one with the mode ${(stats.mode & 0o777).toString(8).padStart(4, '0')}`,
        fix: `chmod 600 ${quoted(path)}. If others have used this machine, replace the secrets too.`,
      });
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
};

/** Whether a key is one byte again and again: somebody has left a placeholder where a random key belongs. */
export const isPlaceholder = (key: Uint8Array): boolean => new Set(key).size <= 1;
