import { rm, stat } from 'node:fs/promises';
import { InputError } from '../../base/errors.ts';
import { isoInstant } from '../../policy/time/instant.ts';
import { reasonOf } from './secret-file.ts';
import { writeDurablyNew } from './write-durably.ts';

const atWork = async (lock: string): Promise<InputError> => {
  const since = await stat(lock).then(
    ({ mtimeMs }) => `, since ${isoInstant(Math.trunc(mtimeMs))}`,
    () => '',
  );
  return new InputError('at-work', {
    expected: `no other command at work there: no file ${lock}`,
    found: `one${since}`,
    fix: 'Nothing was changed. Run this command again when the other command has ended. If no command is at work, one was killed: then remove that file first.',
  });
};

/**
 * Runs work while no second process on this machine may do the same work.
 * @param lock a file that represents the work. It is created at the start and removed at the end. A killed process
 *   leaves it behind; the error then names it.
 * @returns the result of the work.
 * @throws InputError `at-work` if another process holds it, before anything is done; `keys-not-written` if it cannot be
 *   created.
 */
export const withLock = async <T>(lock: string, work: () => Promise<T>): Promise<T> => {
  try {
    await writeDurablyNew(lock, `${process.pid}\n`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw await atWork(lock);
    throw new InputError('keys-not-written', {
      expected: `a new file ${lock}`,
      found: reasonOf(error),
      fix: 'Name a folder that can be written to.',
    });
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
};
