import { randomUUID } from 'node:crypto';
import { InputError } from '../../../base/errors.ts';
import { confirmErasures } from '../../../erasure/brakes/braked-erasures.ts';
import { proofsBy } from '../../../erasure/brakes/decisions.ts';
import { believedSubject } from '../../../erasure/ledger/believed-subject.ts';
import { isMalformed, isOpen, type LedgerEntry } from '../../../erasure/ledger/ledger-entry.ts';
import { placesOf, recordEverywhere } from '../../../erasure/recording/record-everywhere.ts';
import type { SubjectKeys } from '../../../erasure/subjects/key-ring.ts';
import type { Subject } from '../../../erasure/subjects/subject.ts';
import { assertOurClock } from '../../clock-check.ts';
import { isYes } from '../../consent/question.ts';
import { canAsk, type Terminal } from '../../consent/terminal.ts';
import { brakedJson, brakedPage } from '../../erasures/braked-page.ts';
import { alteredOf, type BrakedSelection, isLimited, selectBraked, totalOf } from '../../erasures/braked-selection.ts';
import { chosenEverywhere } from '../../erasures/chosen-everywhere.ts';
import {
  begunClauses,
  begunExitCode,
  type RunsAtWork,
  runsAtWork,
  runsAtWorkJson,
  runsAtWorkPage,
} from '../../erasures/runs-at-work.ts';
import { EXIT, worstOf } from '../../exit-code.ts';
import { clusterLine } from '../../output/cluster-line.ts';
import { count } from '../../output/format.ts';
import { type Page, renderPage } from '../../output/page.ts';
import { observeLines, type Result } from '../../output/result.ts';
import { screenOf } from '../../output/text.ts';
import { unreachedClauses, unreachedExitCode, unreachedJson, unreachedSection } from '../../output/unreached.ts';
import type { BrakedInvocation } from '../../program/braked-program.ts';
import type { Session } from '../../session.ts';

type Deciding = Extract<BrakedInvocation, { command: 'confirm' | 'cancel' }>;

/** The decisions, and the decisions without effect. */
interface CarriedOut {
  readonly done: number;
  readonly page: Page;
  /** For cancelled erasures: runs that may have been carrying them out. */
  readonly atWork?: RunsAtWork;
}

const erasures = (total: number): string => count(total, 'erasure', 'erasures');

/** Clauses, page and keys about categories that did not answer, for all these commands. */
const unreachedOf = ({ visit: { unreached } }: BrakedSelection) => ({
  clauses: unreachedClauses(unreached),
  page: unreachedSection(unreached),
  json: unreachedJson(unreached),
  exitCode: unreachedExitCode(unreached),
});

/** `braked`: erasures that wait for a person, why, and how much time is left. Changes nothing. */
export const brakedCommand = async (
  session: Session,
  invocation: Extract<BrakedInvocation, { command: 'braked' }>,
): Promise<Result> => {
  const selection = await selectBraked(session, invocation);
  const now = session.ports.clock();
  const total = totalOf(selection);
  const unreached = unreachedOf(selection);
  const altered = alteredOf(selection);
  const nothing = unreached.clauses.length > 0 ? 'Braked: unknown' : 'Braked: nothing';
  const summary = [total === 0 ? nothing : `Braked: ${erasures(total)}`, ...altered.clauses, ...unreached.clauses].join(
    ' · ',
  );
  const exitCode = worstOf([total > 0 ? EXIT.left : EXIT.done, altered.exitCode, unreached.exitCode]);
  return {
    page: [
      { text: summary, style: 'bold' },
      ...observeLines(session),
      ...altered.page,
      ...brakedPage(selection.found, now),
      ...unreached.page,
    ],
    json: {
      command: 'braked',
      summary,
      exitCode,
      total,
      categories: brakedJson(selection.found, now),
      notBelieved: altered.json,
      notExamined: unreached.json,
    },
    exitCode,
  };
};

/** @throws InputError if the options select no erasures, or if nobody can be asked for confirmation. */
const assertMeant = (invocation: Deciding, terminal: Terminal): void => {
  const { command, all, yes } = invocation;
  if (!isLimited(invocation) && !all)
    throw new InputError('nothing-chosen', {
      expected: `--uin, --request, --source, --since or --until, or --all`,
      found: 'none of them',
      fix: `Say which braked erasures to ${command}. Nothing was done.`,
    });
  if (isLimited(invocation) && all)
    throw new InputError('all-and-some', {
      expected: 'either --all, or options that select erasures',
      found: 'both',
      fix: 'Leave one out. Nothing was done.',
    });
  if (yes || canAsk(terminal)) return;
  throw new InputError('nobody-to-ask', {
    expected: '--yes if there is no terminal on which to ask',
    found: 'neither --yes nor a terminal',
    fix: 'First look at the output of the command braked with the same options. Then add --yes. Nothing was done.',
  });
};

const QUESTION = {
  confirm: 'the next run erases the documents of these accounts, as far as they are due, and nothing brings them back.',
  cancel: 'these accounts count as reinstated now, and everything that is owed to them is cancelled.',
} as const;

const isAgreed = async (
  session: Session,
  { command, yes }: Deciding,
  selection: BrakedSelection,
  terminal: Terminal,
): Promise<boolean> => {
  const total = totalOf(selection);
  if (yes || total === 0) return true;
  const page = [
    clusterLine(session),
    ...brakedPage(selection.found, session.ports.clock()),
    `${command}: ${QUESTION[command]}`,
  ];
  terminal.stderr.write(renderPage(page, screenOf(terminal.stderr, terminal.color)));
  return isYes(`${command === 'confirm' ? 'Confirm' : 'Cancel'} ${erasures(total)}?`, terminal);
};

const leftLines = (left: number, why: string): Page => (left === 0 ? [] : [why]);

const confirmAll = async (session: Session, { found, visit }: BrakedSelection): Promise<CarriedOut> => {
  const { ledger, events, subjectKeys } = session.erasure;
  const proveConfirmation = proofsBy((await subjectKeys()).subject.keys);
  const ports = { ledger, events, proveConfirmation, clock: session.ports.clock };
  const byCategory = new Map(found.map((each) => [each.category, each.erasures.map(({ read }) => read)]));
  const confirmed = await visit.each(byCategory.keys(), (category) =>
    confirmErasures(category, byCategory.get(category) ?? [], ports),
  );
  const done = [...confirmed.values()].reduce((sum, { size }) => sum + size, 0);
  const why =
    'Those that are left changed meanwhile, stand under a subject key that the ring does not have, or are in a category that did not answer.';
  return { done, page: leftLines(totalOf({ found }) - done, why) };
};

const subjectsOf = (entries: readonly LedgerEntry[], keys: SubjectKeys): readonly Subject[] => {
  const subjects = entries.flatMap((entry) => believedSubject(entry, keys) ?? []);
  return [...new Map(subjects.map((subject) => [JSON.stringify(subject), subject])).values()];
};

/** A line about cancelled erasures, braked or not. */
const cancelledLine = (cancelled: readonly LedgerEntry[]): Page =>
  cancelled.length === 0
    ? []
    : [
        `Cancelled, braked or not: ${[...Map.groupBy(cancelled, ({ category }) => category)]
          .map(([category, own]) => `${erasures(own.length)} in ${category}`)
          .join(', ')}`,
      ];

const cancelAll = async (
  session: Session,
  { found, visit, query }: BrakedSelection,
  named: readonly string[] | undefined,
): Promise<CarriedOut> => {
  const ports = await session.erasure.openRecord();
  const places = await placesOf(session.policy, ports.ledger);
  const entries = found.flatMap(({ erasures }) => erasures.map(({ read }) => read.entry));
  const common = { type: 'account-reinstated', at: session.ports.clock(), immediate: false, source: 'person' } as const;
  const cancelled: LedgerEntry[] = [];
  for (const subject of await chosenEverywhere(
    session,
    subjectsOf(entries, await session.erasure.subjectKeys()),
    query,
    named,
  )) {
    const event = { ...common, subject, requestId: randomUUID() };
    cancelled.push(...(await recordEverywhere(event, places, ports, visit)).cancelled);
  }
  const byCategory = Map.groupBy(entries, ({ category }) => category);
  const after = await visit.each(byCategory.keys(), (category) =>
    ports.ledger.read((byCategory.get(category) ?? []).map(({ id }) => id)),
  );
  const closed = [...after.values()]
    .flatMap((reads) => [...reads.values()])
    .filter(({ entry }) => !isOpen(entry) && !isMalformed(entry));
  const why =
    'Those that are left are terminated for a later instant, changed meanwhile, or are in a category that did not answer: look again with braked. With --category, so are those of accounts that another category owes an erasure too, or may: a reinstatement cancels both. Leave --category out to cancel both. So are, with --request, --source, --since or --until, those of accounts that a category owes something else too by its own records: node bin/es-retention.mjs reinstate --uin … cancels all that is owed to one.';
  const atWork = await runsAtWork(session, cancelled);
  return {
    done: closed.length,
    atWork,
    page: [...cancelledLine(cancelled), ...runsAtWorkPage(atWork), ...leftLines(entries.length - closed.length, why)],
  };
};

const declined = ({ command }: Deciding): Result => {
  const summary = 'Nothing recorded: the question was answered with no';
  return {
    page: [{ text: summary, style: 'bold' }],
    json: { command, summary, exitCode: EXIT.left, declined: true },
    exitCode: EXIT.left,
  };
};

const DONE = { confirm: 'Confirmed', cancel: 'Cancelled' } as const;

/**
 * `confirm` and `cancel`: a person decides about braked erasures. The exit code is 3 if none of the selected erasures
 * is braked, or if some are left. It may be repeated.
 */
export const decideBrakedCommand = async (
  session: Session,
  invocation: Deciding,
  terminal: Terminal,
): Promise<Result> => {
  assertMeant(invocation, terminal);
  await assertOurClock(session);
  const selection = await selectBraked(session, invocation);
  if (!(await isAgreed(session, invocation, selection, terminal))) return declined(invocation);
  const { command } = invocation;
  const total = totalOf(selection);
  const { done, page, atWork } = await (command === 'confirm'
    ? confirmAll(session, selection)
    : cancelAll(session, selection, invocation.selection.category));
  const left = total - done;
  const unreached = unreachedOf(selection);
  const altered = alteredOf(selection);
  const nothing = altered.clauses.length > 0 ? 'nothing' : 'nothing, since none of these is braked';
  const summary = [
    `${DONE[command]}: ${total === 0 ? nothing : erasures(done)}`,
    ...(left === 0 ? [] : [`${erasures(left)} left as they are`]),
    ...(atWork === undefined ? [] : begunClauses(atWork)),
    ...altered.clauses,
    ...unreached.clauses,
  ].join(' · ');
  const begun = atWork === undefined ? EXIT.done : begunExitCode(atWork);
  const exitCode = worstOf([done === 0 || left > 0 ? EXIT.left : begun, altered.exitCode, unreached.exitCode]);
  const categories = brakedJson(selection.found, session.ports.clock());
  return {
    page: [{ text: summary, style: 'bold' }, ...observeLines(session), ...page, ...altered.page, ...unreached.page],
    json: {
      command,
      summary,
      exitCode,
      done,
      left,
      categories,
      notBelieved: altered.json,
      notExamined: unreached.json,
      ...(atWork !== undefined && { atWork: runsAtWorkJson(atWork) }),
    },
    exitCode,
  };
};
