import type { Client, estypes } from '@elastic/elasticsearch';
import { isForbidden, RetentionError } from '../../../base/errors.ts';
import type { OverdueElsewhere } from '../../../erasure/consistency/witness-findings.ts';
import { OPEN_STATES } from '../../../erasure/ledger/ledger-entry.ts';
import { OWN_PREFIX, type OwnNames, ownStem } from '../../../policy/own-indices.ts';
import type { Instant } from '../../../policy/time/instant.ts';
import { refreshIndex } from '../client/refresh-index.ts';
import { type RequestPolicy, request } from '../client/request.ts';

/** Matches the name of a ledger with any prefix, and captures its category. */
const LEDGER = /^retention-(?:[a-z0-9]+-)*ledger\.([^.]+)$/;

const isOfOurs = (error: unknown): boolean => error instanceof RetentionError;

const unless = async <T>(isExpected: (error: unknown) => boolean, ask: () => Promise<T>, otherwise: T): Promise<T> => {
  try {
    return await ask();
  } catch (error) {
    if (isExpected(error)) return otherwise;
    throw error;
  }
};

/**
 * Counts overdue erasures in ledgers under another prefix than the policy's, as far as the key may see them. After its
 * prefix was changed, a policy does not see its former ledger.
 * @param categories of the policy; ledgers of other categories are not asked.
 */
export const overdueElsewhere = async (
  client: Client,
  requests: RequestPolicy,
  names: OwnNames,
  categories: ReadonlySet<string>,
  now: Instant,
): Promise<readonly OverdueElsewhere[]> => {
  const { indices } = await unless<Pick<estypes.IndicesResolveIndexResponse, 'indices'>>(
    isForbidden,
    () =>
      request(requests, 'looking for ledgers under other prefixes', (options) =>
        client.indices.resolveIndex({ name: `${OWN_PREFIX}*ledger.*`, expand_wildcards: ['open', 'hidden'] }, options),
      ),
    { indices: [] },
  );
  const found: OverdueElsewhere[] = [];
  for (const { name: index } of indices) {
    const [, category = ''] = LEDGER.exec(index) ?? [];
    if (!categories.has(category) || index.startsWith(ownStem(names, 'ledger'))) continue;
    const filter = [
      { term: { category } },
      { terms: { state: [...OPEN_STATES] } },
      { range: { 'obligation.eraseBy': { lt: `${now}`, format: 'epoch_millis' } } },
    ];
    // A ledger that cannot be read is skipped: it may belong to somebody else.
    await unless(isOfOurs, () => refreshIndex(client, requests, index), undefined);
    const { count } = await unless<Pick<estypes.CountResponse, 'count'>>(
      isOfOurs,
      () =>
        request(requests, 'counting overdue erasures under another prefix', (options) =>
          client.count({ index, query: { bool: { filter } } }, options),
        ),
      { count: 0 },
    );
    if (count > 0) found.push({ index, subjects: count });
  }
  return found;
};
