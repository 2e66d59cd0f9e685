import type { Client, estypes } from '@elastic/elasticsearch';
import { isoInstant } from '../../policy/instant.ts';
import { operationsOf, type Report, type ReportBook } from '../../purge/report.ts';
import { ownIndex } from './own-index.ts';
import { type RequestPolicy, request, requestOnce } from './request.ts';

const keyword = { type: 'keyword' } as const;
const text = { type: 'text' } as const;
const long = { type: 'long' } as const;
const date = { type: 'date', format: 'strict_date_optional_time' } as const;
const totals: estypes.MappingProperty = {
  properties: { indices: long, documents: long, due: long, overdue: long, undatable: long, behindIngestion: long },
};
const explained = { code: keyword, expected: text, found: text, wayOut: text };

/** Index names are values in an array, never field names: a thousand of them would break the mapping. */
export const REPORT_MAPPINGS: estypes.MappingTypeMapping = {
  dynamic: 'strict',
  properties: {
    runId: keyword,
    category: keyword,
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
    planned: totals,
    found: totals,
    refusals: { properties: explained },
    findings: { properties: { ...explained, severity: keyword, index: keyword, subjects: long } },
    erasures: { properties: { due: long, erased: long, nothingFound: long, cancelled: long, open: long } },
    documentsRemoved: long,
    indicesDropped: long,
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

/** Reports in an index of their own, one document per run, its id the run's. */
export const elasticsearchBooks = (client: Client, policy: RequestPolicy, index: string): ReportBook => {
  const own = ownIndex(client, policy, index, REPORT_MAPPINGS);
  return {
    open: async (report) => {
      await own.write(() =>
        requestOnce(policy, `opening the report in ${index}`, (options) =>
          client.create(
            { index, id: report.runId, document: report, refresh: false, wait_for_active_shards: 1 },
            options,
          ),
        ),
      );
    },
    has: (runId) =>
      request(policy, `looking for a report in ${index}`, async (options) => {
        const { found } = await client.get({ index, id: runId, _source: false }, { ...options, ignore: [404] });
        return found === true;
      }),
    operationsBefore: async (categoryId, instant) => {
      if (!(await own.isThere())) return operationsOf([]);
      const { hits } = await request(policy, `looking for an earlier report in ${index}`, (options) =>
        client.search<Pick<Report, 'indices'>>(
          {
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
          options,
        ),
      );
      const reported = hits.hits[0]?._source?.indices ?? [];
      return operationsOf(reported);
    },
    close: async (report: Report) => {
      await own.write(() =>
        request(policy, `closing the report in ${index}`, (options) =>
          client.index(
            { index, id: report.runId, document: report, refresh: false, wait_for_active_shards: 1 },
            options,
          ),
        ),
      );
    },
    purgeReports: async (categoryId, cutoff) => {
      await request(policy, `removing old reports from ${index}`, (options) =>
        client.deleteByQuery(
          {
            wait_for_active_shards: 1,
            index,
            expand_wildcards: 'none',
            max_docs: 1_000,
            scroll_size: 1_000,
            query: {
              bool: {
                filter: [
                  { term: { category: categoryId } },
                  { range: { startedAt: { lt: isoInstant(cutoff), format: 'strict_date_optional_time' } } },
                ],
              },
            },
          },
          options,
        ),
      );
    },
  };
};
