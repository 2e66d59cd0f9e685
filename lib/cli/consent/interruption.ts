import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * One Ctrl-C can arrive twice: from the terminal, and again from npx or npm, which pass it on. A second signal within
 * this time (milliseconds) counts as such a repetition.
 */
const ECHO = 400;

/** A request to end. It is checked between two requests to the cluster. */
export interface Interruption {
  /** Whether a person has asked to end. */
  requested(): boolean;
  /** Restores the default handling of the signals. */
  stop(): void;
}

/**
 * Turns the first Ctrl-C (or SIGTERM) into a request to end, which the run can check. The second one ends the process
 * at once.
 * @param tell called once with the first signal, to say what happens next.
 */
export const listenForInterruption = (
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

/** The message after the first signal. */
export const ENDING =
  'Ending after the requests in flight. Ctrl-C again ends at once (the lease then expires by itself).';
