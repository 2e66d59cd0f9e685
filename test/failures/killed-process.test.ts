import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, inject, test } from 'vitest';
import { type Death, type Order, runUntilDeath } from '../support/purge/doomed-run.ts';
import { daysAgo, NOW, type PurgeFixture, purgeFixture } from '../support/purge/purge-fixture.ts';

const SCRIPT = fileURLToPath(new URL('../support/purge/purge-and-die.ts', import.meta.url));
const EXPIRED = { '@timestamp': daysAgo(20) };
const LIVE = { '@timestamp': daysAgo(3) };
/** After the lease of a run that died, and after the time in which a drop of it may still be executed. */
const AFTER_LEASE = { clock: () => NOW + 15 * 60_000 };

/** An index to drop (`old`) and one to delete from (`mixed`). */
const twoIndices = async () => {
  const fixture = purgeFixture();
  const mixed = await fixture.createIndex('mixed', { expired: EXPIRED, live: LIVE });
  const old = await fixture.createIndex('old', { old: EXPIRED });
  return { fixture, mixed, old };
};

const orderOf = ({ policy }: PurgeFixture, death: Death): Order => ({
  url: inject('elasticsearchUrl'),
  policy,
  now: NOW,
  death,
});

/** Purges until nothing follows from the request described. */
const purgeAndDie = (fixture: PurgeFixture, death: Death): Promise<void> => runUntilDeath(orderOf(fixture, death));

/** The same in a process of its own, which is killed (SIGKILL). It takes a second longer. */
const purgeAndBeKilled = async (fixture: PurgeFixture, death: Death): Promise<void> => {
  const child = fork(SCRIPT, [], { serialization: 'advanced', execArgv: [] });
  child.send(orderOf(fixture, death));
  const [, signal] = await once(child, 'exit');
  expect(signal).toBe('SIGKILL');
};

const takesWrites = (fixture: PurgeFixture, index: string): Promise<boolean> =>
  fixture.add(index, { late: LIVE }).then(
    () => true,
    () => false,
  );

/** Of this row the process is really killed. */
const KILLED = 'recounting and dropping';
const DEATHS: readonly (readonly [string, Death, { blocked: boolean; dropped: boolean }])[] = [
  ['declaring and blocking', { line: /-old\/_block/, when: 'before' }, { blocked: false, dropped: false }],
  ['blocking and recounting', { line: /-old\/_block/, when: 'after' }, { blocked: true, dropped: false }],
  [KILLED, { line: /^DELETE .*-old/, when: 'before' }, { blocked: true, dropped: false }],
  ['dropping and the rest', { line: /^DELETE .*-old/, when: 'after' }, { blocked: false, dropped: true }],
  ['verifying and closing the report', { line: /\.closed/, when: 'before' }, { blocked: false, dropped: true }],
];

test.each(DEATHS)(
  'after a crash between %s, the next run finishes the work',
  async (name, death, { blocked, dropped }) => {
    const { fixture, mixed, old } = await twoIndices();
    await (name === KILLED ? purgeAndBeKilled : purgeAndDie)(fixture, death);
    const settings = await fixture.client.indices.getSettings({ index: old }, { ignore: [404] });
    expect(settings[old]?.settings?.index?.blocks?.write).toBe(blocked ? 'true' : undefined);
    expect(settings[old] === undefined).toBe(dropped);

    await expect(fixture.runPurge()).rejects.toMatchObject({ code: 'lease-held' });
    expect(await fixture.runPurge(AFTER_LEASE)).toMatchObject({ outcome: 'complete', found: { documents: 1, due: 0 } });
    expect(await fixture.left(mixed)).toEqual(['live']);
    expect(await fixture.left(old)).toBeUndefined();
  },
);

test.each([
  ['refused', { maxShare: 0.01 }, {}],
  ['observed', { mode: 'observe' }, {}],
  ['observed', {}, { dryRun: true }],
] as const)(
  'the next run lifts the leftover block even if it ends as %s (%o, %o)',
  async (outcome, changes, options) => {
    const { fixture, old } = await twoIndices();
    await purgeAndDie(fixture, { line: /-old\/_block/, when: 'after' });
    expect(await takesWrites(fixture, old)).toBe(false);
    const policy = fixture.policyWith(changes);
    expect(await fixture.runPurge({ ...AFTER_LEASE, ...options, policy })).toMatchObject({ outcome });
    expect(await takesWrites(fixture, old)).toBe(true);
    expect(await fixture.left(old)).toEqual(['late', 'old']);
  },
);

test('an index with a live document written after the crash is not dropped by the next run', async () => {
  const { fixture, old } = await twoIndices();
  await purgeAndDie(fixture, { line: /-old\/_block/, when: 'before' });
  expect(await takesWrites(fixture, old)).toBe(true);
  expect(await fixture.runPurge(AFTER_LEASE)).toMatchObject({ outcome: 'complete', indicesDropped: 0 });
  expect(await fixture.left(old)).toEqual(['late']);
});

test('a block that somebody set on a new index of the same name is not lifted', async () => {
  const { fixture, old } = await twoIndices();
  await purgeAndDie(fixture, { line: /-old\/_block/, when: 'after' });
  await fixture.client.indices.delete({ index: old });
  await fixture.createIndex('old', { expired: EXPIRED, live: LIVE });
  await fixture.client.indices.addBlock({ index: old, block: 'write' });
  const report = await fixture.runPurge(AFTER_LEASE);
  expect(report.findings).toMatchObject([{ code: 'write-blocked', index: old }]);
  expect(await takesWrites(fixture, old)).toBe(false);
});

test('after a crash during a delete-by-query, the next run finishes the rest', async () => {
  const fixture = purgeFixture();
  const many = Object.fromEntries(
    Array.from({ length: 25_000 }, (_, at) => [`e${at}`, { '@timestamp': daysAgo(20 + at / 25_000) }]),
  );
  const mixed = await fixture.createIndex('mixed', { ...many, live: LIVE });
  await purgeAndBeKilled(fixture, { line: /-mixed\/_delete_by_query/, when: 'during', skip: 1 });
  expect(await fixture.runPurge(AFTER_LEASE)).toMatchObject({ outcome: 'complete', found: { documents: 1, due: 0 } });
  expect(await fixture.left(mixed)).toEqual(['live']);
});
