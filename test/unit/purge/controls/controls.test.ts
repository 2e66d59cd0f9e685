import { beforeEach, describe, expect, test } from 'vitest';
import type { Hold } from '../../../../lib/control/controls.ts';
import { DAY, HOUR, MINUTE } from '../../../../lib/policy/time/duration.ts';
import type { Ports } from '../../../../lib/purge/purge.ts';
import type { Report } from '../../../../lib/purge/report/report.ts';
import { failure, type InMemoryDocument } from '../../../support/in-memory/in-memory-cluster.ts';
import { EXPIRED, LIVE, NOW, PurgeInMemory } from '../../../support/in-memory/purge-in-memory.ts';
import type { InMemoryControls } from '../../../support/in-memory/records/in-memory-controls.ts';
import { CATEGORY } from '../../../support/purge/described-index.ts';

const ID = CATEGORY.id;
const SECRET = 'the reason of a court';

let world: PurgeInMemory;
let controls: InMemoryControls;
let revision: number;

beforeEach(() => {
  world = new PurgeInMemory();
  controls = world.ports.controls as InMemoryControls;
  revision = 0;
});

const holdOf = (changes: Partial<Hold> = {}): Hold => ({
  id: 'hold_00000000-0000-4000-8000-000000000001',
  scope: 'account',
  uin: 'held',
  reason: SECRET,
  by: 'somebody',
  placedAt: NOW - DAY,
  reviewAt: NOW + DAY,
  ...changes,
});

/** A hold that is not about an account. */
const wholeHold = (changes: Pick<Hold, 'scope'> & Partial<Hold>): Hold => {
  const { uin: _, ...hold } = holdOf(changes);
  return hold;
};

const INDEX_HOLD = wholeHold({ scope: 'index', index: 'call-log-1' });

/** Writes controls as the commands do. */
const place = (holds: readonly Hold[], pause?: object): void => {
  revision += 1;
  controls.edit(ID, { made: 'm', revision, holds, ...(pause && { pause }) });
};

const pauseOf = (until = NOW + HOUR): object => ({ reason: SECRET, since: NOW - 1, until });

const expiredOf = (...uin: readonly string[]): InMemoryDocument => ({ timestamps: [EXPIRED], ingested: [], uin });

const fill = (index: string, documents: Readonly<Record<string, InMemoryDocument>>): void => {
  for (const [id, document] of Object.entries(documents)) world.cluster.write(index, id, document);
};

const codes = ({ findings }: Report): readonly string[] => findings.map(({ code }) => code);

/** Calls something before the n-th call of a port's function. */
const atCall = <P extends 'remover' | 'controls' | 'leases'>(
  port: P,
  call: keyof Ports[P],
  happen: () => void,
  nth = 1,
): void => {
  let calls = 0;
  const real = world.ports[port][call] as (...given: unknown[]) => unknown;
  const changed = async (...given: unknown[]) => {
    calls += 1;
    if (calls === nth) happen();
    return real(...given);
  };
  world.ports = { ...world.ports, [port]: { ...world.ports[port], [call]: changed } };
};

describe('a held document', () => {
  test('stays while the other expired documents of its index are deleted', async () => {
    fill('call-log-1', { a: expiredOf('held'), b: expiredOf('other'), c: expiredOf('other', 'held') });
    place([holdOf()]);
    const report = await world.run();
    expect(world.left('call-log-1')).toEqual(['a', 'c']);
    expect(report).toMatchObject({
      outcome: 'complete',
      kept: true,
      documentsRemoved: 1,
      retentionLagMilliseconds: 0,
      found: { due: 0, held: 2, overdue: 0 },
      holds: [holdOf().id],
      indices: [{ planned: 'delete', reason: 'some documents expired, others held' }],
    });
  });

  test('is not overdue, however old', async () => {
    fill('call-log-1', { a: { ...expiredOf('held'), timestamps: [EXPIRED - 100 * DAY] } });
    place([holdOf()]);
    expect(await world.run()).toMatchObject({ outcome: 'complete', kept: true, found: { held: 1, overdue: 0 } });
  });

  test('is removed by the first run after the release', async () => {
    fill('call-log-1', { a: expiredOf('held') });
    place([holdOf()]);
    await world.run();
    place([]);
    expect(await world.run()).toMatchObject({ outcome: 'complete', documentsRemoved: 1, indicesDropped: 1 });
  });

  test('stays after the review date of its hold, with the finding hold-to-review', async () => {
    fill('call-log-1', { a: expiredOf('held') });
    place([holdOf({ reviewAt: NOW - 1 })]);
    const report = await world.run();
    expect(codes(report)).toContain('hold-to-review');
    expect(world.left('call-log-1')).toEqual(['a']);
  });

  test.each([
    ['an application', { scope: 'application', sdkAppId: '1' }, ['a', 'c']],
    ['an account', {}, ['a', 'b', 'c']],
  ] as const)('stays if it belongs to %s under a hold, and the others are removed', async (_, changes, left) => {
    fill('call-log-1', {
      a: { ...expiredOf('held'), sdkAppId: ['1'] },
      b: { ...expiredOf('held'), sdkAppId: ['2'] },
      c: { ...expiredOf('held', 'other'), sdkAppId: ['1'] },
      d: { ...expiredOf('other'), sdkAppId: ['1'] },
    });
    place([holdOf(changes)]);
    await world.run({
      category: { ...CATEGORY, applicationField: 'sdkAppId', guard: { ...CATEGORY.guard, maxShare: 1 } },
    });
    expect(world.left('call-log-1')).toEqual(left);
  });

  /** The calls of a run, between any two of which a hold may come. */
  const CALLS = [
    ['leases', 'acquire', 1],
    ['controls', 'version', 1],
    ['controls', 'version', 2],
    ['controls', 'version', 3],
    ['remover', 'state', 1],
    ['remover', 'operations', 1],
    ['remover', 'blockWrites', 1],
    ['remover', 'state', 2],
    ['remover', 'countLive', 1],
    ['remover', 'state', 3],
    ['remover', 'slices', 1],
    ['remover', 'refresh', 1],
  ] as const;

  test.each(CALLS)('stays from the moment its hold is placed: before %s.%s, call %i', async (port, call, nth) => {
    const live = { timestamps: [NOW], ingested: [] };
    fill('call-log-1', { a: expiredOf('held') });
    fill('call-log-2', { a: expiredOf('held'), b: expiredOf('other'), live });
    const heldLeft = () => ['call-log-1', 'call-log-2'].filter((index) => world.left(index)?.includes('a'));
    place([]);
    let isReturned = false;
    let after: readonly string[] = [];
    atCall(
      port,
      call as never,
      () => {
        place([holdOf()]);
        // As the command does: it returns only if no request from before is destroying.
        void world.ports.leases.destruction(ID).then((destruction) => {
          isReturned = destruction === undefined;
          after = heldLeft();
        });
      },
      nth,
    );
    await world.run();
    if (!isReturned) after = heldLeft();
    await world.run();
    await world.run();
    expect(heldLeft()).toEqual(after);
    expect(world.blocksOf('call-log-1') ?? []).toEqual([]);
    expect(await world.ports.leases.destruction(ID)).toBeUndefined();
  });

  test('stays if its hold is placed during a run, which stops after the request in flight', async () => {
    world = new PurgeInMemory(1);
    controls = world.ports.controls as InMemoryControls;
    const live = { timestamps: [LIVE], ingested: [] };
    fill('call-log-1', { a: expiredOf('1'), b: expiredOf('2'), c: expiredOf('held'), live });
    place([]);
    atCall('remover', 'deleteSlice', () => place([holdOf()]));
    const report = await world.run();
    expect(report).toMatchObject({ outcome: 'incomplete', documentsRemoved: 0 });
    expect(report).not.toHaveProperty('holds');
    expect(codes(report)).toContain('controls-changed');
    expect(report.indices[0]?.note).toContain('controls-changed');
    expect(await world.run()).toMatchObject({ outcome: 'complete', documentsRemoved: 2, found: { held: 1 } });
    expect(world.left('call-log-1')).toEqual(['c', 'live']);
  });
});

describe('an index under a hold', () => {
  test('stays untouched, and the run purges the other indices', async () => {
    fill('call-log-1', { a: expiredOf('1') });
    fill('call-log-2', { a: expiredOf('1') });
    place([INDEX_HOLD]);
    const report = await world.run();
    expect([world.left('call-log-1'), world.left('call-log-2')]).toEqual([['a'], undefined]);
    expect(report.indices[0]).toMatchObject({ planned: 'keep', reason: `held: ${holdOf().id}` });
    expect(report).toMatchObject({ outcome: 'complete', found: { held: 1, due: 0 } });
  });

  test('is not dropped even if it is empty', async () => {
    world.fill('call-log-1', EXPIRED);
    world.cluster.remove('call-log-1', '0');
    fill('call-log-2', { live: { timestamps: [LIVE], ingested: [] } });
    place([INDEX_HOLD]);
    await world.run();
    world.now += 2 * DAY;
    await world.run();
    expect(world.left('call-log-1')).toEqual([]);
  });

  test.each([
    ['its data stream', 'calls', '.ds-calls-2026.11.01-000001'],
    ['its own name', '.ds-calls-2026.11.01-000001', '.ds-calls-2026.11.01-000001'],
  ])('stays if the hold names it by %s', async (_, named, index) => {
    world.cluster.create(index, { dataStream: 'calls' });
    fill(index, { a: expiredOf('1') });
    place([{ ...INDEX_HOLD, index: named }]);
    await world.run({ category: { ...CATEGORY, indices: ['calls'], guard: { ...CATEGORY.guard, maxShare: 1 } } });
    expect(world.left(index)).toEqual(['a']);
  });

  test('stays if the hold is on the whole category', async () => {
    fill('call-log-1', { a: expiredOf('1') });
    place([wholeHold({ scope: 'category' })]);
    expect(await world.run()).toMatchObject({ outcome: 'complete', documentsRemoved: 0, found: { held: 1 } });
    expect(world.left('call-log-1')).toEqual(['a']);
  });
});

describe('an index that does not show the account of each document', () => {
  const withAccount = (field: object | undefined, more: object = {}): void => {
    const { description } = world.cluster.existing('call-log-1');
    const fields = new Map(description.fields);
    if (field === undefined) fields.delete('uin');
    else fields.set('uin', field as never);
    world.cluster.describe('call-log-1', { fields, ...more });
  };

  test.each([
    ['a text', { type: 'text', searchable: true, aggregatable: false }, {}],
    ['nothing, but accepts values of it', undefined, { leavesOut: new Map([['uin', 'always']]) }],
    ['something out of search', undefined, { outOfSearch: new Map([['uin', 'inside "a", which is not enabled']]) }],
    [
      'a keyword, in a cluster that refuses scripts',
      { type: 'keyword', searchable: true, aggregatable: true },
      { refusesScripts: true },
    ],
    [
      'a number, and keeps no _source',
      { type: 'long', searchable: true, aggregatable: true },
      { source: { kept: 'disabled' } },
    ],
  ] as const)('is kept as a whole, with a finding, if the account is %s', async (_, field, more) => {
    fill('call-log-1', { a: expiredOf('other') });
    withAccount(field, more);
    place([holdOf()]);
    const report = await world.run();
    expect(world.left('call-log-1')).toEqual(['a']);
    expect(report).toMatchObject({ kept: false, found: { held: 1, overdue: 0 } });
    expect(codes(report)).toContain('hold-not-examined');
    expect(report.indices[0]?.reason).toBe('held, as a whole');
  });

  test('is kept as a whole if it does not map the account field, even if another index does', async () => {
    fill('call-log-1', { a: { timestamps: [EXPIRED], ingested: [] } });
    world.cluster.create('call-log-with-accounts');
    withAccount(undefined);
    place([holdOf()]);
    const report = await world.run();
    expect(report).toMatchObject({ kept: false, indicesDropped: 0, documentsRemoved: 0, found: { held: 1 } });
    expect(codes(report)).toContain('hold-not-examined');
    expect(world.left('call-log-1')).toEqual(['a']);
  });

  test('keeps a held document whose account is only in _source', async () => {
    fill('call-log-1', { a: { ...expiredOf(), unindexed: ['held'] }, b: { ...expiredOf(), unindexed: ['other'] } });
    place([holdOf()]);
    await world.run();
    expect(world.left('call-log-1')).toEqual(['a']);
  });
});

describe('a pause', () => {
  test('lets a run count and report, but not destroy anything', async () => {
    fill('call-log-1', { a: expiredOf('1') });
    place([], pauseOf());
    const report = await world.run();
    expect(report).toMatchObject({
      outcome: 'observed',
      documentsRemoved: 0,
      found: { due: 1 },
      pause: { since: new Date(NOW - 1).toISOString(), until: new Date(NOW + HOUR).toISOString() },
    });
    expect(codes(report)).toContain('paused');
    expect(world.left('call-log-1')).toEqual(['a']);
  });

  test('ends by itself at its last millisecond', async () => {
    fill('call-log-1', { a: expiredOf('1') });
    place([], pauseOf(NOW + 1));
    expect(await world.run()).toMatchObject({ outcome: 'observed' });
    world.now += 1;
    expect(await world.run()).toMatchObject({ outcome: 'complete', indicesDropped: 1 });
  });

  test('has the finding pause-breaks-promise if a promise is broken before it ends', async () => {
    fill('call-log-1', { a: expiredOf('1') });
    place([], pauseOf(NOW + 60 * DAY));
    expect(codes(await world.run())).toContain('pause-breaks-promise');
  });

  test('has only the finding paused if it ends long before a promise is broken', async () => {
    fill('call-log-1', { a: { ...expiredOf('1'), timestamps: [NOW - DAY] } });
    place([], pauseOf(NOW + HOUR));
    expect(codes(await world.run())).toEqual(['paused']);
  });

  test('stops a run that is at work', async () => {
    fill('call-log-1', { a: expiredOf('1') });
    place([]);
    atCall('remover', 'blockWrites', () => place([], pauseOf()));
    const report = await world.run();
    expect(world.left('call-log-1')).toEqual(['a']);
    expect(world.blocksOf('call-log-1')).toEqual([]);
    expect(codes(report)).toEqual(expect.arrayContaining(['controls-changed', 'paused']));
  });

  test('is followed by the same number and size of requests as without a pause', async () => {
    const inFlight = async (isPaused: boolean) => {
      world = new PurgeInMemory(100);
      controls = world.ports.controls as InMemoryControls;
      revision = 0;
      for (let index = 1; index <= 24; index += 1) {
        const documents = Object.fromEntries(
          Array.from({ length: 250 }, (_, at) => [`${at}`, { ...expiredOf('1'), timestamps: [EXPIRED - at] }]),
        );
        const live = { timestamps: [NOW], ingested: [] };
        fill(`call-log-${index}`, index % 2 === 0 ? documents : { ...documents, live });
      }
      if (isPaused) {
        place([], pauseOf(NOW + 1));
        await world.run();
        world.now += 1;
      }
      const seen = { deletions: 0, mostDeletions: 0, requests: 0, largest: 0, drops: 0, mostDrops: 0 };
      const inFlight = { deletions: 0, drops: 0 };
      world.around('deleteSlice', (real) => async (...given) => {
        inFlight.deletions += 1;
        seen.requests += 1;
        seen.mostDeletions = Math.max(seen.mostDeletions, inFlight.deletions);
        const deletion = await real(...given);
        await new Promise((resolve) => setImmediate(resolve));
        inFlight.deletions -= 1;
        seen.largest = Math.max(seen.largest, deletion.deleted);
        return deletion;
      });
      world.around('drop', (real) => async (index) => {
        inFlight.drops += 1;
        seen.drops += 1;
        seen.mostDrops = Math.max(seen.mostDrops, inFlight.drops);
        await new Promise((resolve) => setImmediate(resolve));
        await real(index);
        inFlight.drops -= 1;
      });
      await world.run();
      return seen;
    };
    const resumed = await inFlight(true);
    expect(resumed).toEqual(await inFlight(false));
    expect(resumed).toMatchObject({ largest: 100, drops: 12 });
    expect(resumed.mostDeletions).toBeLessThanOrEqual(3);
    expect(resumed.mostDrops).toBe(12);
  });
});

describe('controls that are missing or cannot be read', () => {
  const ALTERED = [
    ['a text', 'none'],
    ['no holds', { made: 'm', revision: 1 }],
    ['a hold without its account', { made: 'm', revision: 1, holds: [{ ...holdOf(), uin: undefined }] }],
    ['a hold of an unknown kind', { made: 'm', revision: 1, holds: [{ ...holdOf(), scope: 'all' }] }],
    ['a field of somebody else', { made: 'm', revision: 1, holds: [], note: 'x' }],
    ['a pause without an end', { made: 'm', revision: 1, holds: [], pause: { reason: 'r', since: 1 } }],
    ['one hold twice', { made: 'm', revision: 1, holds: [holdOf(), holdOf()] }],
    [
      'too many holds',
      { made: 'm', revision: 1, holds: Array.from({ length: 2001 }, (_, at) => holdOf({ id: `${at}` })) },
    ],
  ] as const;

  test.each(ALTERED)('prevent any destruction, and are reported: they have %s', async (_, source) => {
    fill('call-log-1', { a: expiredOf('1') });
    controls.edit(ID, JSON.parse(JSON.stringify(source)));
    const report = await world.run();
    expect(report).toMatchObject({ outcome: 'refused', refusals: [{ code: 'controls' }], kept: false });
    expect(codes(report)).toContain('controls-unread');
    expect(world.left('call-log-1')).toEqual(['a']);
    expect(JSON.stringify(report)).not.toContain(SECRET);
  });

  test('prevent any destruction while the cluster does not answer', async () => {
    fill('call-log-1', { a: expiredOf('1') });
    controls.unanswered = true;
    expect(await world.run()).toMatchObject({ outcome: 'refused', documentsRemoved: 0 });
  });

  test('stop the run before its next request, and are reported', async () => {
    fill('call-log-1', { a: expiredOf('1') });
    atCall('remover', 'countLive', () => {
      controls.unanswered = true;
    });
    const report = await world.run();
    expect(world.left('call-log-1')).toEqual(['a']);
    expect(world.blocksOf('call-log-1')).toEqual([]);
    expect(report).toMatchObject({ outcome: 'incomplete', kept: false });
    expect(codes(report)).toContain('controls-unread');
  });

  test.each([
    ['deleted', undefined],
    ['restored from an earlier state', { made: 'm', revision: 1, holds: [] }],
    ['made again', { made: 'other', revision: 99, holds: [] }],
  ])('prevent any destruction until a person accepts that they were %s', async (_, source) => {
    fill('call-log-1', { a: expiredOf('held'), b: expiredOf('1') });
    place([]);
    place([holdOf()]);
    await world.run();
    expect(world.left('call-log-1')).toEqual(['a']);
    fill('call-log-1', { c: expiredOf('1') });
    controls.edit(ID, source);
    expect(await world.run()).toMatchObject({
      outcome: 'refused',
      refusals: [{ code: 'controls', found: expect.stringContaining('controls-lost') }],
    });
    expect(world.left('call-log-1')).toEqual(['a', 'c']);
    revision = 3;
    place([]);
    expect(await world.run()).toMatchObject({ outcome: 'complete' });
  });

  test('are created by the first run, but not by a dry run', async () => {
    fill('call-log-1', { a: expiredOf('1') });
    await world.run({ dryRun: true });
    expect(await controls.read(ID)).toBeUndefined();
    await world.run();
    expect(await controls.read(ID)).toMatchObject({ controls: { revision: 0, holds: [] } });
  });
});

test('no report contains the reason or the account of a hold', async () => {
  fill('call-log-1', { a: expiredOf('held'), b: expiredOf('1') });
  place([holdOf({ uin: 'held', reviewAt: NOW - 1 })], pauseOf());
  const text = JSON.stringify([
    ...(world.ports.reportStore as never as { entries: Map<string, unknown> }).entries.values(),
    await world.run(),
  ]);
  expect(text).not.toContain(SECRET);
  expect(text).not.toMatch(/"held"[^:]/);
  expect(text).toContain(holdOf().id);
});

describe('the mark of a run that destroys', () => {
  const destruction = () => world.ports.leases.destruction(ID);

  test('is set before the first destroying request, and removed after the last', async () => {
    fill('call-log-1', { a: expiredOf('1') });
    const seen: unknown[] = [];
    world.around('drop', (real) => async (index) => {
      seen.push(await destruction());
      return real(index);
    });
    await world.run();
    expect(seen).toMatchObject([{ kind: 'at-work', runId: 'run-1' }]);
    expect(await destruction()).toBeUndefined();
  });

  test('is a condition: a run that cannot set it destroys nothing, and reports the reason', async () => {
    fill('call-log-1', { a: expiredOf('1') });
    const { leases } = world.ports;
    const acquire: typeof leases.acquire = async (...given) => ({
      ...(await leases.acquire(...given)),
      beginDestroying: () => Promise.reject(failure('lease-lost', 'the lease was lost')),
    });
    world.ports = { ...world.ports, leases: { ...leases, acquire } };
    expect(await world.run()).toMatchObject({
      outcome: 'incomplete',
      documentsRemoved: 0,
      findings: [{ code: 'not-purged', found: expect.stringContaining('lease-lost') }],
    });
    expect(world.left('call-log-1')).toEqual(['a']);
  });

  test('is not set by a run during a pause', async () => {
    fill('call-log-1', { a: expiredOf('1') });
    place([], pauseOf());
    await world.run();
    expect(await world.ports.leases.controlsSeen(ID)).toEqual([]);
  });

  test('stays for twelve minutes after a request without an answer', async () => {
    fill('call-log-1', { a: expiredOf('1') });
    world.around('drop', () => () => Promise.reject(failure('timeout', 'no answer')));
    await world.run();
    expect(await destruction()).toMatchObject({ kind: 'unanswered', until: NOW + 12 * MINUTE });
    world.now += 12 * MINUTE;
    expect(await destruction()).toBeUndefined();
  });

  test('stays after a run has died, until its last request can no longer be carried out', async () => {
    const lease = await world.ports.leases.acquire(ID, 'dead');
    await lease.beginDestroying({ made: 'm', revision: 1 });
    world.now += 120_000;
    expect(await destruction()).toEqual({ kind: 'dead', runId: 'dead', until: NOW + 14 * MINUTE });
    const next = await world.ports.leases.acquire(ID, 'next');
    expect(await destruction()).toMatchObject({ kind: 'unanswered', until: NOW + 14 * MINUTE });
    await next.release();
    world.now += 12 * MINUTE;
    expect(await destruction()).toBeUndefined();
  });
});
