import { fstatSync, writeSync } from 'node:fs';
import type { Terminal } from '../consent/terminal.ts';
import { printable } from './printable.ts';

/**
 * Writes to a file until everything is written, or an error occurs. On an almost full disk, a stream would not report
 * the rest that was not written.
 */
const writeFile = (file: number, text: string): void => {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += writeSync(file, bytes, at));
};

const writeWhole = (stream: NodeJS.WriteStream, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const { fd } = stream as { readonly fd?: number };
    if (fd !== undefined && fstatSync(fd).isFile()) {
      writeFile(fd, text);
      resolve();
    } else stream.write(text, (error) => (error ? reject(error) : resolve()));
  });

/**
 * Writes an answer to standard output. If not all of it can be written, one line on standard error says so, with the
 * summary.
 * @param summary the summary, in one line.
 * @returns whether it was written. A reader that closes early (`| head`) counts as success.
 */
export const writeAnswer = async (
  { stdout, stderr }: Pick<Terminal, 'stdout' | 'stderr'>,
  text: string,
  summary: string,
): Promise<boolean> => {
  try {
    await writeWhole(stdout, text);
    return true;
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    if (code === 'EPIPE') return true;
    stderr.write(`Standard output did not take the answer (${code}). It says: ${printable(summary)}\n`);
    return false;
  }
};
