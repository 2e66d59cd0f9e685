import { isForbidden, RetentionError } from '../../base/errors.ts';
import type { Hold } from '../../control/controls.ts';
import { SUBJECTS_PER_RUN } from '../../criteria/due-criteria.ts';
import type { Finding } from '../../criteria/finding.ts';
import { type ErasureSource, NO_DUE_ERASURES } from '../../purge/erasure-source.ts';
import { attestEvents } from '../archive/manifest.ts';
import { brakedFindings, brakeStatuses, countBraked } from '../brakes/brake-erasures.ts';
import { mayHideReinstatement } from '../consistency/witnesses.ts';
import type { Ledger, ReadEntry } from '../ledger/ledger.ts';
import { isMalformed, isReopened, MAY_BE_DUE } from '../ledger/ledger-entry.ts';
import { dueEntries } from './due-entries.ts';
import { heldFindings, holdsOnEntry, openSpans, type ReleasedAt } from './held-erasures.ts';
import { type DueErasurePorts, type FoundErasures, LedgerErasures } from './ledger-erasures.ts';

/**
 * Findings if the ledger cannot be read for a category without a termination rule: its age rule still runs. A key
 * without erasures sees no ledger, and its category has never owed an erasure.
 */
const withoutLedger = (error: unknown): readonly Finding[] => {
  if (!(error instanceof RetentionError)) throw error;
  if (isForbidden(error)) return [];
  const { found, fix } = error.explanation;
  return [
    {
      code: 'ledger-not-examined',
      severity: 'blocking',
      expected: 'a ledger that says whether erasures are still open here',
      found: `${error.code}: ${found}`,
      fix,
    },
  ];
};

/** The release times of holds whose end the entries do not have yet. */
const releasedAt = async (
  category: string,
  entries: readonly ReadEntry[],
  { controls }: Pick<DueErasurePorts, 'controls'>,
): Promise<ReleasedAt> => {
  const released = await controls.released(category, openSpans(entries));
  return new Map(released.map((hold) => [hold.id, hold.releasedAt]));
};

/** The nearest deadline is looked for among this many entries: many may be held. */
const MAX_URGENT = 2_000;

/** The nearest deadline of an erasure that is owed and not held, whether it is due or not. */
const nearestDeadline = async (
  category: string,
  holds: readonly Hold[],
  ledger: Pick<Ledger, 'find'>,
): Promise<Pick<FoundErasures, 'nearestEraseBy'>> => {
  const { entries } = await ledger.find({ category, states: MAY_BE_DUE }, MAX_URGENT);
  const first = entries.find(({ entry }) => !isMalformed(entry) && holdsOnEntry(entry, holds).length === 0);
  const { eraseBy } = first?.entry.obligation ?? {};
  return eraseBy === undefined ? {} : { nearestEraseBy: eraseBy };
};

/**
 * Reads the erasures that a category owes from its ledger. A category without a termination rule owes nothing new. It
 * must not erase for:
 * - an entry that differs from its hash or from its events;
 * - any entry while records of an earlier version are not moved;
 * - any entry while the archive contains an unread event, does not answer, or is not configured: a reinstatement may be
 *   there;
 * - an entry whose account, application or category is on hold, whatever state the ledger gives it;
 * - an entry that is braked in the event log and that no person has confirmed, unless it was erased before.
 * @param atOnce maximum number of entries in one run, the most urgent first. The others are counted and left to the
 *   next run.
 */
export const ledgerErasures = (ports: DueErasurePorts, atOnce: number = SUBJECTS_PER_RUN): ErasureSource => ({
  dueOf: async (category, now, holds = []) => {
    const rule = category.rules.termination;
    if (rule === undefined) {
      const ledgerFindings = await ports.witness.findings([category], now).catch(withoutLedger);
      return { ...(await NO_DUE_ERASURES.dueOf(category, now)), ledgerFindings };
    }
    const isMoved = (await ports.witness.notMoved(category)) === 0;
    const due = await dueEntries(category, rule, now, { isMoved, atOnce }, ports);
    const ledgerFindings = await ports.witness.findings([category], now, due);
    const brakedBefore = await countBraked(category.id, ports.ledger, now);
    const isHeld = ({ entry }: ReadEntry): boolean => holdsOnEntry(entry, holds).length > 0;
    const held = due.believed.filter(isHeld);
    const free = due.believed.filter((read) => !isHeld(read));
    const findings = (braked: number) => [
      ...ledgerFindings,
      ...brakedFindings(category.id, brakedBefore, braked),
      ...heldFindings(category.id, held, holds),
    ];
    if (mayHideReinstatement(ledgerFindings))
      return {
        ...(await NO_DUE_ERASURES.dueOf(category, now)),
        more: due.beyond + due.believed.length,
        ledgerFindings: findings(0),
      };
    const statuses = await brakeStatuses(category.id, free, ports, await ports.witness.keys());
    const isBraked = ({ entry }: ReadEntry): boolean => statuses.get(entry.id) === 'braked' && !isReopened(entry);
    return new LedgerErasures(category, rule, ports, {
      plannedAt: now,
      entries: free.filter((read) => !isBraked(read)),
      statuses,
      braked: free.filter(isBraked).map((read) => ({ read })),
      held,
      holds,
      released: await releasedAt(category.id, due.believed, ports),
      ...(await nearestDeadline(category.id, holds, ports.ledger)),
      more: due.beyond,
      findings,
    });
  },
  attest: async (category, now) =>
    category.rules.termination === undefined ? [] : attestEvents(ports.manifests, category.id, now),
});
