import { expect, test } from 'vitest';
import { pastRunsOf } from '../../../../lib/adapters/elasticsearch/records/past-runs.ts';
import { commitmentTo } from '../../../../lib/adapters/elasticsearch/records/report-seal.ts';
import type { Report } from '../../../../lib/purge/report/report.ts';
import type { StoredReport } from '../../../../lib/purge/report/run-history.ts';
import { openedReport, pastReport } from '../../../support/purge/past-run.ts';

const [OURS, THEIRS] = ['o'.repeat(43), 't'.repeat(43)];
const report = pastReport('call-logs', Date.parse('2026-03-01T00:00:00Z'));
const { runId } = report;

const opened = (secret = OURS): StoredReport => ({
  id: `${runId}.opened`,
  source: { ...openedReport(report), commitment: commitmentTo(secret) },
});
const closed = (opening = OURS, changes: Partial<Report> = {}, id = `${runId}.closed`): StoredReport => ({
  id,
  source: { ...report, ...changes, opening },
});

test('a run is read from both halves of its report, in any order', () => {
  const { runs, doubtful } = pastRunsOf([closed(), opened()]);
  expect(doubtful).toEqual([]);
  expect(runs).toEqual([expect.objectContaining({ runId, ended: expect.objectContaining({ outcome: 'complete' }) })]);
});

test('a report that somebody else closed is doubtful, and the genuine one is used instead', () => {
  const beside = closed(OURS, { outcome: 'incomplete' }, `${runId}.closed.${OURS}`);
  const { runs, doubtful } = pastRunsOf([opened(), closed(THEIRS), beside]);
  expect(doubtful).toEqual([`${runId}.closed`]);
  expect(runs.map(({ ended }) => ended?.outcome)).toEqual(['incomplete']);
});

test('a run is unfinished if only somebody else has closed its report', () => {
  const { runs, doubtful } = pastRunsOf([opened(), closed(THEIRS)]);
  expect([runs.length, runs[0]?.ended, doubtful]).toEqual([1, undefined, [`${runId}.closed`]]);
});

test('a closed report without an opened report is doubtful, and is not read as a run', () => {
  expect(pastRunsOf([closed()])).toEqual({ runs: [], doubtful: [`${runId}.closed`] });
});

test.each([
  ['retentionLagMilliseconds', 'none'],
  ['outcome', 'perfect'],
  ['found', { documents: -1, due: 0, overdue: 0, undatable: 0 }],
  ['findings', [{ code: 'held' }]],
  ['documentsRemoved', 110],
  ['indices', []],
])('a report is doubtful if somebody has changed its %s to %j', (field, value) => {
  const edited = closed(OURS, { [field]: value } as Partial<Report>);
  expect(pastRunsOf([opened(), edited]).doubtful).toEqual([`${runId}.closed`]);
});

test('a report of version 0.1.0 is read as a run although it lacks a proof and held counts', () => {
  const { held: _, behindIngestion: __, ...found } = report.found;
  const old = { ...report, found: found as Report['found'] };
  const { runs, doubtful } = pastRunsOf([
    { id: `${runId}.opened`, source: { ...openedReport(report) } },
    { id: `${runId}.closed`, source: { ...old } },
  ]);
  expect([runs.length, doubtful]).toEqual([1, []]);
});
