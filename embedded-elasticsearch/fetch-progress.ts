import { clearLine, cursorTo } from 'node:readline';

/** Called with the number of downloaded bytes of each file. */
export interface FetchProgress {
  /** Bytes of this file so far. They decrease if a file is downloaded again. */
  readonly fetched: (path: string, bytes: number) => void;
  readonly end: () => void;
}

type Stream = Pick<NodeJS.WriteStream, 'isTTY' | 'write'>;

const ON_TERMINAL_MS = 100;
const ELSEWHERE_MS = 5_000;

const megabytes = (bytes: number): number => Math.round(bytes / 1_000_000);

/**
 * Shows the progress of a download: on a terminal in one line that is overwritten, elsewhere in a new line every five
 * seconds.
 * @param total bytes.
 */
export function showFetchProgress(total: number, stream: Stream, clock: () => number): FetchProgress {
  const files = new Map<string, number>();
  let shownAt = clock();
  const clear = (): void => {
    if (!stream.isTTY) return;
    cursorTo(stream as NodeJS.WriteStream, 0);
    clearLine(stream as NodeJS.WriteStream, 0);
  };
  return {
    fetched: (path, bytes) => {
      files.set(path, bytes);
      if (clock() - shownAt < (stream.isTTY ? ON_TERMINAL_MS : ELSEWHERE_MS)) return;
      shownAt = clock();
      const sum = [...files.values()].reduce((all, each) => all + each, 0);
      clear();
      stream.write(
        `${megabytes(sum)} of ${megabytes(total)} MB (${Math.floor((100 * sum) / total)} %)${stream.isTTY ? '' : '\n'}`,
      );
    },
    end: clear,
  };
}
