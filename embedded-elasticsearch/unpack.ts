import { createHash } from 'node:crypto';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { configure, type FileEntry, HttpReader, Uint8ArrayWriter, ZipReader } from '@zip.js/zip.js';
import pMap from 'p-map';
import pRetry from 'p-retry';

configure({ useWebWorkers: false });

const AT_ONCE = 8;
const LEFT_OUT = [
  /^modules\/x-pack-(inference|geoip|esql)/,
  /^lib\/tools\/windows-/,
  /^bin\/elasticsearch-sql-cli/,
  /\.(bat|exe)$/,
];

/** A file of the server in the zip. */
export interface ServerFile {
  /** Path relative to the server's home, such as `lib/elasticsearch-9.4.3.jar`. */
  readonly path: string;
  readonly entry: FileEntry;
}

/**
 * Lists the server's files in the zip at `url`, by range requests; the whole zip is not downloaded.
 * @throws Error if the server does not answer, or does not support range requests.
 */
export async function listServerFiles(url: string): Promise<ServerFile[]> {
  const zip = new ZipReader(new HttpReader(url, { forceRangeRequests: true }));
  const entries = await zip.getEntries();
  return entries.flatMap((entry) => {
    const path = /^[^/]+\/elasticsearch\/(.+)$/.exec(entry.filename)?.[1];
    const wanted = path && !entry.directory && !LEFT_OUT.some((pattern) => pattern.test(path));
    return wanted ? [{ path, entry }] : [];
  });
}

/**
 * Writes `files` into `folder`, readable for everybody, and checks each against the zip's CRC. After an error, it
 * starts no more files and waits for those in progress, so that nothing is written after it has returned.
 * @param onFetched called with the number of downloaded compressed bytes of each file.
 * @returns the sum over the written files, as in {@link Release.sha256}.
 */
export async function unpackServerFiles(
  files: readonly ServerFile[],
  folder: string,
  onFetched: (path: string, bytes: number) => void,
): Promise<string> {
  let failure: unknown;
  const unpackUnlessFailed = async (file: ServerFile): Promise<string> => {
    if (failure !== undefined) return '';
    return unpack(file, folder, onFetched).catch((error: unknown) => {
      failure ??= error;
      return '';
    });
  };
  const lines = await pMap(files, unpackUnlessFailed, { concurrency: AT_ONCE });
  if (failure !== undefined) throw failure;
  return sha256(lines.sort().join(''));
}

async function unpack(
  { path, entry }: ServerFile,
  folder: string,
  onFetched: (path: string, bytes: number) => void,
): Promise<string> {
  const onprogress = (bytes: number): void => onFetched(path, bytes);
  const fetched = () => entry.getData(new Uint8ArrayWriter(), { checkSignature: true, onprogress });
  const bytes = await pRetry(fetched, { retries: 3 });
  const target = join(folder, path);
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, bytes);
  await chmod(target, entry.executable ? 0o755 : 0o644);
  return `${path}  ${sha256(bytes)}\n`;
}

function sha256(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex');
}
