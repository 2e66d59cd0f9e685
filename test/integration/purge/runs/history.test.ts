import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { elasticsearchHistory } from '../../../../lib/adapters/elasticsearch/records/elasticsearch-history.ts';
import { ownIndices } from '../../../../lib/policy/own-indices.ts';
import { DAY, MINUTE } from '../../../../lib/policy/time/duration.ts';
import type { Report } from '../../../../lib/purge/report/report.ts';
import { openedReport, pastReport } from '../../../support/purge/past-run.ts';
import { daysAgo, NOW, type PurgeFixture, purgeFixture } from '../../../support/purge/purge-fixture.ts';

const indexOf = ({ policy, category }: PurgeFixture): string => ownIndices(policy, category.id).reports;
const historyOf = (fixture: PurgeFixture) =>
  elasticsearchHistory(fixture.client, { timeout: () => 30_000 }, () => indexOf(fixture));

test('the history shows a run as its report says, and a dry run as observed', async () => {
  const fixture = purgeFixture();
  await fixture.createIndex('a', { old: { '@timestamp': daysAgo(20) }, live: { '@timestamp': daysAgo(13) } });
  const report = await fixture.runPurge();
  await fixture.runPurge({ dryRun: true, clock: () => NOW + 15 * MINUTE });
  const { runs, doubtful } = await historyOf(fixture).runs(fixture.category.id, NOW, NOW + DAY);
  expect(doubtful).toEqual([]);
  expect(runs).toMatchObject([
    {
      runId: report.runId,
      startedAt: NOW,
      mode: 'enforce',
      dryRun: false,
      maxAge: 'P14D',
      overdueBefore: 1,
      ended: {
        outcome: 'complete',
        kept: true,
        retentionLag: 0,
        oldestAge: 13 * DAY,
        documentsRemoved: 1,
        found: { documents: 1, due: 0, overdue: 0, undatable: 0 },
      },
    },
    { startedAt: NOW + 15 * MINUTE, dryRun: true, ended: { outcome: 'observed' } },
  ]);
  const documents = [];
  for await (const each of historyOf(fixture).documents(fixture.category.id, NOW, NOW + DAY)) documents.push(each);
  const closed = documents.find(({ id }) => id === `${report.runId}.closed`);
  expect(closed?.source).toEqual({ ...JSON.parse(JSON.stringify(report)), opening: expect.any(String) });
  expect(documents).toHaveLength(4);
});

test('the history reads every page, and only the runs of the period', async () => {
  const fixture = purgeFixture();
  await fixture.runPurge({ allowEmpty: true });
  const { id } = fixture.category;
  const begin = NOW - 100 * DAY;
  const reports = Array.from({ length: 1_202 }, (_, at) =>
    pastReport(id, begin + at * 15 * MINUTE, { runId: `r-${at}` }),
  );
  const operations = reports.flatMap((report: Report) => [
    { create: { _id: `${report.runId}.opened` } },
    openedReport(report),
    { create: { _id: `${report.runId}.closed` } },
    report,
  ]);
  const { errors } = await fixture.client.bulk({ index: indexOf(fixture), operations });
  expect(errors).toBe(false);
  const { runs } = await historyOf(fixture).runs(id, begin + 15 * MINUTE, begin + 1_201 * 15 * MINUTE);
  expect(runs.map(({ runId }) => runId)).toEqual(reports.slice(1, -1).map(({ runId }) => runId));
});

test('the history does not count a report that somebody else closed', async () => {
  const fixture = purgeFixture();
  const { category, client } = fixture;
  const real = await fixture.runPurge({ allowEmpty: true });
  const runId = randomUUID();
  const died = { ...openedReport(real), runId, commitment: 'c'.repeat(43) };
  const index = indexOf(fixture);
  await client.create({ index, id: `${runId}.opened`, document: died });
  await client.create({ index, id: `${runId}.closed`, document: { ...real, runId, opening: 'x' } });
  const { runs, doubtful } = await historyOf(fixture).runs(category.id, NOW, NOW + 1);
  expect(doubtful).toEqual([`${runId}.closed`]);
  expect(runs.map((run) => [run.runId, run.ended?.outcome])).toEqual([
    [real.runId, real.outcome],
    [runId, undefined],
  ]);
});

test('a category without reports has no history', async () => {
  const fixture = purgeFixture({ reportsIndex: `retention-reports-${randomUUID()}` });
  expect(await historyOf(fixture).runs(fixture.category.id, 0, NOW)).toEqual({ runs: [], doubtful: [] });
});
