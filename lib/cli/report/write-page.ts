import { writeDurably } from '../../adapters/files/write-durably.ts';
import { InputError, messageOf } from '../../base/errors.ts';

/** A page names no account, so others may read it where the umask allows that. */
const SHARED = 0o666;

/**
 * Writes an HTML page, and replaces the file.
 * @throws InputError `not-written`
 */
export const writePage = async (file: string, page: string): Promise<void> => {
  try {
    await writeDurably(file, page, SHARED);
  } catch (error) {
    throw new InputError(
      'not-written',
      {
        expected: `${file} to be written`,
        found: messageOf(error),
        fix: 'Name a file with --html, in a folder that you may write to.',
      },
      error,
    );
  }
};
