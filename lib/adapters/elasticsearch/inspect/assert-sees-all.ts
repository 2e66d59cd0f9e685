import type { Client } from '@elastic/elasticsearch';
import { InputError } from '../../../base/errors.ts';
import { type RequestPolicy, request } from '../client/request.ts';

const NEEDED = ['read', 'view_index_metadata'] as const;

/** Status codes by which a server without security says that it has no such endpoint. */
const NO_SECURITY = [400, 404, 405];

/**
 * Checks that the key sees everything that the patterns can match. Elasticsearch resolves a wildcard to the indices
 * that the key may see, and does not mention others. Without this check, a key that sees no index would find every
 * promise kept.
 * @throws InputError `missing-privilege`
 */
export const assertSeesAll = async (
  client: Client,
  requests: RequestPolicy,
  patterns: readonly string[],
): Promise<void> => {
  const names = [...patterns];
  const { index, has_all_requested } = await request(requests, 'asking what the key may see', (options) =>
    client.security.hasPrivileges({ index: [{ names, privileges: [...NEEDED] }] }, { ...options, ignore: NO_SECURITY }),
  );
  if (has_all_requested !== false) return;
  const missing = names.flatMap((name) =>
    NEEDED.filter((privilege) => index[name]?.[privilege] !== true).map((privilege) => `${privilege} on ${name}`),
  );
  throw new InputError('missing-privilege', {
    expected: `a key that sees every index of ${names.join(', ')}`,
    found: `one without ${missing.join(', ')}`,
    fix: "Give the key's role these privileges: an index that it does not see would be skipped without notice.",
  });
};
