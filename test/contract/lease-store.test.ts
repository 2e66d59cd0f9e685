import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { PORT_WORLDS, type PortWorld } from '../support/purge/port-world.ts';

const LEASE = 120_000;
const categoryOf = ({ fixture }: PortWorld): string => fixture.category.id;
const INTENTS = [{ index: 'logs-1', uuid: 'a' }];

describe.each(PORT_WORLDS)('a lease store %s', (_name, worldOf) => {
  test('gives a lease to one run at a time', async () => {
    const world = worldOf();
    const lease = await world.ports.leases.acquire(categoryOf(world), 'run-1');
    expect(lease).toMatchObject({ runId: 'run-1', fence: 1, leftovers: [] });
    await expect(world.ports.leases.acquire(categoryOf(world), 'run-2')).rejects.toMatchObject({ code: 'lease-held' });
    await lease.release();
    expect(await world.ports.leases.acquire(categoryOf(world), 'run-2')).toMatchObject({
      runId: 'run-2',
      fence: 2,
    });
  });

  test('gives the lease to exactly one of several runs that ask at once', async () => {
    const world = worldOf();
    const asked = await Promise.allSettled(
      Array.from({ length: 6 }, () => world.ports.leases.acquire(categoryOf(world), randomUUID())),
    );
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const answer of asked)
      if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ code: 'lease-held' });
  });

  test('keeps the categories apart', async () => {
    const world = worldOf();
    await world.ports.leases.acquire(categoryOf(world), 'run-1');
    expect(await world.ports.leases.acquire(`${categoryOf(world)}-other`, 'run-2')).toMatchObject({ fence: 1 });
  });

  test('keeps a lease to its last millisecond, and then gives it to another run', async () => {
    const world = worldOf();
    const first = await world.ports.leases.acquire(categoryOf(world), 'run-1');
    world.time.now += LEASE - 1;
    await expect(world.ports.leases.acquire(categoryOf(world), 'run-2')).rejects.toMatchObject({ code: 'lease-held' });
    world.time.now += 1;
    await expect(first.assertLeased()).rejects.toMatchObject({ code: 'lease-lost' });
    expect(await world.ports.leases.acquire(categoryOf(world), 'run-2')).toMatchObject({ fence: 2 });
  });

  test('shows a run that lost its lease whether the next run has declared a block', async () => {
    const world = worldOf();
    const first = await world.ports.leases.acquire(categoryOf(world), 'run-1');
    await first.declareBlocks(INTENTS);
    expect(await first.isDeclaredByNext('a')).toBe(false);
    world.time.now += LEASE;
    const next = await world.ports.leases.acquire(categoryOf(world), 'run-2');
    await next.declareBlocks([{ index: 'logs-2', uuid: 'b' }]);
    expect([await first.isDeclaredByNext('a'), await first.isDeclaredByNext('b')]).toEqual([false, true]);
    expect(await next.isDeclaredByNext('b')).toBe(false);
  });

  test('renews a lease that is checked when little time is left', async () => {
    const world = worldOf();
    const lease = await world.ports.leases.acquire(categoryOf(world), 'run-1');
    world.time.now += LEASE - 1;
    await lease.assertLeased();
    world.time.now += LEASE - 1;
    await expect(world.ports.leases.acquire(categoryOf(world), 'run-2')).rejects.toMatchObject({ code: 'lease-held' });
  });

  test('renews an ended lease on request unless another run has taken it over', async () => {
    const world = worldOf();
    const slow = await world.ports.leases.acquire(categoryOf(world), 'run-1');
    world.time.now += 5 * LEASE;
    await slow.prolong();
    await slow.assertLeased();
    await expect(world.ports.leases.acquire(categoryOf(world), 'run-2')).rejects.toMatchObject({ code: 'lease-held' });
    world.time.now += LEASE;
    await (await world.ports.leases.acquire(categoryOf(world), 'run-3')).release();
    await expect(slow.prolong()).rejects.toMatchObject({ code: 'lease-lost' });
  });

  test('refuses a run that lost its lease, and protects the lease of the next run', async () => {
    const world = worldOf();
    const slow = await world.ports.leases.acquire(categoryOf(world), 'run-1');
    world.time.now += LEASE;
    await world.ports.leases.acquire(categoryOf(world), 'run-2');
    await expect(slow.declareBlocks(INTENTS)).rejects.toMatchObject({ code: 'lease-lost' });
    await slow.release();
    await expect(world.ports.leases.acquire(categoryOf(world), 'run-3')).rejects.toMatchObject({ code: 'lease-held' });
  });

  test('passes declared blocks on to the next run, after a crash and a release', async () => {
    const world = worldOf();
    const { leases } = world.ports;
    await (await leases.acquire(categoryOf(world), 'crashes')).declareBlocks(INTENTS);
    world.time.now += LEASE;
    const next = await leases.acquire(categoryOf(world), 'finds-them');
    expect(next.leftovers).toEqual(INTENTS);
    await next.release();
    const last = await leases.acquire(categoryOf(world), 'lifts-them');
    expect(last.leftovers).toEqual(INTENTS);
    await last.declareBlocks([]);
    await last.release();
    expect((await leases.acquire(categoryOf(world), 'is-free')).leftovers).toEqual([]);
  });

  test('shows the next run until when an unanswered drop may still be executed', async () => {
    const world = worldOf();
    const { leases } = world.ports;
    const first = await leases.acquire(categoryOf(world), 'run-1');
    expect(first.dropsUntil).toBeUndefined();
    await first.beginDestroying({ made: 'made', revision: 1 });
    const until = world.time.now + 2 * LEASE;
    await first.endDestroying(until);
    await first.release();
    const next = await leases.acquire(categoryOf(world), 'run-2');
    expect(next.dropsUntil).toBe(until);
    await next.beginDestroying({ made: 'made', revision: 1 });
    world.time.now = until + LEASE;
    expect((await leases.acquire(categoryOf(world), 'run-3')).dropsUntil).toBeLessThan(world.time.now);
  });

  test('keeps the latest controls that a run used, or that a command has noted', async () => {
    const world = worldOf();
    const { leases } = world.ports;
    const category = categoryOf(world);
    const seen = () => leases.controlsSeen(category);
    const remember = (made: string, revision: number, more: object = {}, isAccepted = false) =>
      leases.rememberControls(category, { made, revision, holds: [], ...more }, isAccepted);
    expect(await seen()).toEqual([]);
    await remember('a', 2);
    await remember('a', 1);
    expect(await seen()).toEqual([{ made: 'a', revision: 2 }]);
    const lease = await leases.acquire(category, 'run-1');
    expect(lease.controlsSeen).toEqual([{ made: 'a', revision: 2 }]);
    await lease.beginDestroying({ made: 'a', revision: 3 });
    expect(await seen()).toEqual([{ made: 'a', revision: 3 }]);
    await remember('a', 4);
    await lease.assertLeased();
    expect(await seen()).toEqual([{ made: 'a', revision: 4 }]);
    await remember('b', 9);
    expect(await seen()).toEqual([{ made: 'a', revision: 4 }]);
    await remember('b', 9, { replaces: 'a' });
    const later = [
      { made: 'a', revision: 3 },
      { made: 'b', revision: 9 },
    ];
    expect(await seen()).toEqual(later);
    await remember('c', 1);
    expect(await seen()).toEqual(later);
    await remember('c', 1, {}, true);
    const accepted = [
      { made: 'a', revision: 3 },
      { made: 'c', revision: 1 },
    ];
    expect(await seen()).toEqual(accepted);
    await remember('c', 0, {}, true);
    expect(await seen()).toEqual(accepted);
    await lease.release();
    expect(await leases.categories()).toContain(category);
  });

  test('remembers only the latest controls if several commands note controls at once', async () => {
    const world = worldOf();
    const { leases } = world.ports;
    const revisions = [3, 1, 5, 2, 4];
    await Promise.all(
      revisions.map((revision) => leases.rememberControls(categoryOf(world), { made: 'a', revision, holds: [] })),
    );
    expect(await leases.controlsSeen(categoryOf(world))).toEqual([{ made: 'a', revision: 5 }]);
  });

  test('lists the blocks declared in leases that no run has', async () => {
    const world = worldOf();
    const { leases } = world.ports;
    const mine = () => leases.leftoverBlocks(categoryOf(world));
    expect(await mine()).toEqual([]);
    const lease = await leases.acquire(categoryOf(world), 'run-1');
    expect(lease.declaredBlocks()).toEqual([]);
    await lease.declareBlocks(INTENTS);
    expect(lease.declaredBlocks()).toEqual(INTENTS);
    expect(await mine()).toEqual([]);
    await lease.release();
    expect(await mine()).toEqual(INTENTS);
    expect(await leases.categories()).toContain(categoryOf(world));
    const next = await leases.acquire(categoryOf(world), 'run-2');
    world.time.now += LEASE;
    expect(await mine()).toEqual(INTENTS);
    expect(next.leftovers).toEqual(INTENTS);
  });

  test('shows which run has a lease and until when, without taking it', async () => {
    const world = worldOf();
    const { leases } = world.ports;
    const owner = () => leases.owner(categoryOf(world));
    expect(await owner()).toBeUndefined();
    const lease = await leases.acquire(categoryOf(world), 'run-1');
    const until = world.time.now + LEASE;
    expect(await owner()).toEqual({ runId: 'run-1', until });
    world.time.now += LEASE - 1;
    expect(await owner()).toEqual({ runId: 'run-1', until });
    await lease.prolong();
    expect(await owner()).toEqual({ runId: 'run-1', until: world.time.now + LEASE });
    world.time.now += LEASE;
    expect(await owner()).toBeUndefined();
    const next = await leases.acquire(categoryOf(world), 'run-2');
    expect(await owner()).toMatchObject({ runId: 'run-2' });
    await next.release();
    expect(await owner()).toBeUndefined();
  });

  test('allows several declarations and checks at once', async () => {
    const world = worldOf();
    const lease = await world.ports.leases.acquire(categoryOf(world), 'run-1');
    world.time.now += LEASE / 2;
    await Promise.all([
      lease.assertLeased(),
      lease.declareBlocks(INTENTS),
      lease.assertLeased(),
      lease.declareBlocks([]),
    ]);
    await lease.release();
    expect((await world.ports.leases.acquire(categoryOf(world), 'run-2')).leftovers).toEqual([]);
  });
});
