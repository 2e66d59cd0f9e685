import { createHash } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { configure, ZipWriter } from '@zip.js/zip.js';
import type { Instant } from '../../policy/time/instant.ts';
import type { EvidenceFile } from './evidence-files.ts';
import { LIST_FILE } from './evidence-list.ts';

configure({ useWebWorkers: false });

/** Characters that are compressed together: a report has a line of some hundred. */
const CHUNK = 65_536;

/** The content in larger pieces. Each is added to the hash as it passes. */
async function* hashed(content: EvidenceFile['content'], hash: ReturnType<typeof createHash>): AsyncGenerator<Buffer> {
  let waiting = '';
  const flushed = (): Buffer => {
    const bytes = Buffer.from(waiting);
    hash.update(bytes);
    waiting = '';
    return bytes;
  };
  for await (const text of content) {
    waiting += text;
    if (waiting.length >= CHUNK) yield flushed();
  }
  if (waiting !== '') yield flushed();
}

const sinkOf = (handle: FileHandle): WritableStream<Uint8Array> =>
  new WritableStream({ write: (bytes) => handle.writeFile(bytes) });

/**
 * Writes a new zip that only its owner can read. Leaves no partial file behind, and does not touch an existing one.
 * @param files each is read while it is written.
 * @param listOf makes the signed list from the SHA-256, in hex, of each file by its path. It is the last file.
 * @param at the time that the zip gives its files.
 * @throws the error of the system (EEXIST if the file exists), and whatever reading a file throws.
 */
export const writeEvidenceZip = async (
  file: string,
  files: AsyncIterable<EvidenceFile>,
  listOf: (hashes: Readonly<Record<string, string>>) => Promise<string>,
  at: Instant,
): Promise<void> => {
  const handle = await open(file, 'wx', 0o600);
  try {
    const zip = new ZipWriter(sinkOf(handle), { lastModDate: new Date(at) });
    const hashes: Record<string, string> = {};
    for await (const { path, content } of files) {
      const hash = createHash('sha256');
      await zip.add(path, ReadableStream.from(hashed(content, hash)));
      hashes[path] = hash.digest('hex');
    }
    await zip.add(LIST_FILE, ReadableStream.from([Buffer.from(await listOf(hashes))]));
    await zip.close();
    await handle.sync();
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
};
