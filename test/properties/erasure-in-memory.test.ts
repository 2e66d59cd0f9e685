import { expect, test } from 'vitest';
import { isOpen, type LedgerEntry } from '../../lib/erasure/ledger/ledger-entry.ts';
import type { Subject } from '../../lib/erasure/subjects/subject.ts';
import type { Instant } from '../../lib/policy/time/instant.ts';
import { erasureFixture } from '../support/erasure/erasure-fixture.ts';
import type { InMemoryDocument } from '../support/in-memory/in-memory-cluster.ts';
import fc from '../support/run/fast-check.ts';
import { propertyRuns } from '../support/run/property-runs.ts';
import { arbitraryCountable, arbitraryErasures, TICK, TICKS } from './arbitrary-erasures.ts';
import { ErasureHistory } from './erasure-history.ts';
import { goesWith, isOf, isOnlyOf } from './termination-oracle.ts';

/** Until every obligation that a history can have is past its deadline. */
const QUIET_TICKS = 28;
const POLICY = { category: { schedule: 'rate(12 hours)' } };

test('a run erases nobody too early and reports the truth, whatever fails', async () => {
  const { policy, category } = erasureFixture(POLICY);
  await fc.assert(
    fc.asyncProperty(arbitraryErasures, async (events) => {
      const history = new ErasureHistory(policy, category, events);
      for (let tick = 0; tick < TICKS + QUIET_TICKS; tick++) {
        await history.tick();
        expect(history.complaints).toEqual([]);
      }
    }),
    { numRuns: propertyRuns(75, 1_500) },
  );
});

/** A document of two owners is nobody's to erase. */
const isSharedBy = (subject: Subject, document: InMemoryDocument): boolean =>
  isOf(subject, document) && !isOnlyOf(subject, document);

const isShared = ({ present }: ErasureHistory, subject: Subject): boolean =>
  [...present.values()].some((each) => isSharedBy(subject, each));

const dueAt = ({ entries }: ErasureHistory, at: Instant): readonly LedgerEntry[] =>
  entries.filter((entry) => isOpen(entry) && (entry.obligation?.eraseFrom ?? Infinity) <= at);

/** Nothing is left that goes with what was due. */
const expectGone = (history: ErasureHistory, due: readonly LedgerEntry[]): void => {
  for (const entry of due) {
    const subject = history.subjectOf(entry);
    for (const document of history.present.values())
      expect(goesWith(document, subject, entry.trigger, entry.obligation?.terminatedAt ?? 0)).toBe(false);
  }
};

/** @param sharedAt when a run last left a document of the entry's subject that somebody else owns too. */
const expectInTime = (entry: LedgerEntry, quietFrom: Instant, sharedAt: Instant): void => {
  for (const { closedAt, obligation } of entry.closures) {
    const wasWithheld = sharedAt > obligation.eraseBy - TICK;
    if (obligation.eraseBy >= quietFrom + 6 * TICK && !wasWithheld)
      expect(closedAt).toBeLessThanOrEqual(obligation.eraseBy);
  }
};

/**
 * Runs that nothing disturbs any more, after each of which everything due is gone.
 * @returns when a run last left a document of an entry's subject that somebody else owns too.
 */
const runUndisturbed = async (history: ErasureHistory): Promise<ReadonlyMap<string, Instant>> => {
  const sharedAt = new Map<string, Instant>();
  for (let tick = 0; tick < QUIET_TICKS; tick++) {
    const at = history.now;
    const due = dueAt(history, at);
    const report = await history.tick();
    for (const { id } of history.entries.filter((entry) => isShared(history, history.subjectOf(entry))))
      sharedAt.set(id, at);
    // An outage may go on for three more ticks.
    if (tick < 4) continue;
    expectGone(history, due);
    const hasShared = due.some((entry) => isShared(history, history.subjectOf(entry)));
    expect(report?.outcome).toBe(hasShared ? 'incomplete' : 'complete');
  }
  return sharedAt;
};

test('every undisturbed run erases everything due, before its deadline', async () => {
  const { policy, category } = erasureFixture(POLICY);
  await fc.assert(
    fc.asyncProperty(arbitraryErasures, async (events) => {
      const history = new ErasureHistory(policy, category, events);
      for (let tick = 0; tick < TICKS; tick++) await history.tick();
      const quietFrom = history.now;
      const sharedAt = await runUndisturbed(history);
      for (const entry of history.entries) {
        // A document of two owners keeps it open, until its other owner's erasure takes it.
        if (!isShared(history, history.subjectOf(entry)))
          expect(entry).toMatchObject({ state: expect.stringMatching(/^(erased|nothing-found|cancelled)$/) });
        expectInTime(entry, quietFrom, sharedAt.get(entry.id) ?? -Infinity);
      }
    }),
    { numRuns: propertyRuns(40, 750) },
  );
});

test('a run counts exactly what was erased, despite failures, if nobody else writes', async () => {
  const { policy, category } = erasureFixture(POLICY);
  await fc.assert(
    fc.asyncProperty(arbitraryCountable, async (events) => {
      const history = new ErasureHistory(policy, category, events);
      for (let tick = 0; tick < TICKS + QUIET_TICKS; tick++) await history.tick();
      expect(history.complaints).toEqual([]);
      for (const { said, erased } of history.lastErased.values()) expect(said).toBe(erased);
    }),
    { numRuns: propertyRuns(40, 750) },
  );
});
