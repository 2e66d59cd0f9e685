import { isDeepStrictEqual } from 'node:util';
import type { Client, estypes } from '@elastic/elasticsearch';
import { isCount, isText, objectOf, optional, recordIn } from '../../../erasure/stored/document-shape.ts';
import { type Instant, isoInstant } from '../../../policy/time/instant.ts';
import { operationsOf, type Report, type ReportedIndex, type ReportStore } from '../../../purge/report/report.ts';
import { newOpening } from '../../crypto/new-opening.ts';
import { isConflict, type RequestPolicy, request, requestOnce } from '../client/request.ts';
import { readDocuments } from '../own-index/own-documents.ts';
import { allBefore, type OwnIndex, ownIndex } from '../own-index/own-index.ts';
import { searchDocuments } from '../own-index/own-search.ts';
import { contestedReports } from './contested-reports.ts';
import { earlierRuns } from './earlier-runs.ts';
import { commitmentTo, forgedReport, isOfItsRun, openedBefore, reportIds } from './report-seal.ts';

const keyword = { type: 'keyword' } as const;
const text = { type: 'text' } as const;
const long = { type: 'long' } as const;
const date = { type: 'date', format: 'strict_date_optional_time' } as const;
/** Kept, but not indexed: each report has hundreds of them. */
const unsearched = { type: 'keyword', index: false, doc_values: false } as const;
const totals: estypes.MappingProperty = {
  properties: {
    indices: long,
    documents: long,
    due: long,
    held: long,
    overdue: long,
    undatable: long,
    behindIngestion: long,
  },
};
/** Reports of 0.1.0 have `wayOut` instead of `fix`. */
const explained = { code: keyword, expected: text, found: text, fix: text, wayOut: text };

/** Index names are values in an array, never field names: a thousand of them would exceed the limit of the mapping. */
export const REPORT_MAPPINGS: estypes.MappingTypeMapping = {
  dynamic: 'strict',
  properties: {
    runId: keyword,
    category: keyword,
    commitment: keyword,
    opening: unsearched,
    state: keyword,
    outcome: keyword,
    kept: { type: 'boolean' },
    mode: keyword,
    dryRun: { type: 'boolean' },
    trigger: { properties: { source: keyword, id: keyword, time: keyword } },
    policyVersion: keyword,
    cluster: { properties: { uuid: keyword, name: keyword, version: keyword } },
    fence: long,
    startedAt: date,
    verifiedAt: date,
    finishedAt: date,
    cutoff: date,
    maxAge: keyword,
    allowedLateness: keyword,
    holds: keyword,
    pause: { properties: { since: date, until: date } },
    planned: totals,
    announced: { properties: { documents: long, runId: keyword, startedAt: date } },
    found: totals,
    savedPlan: { properties: { plannedAt: date, by: keyword, reason: text, overridden: { properties: explained } } },
    refusals: { properties: explained },
    findings: { properties: { ...explained, severity: keyword, index: keyword, subjects: long } },
    erasures: {
      properties: {
        due: long,
        erased: long,
        nothingFound: long,
        cancelled: long,
        open: long,
        braked: long,
        held: long,
      },
    },
    fallingDue: { properties: { after: unsearched, documents: unsearched } },
    documentsRemoved: long,
    indicesDropped: long,
    restedMilliseconds: long,
    oldestAt: date,
    oldestAgeMilliseconds: long,
    retentionLagMilliseconds: long,
    indices: {
      properties: {
        index: keyword,
        uuid: keyword,
        planned: keyword,
        reason: text,
        documentsBefore: long,
        dueBefore: long,
        did: keyword,
        documentsRemoved: long,
        note: text,
        found: keyword,
        documentsAfter: long,
        dueAfter: long,
        undatableAfter: long,
        operations: long,
      },
    },
  },
};

const isReported = objectOf({ uuid: isText, operations: optional(isCount) });

/** The indices in a report. Entries that somebody edited into another shape are left out. */
const reportedIn = (source: unknown): readonly Pick<ReportedIndex, 'uuid' | 'operations'>[] => {
  const indices = recordIn(source)?.indices;
  return Array.isArray(indices) ? indices.filter((each): each is ReportedIndex => isReported(each)) : [];
};

/** The index with the reports of one category. */
interface ReportContext {
  readonly client: Client;
  readonly requests: RequestPolicy;
  readonly index: string;
  readonly own: OwnIndex;
}

const sourceOf = async ({ client, requests, own }: ReportContext, id: string): Promise<unknown> => {
  const [found] = await readDocuments(client, requests, own, { ids: [id], meant: 'to give a report' });
  return found?._source;
};

const create = ({ client, requests, index, own }: ReportContext, id: string, document: object): Promise<unknown> =>
  own.write(() =>
    request(requests, `closing the report in ${index}`, (options) =>
      client.create({ index, id, document, refresh: false, wait_for_active_shards: 1 }, options),
    ),
  );

/** The operations of indices in the last report before an instant. */
const operationsBefore = async (
  { client, requests, index, own }: ReportContext,
  categoryId: string,
  instant: Instant,
): ReturnType<ReportStore['operationsBefore']> => {
  const { hits } = await searchDocuments(client, requests, own, {
    doing: `looking for an earlier report in ${index}`,
    search: {
      index,
      ignore_unavailable: true,
      expand_wildcards: 'none',
      allow_partial_search_results: false,
      size: 1,
      _source: ['indices.uuid', 'indices.operations'],
      query: {
        bool: {
          filter: [
            { term: { category: categoryId } },
            { term: { state: 'closed' } },
            { range: { verifiedAt: { lte: isoInstant(instant), format: 'strict_date_optional_time' } } },
          ],
          must_not: [{ term: { outcome: 'refused' } }],
        },
      },
      sort: [{ verifiedAt: { order: 'desc', unmapped_type: 'date' } }],
    },
  });
  return operationsOf(reportedIn(hits.hits[0]?._source));
};

/**
 * Closes a report.
 * @param secret proves that this process opened the report; undefined if another process opened it.
 */
const close = async (context: ReportContext, report: Report, secret: string | undefined): Promise<void> => {
  const id = reportIds(report.runId).closed;
  const document = { ...report, ...(secret !== undefined && { opening: secret }) };
  try {
    await create(context, id, document);
  } catch (error) {
    if (!isConflict(error)) throw error;
    const stored = await sourceOf(context, id);
    // The document is already there if the answer to a first attempt was lost.
    if (isDeepStrictEqual(stored, JSON.parse(JSON.stringify(document)))) return;
    if (secret === undefined || isOfItsRun({ commitment: commitmentTo(secret) }, stored)) throw error;
    const beside = `${id}.${secret}`;
    await create(context, beside, document);
    throw forgedReport(context.index, id, beside);
  }
};

/**
 * The reports of one category, two documents for each run: one when it was opened, one when it was closed. Both are
 * created and never changed. A crashed run leaves only the first.
 */
export const elasticsearchReports = (client: Client, requests: RequestPolicy, index: string): ReportStore => {
  const own = ownIndex(client, requests, index, REPORT_MAPPINGS);
  const context: ReportContext = { client, requests, index, own };
  /** The secrets of reports that this process opened, by run. */
  const secrets = new Map<string, string>();
  return {
    open: async (report) => {
      const id = reportIds(report.runId).opened;
      const secret = newOpening();
      const document = { ...report, commitment: commitmentTo(secret) };
      try {
        await own.write(() =>
          requestOnce(requests, `opening the report in ${index}`, (options) =>
            client.create({ index, id, document, refresh: false, wait_for_active_shards: 1 }, options),
          ),
        );
      } catch (error) {
        throw isConflict(error) ? openedBefore(index, id) : error;
      }
      secrets.set(report.runId, secret);
    },
    has: (_, runId) =>
      request(requests, `looking for a report in ${index}`, async (options) => {
        const opened = reportIds(runId).opened;
        const { found } = await client.get({ index, id: opened, _source: false }, { ...options, ignore: [404] });
        return found === true;
      }),
    operationsBefore: async (categoryId, instant) =>
      (await own.isThere()) ? operationsBefore(context, categoryId, instant) : operationsOf([]),
    close: (report) => close(context, report, secrets.get(report.runId)),
    earlierRuns: async (categoryId, before) =>
      (await own.isThere()) ? earlierRuns(client, requests, own, categoryId, before) : [],
    contested: async () => ((await own.isThere()) ? contestedReports(client, requests, own) : []),
    removeOld: (_, before, work) =>
      own.removeMatching(allBefore(['startedAt'], before), `removing old reports from ${index}`, work),
  };
};
