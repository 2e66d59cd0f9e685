import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** How a file is called while it is written. One that a crash leaves behind is recognised by it. */
export const UNFINISHED = /^\.[0-9a-f-]{36}\.unfinished$/;

const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
};

const OWNER_ONLY = 0o600;

/**
 * Writes a file that must not be there yet: half of one is not left behind; one that was there before is not touched (EEXIST).
 * @param mode of the file, without what the process's umask takes off.
 */
export const writeNew = async (file: string, text: string, mode = OWNER_ONLY): Promise<void> => {
  const handle = await open(file, 'wx', mode);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
};

/**
 * Writes a file that only its owner reads: there in whole or not at all, and on the disk once this returns. One that was there is
 * replaced.
 */
export const writeDurably = async (file: string, text: string): Promise<void> => {
  const folder = dirname(file);
  const unfinished = join(folder, `.${randomUUID()}.unfinished`);
  await writeNew(unfinished, text);
  try {
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  await syncFolder(folder);
};

/** The same for a file that must not be there yet; otherwise it throws EEXIST, and what was there is untouched. */
export const writeDurablyNew = async (file: string, text: string): Promise<void> => {
  await writeNew(file, text);
  await syncFolder(dirname(file));
};

const isThere = (folder: string): Promise<boolean> =>
  stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );

/**
 * A folder that only its owner enters, with those above it, and on the disk once this returns. One by one: Node's recursive `mkdir` never
 * ends where a folder that is there can have none in it (`/proc`).
 */
export const makeFolder = async (folder: string): Promise<void> => {
  if (await isThere(folder)) return;
  const above = dirname(folder);
  if (above !== folder) await makeFolder(above);
  await mkdir(folder, { mode: 0o700 }).catch(async (error) => {
    if (!(await isThere(folder))) throw error;
  });
  await syncFolder(above);
};
