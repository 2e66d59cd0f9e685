import type { Client, estypes } from '@elastic/elasticsearch';
import type { Account } from '../../../audit/accounts/account-hashes.ts';
import type { AccountFields } from '../../../audit/audit-reader.ts';
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

/** JSON has lost digits of such a number. It now names another account, and the next page cannot begin there. */
const isVague = (key: Key): boolean =>
  Object.values(key).some((value) => typeof value === 'number' && !Number.isSafeInteger(value));

/** The values of a field as text, made by the server. */
const asText = (field: string): estypes.MappingRuntimeField => ({
  type: 'keyword',
  script: {
    lang: 'painless',
    source: 'for (def each : doc[params.field]) emit(each.toString())',
    params: { field },
  },
});

const ACCOUNT = 'es_retention_audited_account';
const APPLICATION = 'es_retention_audited_application';

const textsOf = ({ account, application }: AccountFields) => ({
  fields: { account: ACCOUNT, ...(application !== undefined && { application: APPLICATION }) },
  mappings: {
    [ACCOUNT]: asText(account),
    ...(application !== undefined && { [APPLICATION]: asText(application) }),
  },
});

/** Pages of accounts by these fields, which may be computed at run time. */
async function* pagesOf(
  client: Client,
  requests: RequestPolicy,
  index: string,
  { account, application }: AccountFields,
  computed?: Readonly<Record<string, estypes.MappingRuntimeField>>,
): AsyncGenerator<readonly Key[]> {
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
        {
          index,
          size: 0,
          allow_partial_search_results: false,
          aggs: { accounts: { composite } },
          ...(computed && { runtime_mappings: computed }),
        },
        options,
      ),
    );
    const buckets = (aggregations?.accounts.buckets ?? []) as readonly { readonly key: Key }[];
    after = aggregations?.accounts.after_key as Key | undefined;
    yield buckets.map(({ key }) => key);
  } while (after !== undefined);
}

/**
 * The accounts with documents in an index, each with its applications, page by page. Where a number is too large for
 * JSON, all accounts of the index are listed again as texts, which takes longer.
 */
export async function* auditedAccounts(
  client: Client,
  requests: RequestPolicy,
  index: string,
  fields: AccountFields,
): AsyncGenerator<readonly Account[]> {
  for await (const keys of pagesOf(client, requests, index, fields)) {
    if (keys.some(isVague)) {
      const { fields: texts, mappings } = textsOf(fields);
      for await (const page of pagesOf(client, requests, index, texts, mappings)) yield page.flatMap(accountOf);
      return;
    }
    yield keys.flatMap(accountOf);
  }
}
