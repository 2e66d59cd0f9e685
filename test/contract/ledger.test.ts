import { randomUUID } from 'node:crypto';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { createClient } from '../../lib/adapters/elasticsearch/client/client.ts';
import { ownRecords } from '../../lib/adapters/elasticsearch/records/elasticsearch-records.ts';
import { eventId } from '../../lib/erasure/events/event-id.ts';
import type { EventLog, KeptDecision, KeptEvent } from '../../lib/erasure/events/event-log.ts';
import { newEntry } from '../../lib/erasure/ledger/apply-event.ts';
import type { Ledger, LedgerPosition, ReadEntry } from '../../lib/erasure/ledger/ledger.ts';
import { type Closure, entryId, type LedgerEntry } from '../../lib/erasure/ledger/ledger-entry.ts';
import { isoInstant } from '../../lib/policy/time/instant.ts';
import { inMemoryEventLog, inMemoryLedger } from '../support/in-memory/records/in-memory-ledger.ts';
import { NOW } from '../support/purge/purge-fixture.ts';
import { MET_UNDER } from '../support/receipts/receipt-facts.ts';
import { watchingProxy } from '../support/server/watching-proxy.ts';

const NAMES = { indexPrefix: 'retention-contract-', reports: { index: 'retention-contract-reports' } };

const onElasticsearch = (): { ledger: Ledger; events: EventLog } => {
  const client = createClient({ url: inject('elasticsearchUrl') });
  const requests = { timeout: () => 30_000, firstWait: 20 };
  const { ledger, events } = ownRecords(client, requests, NAMES);
  return { ledger, events: events('all-of-contract') };
};
const WORLDS = [
  ['in memory', () => ({ ledger: inMemoryLedger(), events: inMemoryEventLog() })],
  ['on Elasticsearch', onElasticsearch],
] as const;

const category = (): string => `ledger-${randomUUID().slice(0, 8)}`;

const entryOf = (of: string, hash: string, changes: Partial<LedgerEntry> = {}): LedgerEntry => ({
  ...newEntry(of, 'account-deleted', { uin: '9007199254740993' }, { kid: 'k1', hash }),
  uin: '9007199254740993',
  state: 'pending',
  events: [{ type: 'account-deleted', at: NOW, immediate: false, requestId: 'msg_1', heardAt: NOW }],
  ...changes,
});

const owing = (eraseBy: number, eraseFrom = eraseBy - 1): Pick<LedgerEntry, 'obligation'> => ({
  obligation: { requestId: 'msg_1', heardAt: 0, terminatedAt: 0, eraseFrom, eraseBy, immediate: false },
});

const closure: Closure = {
  state: 'erased',
  obligation: { requestId: 'msg_1', heardAt: 0, terminatedAt: 0, eraseFrom: 1, eraseBy: 2, immediate: false },
  progress: { documentsErased: 1, firstErasedAt: NOW, newUse: 0, indices: 1 },
  closedAt: NOW,
  metUnder: MET_UNDER,
  opening: 'x',
  commitment: 'c'.repeat(64),
};

const create = async (ledger: Ledger, ...entries: readonly LedgerEntry[]): Promise<void> => {
  expect(await ledger.write(entries.map((entry) => ({ entry, read: undefined })))).toEqual(new Set());
};

describe.each(WORLDS)('a ledger %s', (_name, worldOf) => {
  test('returns an entry as it was written, at once and without a refresh', async () => {
    const { ledger } = worldOf();
    const of = category();
    const whole = entryOf(of, 'a', {
      ...owing(NOW + 5),
      progress: {
        documentsErased: 3,
        claimed: 2,
        claimedFor: NOW,
        firstErasedAt: NOW,
        verifiedAt: NOW + 1,
        newUse: 1,
        indices: 4,
      },
      closedAt: NOW,
      doneThrough: NOW,
      reinstatedAt: NOW + 2,
      closures: [closure],
    });
    await create(ledger, whole);
    const read = await ledger.read([whole.id, `${whole.id}-not-there`]);
    expect([...read.values()].map(({ entry }) => entry)).toEqual([whole]);
  });

  test('rejects the second of two changes to an entry as it was read', async () => {
    const { ledger } = worldOf();
    const entry = entryOf(category(), 'a');
    await create(ledger, entry);
    const read = (await ledger.read([entry.id])).get(entry.id);
    expect(await ledger.write([{ entry: { ...entry, state: 'erasing' }, read }])).toEqual(new Set());
    expect(await ledger.write([{ entry: { ...entry, state: 'cancelled' }, read }])).toEqual(new Set([entry.id]));
    expect(await ledger.write([{ entry, read: undefined }])).toEqual(new Set([entry.id]));
    expect((await ledger.read([entry.id])).get(entry.id)?.entry.state).toBe('erasing');
  });

  test('shows at once which entries have changed since they were read or written', async () => {
    const { ledger } = worldOf();
    const of = category();
    const entries = ['a', 'b', 'c', 'd'].map((hash) => entryOf(of, hash));
    await create(ledger, ...entries);
    const read = [...(await ledger.read(entries.map(({ id }) => id))).values()];
    expect(await ledger.changed(read)).toEqual(new Set());
    const [a, b, c, d] = read as [ReadEntry, ReadEntry, ReadEntry, ReadEntry];
    const written: ReadEntry[] = [];
    const edited = entryOf(of, 'b', { state: 'erasing' });
    await ledger.write([{ entry: edited, read: b }], (each) => void written.push(each));
    await ledger.remove([c]);
    expect(await ledger.changed([a, b, c, d])).toEqual(new Set([b.entry.id, c.entry.id]));
    expect(written).toEqual([...(await ledger.read([b.entry.id])).values()]);
    expect(await ledger.changed(written)).toEqual(new Set());
    expect(await ledger.changed([])).toEqual(new Set());
  });

  test('does not report an entry as written if its change was rejected', async () => {
    const { ledger } = worldOf();
    const entry = entryOf(category(), 'a');
    await create(ledger, entry);
    const written: ReadEntry[] = [];
    const changes = [{ entry: { ...entry, state: 'cancelled' as const }, read: undefined }];
    await ledger.write(changes, (each) => void written.push(each));
    expect(written).toEqual([]);
  });

  test('applies each of several changes independently', async () => {
    const { ledger } = worldOf();
    const of = category();
    await create(ledger, entryOf(of, 'a'));
    const changes = [entryOf(of, 'a'), entryOf(of, 'b')].map((entry) => ({ entry, read: undefined }));
    expect(await ledger.write(changes)).toEqual(new Set([entryOf(of, 'a').id]));
    expect((await ledger.read([entryOf(of, 'b').id])).size).toBe(1);
  });

  test('finds the due entries, the most urgent first, with the total number', async () => {
    const { ledger } = worldOf();
    const of = category();
    await create(
      ledger,
      entryOf(of, 'late', owing(30, 10)),
      entryOf(of, 'urgent', owing(20, 10)),
      entryOf(of, 'not-yet', owing(15, 11)),
      entryOf(of, 'done', { ...owing(5, 1), state: 'erased', closures: [closure] }),
      entryOf(of, 'begun', { ...owing(25, 10), state: 'erasing' }),
      entryOf(`${of}-other`, 'other', owing(1)),
    );
    const due = { category: of, states: ['pending', 'erasing'], eraseFromUpTo: 10 } as const;
    const { entries, total } = await ledger.find(due, 2);
    expect(entries.map(({ entry }) => entry.subject.hash)).toEqual(['urgent', 'begun']);
    expect(total).toBe(3);
    const { entries: none, total: past } = await ledger.find({ category: of, eraseByBefore: 25 }, 0);
    expect([none, past]).toEqual([[], 3]);
    const overdue = { category: of, states: ['pending', 'erasing'], eraseByBefore: 20 } as const;
    expect((await ledger.find(overdue, 10)).entries.map(({ entry }) => entry.subject.hash)).toEqual(['not-yet']);
    await create(ledger, entryOf(of, 'said', { ...owing(12, 11), overdueSaidAt: NOW }));
    const notYetInSummary = await ledger.find({ ...overdue, overdueUnpublished: true }, 10);
    expect(notYetInSummary.entries.map(({ entry }) => entry.subject.hash)).toEqual(['not-yet']);
    const receipts = await ledger.find({ category: of, receiptDue: true }, 10);
    expect(receipts.entries.map(({ entry }) => entry.subject.hash)).toEqual(['done']);
    const sealed = { ...closure, opening: { kid: 'k1', sealed: 's' } };
    await create(ledger, entryOf(of, 'sealed', { state: 'erased', closures: [sealed] }));
    const unsealed = await ledger.find({ category: of, unsealed: true }, 10);
    expect(unsealed.entries.map(({ entry }) => entry.subject.hash)).toEqual(['done']);
  });

  test('accepts a change to an entry that a search found', async () => {
    const { ledger } = worldOf();
    const of = category();
    await create(ledger, entryOf(of, 'a', owing(1)));
    const [read] = (await ledger.find({ category: of }, 10)).entries;
    expect(await ledger.write([{ entry: entryOf(of, 'a', { state: 'cancelled' }), read }])).toEqual(new Set());
  });

  test('finds the entries of a subject in the requested category only', async () => {
    const { ledger } = worldOf();
    const [of, hash] = [category(), category()];
    await create(
      ledger,
      entryOf(of, hash, { state: 'cancelled' }),
      entryOf(`${of}-other`, hash, owing(1)),
      entryOf(of, 'another', owing(1)),
    );
    const found = async (states?: readonly LedgerEntry['state'][]) =>
      (await ledger.find({ category: of, hashes: [hash, 'unknown'], ...(states && { states }) }, 10)).entries.map(
        ({ entry }) => entry.category,
      );
    expect([await found(), await found(['pending'])]).toEqual([[of], []]);
    expect((await ledger.find({ category: of, hashes: ['unknown'] }, 10)).total).toBe(0);
  });

  test('lists the categories that have entries, whatever the policy says', async () => {
    const { ledger } = worldOf();
    const of = category();
    await create(ledger, entryOf(`${of}-b`, 'x'), entryOf(of, 'x'), entryOf(of, 'y', { state: 'erased' }));
    const categories = await ledger.categories();
    expect(categories.filter((id) => id.startsWith(of))).toEqual([of, `${of}-b`]);
  });

  test('lists the keys under which a category still owes an erasure', async () => {
    const { ledger } = worldOf();
    const of = category();
    const under = (kid: string, hash: string, changes: Partial<LedgerEntry>): LedgerEntry => {
      const subject = { kid: `${kid}-${of}`, hash };
      return { ...entryOf(of, hash, changes), id: entryId(of, 'account-deleted', subject), subject };
    };
    const edited = under('k1', 'c', {});
    await create(
      ledger,
      under('k1', 'a', {}),
      under('k1', 'b', { state: 'erasing' }),
      under('k2', 'a', { state: 'held' }),
      under('k3', 'a', { state: 'erased' }),
      { ...under('k4', 'a', {}), id: `${of}-other`, category: `${of}-other` },
      // Somebody wrote another version into it than it stands under.
      { ...edited, subject: { kid: `k5-${of}`, hash: 'c' } },
    );
    const keyIds = await ledger.keyIdsOfOpen(of);
    expect(keyIds.toSorted()).toEqual([`k1-${of}`, `k2-${of}`]);
    const found = await ledger.find({ category: of, keyIds: [`k1-${of}`, `k3-${of}`] }, 10);
    expect(found.entries.map(({ entry }) => entry.subject.kid).toSorted()).toEqual([
      `k1-${of}`,
      `k1-${of}`,
      `k3-${of}`,
    ]);
  });

  test('continues a search among entries whose deadline is the same or missing', async () => {
    const { ledger } = worldOf();
    const of = category();
    const entries = ['a', 'b', 'c', 'd', 'e'].map((hash, at) =>
      entryOf(of, hash, at < 3 ? owing(at < 2 ? 7 : 8) : { state: 'cancelled' }),
    );
    await create(ledger, ...entries);
    const found: string[] = [];
    let from: LedgerPosition | undefined;
    for (let looks = 0; looks < 9; looks += 1) {
      const { entries: some, total, next } = await ledger.find({ category: of }, 2, from);
      expect(total).toBe(5);
      found.push(...some.map(({ entry }) => entry.subject.hash));
      if (next === undefined) break;
      from = next;
    }
    expect(found).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(await ledger.find({ category: of }, 9)).not.toHaveProperty('next');
  });

  test('returns when the oldest termination that is still owed was recorded', async () => {
    const { ledger } = worldOf();
    const of = category();
    const heard = (heardAt: number): Partial<LedgerEntry> => {
      const { obligation } = owing(NOW);
      return obligation === undefined ? {} : { obligation: { ...obligation, heardAt } };
    };
    await create(ledger, entryOf(of, 'closed', { ...heard(-1_000), state: 'erased', closures: [closure] }));
    await create(ledger, entryOf(of, 'open', { ...heard(-900), state: 'erasing' }));
    await create(ledger, entryOf(`${of}-other`, 'older', { ...heard(-2_000), state: 'pending' }));
    expect(await ledger.oldestOwed(of)).toBe(-900);
  });

  test('removes an entry only if it has not changed since it was read', async () => {
    const { ledger } = worldOf();
    const of = category();
    await create(ledger, entryOf(of, 'a'), entryOf(of, 'b'));
    const read = await ledger.read([entryOf(of, 'a').id, entryOf(of, 'b').id]);
    const changed = read.get(entryOf(of, 'b').id);
    await ledger.write([{ entry: entryOf(of, 'b', { state: 'erasing' }), read: changed }]);
    expect(await ledger.remove([...read.values()])).toEqual(new Set([entryOf(of, 'b').id]));
    expect([...(await ledger.read([...read.keys()])).keys()]).toEqual([entryOf(of, 'b').id]);
  });

  test('removes entries that were closed and last changed before an instant', async () => {
    const { ledger } = worldOf();
    const of = category();
    const heard = (heardAt: number, at = heardAt) =>
      ({ events: [{ ...entryOf(of, '').events[0], heardAt, at }] }) as Partial<LedgerEntry>;
    await create(
      ledger,
      entryOf(of, 'old', { ...heard(NOW - 9), state: 'erased', closedAt: NOW - 1 }),
      entryOf(of, 'heard-of', { ...heard(NOW), state: 'erased', closedAt: NOW - 1 }),
      entryOf(of, 'taken-back-ahead', { ...heard(NOW - 9, NOW), state: 'cancelled', closedAt: NOW - 9 }),
      entryOf(of, 'without-receipt', { ...heard(NOW - 9), state: 'erased', closedAt: NOW - 1, closures: [closure] }),
      entryOf(of, 'young', { ...heard(NOW - 9), state: 'erased', closedAt: NOW }),
      entryOf(of, 'open', heard(NOW - 9)),
      entryOf(`${of}-other`, 'other', { ...heard(NOW - 9), closedAt: NOW - 1 }),
    );
    await ledger.find({ category: of }, 1);
    expect(await ledger.removeOld(of, NOW, 'count')).toBe(1);
    expect((await ledger.find({ category: of }, 10)).total).toBe(6);
    expect(await ledger.removeOld(of, NOW, 'remove')).toBe(1);
    const { entries } = await ledger.find({ category: of }, 10);
    expect(entries.map(({ entry }) => entry.subject.hash).sort()).toEqual([
      'heard-of',
      'open',
      'taken-back-ahead',
      'without-receipt',
      'young',
    ]);
    expect((await ledger.find({ category: `${of}-other` }, 10)).total).toBe(1);
  });
});

/** Later than what any other test keeps. */
const FAR = NOW + 366 * 86_400_000;

describe.each(WORLDS)('an event log %s', (_name, worldOf) => {
  test('stores each event only once, and keeps its first version', async () => {
    const { events } = worldOf();
    const event: KeptEvent = {
      id: randomUUID(),
      type: 'account-deleted',
      kid: 'k1',
      hash: 'h',
      at: isoInstant(NOW),
      immediate: false,
      requestId: 'msg_1',
      heardAt: isoInstant(NOW),
    };
    const other = { ...event, id: randomUUID() };
    expect(await events.keep([event])).toEqual(new Set([event.id]));
    expect(await events.keep([{ ...event, requestId: 'msg_2' }, other])).toEqual(new Set([other.id]));
    await events.removeOld(NOW, 'remove');
    expect(await events.keep([event, other])).toEqual(new Set());
  });

  test('returns events since an instant, newest first, and ids that are missing', async () => {
    const { events } = worldOf();
    const [a, b, c] = [1, 2, 3].map((heard): KeptEvent => {
      const dated = { at: isoInstant(FAR + heard), heardAt: isoInstant(FAR + heard) };
      const common = {
        type: 'account-deleted',
        kid: 'k2',
        hash: `${heard}`,
        immediate: false,
        requestId: 'm',
      } as const;
      return { ...common, ...dated, id: randomUUID(), alsoUnder: [`k1/${heard}`] };
    }) as [KeptEvent, KeptEvent, KeptEvent];
    await events.keep([b, a, c]);
    const { requestId: _, ...remembered } = c;
    const found = await events.since(FAR + 2, 100);
    expect(found.map(({ id }) => id)).toEqual([c.id, b.id]);
    expect(found[0]).toEqual(remembered);
    expect(await events.since(FAR + 2, 1)).toHaveLength(1);
    expect(await events.missing([a.id, 'none'])).toEqual(new Set(['none']));
  });

  test('lists events recorded between two instants, oldest first, without edited ones', async () => {
    const { events } = worldOf();
    const start = 3 * FAR;
    const [a, b, c, d] = [1, 2, 3, 4].map((heard) => {
      const at = start + heard;
      const kept = keptAs(randomUUID(), { at, heardAt: at });
      return { ...kept, id: eventId(kept, { ...kept, at }) };
    }) as [KeptEvent, KeptEvent, KeptEvent, KeptEvent];
    const edited = keptAs(randomUUID(), { at: start + 2, heardAt: start + 2 });
    await events.keep([edited, c, a, d, b]);
    const listed = (...all: readonly KeptEvent[]) => all.map(({ id, heardAt }) => ({ id, heardAt }));
    expect(await events.heardBetween(start + 2, undefined, 100)).toEqual(listed(b, c, d));
    expect(await events.heardBetween(start + 2, start + 3, 100)).toEqual(listed(b, c));
    expect(await events.heardBetween(start + 1, undefined, 1)).toEqual(listed(a));
    expect(await events.heardBetween(start + 2, undefined, 2)).toEqual(listed(b, c));
  });

  const keptAs = (hash: string, dates: { at: number; heardAt: number } = { at: NOW, heardAt: NOW }): KeptEvent => ({
    id: randomUUID(),
    type: 'account-deleted',
    kid: 'k1',
    hash,
    immediate: false,
    requestId: 'msg_1',
    at: isoInstant(dates.at),
    heardAt: isoInstant(dates.heardAt),
  });

  test('finds whole events by hash, and can overwrite and remove them', async () => {
    const { events } = worldOf();
    const [one, other] = [randomUUID(), randomUUID()];
    const [a, b, c] = [keptAs(one), keptAs(one), keptAs(other)];
    await events.keep([a, b, c]);
    expect((await events.about([one])).map(({ id }) => id).sort()).toEqual([a.id, b.id].sort());
    expect(await events.about([other])).toEqual([c]);
    expect(await events.about([])).toEqual([]);
    await events.restore([{ ...a, hash: other }]);
    await events.remove([c.id]);
    expect(await events.about([other])).toEqual([{ ...a, hash: other }]);
    expect(await events.about([one])).toEqual([b]);
    await events.restore([]);
    await events.remove([randomUUID()]);
  });

  test('returns the whole events of exactly one request id', async () => {
    const { events } = worldOf();
    const requestId = `msg.${randomUUID()}:a@b`;
    const [one, two, other] = [keptAs('h1'), keptAs('h2'), keptAs('h3')];
    const kept = [one, two].map((event) => ({ ...event, requestId, alsoUnder: ['k0/h'] }));
    await events.keep([...kept, other]);
    await events.decide([decisionOn('h1', NOW)]);
    const byId = (a: KeptEvent, b: KeptEvent): number => (a.id < b.id ? -1 : 1);
    expect((await events.ofRequest(requestId)).toSorted(byId)).toEqual(kept.toSorted(byId));
    expect(await events.ofRequest(requestId.toUpperCase())).toEqual([]);
    expect(await events.ofRequest(requestId.slice(0, -1))).toEqual([]);
    expect(await events.ofRequest('*')).toEqual([]);
  });

  const decisionOn = (hash: string, at: number, more: Partial<KeptDecision> = {}): KeptDecision => ({
    id: randomUUID(),
    type: 'erasure-braked',
    kid: 'k1',
    hash,
    trigger: 'account-deleted',
    at: isoInstant(at),
    heardAt: isoInstant(at),
    reason: 'rate',
    ...more,
  });

  test('stores a decision only once, and separately from the events of its subject', async () => {
    const { events } = worldOf();
    const hash = randomUUID();
    const heard = keptAs(hash, { at: FAR, heardAt: FAR });
    await events.keep([heard]);
    const brake = decisionOn(hash, FAR);
    const confirmation = decisionOn(hash, FAR, { type: 'erasure-confirmed', proof: 'p' });
    await events.decide([brake]);
    await events.decide([{ ...brake, reason: 'share' }, confirmation]);
    await events.decide([]);
    const decided = await events.decisions([hash]);
    expect(new Map(decided.map((each) => [each.id, each]))).toEqual(
      new Map([brake, confirmation].map((each) => [each.id, each])),
    );
    expect(await events.decisions([])).toEqual([]);
    expect(await events.about([hash])).toEqual([heard]);
    const ids = [brake.id, confirmation.id];
    expect((await events.since(FAR, 1_000)).filter(({ id }) => ids.includes(id))).toEqual([]);
    expect((await events.heardBetween(FAR, undefined, 1_000)).filter(({ id }) => ids.includes(id))).toEqual([]);
  });

  test('returns the latest note about removed events, and does not list it as an event', async () => {
    const { events } = worldOf();
    const hash = randomUUID();
    const heard = keptAs(hash, { at: FAR, heardAt: FAR });
    await events.keep([heard]);
    const before = (await events.removedBefore(5 * FAR)) ?? FAR - 10;
    await events.noteRemoved(before + 2, FAR);
    await events.noteRemoved(before + 1, FAR);
    await events.noteRemoved(before + 2, FAR + 1);
    expect(await events.removedBefore(5 * FAR)).toBe(before + 2);
    expect(await events.removedBefore(before + 1)).toBe(before + 1);
    const isNote = ({ id }: { readonly id: string }): boolean => id.includes('forgotten');
    expect((await events.since(0, 1_000)).filter(isNote)).toEqual([]);
    expect((await events.heardBetween(0, undefined, 1_000)).filter(isNote)).toEqual([]);
    expect(await events.about([hash])).toEqual([heard]);
  });

  test('removes decisions that are older than an instant', async () => {
    const { events } = worldOf();
    const hash = randomUUID();
    await events.decide([decisionOn(hash, 9), decisionOn(hash, 100)]);
    await events.decisions([hash]);
    await events.removeOld(10, 'remove');
    expect((await events.decisions([hash])).map(({ at }) => at)).toEqual([isoInstant(100)]);
  });

  test('counts terminations that arrived from one source between two instants', async () => {
    const { events } = worldOf();
    const arriving = (at: number, more: Partial<KeptEvent> = {}): KeptEvent => ({
      ...keptAs(randomUUID()),
      source: 'webhook',
      arrivedAt: isoInstant(2 * FAR + at),
      ...more,
    });
    const bus = { source: 'bus' } as const;
    await events.keep([arriving(1), arriving(2), arriving(3), arriving(2, bus)]);
    await events.keep([arriving(2, { type: 'account-reinstated' })]);
    await events.keep([keptAs(randomUUID(), { at: 2 * FAR + 2, heardAt: 2 * FAR + 2 })]);
    const span = (from: number, to: number) => ({ from: 2 * FAR + from, to: 2 * FAR + to });
    expect(await events.arrived('webhook', [span(2, 3), span(0, 9), span(4, 9), span(2, 3)])).toEqual([2, 3, 0, 2]);
    expect(await events.arrived('bus', [span(0, 9)])).toEqual([1]);
  });

  test('does not remove an old event that takes effect later', async () => {
    const { events } = worldOf();
    const hash = randomUUID();
    const [past, ahead] = [keptAs(hash, { at: 9, heardAt: 9 }), keptAs(hash, { at: 100, heardAt: 9 })];
    await events.keep([past, ahead]);
    await events.about([hash]);
    await events.removeOld(10, 'remove');
    expect(await events.about([hash])).toEqual([ahead]);
  });
});

test('the ledger writes, finds and reads more entries than fit into one request', async () => {
  const { ledger } = onElasticsearch();
  const of = category();
  const entries = Array.from({ length: 12_000 }, (_, at) => entryOf(of, `${at}`, owing(at + 1)));
  await create(ledger, ...entries);
  const found = await ledger.find({ category: of }, 11_000);
  expect(found.total).toBe(12_000);
  expect(found.entries.map(({ entry }) => entry.obligation?.eraseBy)).toEqual(
    Array.from({ length: 11_000 }, (_, at) => at + 1),
  );
  expect((await ledger.read(entries.map(({ id }) => id))).size).toBe(12_000);
});

test('reading neither creates the ledger on the server nor changes its mapping', async () => {
  const requests: string[] = [];
  const proxy = await watchingProxy(inject('elasticsearchUrl'), (line) => void requests.push(line));
  onTestFinished(proxy.close);
  const client = createClient({ url: proxy.url });
  const { ledger } = ownRecords(client, { timeout: () => 30_000, firstWait: 20 }, NAMES);
  expect(await ledger.find({ category: category() }, 10)).toEqual({ entries: [], total: 0 });
  expect(await ledger.read([`${category()}/account-deleted/k/nobody`])).toEqual(new Map());
  await client.close();
  expect(requests.length).toBeGreaterThan(0);
  expect(requests.filter((line) => line.startsWith('PUT'))).toEqual([]);
});
