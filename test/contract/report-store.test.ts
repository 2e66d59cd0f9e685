import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { ownIndices } from '../../lib/policy/own-indices.ts';
import { DAY } from '../../lib/policy/time/duration.ts';
import type { Instant } from '../../lib/policy/time/instant.ts';
import { planPurge } from '../../lib/purge/purge.ts';
import { closeReport } from '../../lib/purge/report/close-report.ts';
import { openReport } from '../../lib/purge/report/open-report.ts';
import type { OpenReport, Report } from '../../lib/purge/report/report.ts';
import { Verification } from '../../lib/purge/verify.ts';
import { PORT_WORLDS, type PortWorld } from '../support/purge/port-world.ts';
import { NOW } from '../support/purge/purge-fixture.ts';

const reportsOf = async (world: PortWorld, startedAt: Instant = NOW): Promise<{ open: OpenReport; closed: Report }> => {
  const { fixture, ports, time } = world;
  const { policy, category } = fixture;
  time.now = startedAt;
  const plan = await planPurge({ policy, category }, ports);
  const facts = {
    runId: randomUUID(),
    trigger: { source: 'schedule', id: 'event-1', time: 'not a date' },
    dryRun: false,
    cluster: { uuid: 'u', name: 'n', version: '9.4.3' },
  } as const;
  const open = openReport(policy, plan, { refusals: [], overridden: [] }, facts, 1);
  const verified = await Verification.of(ports.store, category, plan.criteria, 'executed', ports.clock);
  time.now = NOW;
  return { open, closed: closeReport(open, plan, [], verified, startedAt) };
};

const isOpened = async ({ ports }: PortWorld, report: OpenReport): Promise<boolean> =>
  ports.reportStore.open(report).then(
    () => false,
    ({ code }) => code === 'conflict',
  );

describe.each(PORT_WORLDS)('a report store %s', (_name, worldOf) => {
  test('opens a report and closes it', async () => {
    const world = worldOf();
    await world.create('a');
    const { open, closed } = await reportsOf(world);
    await world.ports.reportStore.open(open);
    await world.ports.reportStore.close(closed);
    expect(await isOpened(world, open)).toBe(true);
  });

  test('accepts the same closing of a report twice, but no different one', async () => {
    const world = worldOf();
    await world.create('a');
    const { open, closed } = await reportsOf(world);
    await world.ports.reportStore.open(open);
    await world.ports.reportStore.close(closed);
    // As after a lost answer.
    await world.ports.reportStore.close(closed);
    const other = { ...closed, documentsRemoved: closed.documentsRemoved + 1 };
    await expect(world.ports.reportStore.close(other)).rejects.toMatchObject({ code: 'conflict' });
  });

  test('refuses to open the report of one run twice', async () => {
    const world = worldOf();
    const { open } = await reportsOf(world);
    expect(await world.ports.reportStore.has(open.category, open.runId)).toBe(false);
    await world.ports.reportStore.open(open);
    expect(await world.ports.reportStore.has(open.category, open.runId)).toBe(true);
    await expect(world.ports.reportStore.open(open)).rejects.toMatchObject({ code: 'conflict' });
  });

  test('removes only reports of the category that are older than the cutoff', async () => {
    const [world, other] = [worldOf(), worldOf()];
    const cutoff = NOW - 1095 * DAY;
    const [old, kept] = [await reportsOf(world, cutoff - 1), await reportsOf(world, cutoff)];
    const foreign = await reportsOf(other, cutoff - 1);
    for (const { open, closed } of [old, kept]) {
      await world.ports.reportStore.open(open);
      await world.ports.reportStore.close(closed);
    }
    await other.ports.reportStore.open(foreign.open);
    await refreshed(world);
    expect(await world.ports.reportStore.removeOld(world.fixture.category.id, cutoff, 'count')).toBe(2);
    expect(await isOpened(world, old.open)).toBe(true);
    expect(await world.ports.reportStore.removeOld(world.fixture.category.id, cutoff, 'remove')).toBe(2);
    expect(await isOpened(world, old.open)).toBe(false);
    expect(await isOpened(world, kept.open)).toBe(true);
    expect(await isOpened(other, foreign.open)).toBe(true);
  });

  test('returns the operations of each index from the newest closed report before an instant', async () => {
    const [world, other] = [worldOf(), worldOf()];
    const { reportStore } = world.ports;
    const { category } = world.fixture;
    const index = await world.create('a');
    await world.add(index, { a: { timestamps: [NOW] } });
    const closeAt = async (of: PortWorld, at: Instant, operations?: number, changes = {}): Promise<void> => {
      const { open, closed } = await reportsOf(of, at);
      await of.ports.reportStore.open(open);
      await of.ports.reportStore.close({
        ...closed,
        ...changes,
        indices: [
          {
            index,
            uuid: 'u',
            planned: 'keep',
            reason: '',
            documentsRemoved: 0,
            found: 'there',
            ...(operations && { operations }),
          },
        ],
      });
    };
    expect(await reportStore.operationsBefore(category.id, NOW)).toEqual(new Map());
    await closeAt(world, NOW - 2 * DAY, 2);
    await closeAt(world, NOW - DAY, 3);
    await closeAt(world, NOW - DAY + 1, 4);
    await closeAt(world, NOW - DAY, 5, { outcome: 'refused' });
    await closeAt(world, NOW);
    await closeAt(other, NOW - DAY, 9);
    await world.ports.reportStore.open((await reportsOf(world, NOW - DAY)).open);
    await refreshed(world);
    const at = async (instant: Instant) => (await reportStore.operationsBefore(category.id, instant)).get('u');
    expect(await at(NOW - 2 * DAY - 1)).toBeUndefined();
    expect(await at(NOW - DAY - 1)).toBe(2);
    expect(await at(NOW - DAY)).toBe(3);
    expect(await at(NOW - 1)).toBe(4);
    expect(await at(NOW)).toBeUndefined();
  });

  test("returns a category's earlier runs, newest first, with what they announced", async () => {
    const [world, other] = [worldOf(), worldOf()];
    const { reportStore } = world.ports;
    const { category, policy } = world.fixture;
    expect(await reportStore.earlierRuns(category.id, NOW)).toEqual([]);
    const fallingDue = [
      { after: '2026-11-24T09:00:00.000Z', documents: 7 },
      { after: '2026-11-24T09:15:00.000Z', documents: 1 },
    ];
    const write = async (of: PortWorld, at: Instant, closing?: Partial<Report>): Promise<string> => {
      const { open, closed } = await reportsOf(of, at);
      await of.ports.reportStore.open(open);
      if (closing !== undefined) await of.ports.reportStore.close({ ...closed, ...closing });
      return open.runId;
    };
    const found = { indices: 1, documents: 9, due: 0, held: 4, overdue: 0, undatable: 0, behindIngestion: 0 };
    const announcing = await write(world, NOW - 3 * DAY, { fallingDue, found });
    const removing = await write(world, NOW - 2 * DAY, { documentsRemoved: 5 });
    const dead = await write(world, NOW - DAY);
    await write(world, NOW, { fallingDue });
    await write(other, NOW - DAY, { fallingDue });
    const run = (runId: string, startedAt: Instant) => ({
      runId,
      startedAt,
      policyVersion: policy.version,
      plannedDue: 0,
    });
    expect(await reportStore.earlierRuns(category.id, NOW)).toEqual([
      run(dead, NOW - DAY),
      { ...run(removing, NOW - 2 * DAY), closed: { due: 0, held: 0, documentsRemoved: 5 } },
      { ...run(announcing, NOW - 3 * DAY), closed: { due: 0, held: 4, documentsRemoved: 0, fallingDue } },
    ]);
    expect(await reportStore.earlierRuns(category.id, NOW - 2 * DAY)).toMatchObject([{ runId: announcing }]);
  });
});

const refreshed = async ({ fixture }: PortWorld): Promise<void> => {
  await fixture.client.indices.refresh({
    index: ownIndices(fixture.policy, fixture.category.id).reports,
    ignore_unavailable: true,
  });
};
