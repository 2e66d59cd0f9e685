import { holdsOnSubject } from '../../control/controls.ts';
import { mayHaveDocuments, NO_DOCUMENTS, type SubjectCounts } from '../../criteria/counts.ts';
import type { LedgerEntry } from '../../erasure/ledger/ledger-entry.ts';
import { isOpen, isOverdue } from '../../erasure/ledger/ledger-entry.ts';
import type { Category } from '../../policy/retention-policy.ts';
import { isoInstant } from '../../policy/time/instant.ts';
import { holdsIn } from '../../purge/controls/control-facts.ts';
import { survey } from '../../purge/survey.ts';
import { wholeSearch } from '../../rules/accounts/whole-search.ts';
import type { AskedSubject } from '../erasures/subject-entries.ts';
import { count, number } from '../output/format.ts';
import type { Page } from '../output/page.ts';
import { ruleText } from '../output/rule-text.ts';
import type { Session } from '../session.ts';
import { type Answer, fact } from './answer.ts';
import { departureOf, factsOf } from './category-facts.ts';
import { heldBy, type Obstacle, obstaclesIn, obstaclesJson, obstaclesPage } from './obstacles.ts';

/** The documents of a subject in a category, whether or not an erasure is owed. */
interface Found extends SubjectCounts {
  /** Every index was searched, and finds accounts exactly. Otherwise there may be more documents. */
  readonly isWhole: boolean;
  /** The indices in which the search was not complete. */
  readonly unsearched: readonly string[];
}

const documentsOf = async ({ ports }: Session, category: Category, { uin, app }: AskedSubject): Promise<Found> => {
  const { accountField, applicationField, timestampField, ingestedField } = category;
  const subject = { key: 'asked', uin, ...(app !== undefined && { sdkAppId: app }), eraseBy: ports.clock() };
  const termination = {
    accountField,
    timestampField,
    ingestedField,
    subjects: [subject],
    more: 0,
    ...(applicationField !== undefined && { applicationField }),
  };
  const surveyed = await survey(ports.store, category, { termination });
  const unsearched = surveyed.indices.filter((index) => !wholeSearch({ ...surveyed, indices: [index] })(subject));
  return {
    ...(surveyed.subjects?.get(subject.key) ?? NO_DOCUMENTS),
    isWhole: wholeSearch(surveyed)(subject),
    unsearched: unsearched.map(({ description }) => description.name),
  };
};

const documentsText = ({ due, shared, unclear, unindexed, unreadable, isWhole }: Found): string =>
  [
    `${isWhole ? '' : 'at least '}${count(due, 'document', 'documents')}`,
    ...(shared > 0 ? [`${number(shared)} that belong to others too, and stay`] : []),
    ...(unclear + unindexed > 0 ? [`${number(unclear + unindexed)} that a search cannot tell, and stay`] : []),
    ...(unreadable > 0 ? [`${number(unreadable)} that nobody can read, and stay`] : []),
    ...(isWhole ? [] : ['not every index could be searched']),
  ].join(', ');

/** The number of indices that are named. */
const MAX_NAMED = 5;

/** Which indices were not searched, and what to do. */
const unsearchedPage = ({ accountField }: Category, { isWhole, unsearched }: Found): Page => {
  if (isWhole) return [];
  if (unsearched.length === 0) return [fact('unsearched', 'no index of this category is there')];
  const more = unsearched.length > MAX_NAMED ? `, and ${number(unsearched.length - MAX_NAMED)} more` : '';
  return [
    fact('unsearched', `${unsearched.slice(0, MAX_NAMED).join(', ')}${more}`),
    fact(
      'fix',
      `These indices must answer, and map "${accountField}" as keyword, or as a number that can be this account. If another field names the account, write it into the policy as accountField.`,
    ),
  ];
};

const entryText = ({ trigger, scope, state, obligation, closedAt, progress }: LedgerEntry): string =>
  [
    `${trigger} of the ${scope}: ${state}`,
    ...(obligation === undefined || state === 'cancelled'
      ? []
      : [
          `terminated ${isoInstant(obligation.terminatedAt)}`,
          `erased from ${isoInstant(obligation.eraseFrom)} to ${isoInstant(obligation.eraseBy)}`,
        ]),
    ...(closedAt === undefined ? [] : [`closed ${isoInstant(closedAt)}`]),
    ...(progress.newUse > 0 ? [`${number(progress.newUse)} of new use stay`] : []),
  ].join(', ');

const goesPage = (category: Category, entries: readonly LedgerEntry[] | undefined, now: number): Page => {
  const latest = departureOf(category, now, now);
  const open = entries?.filter(isOpen) ?? [];
  const byErasure =
    entries === undefined
      ? 'unknown: no subject key (RETENTION_KEYS), so that the ledger cannot be asked'
      : open.length > 0
        ? `by erasure, with the first run from ${open.map(({ obligation }) => (obligation === undefined ? '?' : isoInstant(obligation.eraseFrom))).join(', ')} on`
        : 'no erasure is owed: they stay while the account is in use. If it is not: node bin/es-retention.mjs terminate';
  return [
    ...(latest === undefined ? [] : [fact('goes', `by age: what is there now, by ${isoInstant(latest.dueAt)}`)]),
    ...(category.rules.termination === undefined ? [] : [fact('goes', byErasure)]),
    ...(entries ?? []).map((entry) => fact('erasure', entryText(entry))),
  ];
};

/**
 * The data of one account or application in a category, when it goes, and which obstacles there are.
 * @param entries the entries of the subject in the ledger of the category; undefined if they could not be read.
 */
export const explainSubject = async (
  session: Session,
  category: Category,
  asked: AskedSubject,
  entries: readonly LedgerEntry[] | undefined,
): Promise<Answer> => {
  const now = session.ports.clock();
  const found = await documentsOf(session, category, asked);
  const { facts } = await factsOf(session, category);
  const subject = { uin: asked.uin, ...(asked.app !== undefined && { sdkAppId: asked.app }) };
  const holds: readonly Obstacle[] = holdsOnSubject(holdsIn(facts.controls), subject).map(heldBy);
  const obstacles = [...holds, ...obstaclesIn(session, facts, now)];
  const overdue = (entries ?? []).some((entry) => isOverdue(entry, now));
  return {
    summary: `${category.id}: ${documentsText(found)}`,
    isLeft: overdue || found.shared + found.unclear + found.unindexed + found.unreadable > 0 || !found.isWhole,
    page: [
      fact('rule', ruleText(category)),
      fact('documents', documentsText(found)),
      ...unsearchedPage(category, found),
      ...goesPage(category, entries, now),
      ...(mayHaveDocuments(found) ? obstaclesPage(obstacles) : []),
    ],
    json: {
      category: category.id,
      rule: ruleText(category),
      documents: found.due,
      ...found,
      erasures: entries?.map(entryText) ?? null,
      obstacles: obstaclesJson(obstacles),
    },
  };
};
