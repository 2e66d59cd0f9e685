import { describe, expect, test } from 'vitest';
import type { SurveyedIndex } from '../../../lib/criteria/survey-result.ts';
import type { DocumentStore } from '../../../lib/purge/document-store.ts';
import type { ExecutedIndex } from '../../../lib/purge/execute/execute.ts';
import { makePlan } from '../../../lib/purge/plan.ts';
import { closeReport } from '../../../lib/purge/report/close-report.ts';
import { openReport, type RunFacts } from '../../../lib/purge/report/open-report.ts';
import { Verification } from '../../../lib/purge/verify.ts';
import { CATEGORY, counted, NO_PAST, POLICY, surveyed, surveyOf } from '../../support/described-index.ts';

const FACTS: RunFacts = {
  runId: 'run-1',
  trigger: { source: 'schedule', id: 'event-1', time: '2026-11-24T09:00:00Z' },
  dryRun: false,
  cluster: { uuid: 'cluster-1', name: 'test', version: '9.4.3' },
};
const PLANNED = Date.parse('2026-11-24T09:00:01Z');

const storeWith = (indices: readonly SurveyedIndex[]): DocumentStore => ({
  ...NO_PAST,
  describe: async () => indices.map(({ description }) => description),
  count: async () => ({
    counts: new Map(
      indices.flatMap(({ description, counts }) => (counts ? [[description.name, counts] as const] : [])),
    ),
    unanswered: new Map(),
  }),
});

const reportOf = async (
  before: readonly SurveyedIndex[],
  executed: readonly ExecutedIndex[],
  after: readonly SurveyedIndex[],
) => {
  const plan = makePlan(CATEGORY, {}, PLANNED, surveyOf(...before));
  const verification = await Verification.of(storeWith(after), CATEGORY, {}, 'executed', () => PLANNED + 1);
  return closeReport(openReport(POLICY, plan, [], FACTS, 7), plan, executed, verification, PLANNED + 2);
};

const one = (documents: number, due: number, uuid = 'one') => surveyed(counted(documents, due), { uuid });
const dropped: ExecutedIndex = { index: 'call-log-1', did: 'dropped', documents: 3 };

describe('an open report', () => {
  test("contains the policy's version, the cluster, the trigger and the fence", () => {
    const plan = makePlan(CATEGORY, {}, PLANNED, surveyOf(one(3, 3)));
    expect(openReport(POLICY, plan, [], FACTS, 7)).toMatchObject({
      ...FACTS,
      category: 'call-logs',
      state: 'open',
      policyVersion: POLICY.version,
      fence: 7,
      startedAt: '2026-11-24T09:00:01.000Z',
      maxAge: 'P14D',
      planned: { documents: 3, due: 3 },
    });
  });
});

describe('a closed report', () => {
  test('says that an index is gone because it was not found any more', async () => {
    expect(await reportOf([one(3, 3)], [dropped], [])).toMatchObject({
      state: 'closed',
      outcome: 'complete',
      documentsRemoved: 3,
      indicesDropped: 1,
      indices: [{ planned: 'drop', did: 'dropped', found: 'gone' }],
    });
  });

  test('does not count an existing index as dropped, whatever was confirmed', async () => {
    expect(await reportOf([one(3, 3)], [dropped], [one(3, 3)])).toMatchObject({
      outcome: 'incomplete',
      indicesDropped: 0,
      indices: [{ did: 'dropped', found: 'there', dueAfter: 3 }],
    });
  });

  test('distinguishes an index from another that took its name', async () => {
    expect((await reportOf([one(3, 3)], [dropped], [one(2, 0, 'another')])).indices).toMatchObject([
      { uuid: 'one', planned: 'drop', found: 'gone' },
      { uuid: 'another', planned: 'unknown', found: 'there', documentsRemoved: 0 },
    ]);
  });

  test('names what was left, with the reason', async () => {
    const left: ExecutedIndex = { index: 'call-log-1', did: 'left', documents: 0, note: 'it was being snapshotted' };
    const report = await reportOf([one(3, 3)], [left], [one(3, 3)]);
    expect(report.findings).toMatchObject([
      { code: 'not-purged', severity: 'blocking', index: 'call-log-1', found: 'it was being snapshotted' },
    ]);
  });

  test('says that the state of a silent index is unknown', async () => {
    const report = await reportOf([one(3, 3)], [], [surveyed(undefined, { uuid: 'one' })]);
    expect(report).toMatchObject({ outcome: 'incomplete', indices: [{ found: 'unanswered' }] });
  });
});
