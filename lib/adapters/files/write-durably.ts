import { randomUUID } from 'node:crypto';
import { closeSync, fsync, open as openFile, writeFileSync } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { sharedNext } from '../../base/batch-calls.ts';

/** The name of a file while it is being written. It identifies files that a crash left behind. */
export const UNFINISHED = /^\.[0-9a-f-]{36}\.unfinished$/;

const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
};

/** How each folder is synced. There are only a few folders. */
const syncs = new Map<string, () => Promise<void>>();

/** Syncs a folder once for all calls that wait for it. The sync covers the changes that each call has made before. */
const syncFolderTogether = (folder: string): Promise<void> => {
  const sync = syncs.get(folder) ?? sharedNext(() => syncFolder(folder));
  syncs.set(folder, sync);
  return sync();
};

const [opened, synced] = [promisify(openFile), promisify(fsync)];

const OWNER_ONLY = 0o600;

/**
 * Writes a new file. Leaves no partial file behind, and does not touch an existing file (EEXIST).
 * @param mode of the file, before the process's umask applies.
 * @throws the error of the system.
 */
export const writeNew = async (file: string, text: string, mode = OWNER_ONLY): Promise<void> => {
  const handle = await opened(file, 'wx', mode);
  try {
    // This only fills the system's memory: handing it to another thread takes longer. The sync waits for the disk.
    writeFileSync(handle, text);
    await synced(handle);
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  } finally {
    closeSync(handle);
  }
};

/**
 * Writes a file atomically and durably. Replaces an existing one.
 * @param mode of the file, before the process's umask applies; default: only its owner can read it.
 * @throws the error of the system.
 */
export const writeDurably = async (file: string, text: string, mode = OWNER_ONLY): Promise<void> => {
  const folder = dirname(file);
  const unfinished = join(folder, `.${randomUUID()}.unfinished`);
  await writeNew(unfinished, text, mode);
  try {
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  await syncFolderTogether(folder);
};

/**
 * Writes a new file that only its owner can read, durably.
 * @throws EEXIST if it exists; it is not touched then.
 */
export const writeDurablyNew = async (file: string, text: string): Promise<void> => {
  await writeNew(file, text);
  await syncFolder(dirname(file));
};

const folderExists = (folder: string): Promise<boolean> =>
  stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );

/**
 * Creates a folder and its parents, durably, accessible to their owner only. It creates them one by one: Node's
 * recursive `mkdir` never ends inside a folder that allows no new folders (`/proc`).
 */
export const makeFolder = async (folder: string): Promise<void> => {
  if (await folderExists(folder)) return;
  const above = dirname(folder);
  if (above !== folder) await makeFolder(above);
  await mkdir(folder, { mode: 0o700 }).catch(async (error) => {
    if (!(await folderExists(folder))) throw error;
  });
  await syncFolder(above);
};
