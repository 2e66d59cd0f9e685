import { believedRequest } from '../../../erasure/ledger/believed-request.ts';
import type { LedgerEntry } from '../../../erasure/ledger/ledger-entry.ts';
import { CategoryVisit } from '../../../erasure/recording/category-visit.ts';
import type { Instant } from '../../../policy/time/instant.ts';
import { controlSection, controlsJson, readControlsOf } from '../../controls/control-section.ts';
import { heldLines, holdIdsOf, releasedLines } from '../../controls/held-entries.ts';
import {
  checkLedger,
  type LedgerCheck,
  ledgerClauses,
  ledgerJson,
  ledgerSection,
} from '../../erasures/ledger-check.ts';
import {
  type CategoryErasures,
  MAX_ENTRIES_LISTED,
  readStatus,
  type StatusQuestion,
} from '../../erasures/read-status.ts';
import { nearestDeadline, openCount, type StatusCounts } from '../../erasures/status-counts.ts';
import { entriesTable, entryJson, type RequestOf } from '../../erasures/status-entries.ts';
import { stillOwed, stillOwedJson, stillOwedPage } from '../../erasures/still-owed.ts';
import { keyIdsNotInRing, keyIdsOf, ringTooOldLines, type UnmatchedKeys } from '../../erasures/subject-entries.ts';
import { EXIT, worstOf } from '../../exit-code.ts';
import { count, minute, number } from '../../output/format.ts';
import type { Page } from '../../output/page.ts';
import { observeLines, type Result } from '../../output/result.ts';
import type { Session } from '../../session.ts';

const countsLine = (counts: StatusCounts): string =>
  [
    `  pending ${number(counts.pending)}`,
    `erasing ${number(counts.erasing)}`,
    `due ${number(counts.due)}`,
    `overdue ${number(counts.overdue)}`,
    `erased ${number(counts.erased)}`,
    `nothing found ${number(counts.nothingFound)}`,
    `cancelled ${number(counts.cancelled)}`,
    `held ${number(counts.held)}`,
    `braked ${number(counts.braked)}`,
    ...(counts.malformed === 0 ? [] : [`of these malformed ${number(counts.malformed)}`]),
  ].join(' · ');

const sumOf = (shown: readonly CategoryErasures[], which: (counts: StatusCounts) => number): number =>
  shown.reduce((sum, { counts }) => sum + which(counts), 0);

const deadlineClause = (shown: readonly CategoryErasures[], now: Instant): readonly string[] => {
  const nearest = nearestDeadline(shown.flatMap(({ entries }) => entries));
  return nearest === undefined ? [] : [`nearest deadline ${minute(nearest)} UTC${nearest < now ? ', past' : ''}`];
};

const isUnknownRequest = (shown: readonly CategoryErasures[], { subject }: StatusQuestion): boolean =>
  subject !== undefined && shown.every(({ entries }) => entries.length === 0);

/** `Owed: 12 erasures · 1 overdue · nearest deadline 2026-12-01 09:00 UTC` */
const summaryOf = (
  shown: readonly CategoryErasures[],
  now: Instant,
  question: StatusQuestion,
  notInRing: readonly UnmatchedKeys[],
  ledger: LedgerCheck,
): string => {
  const lost = ledgerClauses(ledger);
  const known = sumOf(shown, openCount);
  if (lost.length > 0)
    return [known === 0 ? 'Owed: unknown' : `Owed: ${count(known, 'erasure', 'erasures')} and more`, ...lost].join(
      ' · ',
    );
  if (shown.length === 0) return 'Owed: nothing, since no category has a termination rule';
  if (notInRing.length > 0)
    return `Owed: unknown in ${notInRing.map(({ category }) => category).join(', ')}, since the key ring is too old to find everybody there`;
  if (isUnknownRequest(shown, question))
    return 'No erasure is recorded for this subject (looked up with the current key ring)';
  const open = sumOf(shown, openCount);
  const overdue = sumOf(shown, (counts) => counts.overdue);
  const braked = sumOf(shown, (counts) => counts.braked);
  const receiptsDue = sumOf(shown, (counts) => counts.receiptsDue);
  return [
    open === 0 ? 'Owed: nothing' : `Owed: ${count(open, 'erasure', 'erasures')}`,
    ...(overdue === 0 ? [] : [`${number(overdue)} overdue`]),
    ...(braked === 0 ? [] : [`${number(braked)} braked`]),
    ...deadlineClause(shown, now),
    ...(receiptsDue === 0 ? [] : [`${count(receiptsDue, 'receipt', 'receipts')} not issued yet`]),
  ].join(' · ');
};

const section = (
  { id, about, entries, counts }: CategoryErasures,
  now: Instant,
  { subject }: StatusQuestion,
  requestOf: RequestOf,
): Page => {
  if (subject !== undefined && entries.length === 0) return [];
  const listed = entries.slice(0, MAX_ENTRIES_LISTED.page);
  const more = openCount(counts) - listed.length;
  return [
    '',
    [{ text: id, style: 'bold' }, ` · ${about}`],
    ...(subject === undefined ? [countsLine(counts)] : []),
    ...entriesTable(listed, now, requestOf),
    ...(more > 0 ? [`  … and ${number(more)} more, less urgent: see --json`] : []),
  ];
};

/**
 * For one subject: the erasures of the same account in other scopes, since an application and its account are different
 * subjects.
 */
const otherScopes = async (
  session: Session,
  { subject }: StatusQuestion,
  shown: readonly CategoryErasures[],
  visit: CategoryVisit,
) => {
  if (subject === undefined) return { clauses: [], page: [], json: {} };
  const shownEntries = shown.flatMap(({ entries }) => entries);
  const owed = await stillOwed(session, subject, shownEntries, visit);
  const others = owed?.entries.length ?? 0;
  return {
    clauses: others === 0 ? [] : [`${count(others, 'erasure', 'erasures')} owed in other scopes of this account`],
    page: stillOwedPage(owed, session.ports.clock()),
    json: { stillOwed: stillOwedJson(owed) },
  };
};

const entriesIn = (shown: readonly CategoryErasures[]): readonly LedgerEntry[] =>
  shown.flatMap(({ entries }) => entries);

/** Explains the meaning of braked erasures. */
const brakedLines = (braked: number): readonly string[] =>
  braked === 0
    ? []
    : ['Braked erasures wait for a person: node bin/es-retention.mjs braked lists them, confirm or cancel decides.'];

/**
 * `status`: shows which erasures are owed, and how much time is left. Loads only the entries that it shows, and counts
 * the rest. It must never say that nothing is owed if a category could not be asked. It never shows an unproven request
 * id, since somebody may have written an account there.
 */
export const statusCommand = async (session: Session, question: StatusQuestion): Promise<Result> => {
  const visit = new CategoryVisit();
  const controls = await readControlsOf(
    session,
    session.categories.map(({ id }) => id),
  );
  const shown = await readStatus(session, question, visit, controls);
  const now = session.ports.clock();
  const keys = await session.ports.witness.keys();
  const requestOf = (entry: LedgerEntry): string | undefined => believedRequest(entry, keys);
  const notInRing = isUnknownRequest(shown, question) ? await keyIdsNotInRing(session, visit) : [];
  const elsewhere = await otherScopes(session, question, shown, visit);
  const ledger = await checkLedger(session, visit);
  const summary = [summaryOf(shown, now, question, notInRing, ledger), ...elsewhere.clauses].join(' · ');
  const isLeft = notInRing.length + sumOf(shown, ({ overdue, braked }) => overdue + braked) > 0;
  const exitCode = worstOf([isLeft ? EXIT.left : EXIT.done, ledger.exitCode]);
  return {
    page: [
      { text: summary, style: 'bold' },
      ...observeLines(session),
      ...ringTooOldLines(notInRing),
      ...brakedLines(sumOf(shown, ({ braked }) => braked)),
      ...shown.flatMap((each) => section(each, now, question, requestOf)),
      ...(question.subject === undefined ? [] : heldLines(entriesIn(shown), controls)),
      ...releasedLines(entriesIn(shown), controls),
      ...elsewhere.page,
      ...controlSection(controls, now),
      ...ledgerSection(ledger),
    ],
    json: {
      command: 'status',
      summary,
      exitCode,
      keyIdsNotInRing: keyIdsOf(notInRing),
      unmatchedKeys: notInRing,
      controls: controlsJson(controls, now),
      ledger: ledgerJson(ledger),
      ...elsewhere.json,
      categories: shown.map(({ id, entries, counts }) => ({
        category: id,
        ...counts,
        entries: entries.map((entry) => ({
          ...entryJson(entry, now, requestOf(entry)),
          holds: holdIdsOf(entry, controls),
        })),
      })),
    },
    exitCode,
  };
};
