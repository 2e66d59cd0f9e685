import { closeSync, constants, type Dir, type Dirent, fstatSync, open, readFileSync, type Stats } from 'node:fs';
import { lstat, opendir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pMapIterable } from 'p-map';
import { InputError, messageOf, TransientError } from '../../base/errors.ts';
import type { Archive, Archived, ArchiveKind } from '../../erasure/archive/archive.ts';
import type { KeyVersions } from '../../erasure/subjects/key-ring.ts';
import type { Instant } from '../../policy/time/instant.ts';
import type { RemovalMode } from '../../purge/report/report.ts';
import { makeFolder, UNFINISHED, writeDurably } from '../files/write-durably.ts';
import { assertPlace, type CopyOrigin, isCopyId, seal, unseal } from './seal-copy.ts';

const SUFFIX = '.jwe';

/** Files that are read at once. More files than Node has threads for files bring no gain. */
const FILES_AT_ONCE = 16;

const opened = promisify(open);

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
const undefinedIfGone = async <T>(work: Promise<T>): Promise<T | undefined> => {
  try {
    return await work;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
};

/** The file that the path leads to, through links. For a broken link, the link itself. */
const lookAt = async (file: string): Promise<Stats | undefined> =>
  stat(file).catch((error: unknown) => {
    if (!['ELOOP', 'ENOENT'].includes(codeOf(error) ?? '')) throw error;
    return undefinedIfGone(lstat(file));
  });

/**
 * Reads a regular file. Does not open anything else: reading from a pipe would wait without end.
 * @param isFile whether the folder lists it as a regular file; if not, it may be a link to a file.
 * @returns `no-file` for anything else; undefined if nothing is there.
 */
const readRegular = async (
  file: string,
  isFile: boolean,
): Promise<{ readonly text: string } | 'no-file' | undefined> => {
  const found = isFile ? undefined : await lookAt(file);
  if (!isFile && found === undefined) return undefined;
  if (found?.isFile() === false) return 'no-file';
  // It may have been replaced by something else meanwhile.
  const handle = await undefinedIfGone(opened(file, constants.O_RDONLY | constants.O_NONBLOCK));
  if (handle === undefined) return undefined;
  // A regular file that is open gives its bytes at once: handing that to another thread takes longer than to read them.
  try {
    return fstatSync(handle).isFile() ? { text: readFileSync(handle, 'utf8') } : 'no-file';
  } finally {
    closeSync(handle);
  }
};

/** Names of a folder that are read at once: a folder may contain hundreds of thousands. */
const NAMES_AT_ONCE = 1_000;

/** What a folder holds, in its order; nothing if it does not exist. */
async function* filesOf(folder: string, kind: ArchiveKind): AsyncGenerator<Dirent> {
  const opened = await inPlace(folder, () =>
    undefinedIfGone<Dir>(opendir(join(folder, kind), { bufferSize: NAMES_AT_ONCE })),
  );
  if (opened === undefined) return;
  try {
    for (;;) {
      const file = await inPlace(folder, () => opened.read());
      if (file === null) return;
      yield file;
    }
  } finally {
    await opened.close();
  }
}

/** Looks at every entry with the name of a copy, several at a time, in the order of the folder. */
async function* eachOf<T>(
  folder: string,
  kind: ArchiveKind,
  isWanted: (id: string) => boolean,
  look: (id: string, isFile: boolean) => Promise<T | undefined>,
): AsyncGenerator<T> {
  async function* wanted() {
    for await (const file of filesOf(folder, kind)) {
      const id = file.name.slice(0, -SUFFIX.length);
      if (file.name.endsWith(SUFFIX) && isWanted(id)) yield { id, isFile: file.isFile() };
    }
  }
  const looked = pMapIterable(wanted(), ({ id, isFile }) => look(id, isFile), { concurrency: FILES_AT_ONCE });
  for await (const found of looked) if (found !== undefined) yield found;
}

const removeIfOld = async (file: string, before: Instant, work: RemovalMode): Promise<boolean> => {
  const found = await lookAt(file);
  if (found === undefined || !found.isFile() || found.mtimeMs >= before) return false;
  if (work === 'remove') await rm(file, { force: true });
  return true;
};

const removingOld =
  (folder: string): Archive['removeOld'] =>
  async (kind, before, work, needed = async () => new Set()) => {
    const kept = await needed();
    if (kept === undefined) return { removed: 0, note: 'left: nobody could tell which of them are needed' };
    return inPlace(folder, async () => {
      let removed = 0;
      for await (const { name } of filesOf(folder, kind))
        if ((name.endsWith(SUFFIX) && !kept.has(name.slice(0, -SUFFIX.length))) || UNFINISHED.test(name))
          if (await removeIfOld(join(folder, kind, name), before, work)) removed += 1;
      return { removed };
    });
  };

/**
 * An archive in a folder: `<kind>/<id>.jwe`, readable by its owner only. The age of a copy is that of its file.
 * @param archive versions of the archive key.
 * @param origin sealed into each copy. If a copy names its category and stage, they must be these when it is opened.
 */
export const folderArchive = (folder: string, archive: KeyVersions, origin?: CopyOrigin): Archive => {
  const put = async (kind: ArchiveKind, id: string, content: object): Promise<void> => {
    assertPlace({ kind, id });
    await inPlace(folder, async () => {
      const file = join(folder, kind, `${id}${SUFFIX}`);
      const found = await undefinedIfGone(stat(file));
      if (found?.isFile() === true) return;
      const sealed = seal(content, { kind, id }, archive, origin);
      await writeDurably(file, sealed).catch(async (error: unknown) => {
        if (codeOf(error) !== 'ENOENT') throw error;
        await makeFolder(join(folder, kind));
        await writeDurably(file, sealed);
      });
    });
  };

  const read = async (kind: ArchiveKind, id: string, isFile: boolean): Promise<Archived | undefined> => {
    if (!isCopyId(id)) return { id, unreadable: 'no-copy' };
    const file = join(folder, kind, `${id}${SUFFIX}`);
    const sealed = await inPlace(file, () => readRegular(file, isFile));
    if (sealed === 'no-file') return { id, unreadable: 'damaged' };
    return sealed && unseal(sealed.text, { kind, id }, archive, origin);
  };

  const list = (kind: ArchiveKind, isWanted = (_: string) => true): AsyncGenerator<Archived> =>
    eachOf(folder, kind, isWanted, (id, isFile) => read(kind, id, isFile));

  const ids = (kind: ArchiveKind, since: Instant): AsyncGenerator<string> =>
    eachOf(folder, kind, isCopyId, async (id) => {
      // Something that is not a file may have replaced a copy.
      const found = await inPlace(folder, () => lookAt(join(folder, kind, `${id}${SUFFIX}`)));
      return found !== undefined && found.mtimeMs >= since ? id : undefined;
    });

  return { put, list, ids, removeOld: removingOld(folder) };
};
