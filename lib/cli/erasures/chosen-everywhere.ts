import { type BrakedQuery, brakedErasuresOf, isSelectedBy, needsProof } from '../../erasure/brakes/braked-erasures.ts';
import { categoryOfEntry, isOpen, type LedgerEntry } from '../../erasure/ledger/ledger-entry.ts';
import { CategoryVisit } from '../../erasure/recording/category-visit.ts';
import type { Subject } from '../../erasure/subjects/subject.ts';
import type { Session } from '../session.ts';
import { believedIn } from './braked-selection.ts';
import { entriesOf } from './subject-entries.ts';

/**
 * Whether a query selects all erasures that a category owes to a subject, by the category's own records. Entries that
 * are not believed do not matter: nothing is erased for them, so a reinstatement cannot wrongly cancel them.
 */
const isSelectedInCategory = async (
  session: Session,
  category: string,
  entries: readonly LedgerEntry[],
  query: BrakedQuery,
): Promise<boolean> => {
  const reads = [...(await session.erasure.ledger.read(entries.map(({ id }) => id))).values()];
  const believed = (await believedIn(session, category, reads)).filter(({ entry }) => isOpen(entry));
  const erasures = await brakedErasuresOf(category, believed, session.erasure, await session.ports.witness.keys());
  return erasures.every((each) => isSelectedBy(each, query));
};

/**
 * The selected accounts whose erasures may be cancelled. A reinstatement applies to every category, but must not cancel
 * an erasure that was not selected. So an account is left out:
 * - if categories are named, and another category owes it an erasure;
 * - if the query uses request, source or time, and a category owes it another erasure, by that category's own records.
 *   Thus somebody who can write to the records of one category cannot affect another. A category that does not answer
 *   may owe an erasure.
 * @param named the named categories; undefined for all.
 */
export const chosenEverywhere = async (
  session: Session,
  subjects: readonly Subject[],
  query: BrakedQuery,
  named: readonly string[] | undefined,
): Promise<readonly Subject[]> => {
  const isByProof = needsProof(query);
  if (named === undefined && !isByProof) return subjects;
  const chosen: Subject[] = [];
  for (const subject of subjects) {
    const { uin, sdkAppId: app } = subject;
    const asked = new CategoryVisit();
    const entries = await entriesOf(session, { uin, ...(app !== undefined && { app }) }, asked);
    const open = Map.groupBy(entries.filter(isOpen), ({ id }) => categoryOfEntry(id));
    const isElsewhere = named !== undefined && [...open.keys()].some((category) => !named.includes(category));
    const meant = isByProof
      ? await asked.each(open.keys(), (category) =>
          isSelectedInCategory(session, category, open.get(category) ?? [], query),
        )
      : new Map<string, boolean>();
    const isAllMeant = [...meant.values()].every((each) => each);
    if (!isElsewhere && isAllMeant && asked.unreached.length === 0) chosen.push(subject);
  }
  return chosen;
};
