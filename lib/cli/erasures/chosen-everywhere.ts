import { type BrakedQuery, erasuresOf, goesByProof, isMeant } from '../../erasure/due/braked-erasures.ts';
import type { Subject } from '../../erasure/events/termination-type.ts';
import { Gathering } from '../../erasure/gathering.ts';
import { categoryOfEntry, isOpen, type LedgerEntry } from '../../erasure/ledger/ledger-entry.ts';
import type { Session } from '../session.ts';
import { believedIn } from './braked-selection.ts';
import { entriesOf } from './subject-entries.ts';

/**
 * Whether what a category owes to a subject is meant by a choice, by the category's own records. What is not believed owes nothing that a
 * return could take back wrongly: nothing is erased for it.
 */
const isMeantIn = async (
  session: Session,
  category: string,
  entries: readonly LedgerEntry[],
  query: BrakedQuery,
): Promise<boolean> => {
  const reads = [...(await session.erasure.ledger.read(entries.map(({ id }) => id))).values()];
  const believed = (await believedIn(session, category, reads)).filter(({ entry }) => isOpen(entry));
  const erasures = await erasuresOf(category, believed, session.erasure, await session.ports.witness.keys());
  return erasures.every((each) => isMeant(each, query));
};

/**
 * Accounts that may be taken back: a return counts in every category, and never takes back what is owed where nobody said so. So none that
 * another category than the named ones owes anything; and where a choice goes by request, source or time, none that any category owes
 * something else by its own records. Whoever can write into the records of one category decides nothing about another so. A category that
 * does not answer may owe something.
 * @param named the categories that were named; undefined where all are meant.
 */
export const chosenEverywhere = async (
  session: Session,
  subjects: readonly Subject[],
  query: BrakedQuery,
  named: readonly string[] | undefined,
): Promise<readonly Subject[]> => {
  const isByProof = goesByProof(query);
  if (named === undefined && !isByProof) return subjects;
  const chosen: Subject[] = [];
  for (const subject of subjects) {
    const { uin, sdkAppId: app } = subject;
    const asked = new Gathering();
    const entries = await entriesOf(session, { uin, ...(app !== undefined && { app }) }, asked);
    const open = Map.groupBy(entries.filter(isOpen), ({ id }) => categoryOfEntry(id));
    const isElsewhere = named !== undefined && [...open.keys()].some((category) => !named.includes(category));
    const meant = isByProof
      ? await asked.each(open.keys(), (category) => isMeantIn(session, category, open.get(category) ?? [], query))
      : new Map<string, boolean>();
    const isAllMeant = [...meant.values()].every((each) => each);
    if (!isElsewhere && isAllMeant && asked.unreached.length === 0) chosen.push(subject);
  }
  return chosen;
};
