import pRetry from 'p-retry';
import { backoff, type RequestPolicy } from '../client/request.ts';

const RETRIED = new Set(['store-busy', 'no-server', 'timeout', 'conflict', 'partial-deletion']);

/**
 * Sends a bounded delete-by-query or update-by-query again after 429, version conflicts and connection loss, with backoff and jitter. A
 * refresh comes first: it shows which documents are gone already and which were changed by somebody else, and a changed
 * one is judged anew by its new timestamp.
 */
export const retryByQuery = <T>(
  requests: RequestPolicy,
  sendOnce: () => Promise<T>,
  refresh: () => Promise<unknown>,
): Promise<T> =>
  pRetry(
    async (attempt) => {
      if (attempt > 1) await refresh();
      return sendOnce();
    },
    backoff(requests, RETRIED),
  );
