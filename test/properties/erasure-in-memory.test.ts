import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isOpen } from '../../lib/erasure/ledger-entry.ts';
import { erasureFixture } from '../support/erasure-fixture.ts';
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
    { numRuns: 600 },
  );
});

test('everything due is gone after every run that nothing disturbs, and closed by its deadline', async () => {
  const { policy, category } = erasureFixture(POLICY);
  await fc.assert(
    fc.asyncProperty(arbitraryErasures, async (events) => {
      const history = new ErasureHistory(policy, category, events);
      for (let tick = 0; tick < TICKS; tick++) await history.tick();
      const quietFrom = history.now;
      for (let tick = 0; tick < QUIET_TICKS; tick++) {
        const at = history.now;
        const dueBefore = history.entries.filter(
          (entry) => isOpen(entry) && (entry.obligation?.eraseFrom ?? Infinity) <= at,
        );
        const report = await history.tick();
        // An outage may go on for three more ticks.
        if (tick < 4) continue;
        let hasShared = false;
        for (const due of dueBefore) {
          const subject = history.subjectOf({ ...due });
          for (const document of history.present.values()) {
            expect(goesWith(document, subject, due.trigger, due.obligation?.terminatedAt ?? 0, at)).toBe(false);
            hasShared ||= isOf(subject, document) && !isOnlyOf(subject, document);
          }
        }
        expect(report?.outcome).toBe(hasShared ? 'incomplete' : 'complete');
      }
      for (const entry of history.entries) {
        const subject = history.subjectOf(entry);
        const isShared = [...history.present.values()].some((each) => isOf(subject, each) && !isOnlyOf(subject, each));
        // A document of two owners is nobody's to erase, and keeps it open.
        if (!isShared)
          expect(entry).toMatchObject({ state: expect.stringMatching(/^(erased|nothing-found|cancelled)$/) });
        for (const { closedAt, obligation } of entry.closures)
          if (obligation.eraseBy >= quietFrom + 6 * TICK && !isShared)
            expect(closedAt).toBeLessThanOrEqual(obligation.eraseBy);
      }
    }),
    { numRuns: 250 },
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
    { numRuns: 250 },
  );
});
