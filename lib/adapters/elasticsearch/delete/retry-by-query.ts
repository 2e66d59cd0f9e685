import pRetry from 'p-retry';
import { backoff, type RequestPolicy } from '../client/request.ts';

const RETRIED = new Set(['store-busy', 'no-server', 'timeout', 'conflict', 'partial-deletion']);

/**
 * Retries a bounded delete-by-query or update-by-query after 429, version conflicts and connection loss, with backoff
 * and jitter. It refreshes first: that shows which documents are gone and which somebody has changed. A changed
 * document is judged again by its new timestamp.
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
