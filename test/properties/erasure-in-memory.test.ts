import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isOpen } from '../../lib/erasure/ledger-entry.ts';
import type { Subject } from '../../lib/erasure/termination-type.ts';
import type { Instant } from '../../lib/policy/instant.ts';
import { erasureFixture } from '../support/erasure-fixture.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { arbitraryCountable, arbitraryErasures, TICK, TICKS } from './arbitrary-erasures.ts';
import { ErasureHistory } from './erasure-history.ts';
import { goesWith, isOf, isOnlyOf } from './termination-oracle.ts';

/** Until every obligation that a history can have is past its deadline. */
const QUIET_TICKS = 28;
const POLICY = { category: { schedule: 'rate(12 hours)' } };

test('erases nobody too early and nobody else, closes nothing that is left, and says what is true, whatever goes wrong', async () => {
  const { policy, category } = erasureFixture(POLICY);
  await fc.assert(
    fc.asyncProperty(arbitraryErasures, async (events) => {
      const history = new ErasureHistory(policy, category, events);
      for (let tick = 0; tick < TICKS + QUIET_TICKS; tick++) {
        await history.tick();
        expect(history.complaints).toEqual([]);
      }
    }),
    { numRuns: propertyRuns(150) },
  );
});

test('everything due is gone after every run that nothing disturbs, and closed by its deadline', async () => {
  const { policy, category } = erasureFixture(POLICY);
  await fc.assert(
    fc.asyncProperty(arbitraryErasures, async (events) => {
      const history = new ErasureHistory(policy, category, events);
      for (let tick = 0; tick < TICKS; tick++) await history.tick();
      const quietFrom = history.now;
      /** When a run last left a document of the entry's subject that somebody else owns too. */
      const sharedAt = new Map<string, Instant>();
      const isShared = (subject: Subject): boolean =>
        [...history.present.values()].some((each) => isOf(subject, each) && !isOnlyOf(subject, each));
      for (let tick = 0; tick < QUIET_TICKS; tick++) {
        const at = history.now;
        const dueBefore = history.entries.filter(
          (entry) => isOpen(entry) && (entry.obligation?.eraseFrom ?? Infinity) <= at,
        );
        const report = await history.tick();
        for (const entry of history.entries) if (isShared(history.subjectOf(entry))) sharedAt.set(entry.id, at);
        // An outage may go on for three more ticks.
        if (tick < 4) continue;
        let hasShared = false;
        for (const due of dueBefore) {
          const subject = history.subjectOf({ ...due });
          for (const document of history.present.values()) {
            expect(goesWith(document, subject, due.trigger, due.obligation?.terminatedAt ?? 0)).toBe(false);
            hasShared ||= isOf(subject, document) && !isOnlyOf(subject, document);
          }
        }
        expect(report?.outcome).toBe(hasShared ? 'incomplete' : 'complete');
      }
      for (const entry of history.entries) {
        // A document of two owners is nobody's to erase, and keeps it open, until its other owner's erasure takes it.
        if (!isShared(history.subjectOf(entry)))
          expect(entry).toMatchObject({ state: expect.stringMatching(/^(erased|nothing-found|cancelled)$/) });
        for (const { closedAt, obligation } of entry.closures) {
          const wasHeldBack = (sharedAt.get(entry.id) ?? -Infinity) > obligation.eraseBy - TICK;
          if (obligation.eraseBy >= quietFrom + 6 * TICK && !wasHeldBack)
            expect(closedAt).toBeLessThanOrEqual(obligation.eraseBy);
        }
      }
    }),
    { numRuns: propertyRuns(75) },
  );
});

test('counts exactly what was erased, failures and deaths or not, when nobody writes meanwhile', async () => {
  const { policy, category } = erasureFixture(POLICY);
  await fc.assert(
    fc.asyncProperty(arbitraryCountable, async (events) => {
      const history = new ErasureHistory(policy, category, events);
      for (let tick = 0; tick < TICKS + QUIET_TICKS; tick++) await history.tick();
      expect(history.complaints).toEqual([]);
      for (const { said, erased } of history.lastErased.values()) expect(said).toBe(erased);
    }),
    { numRuns: propertyRuns(75) },
  );
});
