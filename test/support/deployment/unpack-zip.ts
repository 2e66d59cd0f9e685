import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Uint8ArrayReader, Uint8ArrayWriter, ZipReader } from '@zip.js/zip.js';

/** Unpacks a zip into a folder, which is created if it does not exist. */
export const unpackZip = async (zip: string, into: string): Promise<void> => {
  const reader = new ZipReader(new Uint8ArrayReader(readFileSync(zip)));
  for (const entry of await reader.getEntries()) {
    if (entry.directory) continue;
    const path = join(into, entry.filename);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, await entry.getData(new Uint8ArrayWriter()));
  }
  await reader.close();
};
