import { clearLine, cursorTo } from 'node:readline';
import { describeDuration } from '../../policy/time/duration.ts';
import { number } from './format.ts';
import { printable } from './printable.ts';

/** The progress of the removal in one category. */
export interface RemovalProgress {
  readonly removed: number;
  readonly total: number;
  /** Milliseconds since the first request. */
  readonly elapsed: number;
}

/** `sdk-logs: 120,000 of 300,000 documents · 95,000/s · 2 s left` */
export const progressText = (what: string, { removed, total, elapsed }: RemovalProgress): string => {
  const said = `${what}: ${number(removed)} of ${number(total)} documents`;
  if (removed === 0 || elapsed === 0) return said;
  const perMillisecond = removed / elapsed;
  const left = Math.ceil(Math.max(0, total - removed) / perMillisecond / 1000) * 1000;
  return `${said} · ${number(Math.round(perMillisecond * 1000))}/s · ${describeDuration(left)} left`;
};

/** A line that the next one overwrites. */
export interface ProgressLine {
  /** Replaces the line with this text. */
  show(text: string): void;
  /** Removes the line. */
  clear(): void;
}

/** Minimum time between two lines: a terminal is slower than a cluster that drops indices. */
const MILLISECONDS_BETWEEN_UPDATES = 80;

/** Shows progress on the last line of a terminal. Shows nothing without a stream. */
export const progressLine = (stream: NodeJS.WriteStream | undefined, clock: () => number): ProgressLine => {
  let shownAt = 0;
  let isShown = false;
  const clear = (): void => {
    if (stream === undefined || !isShown) return;
    cursorTo(stream, 0);
    clearLine(stream, 0);
    isShown = false;
  };
  return {
    show: (text) => {
      if (stream === undefined || (isShown && clock() - shownAt < MILLISECONDS_BETWEEN_UPDATES)) return;
      clear();
      stream.write(printable(text).slice(0, (stream.columns || 80) - 1));
      shownAt = clock();
      isShown = true;
    },
    clear,
  };
};
