import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../../base/errors.ts';
import { type Instant, isoInstant } from '../../policy/time/instant.ts';
import { readCredentials } from '../environment/credentials.ts';
import { withLock } from './lock-file.ts';
import { readSecretFile, reasonOf } from './secret-file.ts';
import { makeFolder, writeDurablyNew } from './write-durably.ts';

/** The content of a file in the folder about its key, without the key itself. */
interface StoredKey {
  readonly id: string;
  readonly expiresAt?: Instant;
}

/**
 * A folder with one file for each key holder, readable by its owner only. A file has the form of the secret for its
 * function.
 */
export interface KeyFolder {
  /** The path of a holder's file. */
  fileOf(holder: string): string;
  /**
   * The stored key of a holder; undefined if there is none.
   * @throws InputError `open-to-others`, `bad-key`
   */
  read(holder: string): StoredKey | undefined;
  /** The attempt for a holder that was begun and not completed. */
  attemptAt(holder: string): string | undefined;
  /**
   * Records an attempt before a key is made. If this process dies, the next process finds the key by this record and
   * revokes it.
   */
  begin(holder: string, attempt: string): Promise<void>;
  /**
   * Stores a key. Never overwrites one.
   * @throws InputError `keys-not-written`
   */
  keep(holder: string, key: { readonly encoded: string; readonly expiresAt: Instant }): Promise<void>;
  /** Removes the record of an attempt. */
  end(holder: string): Promise<void>;
  /**
   * Runs work on the folder while no other process may work on it. Another process would revoke a key that this process
   * is about to write.
   * @throws InputError `at-work`, before anything is done.
   */
  alone<T>(work: () => Promise<T>): Promise<T>;
}

const notWritten = (file: string, error: unknown): InputError =>
  new InputError('keys-not-written', {
    expected: `a new file ${file}`,
    found: reasonOf(error),
    fix: 'Name a folder that can be written to, and run the command again: it continues where it stopped.',
  });

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

const textIn = <T>(read: () => T): T | undefined => {
  try {
    return read();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
};

/** An encoded key is `id:secret` in base64. */
const idOf = (encoded = ''): string => Buffer.from(encoded, 'base64').toString('utf8').split(':')[0] ?? '';

/** @param folder created at the first write, for its owner only. */
export const keyFolder = (folder: string): KeyFolder => {
  const fileOf = (holder: string): string => join(folder, `${holder}.json`);
  const attemptFile = (holder: string): string => join(folder, `.${holder}.attempt`);
  const write = async (file: string, text: string): Promise<void> => {
    try {
      await makeFolder(folder);
      await writeDurablyNew(file, text);
    } catch (error) {
      throw notWritten(file, error);
    }
  };
  return {
    fileOf,
    read: (holder) => {
      const text = textIn(() => readSecretFile(fileOf(holder), 'a key'));
      if (text === undefined) return undefined;
      const { apiKey, apiKeyExpiresAt } = readCredentials({ ELASTICSEARCH_API_KEY: text });
      return { id: idOf(apiKey), ...(apiKeyExpiresAt !== undefined && { expiresAt: apiKeyExpiresAt }) };
    },
    attemptAt: (holder) => textIn(() => readFileSync(attemptFile(holder), 'utf8')),
    begin: (holder, attempt) => write(attemptFile(holder), attempt),
    keep: (holder, { encoded, expiresAt }) =>
      write(fileOf(holder), `${JSON.stringify({ encoded, expiresAt: isoInstant(expiresAt) })}\n`),
    end: (holder) => rm(attemptFile(holder), { force: true }),
    alone: async (work) => {
      await makeFolder(folder).catch((error: unknown) => {
        throw notWritten(folder, error);
      });
      return withLock(join(folder, '.setup.lock'), work);
    },
  };
};
