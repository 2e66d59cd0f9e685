import type { Category } from '../../policy/retention-policy.ts';
import type { TerminationRule } from '../../policy/rules/rules.ts';
import type { Instant } from '../../policy/time/instant.ts';
import type { LedgerWitness } from '../consistency/ledger-witness.ts';
import type { Alteration } from '../ledger/entry-check.ts';
import type { Judged } from '../ledger/judge-entries.ts';
import type { Ledger, LedgerPosition, ReadEntry } from '../ledger/ledger.ts';
import { isDue, TO_ERASE } from '../ledger/ledger-entry.ts';

/** So many times as many entries as a run erases for are looked at, where some are not believed. */
const LOOKS = 4;

/** The erasures of a category that are due. */
export interface DueEntries extends Judged {
  /** Due as well, and not looked at: left to the next run. */
  readonly beyond: number;
}

/**
 * Which erasures are due, and which of them are believed, the most urgent first. What is not believed keeps nothing behind it from being
 * found, up to {@link LOOKS} times what a run erases for. Never takes one for due whose own date is ahead, whatever finds it.
 * @param isMoved whether the records of earlier versions are: otherwise nothing is judged.
 * @param atOnce so many a run erases for.
 * @throws TransientError when ledger or event log do not answer.
 */
export const dueEntries = async (
  { id }: Category,
  rule: TerminationRule,
  now: Instant,
  { isMoved, atOnce }: { readonly isMoved: boolean; readonly atOnce: number },
  { ledger, witness }: { readonly ledger: Pick<Ledger, 'find'>; readonly witness: Pick<LedgerWitness, 'judge'> },
): Promise<DueEntries> => {
  const query = { category: id, states: TO_ERASE, eraseFromUpTo: now } as const;
  const believed: ReadEntry[] = [];
  const altered = new Map<string, Alteration>();
  let [looked, total] = [0, 0];
  let from: LedgerPosition | undefined;
  for (let look = 0; look < LOOKS && believed.length < atOnce; look += 1) {
    const found = await ledger.find(query, atOnce - believed.length, from);
    const judged = await witness.judge(id, rule, isMoved ? found.entries : [], now);
    believed.push(...judged.believed.filter(({ entry }) => isDue(entry, now)));
    for (const [entry, alteration] of judged.altered) altered.set(entry, alteration);
    looked += found.entries.length;
    total = found.total;
    from = found.next;
    if (from === undefined) break;
  }
  return { believed, altered, beyond: Math.max(0, total - looked) };
};
