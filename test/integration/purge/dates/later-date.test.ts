import { expect, test } from 'vitest';
import { daysAgo, type PolicyChanges, purgeFixture } from '../../../support/purge/purge-fixture.ts';

const dated = (timestamp: number, ingested: number) => ({
  '@timestamp': daysAgo(timestamp),
  event: { ingested: daysAgo(ingested) },
});

/** Never while one date is inside the promise: neither deleted nor dropped, however many are due around it. */
test('a document is kept until the later of its dates is fourteen days old', async () => {
  const fixture = purgeFixture();
  const behind = await fixture.createIndex('behind', {
    deviceOf2020: { '@timestamp': '2020-01-01T00:03:10Z', event: { ingested: daysAgo(0) } },
    lateArrival: dated(20, 13),
    both: dated(20, 15),
    live: dated(1, 1),
    young: dated(2, 2),
  });
  const whole = await fixture.createIndex('whole', { a: dated(20, 15), b: dated(16, 19) });
  const report = await fixture.runPurge();
  expect(await fixture.left(behind)).toEqual(['deviceOf2020', 'lateArrival', 'live', 'young']);
  expect(await fixture.left(whole)).toBeUndefined();
  expect(report).toMatchObject({ outcome: 'complete', kept: true, found: { behindIngestion: 2, overdue: 0 } });
  expect(report.oldestAt).toBe(daysAgo(13));
  expect(report.retentionLagMilliseconds).toBe(0);
  expect(report.findings).toMatchObject([{ code: 'behind-ingestion', severity: 'notice', index: behind }]);
});

const decisions = (index: string, date: string): PolicyChanges => ({
  category: {
    dateDecisions: [
      { indices: [index], date, reason: 'Reindexed.', decidedBy: 'Privacy officer', decidedOn: '2026-11-28' },
    ],
  },
});

test.each([
  ['timestamp', ['live'], 'complete'],
  ['later', ['live', 'old', 'older'], 'complete'],
])('an index with rewritten timestamps blocks until a person decides: %s', async (date, left, outcome) => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('again', { older: dated(30, 3), old: dated(20, 3), live: dated(1, 3) });
  const report = await fixture.runPurge();
  expect(report).toMatchObject({ outcome: 'incomplete', kept: false, found: { behindIngestion: 2 } });
  expect(report.findings).toMatchObject([
    { code: 'behind-ingestion', severity: 'blocking', index, fix: expect.stringContaining('dateDecisions') },
  ]);
  const decided = await fixture.runPurge({ policy: fixture.policyWith(decisions(index, date)) });
  expect(decided).toMatchObject({ outcome, kept: true });
  expect(decided.findings.filter(({ severity }) => severity === 'blocking')).toEqual([]);
  expect(await fixture.left(index)).toEqual(left);
});

test.each([
  ['ingested', ['live'], true],
  ['later', ['ahead', 'live'], true],
])('an index with timestamps of a clock that was ahead blocks until a date decision: %s', async (date, left, kept) => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('ahead', { ahead: dated(2, 20), live: dated(1, 1) });
  const report = await fixture.runPurge();
  expect(report).toMatchObject({ outcome: 'incomplete', kept: false });
  expect(report.findings).toMatchObject([
    { code: 'ahead-of-ingestion', severity: 'blocking', index, fix: expect.stringContaining('dateDecisions') },
  ]);
  expect(await fixture.left(index)).toEqual(['ahead', 'live']);
  const decided = await fixture.runPurge({ policy: fixture.policyWith(decisions(`${fixture.id}-a*`, date)) });
  expect(decided).toMatchObject({ outcome: 'complete', kept });
  expect(await fixture.left(index)).toEqual(left);
});

test('timestamps of a clock that was ahead need no date decision once they have expired', async () => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('ahead', { ahead: dated(15, 20), live: dated(1, 1) });
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', findings: [] });
  expect(await fixture.left(index)).toEqual(['live']);
});
