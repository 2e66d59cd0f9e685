import { type Client, errors, type estypes } from '@elastic/elasticsearch';
import { TransientError } from '../../../base/errors.ts';
import type { DateWriter } from '../../../maintenance/date-writer.ts';
import type { Instant } from '../../../policy/time/instant.ts';
import { sliceDocuments } from '../../../purge/document-remover.ts';
import { failureText } from '../client/error-text.ts';
import { refreshIndex } from '../client/refresh-index.ts';
import { type RequestPolicy, request, requestOnce } from '../client/request.ts';
import { missingFrom } from '../client/whole-answers.ts';
import { retryByQuery } from '../delete/retry-by-query.ts';
import { ofIndex } from '../inspect/index-filter.ts';
import { undated } from '../query/age-query.ts';
import { all, none } from '../query/bool-query.ts';
import { fitting, range } from '../query/date-ranges.ts';
import { numbered } from '../query/sequence-numbers.ts';
import { type FlatBranch, flatUpdate } from '../query/subobjects.ts';
import { dateTextFor, rewriteFacts } from './rewrite-facts.ts';
import { unwritableDocuments } from './unwritable-documents.ts';

/**
 * Writes the field in the form that the document uses, dotted or nested. If the path contains a list, writes the dotted
 * form and leaves the list unchanged. Skips a document with a single value on the path (unless the mapping is flat
 * there), or with an object in place of the date.
 */
const SCRIPT = `
  boolean holdsObject(def value) {
    if (value instanceof List) { for (def one : value) if (holdsObject(one)) return true; }
    return value instanceof Map;
  }
  if (ctx._source.containsKey(params.field)) {
    if (holdsObject(ctx._source[params.field])) ctx.op = 'noop';
    else ctx._source[params.field] = params.at;
    return;
  }
  Map parent = ctx._source;
  for (int i = 0; i < params.path.size() - 1; i++) {
    def child = parent.get(params.path[i]);
    if (child == null) { child = new HashMap(); parent.put(params.path[i], child); }
    if (child instanceof List) { ctx._source[params.field] = params.at; return; }
    if (!(child instanceof Map)) {
      if (params.isFlat) ctx._source[params.field] = params.at;
      else ctx.op = 'noop';
      return;
    }
    parent = child;
  }
  String name = params.path[params.path.size() - 1];
  if (holdsObject(parent.get(name))) ctx.op = 'noop';
  else parent.put(name, params.at);
`;

/** Documents in which every value is this instant and no value was ignored. */
const datedExactly = (field: string, at: Instant) =>
  all(
    range(field, { gte: at, lt: at + 1 }),
    none(range(field, { lt: at }), range(field, { gte: at + 1 }), { term: { _ignored: { value: field } } }),
  );

const partial = (name: string, doing: string, found: string): TransientError =>
  new TransientError('partial-answer', {
    expected: `every shard of ${name} to ${doing}`,
    found,
    fix: 'Documents that were dated stay dated. Look at the health of the index, and run the command again.',
  });

/** The answer to a request that failed for some documents or shards. It still has the number of written documents. */
const failingBody = (thrown: unknown): estypes.UpdateByQueryResponse | undefined =>
  thrown instanceof errors.ResponseError && Array.isArray(thrown.body?.failures) ? thrown.body : undefined;

/** The index rejected documents: another attempt would fail in the same way. */
const isRefused = ({ failures }: estypes.UpdateByQueryResponse): boolean =>
  failures !== undefined && failures.length > 0 && failures.every(({ status }) => status === 400);

const nestedMapping = ([name = '', ...rest]: readonly string[]): Record<string, object> => ({
  [name]: rest.length === 0 ? { type: 'date' } : { properties: nestedMapping(rest) },
});

type WriterMethod<K extends keyof DateWriter> = (
  client: Client,
  requests: RequestPolicy,
  ...given: Parameters<DateWriter[K]>
) => ReturnType<DateWriter[K]>;

const countDatedAt: WriterMethod<'countDatedAt'> = async (
  client,
  requests,
  { name, primaries },
  { ingestedField },
  ingestedAt,
) => {
  const doing = `counting what was dated in ${name}`;
  const refreshed = await request(requests, doing, (options) =>
    client.indices.refresh({ index: name, expand_wildcards: 'none' }, options),
  );
  const unrefreshed = refreshed._shards?.failed ?? 0;
  if (unrefreshed > 0) throw partial(name, 'show what was dated', `${unrefreshed} that did not refresh`);
  const answer = await request(requests, doing, (options) =>
    client.count({ index: name, expand_wildcards: 'none', query: datedExactly(ingestedField, ingestedAt) }, options),
  );
  const missing = missingFrom(answer, primaries);
  if (missing === undefined) return answer.count;
  throw partial(name, 'count what was dated', missing);
};

const mapIngested: WriterMethod<'mapIngested'> = async (client, requests, index, field) => {
  const doing = `mapping ${field} in ${index}`;
  const read = await request(requests, doing, (options) =>
    client.indices.getMapping({ index, expand_wildcards: 'none' }, options),
  );
  const body = flatUpdate(field, (read[index]?.mappings ?? {}) as FlatBranch) ?? {
    properties: nestedMapping(field.split('.')),
  };
  await request(requests, doing, (options) =>
    // Does not use putMapping, which would put parameters it does not know (subobjects) into the URL.
    client.transport.request(
      {
        method: 'PUT',
        path: `/${encodeURIComponent(index)}/_mapping`,
        querystring: { expand_wildcards: 'none' },
        body,
      },
      options,
    ),
  );
};

type DatingArguments = Parameters<DateWriter['dateUndatable']>;

/** One update-by-query on a limited number of documents. */
const updateOf = (
  ...[target, criteria, ingestedAt, { form, isFlat }, bound, { leaving }]: DatingArguments
): estypes.UpdateByQueryRequest => ({
  index: target.name,
  expand_wildcards: 'none',
  query: all(
    undated(fitting(criteria, target.usable), target.usable),
    // Without sequence numbers, the cluster would not notice that somebody else writes the document.
    numbered({ gte: 0 }),
    ofIndex(target.name),
    none({ ids: { values: [...leaving] } }),
  ),
  // The index's default pipeline could write another date. (A final pipeline cannot be skipped, so an index with one is
  // refused.)
  pipeline: '_none',
  script: {
    source: SCRIPT,
    params: {
      field: criteria.ingestedField,
      path: criteria.ingestedField.split('.'),
      at: dateTextFor(ingestedAt, form),
      isFlat,
    },
  },
  max_docs: bound,
  scroll_size: sliceDocuments(target),
  // Otherwise a version conflict would stop the request after some documents, without saying how far it got.
  conflicts: 'proceed',
  refresh: true,
  wait_for_active_shards: 1,
});

const dateOnce = async (client: Client, requests: RequestPolicy, ...given: DatingArguments) => {
  const [{ name }, , , , bound, { assertLeased, onDated }] = given;
  await assertLeased();
  const answer = await requestOnce(requests, `dating documents of ${name}`, (options) =>
    client.updateByQuery(updateOf(...given), options).catch((thrown) => {
      const body = failingBody(thrown);
      if (body !== undefined && isRefused(body)) return body;
      onDated(body?.updated ?? 0);
      throw thrown;
    }),
  );
  onDated(answer.updated ?? 0);
  if (answer.version_conflicts)
    throw new TransientError('conflict', {
      expected: `documents of ${name} that nobody else changes while their dates are being set`,
      found: `${answer.version_conflicts} that somebody else changed`,
      fix: 'Documents that were dated stay dated. Run the command again for the rest.',
    });
  return {
    passedOver: answer.noops ?? 0,
    full: (answer.total ?? 0) >= bound,
    ...(answer.failures?.length && { failure: failureText(answer.failures) }),
  };
};

const dateUndatable: WriterMethod<'dateUndatable'> = (client, requests, ...given) => {
  const [{ name }] = given;
  // Makes changes by others visible: a changed document is judged again, and may have a date now.
  const refresh = () => refreshIndex(client, requests, name);
  return retryByQuery(requests, () => dateOnce(client, requests, ...given), refresh);
};

/** Writes dates into undatable documents by update-by-query, in bounded requests on one concrete index. */
export const elasticsearchDateWriter = (client: Client, requests: RequestPolicy): DateWriter => ({
  examine: (names, ingestedField) => rewriteFacts(client, requests, names, ingestedField),
  countDatedAt: (...given) => countDatedAt(client, requests, ...given),
  mapIngested: (...given) => mapIngested(client, requests, ...given),
  unwritable: ({ name, usable }, criteria) =>
    unwritableDocuments(client, requests, name, undated(fitting(criteria, usable), usable)),
  dateUndatable: (...given) => dateUndatable(client, requests, ...given),
});
