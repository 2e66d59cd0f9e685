import { listenForInterruption } from '../lib/cli/consent/interruption.ts';

/**
 * A signal that fires on the first Ctrl-C (or SIGTERM, SIGHUP, or a closed output), so that the demo can clean up. A
 * second Ctrl-C ends the process at once, together with an embedded server.
 */
export const interruption = (): AbortSignal => {
  const controller = new AbortController();
  const interrupt = (): void => controller.abort(new Error('interrupted'));
  listenForInterruption(process, interrupt);
  process.on('SIGHUP', interrupt);
  process.stdout.on('error', interrupt);
  return controller.signal;
};

/** The result of the promise. If the signal fires first, throws its reason. */
export const unlessInterrupted = async <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> => {
  const interrupted = Promise.withResolvers<never>();
  const fail = (): void => interrupted.reject(signal.reason);
  signal.addEventListener('abort', fail);
  if (signal.aborted) fail();
  try {
    return await Promise.race([promise, interrupted.promise]);
  } finally {
    signal.removeEventListener('abort', fail);
  }
};
