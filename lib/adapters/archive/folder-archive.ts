import { constants, type Stats } from 'node:fs';
import { lstat, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError, messageOf, TransientError } from '../../base/errors.ts';
import type { Archive, Archived, ArchiveKind } from '../../erasure/archive/archive.ts';
import type { KeyVersions } from '../../erasure/subjects/key-ring.ts';
import type { Instant } from '../../policy/time/instant.ts';
import type { RemovalMode } from '../../purge/report/report.ts';
import { makeFolder, UNFINISHED, writeDurably } from '../files/write-durably.ts';
import { assertPlace, type CopyOrigin, isCopyId, seal, unseal } from './seal-copy.ts';

const SUFFIX = '.jwe';
const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;
const REFUSALS: readonly (string | undefined)[] = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST'];

/** Runs file operations. An error then names the place, since not every system error does. */
const inPlace = async <T>(place: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    const explanation = {
      expected: `to write and read the archive in ${place}`,
      found: messageOf(error),
      fix: 'Check that es-retention may write to the folder of RETENTION_ARCHIVE, and that its disk has room.',
    };
    if (REFUSALS.includes(codeOf(error))) throw new InputError('archive-refused', explanation, error);
    throw new TransientError('archive-failed', explanation, { cause: error });
  }
};

/** A file may disappear at any moment; then the result is undefined. */
const unlessGone = async <T>(work: Promise<T>): Promise<T | undefined> => {
  try {
    return await work;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
};

/** The file, following links. For a broken link, the link itself. */
const lookAt = async (file: string): Promise<Stats | undefined> =>
  stat(file).catch((error: unknown) => {
    if (!['ELOOP', 'ENOENT'].includes(codeOf(error) ?? '')) throw error;
    return unlessGone(lstat(file));
  });

/**
 * Reads a regular file. Anything else is not opened: reading from a pipe would wait without end.
 * @returns `no-file` for anything else; undefined if nothing is there.
 */
const readRegular = async (file: string): Promise<{ readonly text: string } | 'no-file' | undefined> => {
  const found = await lookAt(file);
  if (found === undefined) return undefined;
  if (!found.isFile()) return 'no-file';
  // It may have been replaced by something else meanwhile.
  const handle = await unlessGone(open(file, constants.O_RDONLY | constants.O_NONBLOCK));
  if (handle === undefined) return undefined;
  try {
    return (await handle.stat()).isFile() ? { text: await handle.readFile('utf8') } : 'no-file';
  } finally {
    await handle.close();
  }
};

/**
 * An archive in a folder: `<kind>/<id>.jwe`, readable by its owner only. The age of a copy is that of its file.
 * @param archive versions of the archive key.
 * @param origin sealed into each copy. When a copy is opened, its own category and stage, if it names them, must be
 *   these.
 */
export const folderArchive = (folder: string, archive: KeyVersions, origin?: CopyOrigin): Archive => {
  const namesOf = async (kind: ArchiveKind): Promise<string[]> => (await unlessGone(readdir(join(folder, kind)))) ?? [];

  const put = async (kind: ArchiveKind, id: string, content: object): Promise<void> => {
    assertPlace({ kind, id });
    const sealed = await seal(content, { kind, id }, archive, origin);
    await inPlace(folder, async () => {
      await makeFolder(join(folder, kind));
      const file = join(folder, kind, `${id}${SUFFIX}`);
      const found = await unlessGone(stat(file));
      if (found?.isFile() !== true) await writeDurably(file, sealed);
    });
  };

  async function* list(kind: ArchiveKind, isWanted = (_: string) => true): AsyncGenerator<Archived> {
    for (const name of await inPlace(folder, () => namesOf(kind))) {
      const file = join(folder, kind, name);
      const id = name.slice(0, -SUFFIX.length);
      if (!name.endsWith(SUFFIX) || !isWanted(id)) continue;
      if (!isCopyId(id)) {
        yield { id, unreadable: 'no-copy' };
        continue;
      }
      const sealed = await inPlace(file, () => readRegular(file));
      if (sealed === 'no-file') yield { id, unreadable: 'damaged' };
      else if (sealed !== undefined) yield unseal(sealed.text, { kind, id }, archive, origin);
    }
  }

  async function* ids(kind: ArchiveKind, since: Instant): AsyncGenerator<string> {
    for (const name of await inPlace(folder, () => namesOf(kind))) {
      if (!name.endsWith(SUFFIX) || !isCopyId(name.slice(0, -SUFFIX.length))) continue;
      // Something that is not a file may have replaced a copy.
      const found = await inPlace(folder, () => lookAt(join(folder, kind, name)));
      if (found !== undefined && found.mtimeMs >= since) yield name.slice(0, -SUFFIX.length);
    }
  }

  const removeIfOld = async (file: string, before: Instant, work: RemovalMode): Promise<boolean> => {
    const found = await lookAt(file);
    if (found === undefined || !found.isFile() || found.mtimeMs >= before) return false;
    if (work === 'remove') await rm(file, { force: true });
    return true;
  };

  const removeOld: Archive['removeOld'] = async (kind, before, work, needed = async () => new Set()) => {
    const kept = await needed();
    if (kept === undefined) return { removed: 0, note: 'left: nobody could tell which of them are needed' };
    return inPlace(folder, async () => {
      let removed = 0;
      for (const name of await namesOf(kind))
        if ((name.endsWith(SUFFIX) && !kept.has(name.slice(0, -SUFFIX.length))) || UNFINISHED.test(name))
          if (await removeIfOld(join(folder, kind, name), before, work)) removed += 1;
      return { removed };
    });
  };

  return { put, list, ids, removeOld };
};
