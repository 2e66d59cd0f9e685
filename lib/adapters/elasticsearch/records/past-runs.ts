import {
  isCount,
  isFlag,
  isText,
  listOf,
  objectOf,
  oneOf,
  optional,
  recordIn,
} from '../../../erasure/stored/document-shape.ts';
import { parseInstant } from '../../../policy/time/instant.ts';
import type { OpenReport, Report } from '../../../purge/report/report.ts';
import type { PastResult, PastRun, PastRuns, StoredReport } from '../../../purge/report/run-history.ts';
import { isOfItsRun, reportIds } from './report-seal.ts';

const isTime = (value: unknown): boolean => typeof value === 'string' && parseInstant(value) !== undefined;

const isOpened = objectOf({
  runId: isText,
  state: oneOf(['open']),
  startedAt: isTime,
  mode: oneOf(['observe', 'enforce']),
  dryRun: isFlag,
  trigger: objectOf({ source: isText }),
  policyVersion: isText,
  cluster: objectOf({ uuid: isText }),
  maxAge: optional(isText),
  holds: optional(listOf(isText)),
  planned: objectOf({ overdue: isCount }),
});

const isClosed = objectOf({
  state: oneOf(['closed']),
  outcome: oneOf(['complete', 'incomplete', 'refused', 'observed']),
  finishedAt: isTime,
  kept: isFlag,
  retentionLagMilliseconds: isCount,
  oldestAgeMilliseconds: optional(Number.isSafeInteger),
  found: objectOf({ documents: isCount, due: isCount, overdue: isCount, undatable: isCount }),
  documentsRemoved: isCount,
  indicesDropped: isCount,
  // The server leaves out an empty list of which only some fields are read.
  refusals: optional(listOf(objectOf({ code: isText }))),
  findings: optional(
    listOf(objectOf({ code: isText, severity: oneOf(['blocking', 'notice']), index: optional(isText) })),
  ),
  erasures: optional(objectOf({ erased: isCount, nothingFound: isCount })),
  indices: optional(listOf(objectOf({ documentsRemoved: isCount }))),
});

/** Whether the number of removed documents is the sum over the indices, as a run writes it. */
const addsUp = (source: StoredReport['source']): boolean => {
  const { documentsRemoved, indices = [] } = source as unknown as Pick<Report, 'documentsRemoved'> &
    Partial<Pick<Report, 'indices'>>;
  return indices.reduce((sum, index) => sum + index.documentsRemoved, 0) === documentsRemoved;
};

/** The fields that {@link pastRunsOf} reads. Reports with many indices are large. */
export const PAST_RUN_FIELDS: string[] = [
  'runId',
  'state',
  'startedAt',
  'mode',
  'dryRun',
  'trigger.source',
  'policyVersion',
  'cluster.uuid',
  'maxAge',
  'holds',
  'planned.overdue',
  'commitment',
  'opening',
  'outcome',
  'finishedAt',
  'kept',
  'retentionLagMilliseconds',
  'oldestAgeMilliseconds',
  'found',
  'documentsRemoved',
  'indicesDropped',
  'indices.documentsRemoved',
  'refusals.code',
  'findings.code',
  'findings.severity',
  'findings.index',
  'erasures',
];

/** The parts of a closed report that are read here. */
type Read = Omit<Report, 'refusals' | 'findings'> & Partial<Pick<Report, 'refusals' | 'findings'>>;

const resultOf = (report: Read): PastResult => {
  const { refusals = [], findings = [] } = report;
  const { outcome, finishedAt, kept, retentionLagMilliseconds, oldestAgeMilliseconds, found, erasures } = report;
  const { documents, due, overdue, undatable } = found;
  return {
    outcome,
    kept,
    finishedAt: Date.parse(finishedAt),
    retentionLag: retentionLagMilliseconds,
    ...(oldestAgeMilliseconds !== undefined && { oldestAge: oldestAgeMilliseconds }),
    found: { documents, due, overdue, undatable },
    documentsRemoved: report.documentsRemoved,
    indicesDropped: report.indicesDropped,
    refusals: refusals.map(({ code }) => code),
    findings: findings.map(({ code, severity, index }) => ({
      code,
      severity,
      ...(index !== undefined && { index }),
    })),
    ...(erasures !== undefined && { erasures: { erased: erasures.erased, nothingFound: erasures.nothingFound } }),
  };
};

const runOf = (opened: OpenReport, closed: unknown): PastRun => {
  const { runId, startedAt, trigger, mode, dryRun, policyVersion, cluster, maxAge, holds, planned } = opened;
  return {
    runId,
    startedAt: Date.parse(startedAt),
    trigger: trigger.source,
    mode,
    dryRun,
    policyVersion,
    cluster: cluster.uuid,
    ...(maxAge !== undefined && { maxAge }),
    ...(holds !== undefined && { holds }),
    overdueBefore: planned.overdue,
    ...(closed !== undefined && { ended: resultOf(closed as Read) }),
  };
};

/**
 * The run to which a document belongs, by its id; a report that a run writes beside a forged report has an additional
 * suffix.
 */
const runIn = (id: string): string => id.replace(/\.(opened|closed)(\.[\w-]+)?$/, '');

/**
 * Reads runs from the documents of their reports. A closed report counts only if the run that opened it has written it.
 * @param documents in any order.
 */
export const pastRunsOf = (documents: readonly StoredReport[]): PastRuns => {
  const runs: PastRun[] = [];
  const doubtful: string[] = [];
  for (const [runId, own] of Map.groupBy(documents, ({ id }) => runIn(id))) {
    const opened = own.find(({ id }) => id === reportIds(runId).opened);
    const isRun = opened !== undefined && isOpened(opened.source) && opened.source.runId === runId;
    const proves = ({ source }: StoredReport): boolean =>
      isClosed(source) && addsUp(source) && isOfItsRun(opened?.source, source);
    const others = own.filter((each) => each !== opened);
    const closed = isRun ? others.filter(proves) : [];
    doubtful.push(...own.filter((each) => !closed.includes(each) && !(isRun && each === opened)).map(({ id }) => id));
    if (isRun) runs.push(runOf(opened.source as unknown as OpenReport, closed[0]?.source));
  }
  return { runs: runs.sort((a, b) => a.startedAt - b.startedAt), doubtful };
};

/** A document as it was found; a document without content is no report. */
export const storedReport = (id: string, source: unknown): StoredReport => ({ id, source: recordIn(source) ?? {} });
