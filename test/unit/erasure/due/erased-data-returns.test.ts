import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Controls } from '../../../../lib/control/controls.ts';
import { brakeOn } from '../../../../lib/erasure/brakes/decisions.ts';
import { type Reopened, reopenErasures } from '../../../../lib/erasure/due/reopen-erasures.ts';
import { returnedEvents, returnedFromBus } from '../../../../lib/erasure/intake/returned-event.ts';
import { provenOpening } from '../../../../lib/erasure/ledger/sealed-opening.ts';
import type { Subject } from '../../../../lib/erasure/subjects/subject.ts';
import { DAY, HOUR, MINUTE } from '../../../../lib/policy/time/duration.ts';
import { type Instant, isoInstant } from '../../../../lib/policy/time/instant.ts';
import type { Ports } from '../../../../lib/purge/purge.ts';
import { Random } from '../../../simulation/random.ts';
import { NO_BRAKE, TERMINATED } from '../../../support/erasure/erasure-fixture.ts';
import { TEST_RING } from '../../../support/erasure/key-ring-text.ts';
import { type ErasureInMemory, erasureInMemory } from '../../../support/in-memory/erasure-in-memory.ts';
import { auditInMemory } from '../../../support/in-memory/records/in-memory-audit.ts';
import type { SentDocument } from '../../../support/in-memory/store/sent-document.ts';
import { NOW } from '../../../support/purge/purge-fixture.ts';

/** 20 worlds of 50 subjects: 1,000 resurrections. */
const WORLDS = 20;
const SUBJECTS = 50;

const WAYS = ['restored index', 'late writer', 'replayed queue', 'reindex'] as const;
/** When an account is reinstated; most are not. */
const MOMENTS = ['before the audit', 'before reopening', 'before the run', 'during the run'] as const;

interface Case {
  readonly subject: Subject;
  readonly trigger: 'account-deleted' | 'feature-terminated';
  readonly way: (typeof WAYS)[number];
  readonly reinstated?: (typeof MOMENTS)[number];
  /** Documents dated after the termination come too. They are new use of an ended feature. */
  readonly hasNewUse: boolean;
}

const document = ({ uin, sdkAppId = 'other' }: Subject, at: Instant): SentDocument => ({
  '@timestamp': isoInstant(at),
  event: { ingested: isoInstant(at) },
  uin,
  sdkAppId,
});

const arbitraryCase = (number: number, random: () => number): Case => {
  const one = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const isApp = random() < 0.3;
  const reinstated = random() < 0.3 ? one(MOMENTS) : undefined;
  return {
    subject: { uin: `u${number}`, ...(isApp && { sdkAppId: 'app' }) },
    trigger: !isApp && random() < 0.5 ? 'account-deleted' : 'feature-terminated',
    way: one(WAYS),
    ...(reinstated !== undefined && { reinstated }),
    hasNewUse: random() < 0.4,
  };
};

const auditOf = async (world: ErasureInMemory) =>
  auditInMemory(world.cluster, world.category, {
    entries: await world.entries(),
    events: world.recordPorts.events(world.category.id),
  });

/** What the function does with the messages of an audit, without its run. */
const reopen = async (world: ErasureInMemory, at: Instant, found: Awaited<ReturnType<typeof auditOf>>) => {
  const { category, policy, ledger, witness } = world;
  const subjects = found.toErase.map(({ entry, account }) => ({ entry, subject: account }));
  const results: Reopened[] = [];
  for (const event of returnedEvents({ category: category.id, auditId: randomUUID(), subjects })) {
    const sent = { 'detail-type': event.detailType, source: event.source, detail: event.detail };
    const arrived: unknown = JSON.parse(JSON.stringify({ ...sent, id: 'e', time: isoInstant(at) }));
    const ports = { ledger, witness: witness(at), subjectKeys: async () => TEST_RING, clock: () => at };
    results.push(await reopenErasures(category, policy, returnedFromBus(arrived, category.id).subjects, ports));
  }
  return results;
};

/** Does something after a run has made its plan. */
const afterPlan =
  (act: () => Promise<void>) =>
  (ports: Ports): Ports => ({
    ...ports,
    erasureSource: {
      ...ports.erasureSource,
      dueOf: async (...asked) => {
        const due = await ports.erasureSource.dueOf(...asked);
        const begin: typeof due.begin = async (plan) => {
          await act();
          return due.begin(plan);
        };
        return { ...due, begin };
      },
    },
  });

const isOwedAgain = ({ trigger, subject }: Case, at: Instant): boolean =>
  trigger === 'account-deleted' || (at <= TERMINATED && subject !== undefined);

/** Erases the data of all cases, so that every entry is closed. */
const erasedWorld = async (cases: readonly Case[]): Promise<{ world: ErasureInMemory; index: string }> => {
  const world = erasureInMemory({ category: { guard: NO_BRAKE } });
  const index = await world.createIndex('live');
  for (const [number, { subject, trigger }] of cases.entries()) {
    await world.add(index, { [`old-${number}`]: document(subject, TERMINATED - DAY) });
    await world.tell(trigger, subject);
  }
  await world.add(index, Object.fromEntries([1, 2, 3].map((n) => [`living-${n}`, document({ uin: `l${n}` }, NOW)])));
  await world.runPurge();
  await world.runPurge({ clock: () => NOW + HOUR });
  expect((await world.entries()).every(({ state, uin }) => state === 'erased' && uin === undefined)).toBe(true);
  expect(await world.left(index)).toEqual(['living-1', 'living-2', 'living-3']);
  // From now on, the brakes hold.
  Object.assign(world.category.guard, { maxShare: 0.01, maxAccountShare: 0.01, minAccounts: 1 });
  return { world, index };
};

/** Brings the data of all cases back, and returns what must be gone and what must stay. */
const resurrect = async (world: ErasureInMemory, live: string, cases: readonly Case[], at: Instant) => {
  const [gone, stays] = [new Set<string>(), new Set<string>()];
  const restored = await world.createIndex('restored');
  const reindexed = await world.createIndex('reindexed');
  const indexOf = { 'restored index': restored, reindex: reindexed, 'late writer': live, 'replayed queue': live };
  for (const [number, each] of cases.entries()) {
    const dates = [each.way === 'late writer' ? at : TERMINATED - DAY, ...(each.hasNewUse ? [at] : [])];
    for (const [copy, date] of dates.entries()) {
      const id = `back-${number}-${copy}`;
      await world.add(indexOf[each.way], { [id]: document(each.subject, date) });
      const isGone = each.reinstated === undefined && isOwedAgain(each, date);
      (isGone ? gone : stays).add(id);
    }
  }
  return { gone, stays };
};

const present = ({ cluster }: ErasureInMemory): ReadonlySet<string> =>
  new Set([...cluster.indices.values()].flatMap(({ documents }) => [...documents.keys()]));

test.each(Array.from({ length: WORLDS }, (_, seed) => seed))(
  'a run erases returned data, and keeps all other documents (seed %i)',
  async (seed) => {
    const dice = new Random(`returns ${seed}`);
    const random = (): number => dice.fraction();
    const cases = Array.from({ length: SUBJECTS }, (_, number) => arbitraryCase(number, random));
    const { world, index } = await erasedWorld(cases);
    // Half of them come back before the deadline of the first erasure, half of them after it.
    const at = seed % 2 === 0 ? NOW + DAY : NOW + 30 * DAY;
    const { gone, stays } = await resurrect(world, index, cases, at);
    const reinstate = async (moment: (typeof MOMENTS)[number]): Promise<void> => {
      for (const { subject, reinstated } of cases)
        if (reinstated === moment) await world.tell('account-reinstated', subject, at);
    };

    await reinstate('before the audit');
    const found = await auditOf(world);
    await reinstate('before reopening');
    await reopen(world, at + MINUTE, found);
    await reinstate('before the run');
    await world.runPurge({ clock: () => at + 2 * MINUTE, around: afterPlan(() => reinstate('during the run')) });

    const there = present(world);
    expect([...gone].filter((id) => there.has(id))).toEqual([]);
    expect([...stays].filter((id) => !there.has(id))).toEqual([]);
    expect([...there].filter((id) => id.startsWith('living-'))).toHaveLength(3);
    await world.runPurge({ clock: () => at + HOUR });
    expect(await auditOf(world)).toMatchObject({ returned: [], toErase: [] });
    expect((await world.entries()).filter(({ uin }) => uin !== undefined)).toEqual([]);
  },
);

/** A world with one erased account that has a document again. */
const returnedOnce = async (trigger: Case['trigger'] = 'account-deleted') => {
  const one: Case = { subject: { uin: 'u1' }, trigger, way: 'replayed queue', hasNewUse: false };
  const { world, index } = await erasedWorld([one]);
  await resurrect(world, index, [one], NOW + DAY);
  return { world, at: NOW + DAY, found: await auditOf(world) };
};

const idIn = (found: Awaited<ReturnType<typeof auditOf>>): string => found.toErase[0]?.entry ?? '';

test('a repeated message of the audit reopens an entry once, and then reports it as owed', async () => {
  const { world, at, found } = await returnedOnce();
  const id = idIn(found);
  expect(await reopen(world, at, found)).toEqual([{ reopened: [id], owed: [], refused: new Map() }]);
  // The audit finds it until it is gone.
  expect((await auditOf(world)).toErase).toEqual(found.toErase);
  expect(await reopen(world, at, found)).toEqual([{ reopened: [], owed: [id], refused: new Map() }]);
});

test('a repeated termination neither closes a reopened entry nor delays it', async () => {
  const { world, at, found } = await returnedOnce();
  await reopen(world, at, found);
  const [before] = await world.entries();
  await world.tell('account-deleted', { uin: 'u1' });
  await world.tell('account-deleted', { uin: 'u1' }, at);
  const after = (await world.entries()).find(({ id }) => id === before?.id);
  expect(after?.obligation).toMatchObject({ terminatedAt: TERMINATED, eraseFrom: before?.obligation?.eraseFrom });
  expect(await world.runPurge({ clock: () => at })).toMatchObject({ documentsRemoved: 1, erasures: { due: 1 } });
});

test('the second erasure is recorded by its own closure', async () => {
  const { world, found } = await returnedOnce();
  const at = NOW + 10 * DAY;
  await reopen(world, at, found);
  await world.runPurge({ clock: () => at + MINUTE });
  const entry = (await world.entries()).find(({ id }) => id === idIn(found));
  expect(entry).toMatchObject({
    state: 'erased',
    closures: [{ reopenedAt: at }, { again: at, closedAt: at + MINUTE }],
  });
  expect(entry?.closures.at(-1)).not.toHaveProperty('reopenedAt');
});

test('a message of the audit reopens nothing if its account, entry or time does not fit', async () => {
  const { world, at, found } = await returnedOnce();
  const id = idIn(found);
  const told = async (entry: string, uin: string, when = at) => {
    const [account] = found.toErase;
    const toErase = [{ category: world.category.id, ...account, entry, account: { uin } }];
    const [result] = await reopen(world, when, { ...found, toErase });
    return result?.refused.get(entry);
  };
  expect(await told(id, 'l1')).toBe('unproven');
  expect(await told(`${id}x`, 'u1')).toBe('unknown');
  expect(await told(id.replace(world.category.id, 'another'), 'u1')).toBe('unknown');
  expect(await told(id, 'u1', NOW + 2_000 * DAY)).toBe('forgotten');
  await world.tell('account-reinstated', { uin: 'u1' }, at);
  expect(await told(id, 'u1')).toBe('reinstated');
});

test('a message of the audit reopens no entry whose reinstatement only the event log has', async () => {
  const { world, at, found } = await returnedOnce();
  const read = world.ledger.read;
  const before = await read([idIn(found)]);
  await world.tell('account-reinstated', { uin: 'u1' }, at);
  const [entry] = before.values();
  const now = (await read([idIn(found)])).get(idIn(found));
  if (entry !== undefined) await world.ledger.write([{ entry: entry.entry, read: now }]);
  const [result] = await reopen(world, at, found);
  expect(result).toMatchObject({ reopened: [], refused: new Map([[idIn(found), 'disbelieved']]) });
});

test('a reopened entry that somebody edited is not believed', async () => {
  const { world, at, found } = await returnedOnce();
  await reopen(world, at, found);
  const [read] = (await world.ledger.read([idIn(found)])).values();
  if (read === undefined) throw new Error('none');
  const closures = read.entry.closures.map((each) => ({ ...each, reopenedAt: at + 1 }));
  await world.ledger.write([{ entry: { ...read.entry, closures }, read }]);
  expect(await world.runPurge({ clock: () => at })).toMatchObject({ documentsRemoved: 0, erasures: { due: 0 } });
});

/** Replaces what people have told the runs of the category not to do. */
const control = async ({ controls, category: { id } }: ErasureInMemory, change: Partial<Controls>): Promise<void> => {
  const read = (await controls.read(id)) ?? (await controls.create(id));
  const { pause: _, ...known } = read.controls;
  await controls.write(id, { ...known, revision: known.revision + 1, ...change }, read);
};

test('a hold keeps returned data, and after its release the next run erases it', async () => {
  const { world, at, found } = await returnedOnce();
  const hold = {
    id: 'hold_00000000-0000-4000-8000-000000000001',
    scope: 'account',
    uin: 'u1',
    reason: 'r',
    by: 'b',
    placedAt: at,
    reviewAt: at + DAY,
  } as const;
  await control(world, { holds: [hold] });
  await reopen(world, at, found);
  expect(await world.runPurge({ clock: () => at })).toMatchObject({ documentsRemoved: 0 });
  expect((await world.entries()).map(({ state }) => state)).toContain('held');
  expect((await auditOf(world)).toErase).toEqual([]);
  await control(world, { holds: [] });
  expect(await world.runPurge({ clock: () => at + HOUR })).toMatchObject({ documentsRemoved: 1 });
});

test('a pause keeps returned data until it ends', async () => {
  const { world, at, found } = await returnedOnce();
  await control(world, { pause: { reason: 'r', since: at, until: at + HOUR } });
  await reopen(world, at, found);
  expect(await world.runPurge({ clock: () => at })).toMatchObject({ documentsRemoved: 0 });
  expect(await world.runPurge({ clock: () => at + HOUR })).toMatchObject({ documentsRemoved: 1 });
});

test('data of an account in the active list is not erased again', async () => {
  const { world } = await returnedOnce();
  const events = world.recordPorts.events(world.category.id);
  const active = new Map([['u1', new Set(['another'])]]);
  const found = await auditInMemory(world.cluster, world.category, { entries: await world.entries(), events }, active);
  expect(found).toMatchObject({ returned: [{ documents: 1 }], toErase: [] });
});

test('a message of the audit is no larger than the bus accepts', () => {
  const subjects = Array.from({ length: 3_000 }, (_, number) => ({
    entry: `category/account-deleted/kid/${number}`.padEnd(150, 'x'),
    subject: { uin: `${number}`, sdkAppId: 'é'.repeat(20) },
  }));
  const events = returnedEvents({ category: 'c', auditId: randomUUID(), subjects });
  expect(events.length).toBeLessThan(6);
  for (const { detail } of events) expect(Buffer.byteLength(JSON.stringify(detail))).toBeLessThan(200_000);
  const read = events.flatMap(({ detailType, source, detail }) => {
    const event = { 'detail-type': detailType, source, detail, id: 'e', time: 't' };
    return returnedFromBus(event, 'c').subjects;
  });
  expect(read).toEqual(subjects);
});

test('a brake does not stop the erasure of returned data', async () => {
  const { world, at, found } = await returnedOnce();
  await reopen(world, at, found);
  const { proveConfirmation, events } = world.recordPorts;
  const [entry] = await world.entries();
  const brake = entry && brakeOn(entry, 'rate', proveConfirmation, at);
  if (brake === undefined) throw new Error('no brake');
  await events(world.category.id).decide([brake]);
  expect(await world.runPurge({ clock: () => at })).toMatchObject({ documentsRemoved: 1, erasures: { braked: 0 } });
});

test('later new use does not make earlier terminations owed again', async () => {
  const { world, found } = await returnedOnce('feature-terminated');
  const id = idIn(found);
  const entryNow = async () => (await world.entries()).find((each) => each.id === id);
  const before = await entryNow();
  const at = NOW + 10 * DAY;
  await world.add(`${world.id}-live`, { 'new-use': document({ uin: 'u1' }, at) });
  await reopen(world, at, found);
  await world.runPurge({ clock: () => at });
  const after = await entryNow();
  expect(after).toMatchObject({ state: 'erased', progress: { newUse: 1 }, doneThrough: before?.doneThrough });
  expect(present(world)).toContain('new-use');
});

test('the seal of a second closure proves that it is the second', async () => {
  const { world, found } = await returnedOnce();
  const at = NOW + 10 * DAY;
  await reopen(world, at, found);
  await world.runPurge({ clock: () => at });
  const entry = (await world.entries()).find(({ id }) => id === idIn(found));
  const second = entry?.closures.at(-1);
  if (entry === undefined || second === undefined) throw new Error('none');
  expect(provenOpening(entry, second, TEST_RING)).toBeDefined();
  const { again, ...first } = second;
  expect(again).toBe(at);
  expect(provenOpening(entry, first, TEST_RING)).toBeUndefined();
});
