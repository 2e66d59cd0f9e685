import type { Client, estypes } from '@elastic/elasticsearch';
import type { Account } from '../../../audit/accounts/account-hashes.ts';
import type { AccountFields, AgeCount, AgeQuestion } from '../../../audit/audit-reader.ts';
import type { Instant } from '../../../policy/time/instant.ts';
import { type RequestPolicy, request } from '../client/request.ts';

type Query = estypes.QueryDslQueryContainer;

const since = (field: string, gte: Instant, lt?: Instant): Query => ({
  range: { [field]: { gte, ...(lt !== undefined && { lt }), format: 'epoch_millis' } },
});

/** If the field is mapped as a number, no document has a text that is no number, and a `term` query would fail. */
const named = (field: string, query: string): Query => ({
  match: { [field]: { query, operator: 'and', lenient: true } },
});

/** The documents of an account, or of one application of it. */
const ofAccount = ({ uin, sdkAppId }: Account, { account, application }: AccountFields): Query => ({
  bool: {
    filter: [
      named(account, uin),
      ...(sdkAppId === undefined || application === undefined ? [] : [named(application, sdkAppId)]),
    ],
  },
});

const notHeld = ({ heldAccounts, accountFields }: AgeQuestion): readonly Query[] =>
  heldAccounts.map((account) => ofAccount(account, accountFields));

const isDated = ({ fields, earliest, futureFrom }: AgeQuestion): readonly Query[] =>
  fields.map((field) => since(field, earliest, futureFrom));

/**
 * Documents that stay because of a date. If a person has decided for one date, and this date dates the document, only
 * this date counts.
 */
const isKept = ({ fields, decided, earliest, overdueBefore, futureFrom }: AgeQuestion): readonly Query[] =>
  fields.map((field) => {
    const kept = since(field, overdueBefore, futureFrom);
    if (decided === undefined || decided === field || !fields.includes(decided)) return kept;
    return { bool: { filter: [kept], must_not: [since(decided, earliest, futureFrom)] } };
  });

const overdueOf = (question: AgeQuestion): Query => ({
  bool: {
    should: [...isDated(question)],
    minimum_should_match: 1,
    must_not: [...isKept(question), ...notHeld(question)],
  },
});

const undatableOf = (question: AgeQuestion): Query => ({
  bool: { must_not: [...isDated(question), ...notHeld(question)] },
});

/** Documents read at a time, and how many times, to find the oldest one. */
const DOCUMENTS_AT_ONCE = 500;
const PAGES = 20;

type Oldest = NonNullable<AgeCount['oldest']>;

const valuesOf = (hit: estypes.SearchHit, field: string): readonly number[] =>
  ((hit.fields?.[field] as readonly unknown[] | undefined) ?? []).map(Number).filter(Number.isFinite);

const latestOf = (hit: estypes.SearchHit, { fields, ingestedField }: AgeQuestion): Oldest => {
  const ingested = valuesOf(hit, ingestedField);
  return {
    at: Math.max(...fields.flatMap((field) => valuesOf(hit, field))),
    ...(ingested.length > 0 && { ingestedAt: Math.max(...ingested) }),
  };
};

/** One page of documents, sorted by this date, from an instant on. */
const pageBy = (
  client: Client,
  requests: RequestPolicy,
  index: string,
  question: AgeQuestion,
  field: string,
  from: Instant,
): Promise<estypes.SearchResponse> =>
  request(requests, `looking for the oldest document in ${index}`, (options) =>
    client.search(
      {
        index,
        size: DOCUMENTS_AT_ONCE,
        _source: false,
        track_total_hits: false,
        allow_partial_search_results: false,
        query: { bool: { filter: [since(field, from, question.futureFrom)], must_not: [...notHeld(question)] } },
        sort: [{ [field]: { order: 'asc', format: 'epoch_millis', numeric_type: 'date' } }],
        docvalue_fields: question.fields.map((each) => ({ field: each, format: 'epoch_millis' })),
      },
      options,
    ),
  );

/**
 * The oldest document by this field, if the latest date of each document counts. The documents come in the order of
 * this field. As soon as a document is later than the oldest so far, no further document can be older.
 */
const oldestBy = async (
  client: Client,
  requests: RequestPolicy,
  index: string,
  question: AgeQuestion,
  field: string,
): Promise<Oldest | undefined> => {
  let best: Oldest | undefined;
  let from = question.earliest;
  for (let page = 0; page < PAGES; page += 1) {
    const { hits } = await pageBy(client, requests, index, question, field, from);
    for (const hit of hits.hits) {
      const [date] = hit.sort ?? [];
      if (best !== undefined && Number(date) >= best.at) return best;
      const latest = latestOf(hit, question);
      if (best === undefined || latest.at < best.at) best = latest;
    }
    if (hits.hits.length < DOCUMENTS_AT_ONCE) return best;
    from = Number(hits.hits.at(-1)?.sort?.[0]) + 1;
  }
  // The other date is later in too many documents, so the oldest document is unknown.
  return undefined;
};

const oldestOf = async (
  client: Client,
  requests: RequestPolicy,
  index: string,
  question: AgeQuestion,
): Promise<Oldest | undefined> => {
  let best: Oldest | undefined;
  for (const field of question.fields) {
    const found = await oldestBy(client, requests, index, question, field);
    if (found !== undefined && (best === undefined || found.at < best.at)) best = found;
  }
  return best;
};

interface Counts {
  readonly overdue: estypes.AggregationsFilterAggregate;
  readonly undatable: estypes.AggregationsFilterAggregate;
}

/** Counts an index by age. */
export const auditedAges = async (
  client: Client,
  requests: RequestPolicy,
  index: string,
  question: AgeQuestion,
): Promise<AgeCount> => {
  const { hits, aggregations } = await request(requests, `counting ${index} by age`, (options) =>
    client.search<unknown, Counts>(
      {
        index,
        size: 0,
        track_total_hits: true,
        allow_partial_search_results: false,
        aggs: { overdue: { filter: overdueOf(question) }, undatable: { filter: undatableOf(question) } },
      },
      options,
    ),
  );
  const documents = typeof hits.total === 'number' ? hits.total : (hits.total?.value ?? 0);
  const oldest = documents === 0 ? undefined : await oldestOf(client, requests, index, question);
  return {
    documents,
    overdue: aggregations?.overdue.doc_count ?? 0,
    undatable: aggregations?.undatable.doc_count ?? 0,
    ...(oldest !== undefined && { oldest }),
  };
};

/** The documents of an account that have no date after an instant; without an instant, all of them. */
export const documentsOf = async (
  client: Client,
  requests: RequestPolicy,
  index: string,
  account: Account,
  fields: AccountFields,
  until?: { readonly fields: readonly string[]; readonly at: Instant },
): Promise<number> => {
  const later = until?.fields.map((field) => since(field, until.at + 1)) ?? [];
  const query = { bool: { filter: [ofAccount(account, fields)], must_not: [...later] } };
  const { count } = await request(requests, `counting documents of an erased account in ${index}`, (options) =>
    client.count({ index, query }, options),
  );
  return count;
};
