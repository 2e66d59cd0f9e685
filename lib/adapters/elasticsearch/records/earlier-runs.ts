import type { Client } from '@elastic/elasticsearch';
import { isCount, isText, listOf, objectOf, optional } from '../../../erasure/stored/document-shape.ts';
import { type Instant, isoInstant, parseInstant } from '../../../policy/time/instant.ts';
import type { EarlierRun } from '../../../purge/announced/announcement.ts';
import type { OpenReport, Report } from '../../../purge/report/report.ts';
import { type RequestPolicy, request } from '../client/request.ts';
import { type Readable, readDocuments } from '../own-index/own-documents.ts';
import { searchDocuments } from '../own-index/own-search.ts';
import { isOfItsRun, reportIds } from './report-seal.ts';

const RUNS_AT_ONCE = 200;

const isTime = (value: unknown): boolean => typeof value === 'string' && parseInstant(value) !== undefined;

const isOpened = objectOf({
  runId: isText,
  startedAt: isTime,
  policyVersion: isText,
  commitment: isText,
  planned: objectOf({ due: isCount }),
});

const isClosed = objectOf({
  found: objectOf({ due: isCount, held: optional(isCount) }),
  documentsRemoved: isCount,
  fallingDue: optional(listOf(objectOf({ after: isTime, documents: isCount }))),
});

type Opened = Pick<OpenReport, 'runId' | 'startedAt' | 'policyVersion' | 'planned'>;
type Closed = Pick<Report, 'startedAt' | 'policyVersion' | 'found' | 'documentsRemoved' | 'fallingDue'>;

/** A run whose report does not have the form that a run writes. */
const doubtful = (startedAt: Instant): EarlierRun => ({
  runId: '',
  startedAt,
  policyVersion: '',
  plannedDue: 0,
  isDoubtful: true,
});

/**
 * Reads one run from the two documents of its report.
 * @param sortedAt the instant by which the index sorts the first document.
 */
const runOf = (id: string | undefined, sortedAt: Instant, opened: unknown, closed: unknown): EarlierRun => {
  if (!isOpened(opened)) return doubtful(sortedAt);
  const { runId, startedAt, policyVersion, planned } = opened as Opened;
  if (id !== reportIds(runId).opened || parseInstant(startedAt) !== sortedAt) return doubtful(sortedAt);
  const run = { runId, startedAt: sortedAt, policyVersion, plannedDue: planned.due };
  if (closed === undefined) return run;
  if (!isClosed(closed) || !isOfItsRun(opened, closed)) return doubtful(sortedAt);
  const { found, documentsRemoved, fallingDue } = closed as Closed;
  return {
    ...run,
    closed: {
      due: found.due,
      held: found.held ?? 0,
      documentsRemoved,
      ...(fallingDue !== undefined && { fallingDue }),
    },
  };
};

/**
 * A page of the runs of a category that began before an instant, newest first. A run is doubtful if somebody else
 * closed its report, or if the report does not have the form that a run writes.
 * @throws InputError | TransientError
 */
export const earlierRuns = async (
  client: Client,
  requests: RequestPolicy,
  own: Readable,
  category: string,
  before: Instant,
): Promise<readonly EarlierRun[]> => {
  const index = own.name;
  await request(requests, `refreshing ${index}`, (options) => client.indices.refresh({ index }, options));
  const { hits } = await searchDocuments<unknown>(client, requests, own, {
    doing: `looking for earlier runs in ${index}`,
    search: {
      index,
      size: RUNS_AT_ONCE,
      _source: ['runId', 'startedAt', 'policyVersion', 'commitment', 'planned.due'],
      query: {
        bool: {
          filter: [
            { term: { category } },
            { term: { state: 'open' } },
            { range: { startedAt: { lt: isoInstant(before), format: 'strict_date_optional_time' } } },
          ],
        },
      },
      sort: [{ startedAt: { order: 'desc', format: 'epoch_millis' } }],
      allow_partial_search_results: false,
    },
  });
  const closedIds = hits.hits.map(({ _id = '' }) => _id.replace(/\.opened$/, '.closed'));
  const docs =
    closedIds.length === 0
      ? []
      : await readDocuments<unknown>(client, requests, own, {
          ids: [...new Set(closedIds)],
          meant: 'to give its closed reports',
          source: ['opening', 'found.due', 'found.held', 'documentsRemoved', 'fallingDue'],
        });
  const closed = new Map(docs.flatMap(({ found, _id, _source }) => (found ? [[_id, _source ?? null] as const] : [])));
  return hits.hits.map(({ _id, _source, sort }, at) =>
    runOf(_id, Number(sort?.[0]), _source, closed.get(closedIds[at] ?? '')),
  );
};
