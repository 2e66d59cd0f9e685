import type { Client, estypes } from '@elastic/elasticsearch';
import { TransientError } from '../../../base/errors.ts';
import { OPEN_STATES, originIn } from '../../../erasure/ledger/ledger-entry.ts';
import { type RequestPolicy, request } from '../client/request.ts';
import { filterOf } from './ledger-query.ts';

/** More versions of the subject key than are ever in use at once. */
const MAX_KEYS = 1_000;
/** Checks, for some entries of each version, whether their ids contain the same version. */
const SOME_IDS = { top_hits: { size: 10, _source: false } };

type KidBucket = estypes.AggregationsStringTermsBucket & {
  readonly some: { readonly hits: { readonly hits: readonly { readonly _id: string }[] } };
};

/**
 * Whether the ids of entries contain a key version too. A version that somebody only wrote into an entry is not in its
 * id.
 */
const isOfItsIds = ({ key, doc_count, some: { hits } }: KidBucket): boolean =>
  doc_count > hits.hits.length || hits.hits.some(({ _id }) => originIn(_id).hash.kid === String(key));

const tooManyKeys = (index: string, others: number): TransientError =>
  new TransientError('partial-answer', {
    expected: `open entries in ${index} under at most ${MAX_KEYS} versions of the subject key`,
    found: `more versions, with ${others} entries under the others`,
    fix: `Somebody else wrote them. List them with POST /${index}/_search {"aggs":{"keyIds":{"terms":{"field":"subject.kid","size":10000}}}}, and remove those under a version that is not ours.`,
  });

/**
 * The versions of the subject key that open entries of a category use.
 * @throws TransientError if there are too many to be listed.
 */
export const keyIdsOfOpen = async (
  client: Client,
  requests: RequestPolicy,
  index: string,
  category: string,
): Promise<readonly string[]> => {
  const { aggregations } = await request(requests, 'asking the ledger for its keys', (options) =>
    client.search<unknown, { keyIds: estypes.AggregationsStringTermsAggregate }>(
      {
        index,
        size: 0,
        query: {
          bool: { filter: filterOf({ category, states: OPEN_STATES }) },
        },
        aggs: { keyIds: { terms: { field: 'subject.kid', size: MAX_KEYS }, aggs: { some: SOME_IDS } } },
        allow_partial_search_results: false,
      },
      options,
    ),
  );
  // An attacker who writes a thousand versions into entries must not hide a true one.
  const { buckets = [], sum_other_doc_count: others = 0 } = aggregations?.keyIds ?? {};
  if (others > 0) throw tooManyKeys(index, others);
  return (buckets as KidBucket[]).filter(isOfItsIds).map(({ key }) => String(key));
};
