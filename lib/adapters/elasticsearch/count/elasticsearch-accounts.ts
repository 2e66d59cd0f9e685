import type { Client, estypes } from '@elastic/elasticsearch';
import { TransientError } from '../../../base/errors.ts';
import type { IdentifierField, UsableFields } from '../../../criteria/due-criteria.ts';
import type {
  AccountReader,
  AccountsPage,
  AccountWithData,
  IndexWithAccounts,
} from '../../../erasure/consistency/reconcile.ts';
import type { Category } from '../../../policy/retention-policy.ts';
import { errorText } from '../client/error-text.ts';
import { type RequestPolicy, request, requestOnce } from '../client/request.ts';
import { fitRequestLines } from '../client/request-line.ts';
import { clusterSettings } from '../inspect/cluster-settings.ts';
import { describeIndices } from '../inspect/describe-indices.ts';
import { fieldParams } from '../query/identifier-params.ts';
import { UNREADABLE } from '../scripts/account-texts-script.ts';
import { EMIT_TEXTS } from '../scripts/classify-accounts.ts';

/** The maximum number of requests that one command sends to find faulty indices. */
const SEARCHES = 64;
/** A request that timed out counts as this many quick requests. */
const TIMEOUT_COSTS = 16;
/** Pairs in one answer. */
const PAIRS_AT_ONCE = 2_000;

interface AccountBucket {
  readonly key: { readonly uin: string; readonly app: string | null };
  readonly documents: { readonly value: number };
}
interface Located {
  readonly indices: { readonly buckets: readonly { readonly key: string }[] };
}
interface Pairs {
  readonly buckets: readonly AccountBucket[];
  readonly after_key?: Record<string, estypes.FieldValue>;
}

const accountWithDataOf = ({ key: { uin, app }, documents }: AccountBucket): AccountWithData => ({
  uin,
  ...(app !== null && app !== UNREADABLE && { sdkAppId: app }),
  documents: documents.value,
});

const isUnreadable = ({ key: { uin, app } }: AccountBucket): boolean => uin === UNREADABLE || app === UNREADABLE;

/** The values of one field as text, made by the server: a number beyond 2^53 would change in JSON. */
const textsOf = (name: string | undefined, field: IdentifierField | undefined): estypes.MappingRuntimeField => ({
  type: 'keyword',
  script: { lang: 'painless', source: EMIT_TEXTS, params: { field: fieldParams(name, field) } },
});

/** Why an index was not looked at completely. */
const UNREADABLE_THERE =
  'not wholly: it has documents that Elasticsearch stored and cannot read, or whose account or application is bytes';

const UIN = 'es_retention_uin';
const APP = 'es_retention_app';

type Fields = Pick<UsableFields, 'account' | 'application'>;

const runtimeOf = ({ accountField, applicationField }: Category, { account, application }: Fields) => ({
  size: 0,
  track_total_hits: false,
  runtime_mappings: { [UIN]: textsOf(accountField, account), [APP]: textsOf(applicationField, application) },
});

const bodyOf = (category: Category, fields: Fields, after: Pairs['after_key']): estypes.MsearchMultisearchBody => ({
  ...runtimeOf(category, fields),
  aggs: {
    pairs: {
      composite: {
        size: PAIRS_AT_ONCE,
        sources: [{ uin: { terms: { field: UIN } } }, { app: { terms: { field: APP, missing_bucket: true } } }],
        ...(after !== undefined && { after }),
      },
      aggs: { documents: { value_count: { field: '_index' } } },
    },
  },
});

/** Finds the indices that contain documents which nobody can read. */
const unreadableIn = (category: Category, fields: Fields, indices: number): estypes.MsearchMultisearchBody => ({
  ...runtimeOf(category, fields),
  query: { bool: { should: [UIN, APP].map((field) => ({ term: { [field]: UNREADABLE } })), minimum_should_match: 1 } },
  aggs: { indices: { terms: { field: '_index', size: indices } } },
});

const accountFieldsOf = ([{ account, application } = {}]: readonly Partial<IndexWithAccounts>[]): Fields => ({
  ...(account && { account }),
  ...(application && { application }),
});

/** Groups indices whose fields name accounts in the same way. */
const groupsOf = (indices: readonly IndexWithAccounts[]): readonly (readonly IndexWithAccounts[])[] => [
  ...Map.groupBy(indices, ({ account, application }) => JSON.stringify([account, application])).values(),
];

/** How indices are asked, and how many requests the whole command may still send. */
interface AccountsContext {
  readonly client: Client;
  readonly requests: RequestPolicy;
  readonly bound: { left: number };
}

/**
 * Refreshes, and returns the number of shards that could not be refreshed: searches may not see recent writes to them.
 */
const refresh = async (
  { client, requests }: AccountsContext,
  indices: readonly IndexWithAccounts[],
  category: Category,
): Promise<number> => {
  let failed = 0;
  for (const line of fitRequestLines(indices.map(({ name }) => name))) {
    const { _shards } = await request(requests, `refreshing indices of ${category.id}`, (options) =>
      client.indices.refresh({ index: [...line], expand_wildcards: 'none' }, options),
    );
    failed += _shards?.failed ?? 0;
  }
  return failed;
};

/** The aggregations of a search, or why there are none. */
const search = async (
  { client, requests }: AccountsContext,
  indices: readonly IndexWithAccounts[],
  category: Category,
  body: estypes.MsearchMultisearchBody,
  post: typeof request,
): Promise<unknown> => {
  // `_msearch` has the names in the body, where no request line limits them.
  const { responses } = await post(requests, `looking for the accounts of ${category.id}`, (options) =>
    client.msearch({ searches: [{ index: indices.map(({ name }) => name) }, body] }, options),
  );
  const [answer] = responses;
  if (answer === undefined || 'error' in answer) return answer === undefined ? 'no answer' : errorText(answer.error);
  return answer.aggregations;
};

const page = async (
  context: AccountsContext,
  indices: readonly IndexWithAccounts[],
  category: Category,
  after: Pairs['after_key'],
  post: typeof request,
): Promise<Pairs | string> => {
  // Searches see only refreshed documents. Without a refresh, accounts would be missing without notice.
  const unrefreshed = after === undefined ? await refresh(context, indices, category) : 0;
  if (unrefreshed > 0) return `${unrefreshed} shards could not be refreshed`;
  const answer = await search(context, indices, category, bodyOf(category, accountFieldsOf(indices), after), post);
  return typeof answer === 'string' ? answer : (answer as { readonly pairs: Pairs }).pairs;
};

/** The indices with documents that nobody can read; all of the given indices if this is unknown. */
const unreadable = async (
  context: AccountsContext,
  indices: readonly IndexWithAccounts[],
  category: Category,
): Promise<AccountsPage> => {
  const names = indices.map(({ name }) => name);
  const body = unreadableIn(category, accountFieldsOf(indices), names.length);
  const answer = await search(context, indices, category, body, requestOnce).catch(() => '');
  const found = typeof answer === 'string' ? names : (answer as Located).indices.buckets.map(({ key }) => key);
  return { accounts: [], unlisted: found.map((index) => ({ index, why: UNREADABLE_THERE })) };
};

/**
 * Splits indices whose first page failed into halves and asks again while requests are left. Then names the faulty
 * indices.
 */
const withoutAnswer = async function* (
  context: AccountsContext,
  indices: readonly IndexWithAccounts[],
  category: Category,
  { why, isFirst }: { readonly why: string; readonly isFirst: boolean },
): AsyncGenerator<AccountsPage> {
  context.bound.left -= 1;
  if (!isFirst || indices.length <= 1 || context.bound.left <= 0) {
    yield { accounts: [], unlisted: indices.map(({ name }) => ({ index: name, why })) };
    return;
  }
  const middle = Math.ceil(indices.length / 2);
  yield* pages(context, indices.slice(0, middle), category, requestOnce);
  yield* pages(context, indices.slice(middle), category, requestOnce);
};

const pages = async function* (
  context: AccountsContext,
  indices: readonly IndexWithAccounts[],
  category: Category,
  post = request,
): AsyncGenerator<AccountsPage> {
  let after: Pairs['after_key'];
  let isTold = false;
  do {
    const answer = await page(context, indices, category, after, post).catch((thrown: unknown) => {
      if (!(thrown instanceof TransientError)) throw thrown;
      if (thrown.code === 'timeout') context.bound.left -= TIMEOUT_COSTS;
      return thrown.explanation.found;
    });
    if (typeof answer === 'string') {
      yield* withoutAnswer(context, indices, category, { why: answer, isFirst: after === undefined });
      return;
    }
    const { buckets } = answer;
    yield { accounts: buckets.filter(({ key }) => key.uin !== UNREADABLE).map(accountWithDataOf) };
    if (!isTold && buckets.some(isUnreadable)) {
      isTold = true;
      yield await unreadable(context, indices, category);
    }
    after = buckets.length < PAIRS_AT_ONCE ? undefined : answer.after_key;
  } while (after !== undefined);
};

/**
 * Lists the accounts that have documents, on Elasticsearch. A faulty index does not spoil the answers for others: if
 * the first page of several indices fails, halves of them are asked until the faulty one is named. These requests are
 * not retried, and their number is limited for the whole command.
 */
export const elasticsearchAccounts = (client: Client, requests: RequestPolicy): AccountReader => {
  const context: AccountsContext = { client, requests, bound: { left: SEARCHES } };
  const settings = clusterSettings(client, requests);
  return {
    describe: (patterns, fields) =>
      describeIndices(client, requests, patterns, fields, settings.refusesExpensiveQueries),
    pages: async function* (indices, category) {
      for (const group of groupsOf(indices)) yield* pages(context, group, category);
    },
  };
};
