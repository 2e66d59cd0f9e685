import type { Client, estypes } from '@elastic/elasticsearch';
import type { AccountIndex } from '../../../purge/document-store.ts';
import { isInteger } from '../../../rules/accounts/identifier-field.ts';
import { type RequestPolicy, request } from '../client/request.ts';

/** Up to this number of values, Elasticsearch counts almost exactly. It accepts no higher threshold. */
const PRECISION = 40_000;
/** Above that number, the count may be some per cent too high, and a limit would let too many erasures pass. */
const CERTAIN = 0.95;

/** Fields with the same key are counted together: 7 and "7" are two values, but the same account. */
const kindOf = ({ account: { type } }: AccountIndex): string => {
  if (type === 'unsigned_long') return type;
  return isInteger(type) ? 'integer' : 'text';
};

const countIn = (answer: estypes.MsearchResponseItem): number => {
  if ('error' in answer) return 0;
  return (answer.aggregations?.accounts as estypes.AggregationsCardinalityAggregate | undefined)?.value ?? 0;
};

/**
 * A lower bound for the number of accounts in these indices. If some indices have accounts as numbers and others as
 * text, only the larger count is used. 5 % is subtracted, because the count is an estimate. An index that does not
 * answer adds nothing.
 * @returns undefined if the number is unknown.
 * @throws InputError | TransientError
 */
export const countAccounts = async (
  client: Client,
  requests: RequestPolicy,
  indices: readonly AccountIndex[],
  accountField: string,
): Promise<number | undefined> => {
  const groups = [...Map.groupBy(indices, kindOf).values()];
  if (groups.length === 0) return undefined;
  const aggs = { accounts: { cardinality: { field: accountField, precision_threshold: PRECISION } } };
  const searches = groups.flatMap((group) => [
    { index: group.map(({ name }) => name), ignore_unavailable: true },
    { size: 0, track_total_hits: false, aggs },
  ]);
  const { responses } = await request(requests, 'counting accounts', (options) =>
    client.msearch({ searches }, options),
  );
  const most = Math.max(0, ...responses.map(countIn));
  return most === 0 ? undefined : Math.floor(most * CERTAIN);
};
