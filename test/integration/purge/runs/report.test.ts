import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { elasticsearchReports } from '../../../../lib/adapters/elasticsearch/records/elasticsearch-reports.ts';
import { ownIndices } from '../../../../lib/policy/own-indices.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import type { Report } from '../../../../lib/purge/report/report.ts';
import {
  aroundRemover,
  CUTOFF,
  daysAgo,
  NOW,
  type PurgeFixture,
  purgeFixture,
} from '../../../support/purge/purge-fixture.ts';

const indexOf = ({ policy, category }: PurgeFixture): string => ownIndices(policy, category.id).reports;
const old = { '@timestamp': daysAgo(20) };
const live = { '@timestamp': daysAgo(13) };

/** The report as it stands: closed where it has been, or else as it was opened. */
const kept = async (fixture: PurgeFixture, runId: string): Promise<Report | undefined> => {
  const ids = [`${runId}.closed`, `${runId}.opened`];
  const { docs } = await fixture.client.mget<Report>({ index: indexOf(fixture), ids });
  return docs.flatMap((doc) => ('found' in doc && doc._source) || [])[0];
};

test('a report opens before the first destructive request and closes at the end', async () => {
  const fixture = purgeFixture();
  await fixture.createIndex('a', { old });
  await fixture.createIndex('b', { old, live });
  const runId = randomUUID();
  const seen: unknown[] = [];
  const look = async () => seen.push((await kept(fixture, runId))?.state);
  const around = aroundRemover((real) => ({
    blockWrites: async (index) => {
      await look();
      await real.blockWrites(index);
    },
    deleteSlice: async (...asked) => {
      await look();
      return real.deleteSlice(...asked);
    },
  }));
  const report = await fixture.runPurge({ runId, around });
  expect(seen).toEqual(['open', 'open']);
  const { opening, ...closed } = { opening: '', ...(await kept(fixture, runId)) };
  expect(closed).toEqual(JSON.parse(JSON.stringify(report)));
  expect(opening).toHaveLength(43);
  expect(report.state).toBe('closed');
});

test('a report contains policy, cluster and cutoff, and the plan and result of each index', async () => {
  const fixture = purgeFixture();
  const expired = await fixture.createIndex('a', { old });
  const mixed = await fixture.createIndex('b', { old, live, undated: {} });
  const { cluster_uuid } = await fixture.client.info();
  const report = await fixture.runPurge({ runId: `run-of-${fixture.id}` });
  expect(report).toMatchObject({
    runId: `run-of-${fixture.id}`,
    category: fixture.category.id,
    mode: 'enforce',
    dryRun: false,
    trigger: { source: 'command-line' },
    policyVersion: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    cluster: { uuid: cluster_uuid },
    startedAt: new Date(NOW).toISOString(),
    cutoff: new Date(CUTOFF).toISOString(),
    maxAge: 'P14D',
    allowedLateness: 'PT1H',
    planned: { indices: 2, documents: 4, due: 2, overdue: 2, undatable: 1 },
    found: { indices: 1, documents: 2, due: 0, overdue: 0, undatable: 1 },
    oldestAt: daysAgo(13),
    oldestAgeMilliseconds: 13 * DAY,
    retentionLagMilliseconds: 0,
    indices: [
      { index: expired, planned: 'drop', documentsBefore: 1, dueBefore: 1, documentsRemoved: 1, found: 'gone' },
      {
        index: mixed,
        planned: 'delete',
        documentsBefore: 3,
        dueBefore: 1,
        documentsRemoved: 1,
        found: 'there',
        documentsAfter: 2,
        dueAfter: 0,
        undatableAfter: 1,
      },
    ],
  });
  expect(report.indices.every(({ uuid }) => uuid.length > 0)).toBe(true);
});

test('the lag of remaining documents is computed at the time of verification', async () => {
  const fixture = purgeFixture();
  await fixture.createIndex('a', { old });
  let now = NOW;
  const report = await fixture.runPurge({ budget: () => 0, clock: () => now++ });
  expect(report.retentionLagMilliseconds).toBe(6 * DAY + (Date.parse(report.verifiedAt) - NOW));
  expect(Date.parse(report.verifiedAt)).toBeGreaterThan(NOW);
});

test('a report on 1,100 indices is accepted', async () => {
  const fixture = purgeFixture();
  await fixture.createIndex('a', { old });
  const report = await fixture.runPurge();
  const [entry] = report.indices;
  if (entry === undefined) throw new Error('the report names no index');
  const indices = Array.from({ length: 1_100 }, (_, at) => ({ ...entry, index: `${entry.index}-${at}` }));
  const runId = randomUUID();
  const reportStore = elasticsearchReports(fixture.client, { timeout: () => 30_000 }, indexOf(fixture));
  await reportStore.close({ ...report, runId, indices });
  expect((await kept(fixture, runId))?.indices).toHaveLength(1_100);
});

test('a run ends before it destroys anything if its report cannot be written', async () => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('a', { old });
  const reportsIndex = `retention-${fixture.id}`;
  const policy = fixture.policyWith({ reportsIndex });
  await fixture.runPurge({ policy, dryRun: true });
  const reports = ownIndices(policy, fixture.category.id).reports;
  await fixture.client.indices.putSettings({ index: reports, settings: { 'index.blocks.write': true } });
  await expect(fixture.runPurge({ policy })).rejects.toMatchObject({ name: 'TransientError' });
  expect(await fixture.left(index)).toEqual(['old']);
  await fixture.add(index, { notBlocked: old });
});

test('no run removes a report, however old', async () => {
  const fixture = purgeFixture();
  const old = `old-${fixture.id}`;
  await fixture.runPurge({ runId: old, clock: () => NOW - 1_096 * DAY });
  await fixture.runPurge();
  expect((await kept(fixture, old))?.state).toBe('closed');
});
