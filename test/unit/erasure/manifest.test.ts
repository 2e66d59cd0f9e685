import { expect, test } from 'vitest';
import type { Archive } from '../../../lib/erasure/archive.ts';
import { attestEvents, type Manifest } from '../../../lib/erasure/manifest.ts';
import { DAY, HOUR } from '../../../lib/policy/duration.ts';
import { isoInstant } from '../../../lib/policy/instant.ts';
import { inMemoryEventLog } from '../../support/in-memory/in-memory-ledger.ts';

const NOW = Date.parse('2026-11-24T09:00:00.000Z');
const PERIOD = 45 * DAY;

/** An event log, an archive that refuses to replace, and what attesting at an instant wrote. */
const world = () => {
  const events = inMemoryEventLog();
  const manifests = new Map<string, Manifest>();
  const archive: Pick<Archive, 'ids' | 'put'> = {
    ids: async function* (kind) {
      expect(kind).toBe('manifests');
      yield* manifests.keys();
    },
    put: async (_kind, id, content) => {
      if (!manifests.has(id)) manifests.set(id, content as Manifest);
    },
  };
  const hear = (id: string, heardAt: number) =>
    events.keep({
      id,
      heardAt: isoInstant(heardAt),
      at: isoInstant(heardAt),
      type: 'account-deleted',
      kid: 'k',
      hash: id,
      immediate: false,
      requestId: id,
    });
  const attest = async (now: number): Promise<readonly Manifest[]> => {
    const before = new Set(manifests.keys());
    expect(
      await attestEvents({ events: () => events, archive: async () => archive, period: PERIOD }, 'c', now),
    ).toEqual([]);
    return [...manifests].filter(([id]) => !before.has(id)).map(([, manifest]) => manifest);
  };
  return { hear, attest };
};
const idsIn = (manifests: readonly Manifest[]) => manifests.map(({ events }) => events.map(({ id }) => id));

test('the first manifest lists every event whose copy is kept, the next one those since', async () => {
  const { hear, attest } = world();
  await hear('expired', NOW - PERIOD - 1);
  await hear('a', NOW - PERIOD);
  await hear('b', NOW - DAY);
  const [first] = await attest(NOW);
  expect(first).toEqual({
    from: isoInstant(NOW - PERIOD),
    until: isoInstant(NOW),
    events: [
      { id: 'a', heardAt: isoInstant(NOW - PERIOD) },
      { id: 'b', heardAt: isoInstant(NOW - DAY) },
    ],
  });
  await hear('c', NOW + DAY);
  expect(idsIn(await attest(NOW + 2 * DAY))).toEqual([['c']]);
});

test('an event that was heard just before the last manifest, and stood in the event log after it, is listed', async () => {
  const { hear, attest } = world();
  await hear('a', NOW - 2 * HOUR);
  await attest(NOW);
  await hear('late', NOW - HOUR / 2);
  expect(idsIn(await attest(NOW + HOUR))).toEqual([['late']]);
});

test('nothing is written where nothing was heard', async () => {
  const { hear, attest } = world();
  expect(await attest(NOW)).toEqual([]);
  await hear('a', NOW);
  expect(idsIn(await attest(NOW + 1))).toEqual([['a']]);
  // Heard within an hour before the last manifest: listed once more, and then no longer.
  await attest(NOW + 2 * HOUR);
  expect(await attest(NOW + 4 * HOUR)).toEqual([]);
});

test('more events than one manifest takes are in several, none left out', async () => {
  const { hear, attest } = world();
  const ids = Array.from({ length: 10_001 }, (_, at) => `e${String(at).padStart(5, '0')}`);
  for (const [at, id] of ids.entries()) await hear(id, NOW - DAY + at);
  const written = await attest(NOW);
  expect(written.length).toBe(2);
  expect([...new Set(idsIn(written).flat())].sort()).toEqual(ids);
});

test('what keeps a manifest from being written is said, and keeps nothing else from being done', async () => {
  const archive = () => Promise.reject(new Error('the bucket is away'));
  expect(await attestEvents({ events: inMemoryEventLog, archive, period: PERIOD }, 'c', NOW)).toMatchObject([
    { code: 'manifest-not-written', severity: 'notice', found: 'the bucket is away' },
  ]);
  expect(await attestEvents(undefined, 'c', NOW)).toEqual([]);
});
