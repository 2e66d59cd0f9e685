import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * One Ctrl-C can arrive twice: from the terminal, and again from npx or npm, which pass on what they get themselves.
 * A second one within this time (milliseconds) is taken for that echo.
 */
const ECHO = 400;

/** A wish to end, noticed between two requests. */
export interface Interruption {
  requested(): boolean;
  /** Gives the signals back to the system. */
  stop(): void;
}

/**
 * Turns the first Ctrl-C (or SIGTERM) into a wish that the run can ask about, and the second into an end at once.
 * @param tell says once, when the wish comes, what happens now.
 */
export const watchInterruption = (
  process: Pick<NodeJS.Process, 'on' | 'off' | 'exit'>,
  tell: () => void,
  clock = () => performance.now(),
): Interruption => {
  let requestedAt: number | undefined;
  const onSignal = (signal: (typeof SIGNALS)[number]): void => {
    const now = clock();
    if (requestedAt === undefined) {
      requestedAt = now;
      tell();
    } else if (now - requestedAt > ECHO) process.exit(128 + constants.signals[signal]);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return {
    requested: () => requestedAt !== undefined,
    stop: () => {
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
};

/** What is said when the wish comes. */
export const ENDING =
  'Ending after the requests in flight. Ctrl-C again ends at once (the lease then expires by itself).';
