import type { Category } from '../../policy/retention-policy.ts';
import type { TerminationRule } from '../../policy/rules/rules.ts';
import type { Instant } from '../../policy/time/instant.ts';
import type { JudgedEntries } from '../consistency/judge-entries.ts';
import type { LedgerWitness } from '../consistency/ledger-witness.ts';
import type { Alteration } from '../ledger/entry-check.ts';
import type { Ledger, LedgerPosition, ReadEntry } from '../ledger/ledger.ts';
import { MAY_BE_DUE, mayBeDue } from '../ledger/ledger-entry.ts';

/**
 * If some entries are not believed, a run reads up to this many times the number of entries whose erasures it carries
 * out.
 */
const MAX_SEARCHES = 4;

/** The due erasures of a category, as far as they were judged. */
export interface DueEntries extends JudgedEntries {
  /** The number of further due erasures that were not looked at; they are left to the next run. */
  readonly beyond: number;
}

/**
 * Finds the due erasures, the most urgent first, and decides which are believed. Entries that are not believed do not
 * block the entries after them, up to {@link MAX_SEARCHES} times the number of erasures of a run. It must never treat
 * an entry as due before its own date, whatever a search returned.
 * @param isMoved whether the records of earlier versions are moved; otherwise nothing is judged.
 * @param atOnce number of entries that a run erases.
 * @throws TransientError if ledger or event log do not answer.
 */
export const dueEntries = async (
  { id }: Category,
  rule: TerminationRule,
  now: Instant,
  { isMoved, atOnce }: { readonly isMoved: boolean; readonly atOnce: number },
  { ledger, witness }: { readonly ledger: Pick<Ledger, 'find'>; readonly witness: Pick<LedgerWitness, 'judge'> },
): Promise<DueEntries> => {
  const query = { category: id, states: MAY_BE_DUE, eraseFromUpTo: now } as const;
  const believed: ReadEntry[] = [];
  const altered = new Map<string, Alteration>();
  let [looked, total] = [0, 0];
  let from: LedgerPosition | undefined;
  for (let search = 0; search < MAX_SEARCHES && believed.length < atOnce; search += 1) {
    const found = await ledger.find(query, atOnce - believed.length, from);
    const judged = await witness.judge(id, rule, isMoved ? found.entries : [], now);
    believed.push(...judged.believed.filter(({ entry }) => mayBeDue(entry, now)));
    for (const [entry, alteration] of judged.altered) altered.set(entry, alteration);
    looked += found.entries.length;
    total = found.total;
    from = found.next;
    if (from === undefined) break;
  }
  return { believed, altered, beyond: Math.max(0, total - looked) };
};
