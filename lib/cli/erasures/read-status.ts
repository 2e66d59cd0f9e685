import { isMalformed, type LedgerEntry, OPEN_STATES } from '../../erasure/ledger/ledger-entry.ts';
import type { CategoryVisit } from '../../erasure/recording/category-visit.ts';
import type { Category } from '../../policy/retention-policy.ts';
import type { ControlReadings } from '../controls/control-section.ts';
import { entryUnderHolds } from '../controls/held-entries.ts';
import { ruleText } from '../output/rule-text.ts';
import type { Session } from '../session.ts';
import { countEntries, countLedger, openCount, type StatusCounts } from './status-counts.ts';
import { type AskedSubject, entriesOf } from './subject-entries.ts';

/** The options of `status`. */
export interface StatusQuestion {
  readonly json: boolean;
  readonly subject?: AskedSubject;
}

/** The number of open entries listed, the most urgent first. All are counted. */
export const MAX_ENTRIES_LISTED = { page: 100, json: 10_000 } as const;

/** The content shown for one category. */
export interface CategoryErasures {
  readonly id: string;
  /** The rule of the category, or the part that the policy lacks. */
  readonly about: string;
  readonly entries: readonly LedgerEntry[];
  readonly counts: StatusCounts;
}

const openEntries = async (
  session: Session,
  category: Category,
  counts: StatusCounts,
  most: number,
): Promise<readonly LedgerEntry[]> => {
  if (openCount(counts) === 0) return [];
  const query = { category: category.id, states: OPEN_STATES };
  return (await session.erasure.ledger.find(query, most)).entries.map(({ entry }) => entry);
};

const aboutCategory = (category: Category): string =>
  [...(category.title === category.id ? [] : [category.title]), ruleText(category)].join(' · ');

const readCategoryErasures = async (
  session: Session,
  category: Category,
  { json }: StatusQuestion,
  controls: ControlReadings,
): Promise<CategoryErasures> => {
  const counts = await countLedger(session, category);
  const found = await openEntries(session, category, counts, json ? MAX_ENTRIES_LISTED.json : MAX_ENTRIES_LISTED.page);
  const entries = found.filter((entry) => !isMalformed(entry)).map((entry) => entryUnderHolds(entry, controls));
  const malformed = found.length - entries.length;
  return { id: category.id, about: aboutCategory(category), entries, counts: { ...counts, malformed } };
};

/**
 * The entries of one subject, in every category with a termination rule, and in others that still have entries from
 * another policy.
 */
const readSubjectErasures = async (
  session: Session,
  subject: AskedSubject,
  visit: CategoryVisit,
  controls: ControlReadings,
): Promise<readonly CategoryErasures[]> => {
  const { categories } = session.policy;
  const found = (await entriesOf(session, subject, visit)).map((entry) => entryUnderHolds(entry, controls));
  const byCategory = Map.groupBy(found, ({ category }) => category);
  const unreached = new Set(visit.unreached.map(({ category }) => category));
  const ids = new Set([...erasingIds(session).filter((id) => !unreached.has(id)), ...byCategory.keys()]);
  return [...ids].map((id) => {
    const [entries, category] = [byCategory.get(id) ?? [], categories.get(id)];
    const about = category === undefined ? 'not in the policy' : aboutCategory(category);
    return { id, about, entries, counts: countEntries(entries, session.ports.clock()) };
  });
};

const erasingIds = ({ policy }: Session): readonly string[] =>
  [...policy.categories.values()].filter(({ rules }) => rules.termination !== undefined).map(({ id }) => id);

/**
 * The erasures that each category with a termination rule owes, or the entries of one subject.
 * @param visit collects the categories that do not answer.
 * @param controls by which entries are held, even if no run has recorded that yet.
 */
export const readStatus = async (
  session: Session,
  question: StatusQuestion,
  visit: CategoryVisit,
  controls: ControlReadings,
): Promise<readonly CategoryErasures[]> => {
  if (question.subject !== undefined) return readSubjectErasures(session, question.subject, visit, controls);
  const { categories } = session.policy;
  const shown = await visit.each(erasingIds(session), async (id) => {
    const category = categories.get(id);
    return category === undefined ? [] : [await readCategoryErasures(session, category, question, controls)];
  });
  return [...shown.values()].flat();
};
