import { RetentionError } from '../purge/errors.ts';
import type { EventLog, Ledger, LedgerPosition } from './ledger.ts';
import { OPEN_STATES } from './ledger-entry.ts';

interface Books {
  readonly ledger: Pick<Ledger, 'find'>;
  readonly events: (category: string) => Pick<EventLog, 'about'>;
}

/** Entries that are read at a time. */
const AT_ONCE = 1_000;

async function* neededIn(category: string, { ledger, events }: Books): AsyncGenerator<string> {
  let from: LedgerPosition | undefined;
  do {
    const { entries, next } = await ledger.find({ category, states: OPEN_STATES }, AT_ONCE, from);
    const hashes = entries.map(({ entry }) => entry.subject.hash);
    if (hashes.length > 0) for (const { id } of await events(category).about(hashes)) yield id;
    from = next;
  } while (from !== undefined);
}

/**
 * The ids of all events about subjects to whom an erasure is still owed: those that take back too.
 * @returns undefined where ledger or event log of a category do not answer.
 */
export const neededCopies = async (
  categories: readonly string[],
  books: Books,
): Promise<ReadonlySet<string> | undefined> => {
  const needed = new Set<string>();
  try {
    for (const category of categories) for await (const id of neededIn(category, books)) needed.add(id);
    return needed;
  } catch (error) {
    if (!(error instanceof RetentionError)) throw error;
    return undefined;
  }
};
