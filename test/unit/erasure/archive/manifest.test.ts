import { expect, test } from 'vitest';
import type { Archive } from '../../../../lib/erasure/archive/archive.ts';
import { attestEvents, type Manifest } from '../../../../lib/erasure/archive/manifest.ts';
import { eventId } from '../../../../lib/erasure/events/event-id.ts';
import { DAY, HOUR, MINUTE } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { inMemoryEventLog } from '../../../support/in-memory/records/in-memory-ledger.ts';

const NOW = Date.parse('2026-11-24T09:00:00.000Z');
const PERIOD = 45 * DAY;

/** The id of the event that bears this name for its hash. */
const idOf = (hash: string, heardAt: number): string =>
  eventId({ kid: 'k', hash }, { type: 'account-deleted', at: heardAt, immediate: false });

/** An event log, an archive that refuses to replace, and what attesting at an instant wrote. */
const world = () => {
  const events = inMemoryEventLog();
  const manifests = new Map<string, Manifest>();
  /** When the copies of events were made. */
  const copies = new Map<string, number>();
  const archive: Pick<Archive, 'ids' | 'put'> = {
    ids: async function* (kind, since) {
      if (kind === 'manifests') yield* manifests.keys();
      else for (const [id, at] of copies) if (at >= since) yield id;
    },
    put: async (_kind, id, content) => {
      if (!manifests.has(id)) manifests.set(id, content as Manifest);
    },
  };
  const names = new Map<string, string>();
  const hear = (hash: string, heardAt: number, id = idOf(hash, heardAt)) => {
    names.set(id, hash);
    copies.set(id, heardAt);
    return events.keep([
      {
        id,
        heardAt: isoInstant(heardAt),
        at: isoInstant(heardAt),
        type: 'account-deleted',
        kid: 'k',
        hash,
        immediate: false,
        requestId: id,
      },
    ]);
  };
  const find = (now: number, category = 'c') =>
    attestEvents({ events: () => events, archive: async () => archive, period: PERIOD }, category, now);
  const attest = async (
    now: number,
    category?: string,
    codes: readonly string[] = [],
  ): Promise<readonly Manifest[]> => {
    const before = new Set(manifests.keys());
    expect((await find(now, category)).map(({ code }) => code)).toEqual(codes);
    return [...manifests].filter(([id]) => !before.has(id)).map(([, manifest]) => manifest);
  };
  const idsIn = (written: readonly Manifest[]) =>
    written.map((manifest) => manifest.events.map(({ id }) => names.get(id)));
  return { hear, copies, attest, find, manifests, idsIn };
};

test('the first manifest lists each event with a copy, and the next one only new ones', async () => {
  const { hear, attest, idsIn } = world();
  await hear('expired', NOW - PERIOD - 1);
  await hear('a', NOW - PERIOD);
  await hear('b', NOW - DAY);
  const [first] = await attest(NOW);
  expect(first).toEqual({
    from: isoInstant(NOW - PERIOD),
    until: isoInstant(NOW),
    events: [
      { id: idOf('a', NOW - PERIOD), heardAt: isoInstant(NOW - PERIOD) },
      { id: idOf('b', NOW - DAY), heardAt: isoInstant(NOW - DAY) },
    ],
  });
  await hear('c', NOW + DAY);
  expect(idsIn(await attest(NOW + 2 * DAY))).toEqual([['c']]);
});

test('an event that was heard before a manifest but logged after it is in the next manifest', async () => {
  const { hear, attest, idsIn } = world();
  await hear('a', NOW - 2 * HOUR);
  await attest(NOW);
  await hear('late', NOW - HOUR / 2);
  expect(idsIn(await attest(NOW + HOUR))).toEqual([['late']]);
});

test('no manifest is written without new events', async () => {
  const { hear, attest, idsIn } = world();
  expect(await attest(NOW)).toEqual([]);
  await hear('a', NOW);
  expect(idsIn(await attest(NOW + 1))).toEqual([['a']]);
  // Heard within an hour before the last manifest: listed once more, and then no longer.
  await attest(NOW + 2 * HOUR);
  expect(await attest(NOW + 4 * HOUR)).toEqual([]);
});

test('events that do not fit into one manifest are all listed in several manifests', async () => {
  const { hear, attest, idsIn } = world();
  const ids = Array.from({ length: 10_001 }, (_, at) => `e${String(at).padStart(5, '0')}`);
  for (const [at, id] of ids.entries()) await hear(id, NOW - DAY + at);
  const written = await attest(NOW);
  expect(written.length).toBe(2);
  expect([...new Set(idsIn(written).flat())].sort()).toEqual(ids);
});

// Never: a return that is lost and that no list names, since events of the future made the lists end there.

test('events heard in the future are in no manifest, and a blocking finding reports them', async () => {
  const { hear, attest, find, manifests, idsIn } = world();
  const far = Date.parse('2099-01-01T00:00:00.000Z');
  for (let at = 0; at < 10_050; at += 1) await hear(`f${at}`, far);
  await hear('a', NOW - DAY);
  expect(idsIn(await attest(NOW, 'c', ['heard-ahead']))).toEqual([['a']]);
  expect(await find(NOW)).toMatchObject([{ severity: 'blocking' }]);
  await hear('b', NOW + DAY);
  expect(idsIn(await attest(NOW + 2 * DAY, 'c', ['heard-ahead']))).toEqual([['b']]);
  expect([...manifests.values()].filter(({ until }) => Date.parse(until) > NOW + 2 * DAY)).toEqual([]);
});

test('events from a clock that is slightly ahead are listed by the next run', async () => {
  const { hear, attest, idsIn } = world();
  await hear('a', NOW - 1);
  await hear('ahead', NOW + 5 * MINUTE);
  expect(idsIn(await attest(NOW))).toEqual([['a']]);
  expect(idsIn(await attest(NOW + HOUR))).toEqual([['a', 'ahead']]);
});

test('a manifest from the future, or of another category, is ignored', async () => {
  const { hear, attest, manifests, idsIn } = world();
  await hear('a', NOW - DAY);
  for (const id of ['2099-01-01T00:00:00.000Z', '2099-01-01T00:00:00.000Z@c', `${isoInstant(NOW)}@c-d`])
    manifests.set(id, { from: id, until: id, events: [] });
  expect(idsIn(await attest(NOW))).toEqual([['a']]);
  expect(idsIn(await attest(NOW, 'd'))).toEqual([['a']]);
});

// Never: a list that misses for weeks what somebody with a key of the category wrote, so that no termination is
// recorded anywhere.

test('an event without a copy is in no manifest, and a notice names its time', async () => {
  const { hear, copies, attest, find, idsIn } = world();
  for (const hash of ['planted', 'too']) {
    await hear(hash, NOW - HOUR);
    copies.delete(idOf(hash, NOW - HOUR));
  }
  await hear('a', NOW - HOUR);
  expect(idsIn(await attest(NOW, 'c', ['event-without-copy']))).toEqual([['a']]);
  const [found] = await find(NOW + 1);
  expect(found).toMatchObject({ severity: 'notice', subjects: 2 });
  expect(found?.found).toContain(isoInstant(NOW - HOUR));
  await attest(NOW + 2 * HOUR);
});

test('an event recorded again long after its copy is listed', async () => {
  const { hear, copies, attest, idsIn } = world();
  await hear('a', NOW - DAY);
  await attest(NOW);
  await hear('again', NOW + 2 * HOUR);
  copies.set(idOf('again', NOW + 2 * HOUR), NOW - 30 * DAY);
  expect(idsIn(await attest(NOW + 3 * HOUR))).toEqual([['again']]);
});

test('an edited event is in no manifest', async () => {
  const { hear, attest, idsIn } = world();
  await hear('edited', NOW - DAY, 'an id of nothing');
  await hear('a', NOW - DAY);
  expect(idsIn(await attest(NOW))).toEqual([['a']]);
});

test('a failure to write a manifest is reported as a notice', async () => {
  const archive = () => Promise.reject(new Error('the bucket is away'));
  expect(await attestEvents({ events: inMemoryEventLog, archive, period: PERIOD }, 'c', NOW)).toMatchObject([
    { code: 'manifest-not-written', severity: 'notice', found: 'the bucket is away' },
  ]);
  expect(await attestEvents(undefined, 'c', NOW)).toEqual([]);
});
