import { describe, expect, test } from 'vitest';
import type { Criteria } from '../../../../lib/criteria/due-criteria.ts';
import type { SurveyedIndex } from '../../../../lib/criteria/survey-result.ts';
import { HOUR } from '../../../../lib/policy/time/duration.ts';
import type { Instant } from '../../../../lib/policy/time/instant.ts';
import type { DocumentStore } from '../../../../lib/purge/document-store.ts';
import type { ErasureSummary } from '../../../../lib/purge/erasure-source.ts';
import type { ExecutedIndex } from '../../../../lib/purge/execute/execute.ts';
import { makePlan } from '../../../../lib/purge/plan.ts';
import { closeReport } from '../../../../lib/purge/report/close-report.ts';
import { openReport, type RunFacts } from '../../../../lib/purge/report/open-report.ts';
import { Verification } from '../../../../lib/purge/verify.ts';
import { CATEGORY, counted, NO_PAST, POLICY, surveyed, surveyOf } from '../../../support/purge/described-index.ts';

const FACTS: RunFacts = {
  runId: 'run-1',
  trigger: { source: 'schedule', id: 'event-1', time: '2026-11-24T09:00:00Z' },
  dryRun: false,
  cluster: { uuid: 'cluster-1', name: 'test', version: '9.4.3' },
};
const PLANNED = Date.parse('2026-11-24T09:00:01Z');

const storeWith = (indices: readonly SurveyedIndex[], oldestAt?: Instant): DocumentStore => ({
  ...NO_PAST,
  operations: async () => new Map(indices.map(({ description }) => [description.name, 5])),
  describe: async () => indices.map(({ description }) => description),
  count: async () => ({
    counts: new Map(
      indices.flatMap(({ description, counts }) => (counts ? [[description.name, counts] as const] : [])),
    ),
    unanswered: new Map(),
    ...(oldestAt !== undefined && { oldestAt }),
  }),
});

interface Circumstances {
  /** How far the cluster's clock is ahead when the run begins, and when it ends. */
  readonly skews?: readonly [number, number];
  readonly oldestAt?: Instant;
  readonly erasures?: ErasureSummary;
}

const clocksOf = (skew: number | undefined): Criteria =>
  skew === undefined ? {} : { clocks: { ours: PLANNED, cluster: PLANNED + skew, skew } };

const reportOf = async (
  before: readonly SurveyedIndex[],
  executed: readonly ExecutedIndex[],
  after: readonly SurveyedIndex[],
  { skews, oldestAt, erasures }: Circumstances = {},
) => {
  const [skewBefore, skewAfter] = skews ?? [];
  const plan = makePlan(CATEGORY, clocksOf(skewBefore), PLANNED, surveyOf(...before));
  const store = storeWith(after, oldestAt);
  const verification = await Verification.of(store, CATEGORY, clocksOf(skewAfter), 'executed', () => PLANNED + 1);
  const opened = openReport(POLICY, plan, { refusals: [], overridden: [] }, FACTS, 7);
  return closeReport(opened, plan, executed, verification, PLANNED + 2, { erasures });
};

const one = (documents: number, due: number, uuid = 'one') => surveyed(counted(documents, due), { uuid });
const dropped: ExecutedIndex = { index: 'call-log-1', did: 'dropped', documents: 3 };

describe('an open report', () => {
  test("contains the policy's version, the cluster, the trigger and the fence", () => {
    const plan = makePlan(CATEGORY, {}, PLANNED, surveyOf(one(3, 3)));
    expect(openReport(POLICY, plan, { refusals: [], overridden: [] }, FACTS, 7)).toMatchObject({
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
  test('reports an index as gone because the verification did not find it', async () => {
    expect(await reportOf([one(3, 3)], [dropped], [])).toMatchObject({
      state: 'closed',
      outcome: 'complete',
      documentsRemoved: 3,
      indicesDropped: 1,
      indices: [{ planned: 'drop', did: 'dropped', found: 'gone' }],
    });
  });

  test('does not count an index as dropped if it still exists after a confirmed drop', async () => {
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

  test('names an index that was not purged, with the reason', async () => {
    const left: ExecutedIndex = { index: 'call-log-1', did: 'left', documents: 0, note: 'it was being snapshotted' };
    const report = await reportOf([one(3, 3)], [left], [one(3, 3)]);
    expect(report.findings).toMatchObject([
      { code: 'not-purged', severity: 'blocking', index: 'call-log-1', found: 'it was being snapshotted' },
    ]);
  });

  test('reports an index that does not answer as unanswered', async () => {
    const report = await reportOf([one(3, 3)], [], [surveyed(undefined, { uuid: 'one' })]);
    expect(report).toMatchObject({ outcome: 'incomplete', indices: [{ found: 'unanswered' }] });
  });

  test('has the documents of each index before and after the run', async () => {
    const left: ExecutedIndex = { index: 'call-log-1', did: 'deleted', documents: 2 };
    const undatable = surveyed(counted(2, 1, { undatable: 1 }), { uuid: 'one' });
    const [index] = (await reportOf([one(4, 3)], [left], [undatable])).indices;
    expect(index).toMatchObject({
      documentsBefore: 4,
      dueBefore: 3,
      documentsRemoved: 2,
      documentsAfter: 2,
      dueAfter: 1,
      undatableAfter: 1,
    });
    expect(index).not.toHaveProperty('note');
  });

  test('has no numbers of an index that did not answer', async () => {
    const silent = surveyed(undefined, { uuid: 'one' });
    const [before] = (await reportOf([silent], [], [one(4, 0)])).indices;
    expect(before).not.toHaveProperty('documentsBefore');
    expect(before).toMatchObject({ found: 'there', documentsAfter: 4 });
    const [after] = (await reportOf([one(4, 3)], [], [silent])).indices;
    expect(after).not.toHaveProperty('documentsAfter');
  });

  test('says how old the oldest document is, if there is one', async () => {
    expect(await reportOf([], [], [one(1, 0)], { oldestAt: PLANNED - 999 })).toMatchObject({
      oldestAt: '2026-11-24T09:00:00.001Z',
      oldestAgeMilliseconds: 1_000,
    });
    expect(await reportOf([], [], [one(1, 0)])).not.toHaveProperty('oldestAt');
  });

  test('has the results of the erasures, if they were recorded', async () => {
    const erasures = { due: 1, erased: 1 } as ErasureSummary;
    expect(await reportOf([], [], [one(1, 0)], { erasures })).toMatchObject({ erasures });
    expect(await reportOf([], [], [one(1, 0)])).not.toHaveProperty('erasures');
  });

  // A later run drops an index that is empty and has had no operation since. So a wrong observation loses documents.
  const operationsIn = async (after: SurveyedIndex, skews: Circumstances['skews'] | undefined) => {
    const { indices } = await reportOf([one(3, 3)], [], [after], skews && { skews });
    return indices.flatMap(({ operations }) => operations ?? []);
  };

  test.each<[string, SurveyedIndex]>([
    ['an empty index', one(0, 0)],
    ['an empty index that appeared', one(0, 0, 'another')],
  ])('contains the number of operations of %s', async (_what, after) => {
    expect(await operationsIn(after, [0, 0])).toEqual([5]);
  });

  test.each<[string, SurveyedIndex, Circumstances['skews'] | undefined]>([
    ['an index with documents', one(3, 3), [0, 0]],
    ['an empty index if the clocks do not agree when the run begins', one(0, 0), [HOUR, 0]],
    ['an empty index if the clocks do not agree when the run ends', one(0, 0), [0, HOUR]],
    ['an empty index if the time of the cluster is unknown', one(0, 0), undefined],
  ])('contains no number of operations of %s', async (_what, after, skews) => {
    expect(await operationsIn(after, skews)).toEqual([]);
  });
});

describe('an index of the plan', () => {
  const did = (what: ExecutedIndex['did'], note?: string): ExecutedIndex => ({
    index: 'call-log-1',
    did: what,
    documents: 1,
    ...(note !== undefined && { note }),
  });
  const found = async (before: SurveyedIndex, executed: ExecutedIndex, after: SurveyedIndex) =>
    (await reportOf([before], [executed], [after])).findings
      .filter(({ code }) => code === 'not-purged')
      .map((finding) => finding.found);

  test.each([
    ['is named if documents are still due', one(3, 1), ['time is up']],
    ['is named if it does not answer', surveyed(undefined, { uuid: 'one' }), ['time is up']],
    ['is not named if nothing is due any more', one(3, 0), []],
  ])('that the run did not finish %s', async (_what, after, expected) => {
    expect(await found(one(4, 4), did('left', 'time is up'), after)).toEqual(expected);
  });

  /** Documents of this index may have dates that only deletions see. */
  const arriving: SurveyedIndex = {
    ...one(4, 4),
    usable: { timestamp: false, ingested: true, arriving: { timestamp: { path: ['@timestamp'] } } },
  } as never;

  test.each<[string, SurveyedIndex, ExecutedIndex, SurveyedIndex, number]>([
    ['is named with the number', arriving, did('deleted'), one(3, 2), 1],
    ['is named once, with the reason why it stopped', arriving, did('deleted', 'time is up'), one(3, 2), 1],
    ['is not named if nothing is due any more', arriving, did('deleted'), one(3, 0), 0],
    ['is not named if no date can be hidden', one(4, 4), did('deleted'), one(3, 2), 0],
    ['is not named if nothing was deleted', arriving, did('left'), one(3, 2), 0],
  ])('whose due documents no deletion removed %s', async (_what, before, executed, after, findings) => {
    expect(await found(before, executed, after)).toHaveLength(findings);
  });
});
