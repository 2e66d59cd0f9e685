import type { Client, estypes } from '@elastic/elasticsearch';
import type { Account } from '../../../audit/accounts/account.ts';
import type { AccountFields } from '../../../audit/audit-ports.ts';
import { type RequestPolicy, request } from '../client/request.ts';

const ACCOUNTS_AT_ONCE = 1_000;

type Key = Readonly<Record<string, string | number | null>>;
interface Accounts {
  readonly accounts: estypes.AggregationsCompositeAggregate;
}

const accountOf = ({ uin, app }: Key): readonly Account[] =>
  uin === null || uin === undefined
    ? []
    : [{ uin: String(uin), ...(app !== null && app !== undefined && { sdkAppId: String(app) }) }];

/** The accounts with documents in an index, each with its applications, some at a time. */
export async function* auditedAccounts(
  client: Client,
  requests: RequestPolicy,
  index: string,
  { account, application }: AccountFields,
): AsyncGenerator<readonly Account[]> {
  const sources: Record<string, estypes.AggregationsCompositeAggregationSource>[] = [
    { uin: { terms: { field: account } } },
    ...(application === undefined ? [] : [{ app: { terms: { field: application, missing_bucket: true } } }]),
  ];
  let after: Key | undefined;
  do {
    const composite: estypes.AggregationsCompositeAggregation = {
      size: ACCOUNTS_AT_ONCE,
      sources,
      ...(after && { after }),
    };
    const { aggregations } = await request(requests, `listing the accounts in ${index}`, (options) =>
      client.search<unknown, Accounts>(
        { index, size: 0, allow_partial_search_results: false, aggs: { accounts: { composite } } },
        options,
      ),
    );
    const buckets = (aggregations?.accounts.buckets ?? []) as readonly { readonly key: Key }[];
    yield buckets.flatMap(({ key }) => accountOf(key));
    after = aggregations?.accounts.after_key as Key | undefined;
  } while (after !== undefined);
}
