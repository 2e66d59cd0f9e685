import { describe, expect, test } from 'vitest';
import { NO_DOCUMENTS } from '../../../../lib/criteria/counts.ts';
import { LedgerWitness } from '../../../../lib/erasure/consistency/ledger-witness.ts';
import { isOpen, type LedgerEntry, OPEN_STATES } from '../../../../lib/erasure/ledger/ledger-entry.ts';
import { withoutProof, withProof } from '../../../../lib/erasure/ledger/obligation-proof.ts';
import { recordOutcome } from '../../../../lib/erasure/ledger/record-outcome.ts';
import { sealOpening } from '../../../../lib/erasure/ledger/sealed-opening.ts';
import { recordAccountEvent } from '../../../../lib/erasure/recording/record-account-event.ts';
import type { RecordPorts } from '../../../../lib/erasure/recording/record-ports.ts';
import { readEntry } from '../../../../lib/erasure/stored/read-entry.ts';
import { subjectHashes } from '../../../../lib/erasure/subjects/subject-hash.ts';
import { parseRetentionPolicy } from '../../../../lib/policy/parsing/parse-retention-policy.ts';
import type { Category } from '../../../../lib/policy/retention-policy.ts';
import type { TerminationRule } from '../../../../lib/policy/rules/rules.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { newRing, ringOf } from '../../../support/erasure/key-ring-text.ts';
import {
  inMemoryEventLogs,
  inMemoryLedger,
  NO_COPIES,
  NO_LIMITS,
} from '../../../support/in-memory/records/in-memory-ledger.ts';
import { policyWith } from '../../../support/policy/policy-text.ts';
import fc from '../../../support/run/fast-check.ts';

const NOW = Date.parse('2026-11-24T14:00:00Z');
const RULE = 'rules: { termination: { triggers: [account-deleted], deadline: P7D, cancelWindow: P3D } }';
const POLICY = parseRetentionPolicy(policyWith('rules: {}', RULE), 'policy.yml');
const CATEGORY = POLICY.categories.get('settings') as Category;
const rule = CATEGORY.rules.termination as TerminationRule;
const RING = ringOf(newRing());
/** Whose closed entry is guessed at; one that is closed too, one that is owed, and one of which nothing was heard. */
const [GUESSED, ALSO_CLOSED, OWED, UNHEARD] = ['100000001', '100000002', '100000003', '100000004'] as const;

const closedOf = (entry: LedgerEntry): LedgerEntry => {
  const found = {
    ...NO_DOCUMENTS,
    indices: 1,
    isWhole: true,
    coversClaim: true,
    verifiedAt: NOW - DAY / 2,
    nextRunBy: Number.POSITIVE_INFINITY,
  };
  const promise = {
    category: 'settings',
    title: 'T',
    quote: 'Q',
    source: 'S',
    sourceDate: '2023-09-08',
    deadline: 'P7D',
  };
  return recordOutcome({ ...entry, state: 'erasing' }, found, {
    rule,
    metUnder: { policyVersion: 'v', promise, patterns: ['settings-*'] },
    opening: 'A'.repeat(43),
    seal: (opening, place) => sealOpening(opening, place, RING),
  });
};

/** A ledger of two closed entries and an open one, and what a run says of it that begins a moment later. */
const closedLedger = async () => {
  const [ledger, events] = [inMemoryLedger(), inMemoryEventLogs()];
  const ports: RecordPorts = {
    ledger,
    events,
    archiveEvent: async () => undefined,
    hashes: (subject) => subjectHashes(subject, RING),
    withProof: (entry, before) => withProof(entry, RING, before),
    ...NO_LIMITS,
    clock: () => NOW - 1_000,
  };
  for (const uin of [GUESSED, ALSO_CLOSED, OWED]) {
    const event = { requestId: `msg_${uin}`, type: 'account-deleted', subject: { uin }, immediate: false } as const;
    await recordAccountEvent({ ...event, at: NOW - 4 * DAY }, [CATEGORY], ports);
  }
  const open = [...ledger.entries.values()];
  const proofs = open.flatMap(({ entry }) => entry.obligation?.proof ?? []);
  const closing = open.filter(({ entry }) => entry.uin !== OWED);
  await ledger.write(closing.map((read) => ({ entry: closedOf(read.entry), read })));
  const [first] = closing;
  const id = first?.entry.id ?? '';
  const overwrite = (document: object) =>
    ledger.write([{ entry: readEntry(document, id), read: ledger.entries.get(id) }]);
  const look = async () => {
    const waits: number[] = [];
    const witness = new LedgerWitness(POLICY, {
      ledger,
      events,
      archivedEvents: NO_COPIES,
      subjectKeys: async () => RING,
      wait: async (milliseconds) => void waits.push(milliseconds),
    });
    const reads = [...ledger.entries.values()].filter(({ entry }) => isOpen(entry));
    const { believed } = await witness.judge('settings', rule, reads, NOW);
    const findings = await witness.findings([CATEGORY], NOW);
    return { believed: believed.map(({ entry }) => entry.uin), findings, waits };
  };
  return { id, look, overwrite, proofs, entries: () => [...ledger.entries.values()].map(({ entry }) => entry) };
};

describe('a closed entry', () => {
  test('has no proof, and gets none', async () => {
    const { entries, proofs, look } = await closedLedger();
    const closed = entries().filter((entry) => !isOpen(entry));
    expect(closed).toHaveLength(2);
    expect(proofs).toHaveLength(3);
    for (const entry of closed) {
      expect(JSON.stringify(entry)).not.toContain('proof');
      expect(withProof({ ...entry, uin: GUESSED }, RING).obligation).toEqual(entry.obligation);
    }
    expect(await look()).toMatchObject({ believed: [OWED], findings: [] });
  });

  test('is not believed if it is reopened with a guessed account, right or wrong', async () => {
    const told: unknown[] = [];
    for (const uin of [GUESSED, ALSO_CLOSED, OWED, UNHEARD]) {
      const { entries, id, look, overwrite } = await closedLedger();
      const entry = entries().find((each) => each.id === id);
      const { closedAt: _, doneThrough: __, ...rest } = { ...entry };
      const { obligation } = entry?.closures[0] ?? {};
      await overwrite({ ...rest, uin, state: 'pending', obligation, closures: [] });
      told.push(await look());
    }
    expect(told[0]).toMatchObject({ believed: [OWED], findings: [{ code: 'altered-entry', subjects: 1 }] });
    expect(new Set(told.map((each) => JSON.stringify(each))).size).toBe(1);
  });

  test('is not believed for any guessed account, whatever is copied into it', async () => {
    const { entries, id, look, overwrite } = await closedLedger();
    const shown = entries();
    const entry = shown.find((each) => each.id === id) as LedgerEntry;
    const [closures, events] = [shown.map((each) => each.closures), shown.map((each) => each.events)];
    const obligations = shown.flatMap((each) => [each.obligation, ...each.closures.map((one) => one.obligation)]);
    const proofs = obligations.flatMap((each) => each?.proof ?? []);
    const copied = fc.record({
      state: fc.constantFrom(...OPEN_STATES),
      obligation: fc.constantFrom(...obligations),
      proof: fc.constantFrom(undefined, entry.subject.hash, ...proofs),
      closures: fc.constantFrom([], ...closures),
      events: fc.constantFrom([], ...events),
      progress: fc.constantFrom(...shown.map((each) => each.progress)),
      doneThrough: fc.constantFrom(undefined, ...shown.map((each) => each.doneThrough)),
      watched: fc.constantFrom(undefined, ...closures.flat().map(({ obligation: _, ...each }) => each)),
      wrong: fc.constantFrom(ALSO_CLOSED, OWED, UNHEARD),
    });
    await fc.assert(
      fc.asyncProperty(copied, async ({ obligation, proof, wrong, ...fields }) => {
        const owed = obligation && { ...withoutProof(obligation), ...(proof !== undefined && { proof }) };
        const told: unknown[] = [];
        for (const uin of [GUESSED, wrong]) {
          await overwrite(JSON.parse(JSON.stringify({ ...entry, ...fields, obligation: owed, uin })));
          told.push(await look());
        }
        expect(told[0]).toMatchObject({ believed: [OWED], findings: [{ code: 'altered-entry', subjects: 1 }] });
        expect(told[1]).toEqual(told[0]);
      }),
      { numRuns: 200 },
    );
  });
});
