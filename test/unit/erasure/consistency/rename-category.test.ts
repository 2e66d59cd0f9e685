import { beforeEach, describe, expect, test } from 'vitest';
import { moveEntries } from '../../../../lib/erasure/consistency/rename-category.ts';
import type { AccountEvent } from '../../../../lib/erasure/events/account-event.ts';
import { newEntry } from '../../../../lib/erasure/ledger/apply-event.ts';
import { believedSubject } from '../../../../lib/erasure/ledger/believed-subject.ts';
import { isOpen, type LedgerEntry } from '../../../../lib/erasure/ledger/ledger-entry.ts';
import { withProof } from '../../../../lib/erasure/ledger/obligation-proof.ts';
import type { ReceiptStore } from '../../../../lib/erasure/receipts/receipt-store.ts';
import { recordAccountEvent } from '../../../../lib/erasure/recording/record-account-event.ts';
import { type SubjectHash, subjectHashes, subjectName } from '../../../../lib/erasure/subjects/subject-hash.ts';
import { parseRetentionPolicy } from '../../../../lib/policy/parsing/parse-retention-policy.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { TEST_RING } from '../../../support/erasure/key-ring-text.ts';
import { inMemoryEventLogs, inMemoryLedger, NO_LIMITS } from '../../../support/in-memory/records/in-memory-ledger.ts';
import { inMemoryReceipts } from '../../../support/in-memory/records/in-memory-receipts.ts';
import { policyWith } from '../../../support/policy/policy-text.ts';
import { MET_UNDER } from '../../../support/receipts/receipt-facts.ts';

const NOW = Date.parse('2026-11-24T14:00:00Z');
const RULE =
  'rules: { termination: { triggers: [feature-terminated, account-deleted], deadline: P7D, cancelWindow: P3D } }';
const policyOf = (name: string) =>
  parseRetentionPolicy(policyWith('rules: {}', RULE).replace('settings:', `${name}:`), 'policy.yml');
const [OLD, NEW] = [policyOf('settings'), policyOf('console')];

let ledger: ReturnType<typeof inMemoryLedger>;
let events: ReturnType<typeof inMemoryEventLogs>;
let receipts: (category: string) => ReceiptStore;
beforeEach(() => {
  [ledger, events, receipts] = [inMemoryLedger(), inMemoryEventLogs(), inMemoryReceipts()];
});

const tell = (policy: typeof OLD, type: AccountEvent['type'], at: number) =>
  recordAccountEvent(
    { requestId: `msg_${at}`, type, subject: { uin: '42' }, at, immediate: false },
    [...policy.categories.values()],
    {
      ledger,
      events,
      archiveEvent: async () => undefined,
      hashes: (subject) => subjectHashes(subject, TEST_RING),
      withProof: (entry) => withProof(entry, TEST_RING),
      ...NO_LIMITS,
      clock: () => NOW,
    },
  );
const subjectKeys = async () => TEST_RING;
const move = () =>
  moveEntries(NEW, { from: 'settings', to: 'console' }, { ledger, events, receipts, subjectKeys }, NOW);
/** Under which the account stands. */
const [HASH] = subjectHashes({ uin: '42' }, TEST_RING) as [SubjectHash];
const ID = `account-deleted/${subjectName(HASH)}`;
const entries = (): readonly LedgerEntry[] => [...ledger.entries.values()].map(({ entry }) => entry);
const closureOf = (terminatedAt: number) => ({
  state: 'erased' as const,
  obligation: { requestId: 'msg', heardAt: 0, terminatedAt, eraseFrom: 1, eraseBy: 2, immediate: false },
  progress: { documentsErased: 1, newUse: 0, indices: 1 },
  closedAt: terminatedAt + DAY,
  metUnder: MET_UNDER,
  opening: 'x',
  commitment: 'y',
});

describe('moving the entries of a renamed category', () => {
  test('keeps owed erasures under the new name only', async () => {
    await tell(OLD, 'account-deleted', NOW - 8 * DAY);
    const [before] = entries();
    expect(await move()).toEqual({ moved: 1, left: 0 });
    expect(entries()).toEqual([{ ...before, category: 'console', id: `console/${ID}` }]);
  });

  test('joins the events of both names: the earlier deadline stays', async () => {
    await tell(OLD, 'account-deleted', NOW - 8 * DAY);
    await tell(NEW, 'account-deleted', NOW - DAY);
    await move();
    const [joined, ...more] = entries();
    expect(more).toEqual([]);
    expect(joined).toMatchObject({ category: 'console', state: 'pending', uin: '42' });
    expect(joined?.obligation?.eraseBy).toBe(NOW - DAY);
    expect(joined?.events).toHaveLength(2);
  });

  test('leaves no account in the entry if neither of the two is believed', async () => {
    await tell(OLD, 'account-deleted', NOW - 8 * DAY);
    await tell(NEW, 'account-deleted', NOW - DAY);
    for (const read of ledger.entries.values())
      await ledger.write([{ entry: { ...read.entry, uin: '43', sdkAppId: '1' }, read }]);
    await move();
    expect(entries()).toMatchObject([{ category: 'console', state: 'pending' }]);
    expect(JSON.stringify(entries())).not.toMatch(/"uin"|"sdkAppId"|"proof"/);
  });

  test('takes the account of the entry that is believed, with a new proof', async () => {
    await tell(OLD, 'account-deleted', NOW - 8 * DAY);
    await tell(NEW, 'account-deleted', NOW - DAY);
    const read = ledger.entries.get(`console/${ID}`);
    if (read !== undefined) await ledger.write([{ entry: { ...read.entry, uin: '43' }, read }]);
    await move();
    const [joined] = entries();
    expect(joined && believedSubject(joined, TEST_RING)).toEqual({ uin: '42' });
  });

  test.each([
    ['under the old name', 'settings'],
    ['under both names', 'console'],
  ])('keeps the brake on an erasure that is braked %s', async (_, category) => {
    await tell(OLD, 'account-deleted', NOW - 8 * DAY);
    if (category === 'console') await tell(NEW, 'account-deleted', NOW - DAY);
    for (const read of ledger.entries.values())
      if (read.entry.category === category) await ledger.write([{ entry: { ...read.entry, state: 'braked' }, read }]);
    const brake = { type: 'erasure-braked', ...HASH, trigger: 'account-deleted' } as const;
    const dated = { at: '2026-11-24T09:00:00Z', heardAt: '2026-11-24T09:00:00Z' };
    const confirmation = { ...brake, ...dated, id: 'c', type: 'erasure-confirmed', proof: 'p' } as const;
    await events('settings').decide([{ ...brake, ...dated, id: 'b' }, confirmation]);
    await move();
    expect(entries()).toMatchObject([{ category: 'console', state: 'braked' }]);
    // A confirmation is of the entry that it names.
    expect([...events('console').decided.keys()]).toEqual(['b']);
  });

  test('owes no erasure that was cancelled under the new name', async () => {
    await tell(OLD, 'account-deleted', NOW - 8 * DAY);
    await tell(NEW, 'account-reinstated', NOW - DAY);
    await move();
    expect(entries().filter(isOpen)).toEqual([]);
  });

  test('keeps an erasure closed that was done under the old name', async () => {
    const at = NOW - 8 * DAY;
    await tell(NEW, 'account-deleted', at);
    const done: LedgerEntry = {
      ...newEntry('settings', 'account-deleted', { uin: '42' }, HASH),
      events: [{ type: 'account-deleted', at, immediate: false, requestId: 'msg', heardAt: at }],
      state: 'erased',
      closedAt: at + DAY,
      doneThrough: at + DAY,
      closures: [closureOf(at)],
    };
    await ledger.write([{ entry: done, read: undefined }]);
    await move();
    const [joined] = entries();
    expect(joined).toMatchObject({ state: 'erased', closures: [{ commitment: 'y' }] });
    expect(joined?.closures[0]?.metUnder.promise.category).toBe('console');
    expect(joined).not.toHaveProperty('uin');
  });

  test('copies the events and receipts of the entries', async () => {
    const at = NOW - 8 * DAY;
    await tell(OLD, 'account-deleted', at);
    const [id = ''] = ledger.entries.keys();
    const read = ledger.entries.get(id);
    if (read === undefined) throw new Error('no entry');
    const entry: LedgerEntry = { ...read.entry, closures: [{ ...closureOf(at), receipt: 'r' }] };
    await ledger.write([{ entry, read }]);
    const receipt = { id: 'r', requestId: 'msg', issuedAt: '', jws: 'j', hash: 'h' };
    await receipts('settings').keep([receipt]);
    await move();
    expect([...events('console').kept.keys()]).toEqual([...events('settings').kept.keys()]);
    expect(await receipts('console').read(['r'])).toEqual([receipt]);
  });

  test('never removes an entry that others changed meanwhile', async () => {
    await tell(OLD, 'account-deleted', NOW - 8 * DAY);
    const { write } = ledger;
    const changing = {
      ...ledger,
      write: async (changes: Parameters<typeof write>[0]) => {
        const conflicts = await write(changes);
        const old = ledger.entries.get(`settings/${ID}`);
        if (old !== undefined) await write([{ entry: { ...old.entry, state: 'erasing' }, read: old }]);
        return conflicts;
      },
    };
    expect(
      await moveEntries(
        NEW,
        { from: 'settings', to: 'console' },
        { ledger: changing, events, receipts, subjectKeys },
        NOW,
      ),
    ).toEqual({ moved: 0, left: 1 });
    expect(entries().map(({ id }) => id)).toContain(`settings/${ID}`);
    expect(await move()).toEqual({ moved: 1, left: 0 });
    expect(entries()).toHaveLength(1);
  });

  test.each([
    ['from a name that is in force', { from: 'console', to: 'console' }],
    ['to a name that nobody knows', { from: 'settings', to: 'consolation' }],
  ])('is refused %s', async (_, renaming) => {
    await tell(OLD, 'account-deleted', NOW - 8 * DAY);
    await expect(moveEntries(NEW, renaming, { ledger, events, receipts, subjectKeys }, NOW)).rejects.toMatchObject({
      code: 'bad-renaming',
    });
    expect(entries()).toHaveLength(1);
  });
});
