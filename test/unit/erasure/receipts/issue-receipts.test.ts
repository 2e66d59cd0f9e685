import { expect, test } from 'vitest';
import type { Change, Ledger } from '../../../../lib/erasure/ledger/ledger.ts';
import type { Closure, LedgerEntry } from '../../../../lib/erasure/ledger/ledger-entry.ts';
import { sealOpening } from '../../../../lib/erasure/ledger/sealed-opening.ts';
import { issueReceipts } from '../../../../lib/erasure/receipts/issue-receipts.ts';
import { subjectCommitment } from '../../../../lib/erasure/subjects/subject-commitment.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { TEST_RING } from '../../../support/erasure/key-ring-text.ts';
import { closed, cluster, NOW, policy, rooms, settings, world } from '../../../support/receipts/receipts-due.ts';

test('each category issues its receipt for a request without waiting for the others', async () => {
  const { ports, add, kept, signed } = world();
  await add(closed(settings, 'a', NOW + DAY));
  expect(await issueReceipts({ policy, category: settings, cluster }, ports)).toEqual({ issued: 1, left: 0 });
  await add(closed(rooms, 'a', NOW + DAY));
  expect(await issueReceipts({ policy, category: rooms, cluster }, ports)).toEqual({ issued: 1, left: 0 });
  expect(signed.map(({ categories }) => categories.map(({ category }) => category))).toEqual([
    [settings.id],
    [rooms.id],
  ]);
  // Each is kept where its own category is.
  expect(kept.size).toBe(1);
});

test('malformed entries and unsignable closures block no receipt', async () => {
  const { ports, add } = world();
  const closures = [{ ...closed(settings, 'x', NOW).closures[0], commitment: 'none' }] as LedgerEntry['closures'];
  const odd = Array.from({ length: 1_200 }, (_, at): LedgerEntry => {
    const entry = { ...closed(settings, `odd-${at}`, NOW - DAY), closures };
    return at % 2 === 0 ? entry : { ...entry, state: 'malformed' };
  });
  await add(...odd, closed(settings, 'a', NOW + DAY));
  const issued = await issueReceipts({ policy, category: settings, cluster }, ports);
  // Malformed ones are left to a replay; of the others nobody can prove what they say.
  expect(issued).toEqual({ issued: 1, left: 600, unproven: 600 });
});

test('a forged closure gets no receipt, and is counted apart from the others', async () => {
  const { ports, add, signed } = world();
  const entry = closed(settings, 'a', NOW + DAY);
  const [own] = entry.closures as [Closure];
  const victim = subjectCommitment({ uin: '1000002' }, 'T'.repeat(43));
  const forged: Closure = { ...own, commitment: victim, progress: { ...own.progress, documentsErased: 4711 } };
  const elsewhen = { ...forged, obligation: { ...own.obligation, terminatedAt: 1, requestId: 'forged' } };
  await add({ ...entry, closures: [forged, elsewhen, own] });
  const context = { policy, category: settings, cluster };
  expect(await issueReceipts(context, ports)).toEqual({ issued: 1, left: 0, unproven: 1 });
  expect(await issueReceipts(context, ports)).toEqual({ issued: 0, left: 0, unproven: 1 });
  expect(signed.map(({ subject, request }) => [subject.commitment, request.id])).toEqual([[own.commitment, 'msg_a']]);
  const [stored] = [...ports.ledger.entries.values()];
  expect(stored?.entry.closures.map(({ receipt }) => receipt !== undefined)).toEqual([false, false, true]);
});

test('a closure with additions to its sealed promise gets no receipt', async () => {
  const { ports, add, signed } = world();
  const entry = closed(settings, 'a', NOW + DAY);
  const [own] = entry.closures as [Closure];
  const { promise } = own.metUnder;
  for (const beside of [{ category: 'another' }, { note: 'FORGED' }])
    await add({
      ...closed(settings, JSON.stringify(beside), NOW),
      closures: [{ ...own, metUnder: { ...own.metUnder, promise: { ...promise, ...beside } } }],
    });
  const context = { policy, category: settings, cluster };
  expect(await issueReceipts(context, ports)).toMatchObject({ issued: 0, unproven: 2 });
  expect(signed).toEqual([]);
  await add(entry);
  expect(await issueReceipts(context, ports)).toMatchObject({ issued: 1, unproven: 2 });
  expect(signed.map(({ request }) => request.id)).toEqual(['msg_a']);
});

test('a receipt names the patterns that were searched, not those of a later policy', async () => {
  const { ports, add, signed } = world();
  await add(closed(settings, 'a', NOW + DAY), closed(rooms, 'a', NOW + DAY));
  await issueReceipts({ policy, category: settings, cluster }, ports);
  expect(signed.map(({ categories }) => categories.map(({ patterns }) => patterns))).toEqual([
    [[`searched-for-${settings.id}-*`]],
  ]);
});

test('a run without enough time issues some receipts, and later runs issue the others', async () => {
  const { ports, add, kept } = world();
  const uins = Array.from({ length: 50 }, (_, at) => `${at}`);
  await add(...uins.flatMap((uin) => [closed(settings, uin, NOW + DAY), closed(rooms, uin, NOW + DAY)]));
  const context = { policy, category: settings, cluster };
  const told: string[] = [];
  const onIssued = (requestId: string) => void told.push(requestId);
  let copies = 0;
  const archive = { put: async () => void copies++ };
  // Each receipt has two copies.
  const first = await issueReceipts(context, { ...ports, archive }, { hasTime: () => copies < 21, onIssued });
  expect(first.issued).toBeGreaterThan(0);
  expect(first.issued).toBeLessThanOrEqual(21);
  const left = 50 - first.issued;
  expect(first.left).toBe(left);
  expect(await issueReceipts(context, ports, { hasTime: () => false, onIssued })).toEqual({ issued: 0, left });
  expect(await issueReceipts(context, ports, { hasTime: () => true, onIssued })).toEqual({ issued: left, left: 0 });
  expect(told.sort()).toEqual(uins.map((uin) => `msg_${uin}`).sort());
  expect(kept.size).toBe(50);
});

test('after a failed copy, issued receipts are recorded, and few others are started', async () => {
  const { ports, add, kept } = world();
  const uins = Array.from({ length: 100 }, (_, at) => `${at}`);
  await add(...uins.map((uin) => closed(settings, uin, NOW + DAY)));
  const context = { policy, category: settings, cluster };
  let copies = 0;
  const archive = {
    put: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      if (++copies === 50) throw new Error('the archive is full');
    },
  };
  await expect(issueReceipts(context, { ...ports, archive })).rejects.toThrow('the archive is full');
  // 20 were at work when the copy failed.
  expect(copies).toBeLessThanOrEqual(50 + 2 * 20);
  const { total: left } = await ports.ledger.find({ category: settings.id, receiptDue: true }, 0);
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThanOrEqual(100 - (50 - 20) / 2);
  expect(await issueReceipts(context, ports)).toEqual({ issued: left, left: 0 });
  expect(kept.size).toBe(100);
});

test('an entry that other writers keep changing gets its receipt from a later run', async () => {
  const { ports, add } = world();
  await add(closed(settings, 'a', NOW + DAY), closed(settings, 'b', NOW + DAY));
  const isBusy = ({ entry }: Change) => entry.subject.hash === 'hash-b';
  const write: Ledger['write'] = async (changes) => {
    await ports.ledger.write(changes.filter((change) => !isBusy(change)));
    return new Set(changes.filter(isBusy).map(({ entry }) => entry.id));
  };
  const context = { policy, category: settings, cluster };
  const issued = await issueReceipts(context, { ...ports, ledger: { ...ports.ledger, write } });
  expect(issued).toEqual({ issued: 1, left: 1 });
  expect(await issueReceipts(context, ports)).toEqual({ issued: 1, left: 0 });
});

test('the receipt of a second erasure names the receipt of the first', async () => {
  const { ports, add, signed, kept } = world();
  const entry = closed(settings, 'a', NOW + DAY);
  const [first] = entry.closures as [Closure];
  const facts = { ...first, again: NOW + 1, closedAt: NOW + 2 };
  const second = { ...facts, opening: sealOpening('B'.repeat(43), { entry, facts }, TEST_RING) };
  const hashes = ['hash-1', 'hash-2'];
  const sign: typeof ports.sign = async (receipt) => ({ ...(await ports.sign(receipt)), hash: hashes.shift() ?? '' });
  await add({ ...entry, closures: [{ ...first, reopenedAt: NOW + 1 }, second] });
  const context = { policy, category: settings, cluster };
  expect(await issueReceipts(context, { ...ports, sign })).toEqual({ issued: 2, left: 0 });
  expect(signed.map(({ previous }) => previous)).toEqual([null, 'hash-1']);
  expect(kept.size).toBe(2);
});
