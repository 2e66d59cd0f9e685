import { RetentionError } from '../../base/errors.ts';
import type { EventLog } from '../events/event-log.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { OPEN_STATES } from '../ledger/ledger-entry.ts';
import { ledgerPages } from '../ledger/ledger-pages.ts';

interface NeededFrom {
  readonly ledger: Pick<Ledger, 'find'>;
  readonly events: (category: string) => Pick<EventLog, 'about'>;
}

/** Number of entries read at once. */
const ENTRIES_AT_ONCE = 1_000;

async function* neededIn(category: string, { ledger, events }: NeededFrom): AsyncGenerator<string> {
  for await (const { entries } of ledgerPages(ledger, { category, states: OPEN_STATES }, ENTRIES_AT_ONCE)) {
    const hashes = entries.map(({ entry }) => entry.subject.hash);
    for (const { id } of await events(category).about(hashes)) yield id;
  }
}

/**
 * The ids of all events about subjects whose erasure is still owed, including reinstatements.
 * @returns undefined if the ledger or event log of a category does not answer.
 */
export const neededCopies = async (
  categories: readonly string[],
  records: NeededFrom,
): Promise<ReadonlySet<string> | undefined> => {
  const needed = new Set<string>();
  try {
    for (const category of categories) for await (const id of neededIn(category, records)) needed.add(id);
    return needed;
  } catch (error) {
    if (!(error instanceof RetentionError)) throw error;
    return undefined;
  }
};
