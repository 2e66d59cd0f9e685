import { fstatSync, writeSync } from 'node:fs';
import type { Terminal } from '../consent/terminal.ts';
import { printable } from './printable.ts';

/** A stream to a file keeps quiet about what a disk that is nearly full does not take: it is written here until all is there, or an error says why not. */
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
 * Writes an answer to standard output. Where that does not take all of it, one line on standard error says so, and what the answer comes to.
 * @param summary what was done, in one line.
 * @returns whether it was written. Whoever reads only the beginning (`| head`) has read enough.
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
