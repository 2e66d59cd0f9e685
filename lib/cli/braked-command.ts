import { randomUUID } from 'node:crypto';
import { confirmErasures } from '../erasure/braked-erasures.ts';
import { proofsBy } from '../erasure/decisions.ts';
import { isOpen, type LedgerEntry } from '../erasure/ledger-entry.ts';
import { recordTermination } from '../erasure/record-termination.ts';
import type { Subject, TerminationEvent } from '../erasure/termination-event.ts';
import { InputError } from '../purge/errors.ts';
import { brakedJson, brakedPage } from './braked-page.ts';
import type { BrakedInvocation } from './braked-program.ts';
import { type BrakedSelection, isLimited, selectBraked, totalOf } from './braked-selection.ts';
import { clusterLine } from './cluster-line.ts';
import { EXIT, type ExitCode, worstOf } from './exit-code.ts';
import { assertOurClock } from './our-clock.ts';
import { type Page, renderPage } from './page.ts';
import { isYes } from './question.ts';
import { observeLines, type Result } from './result.ts';
import { count } from './say.ts';
import { forEachCategory, type Session } from './session.ts';
import { isFailed } from './standing.ts';
import { canAsk, type Terminal } from './terminal.ts';
import { screenOf } from './text.ts';

type Deciding = Extract<BrakedInvocation, { command: 'confirm' | 'cancel' }>;

/** What was decided, and what of it did not come about. */
interface Decided {
  readonly done: number;
  readonly left: number;
  readonly exitCodes: readonly ExitCode[];
  readonly page: Page;
}

const erasures = (total: number): string => count(total, 'erasure', 'erasures');

const unlooked = ({ failed }: BrakedSelection): readonly string[] =>
  failed.length === 0 ? [] : [`${count(failed.length, 'category', 'categories')} not examined`];

/** `braked`: what waits for a person, why, and how long there is. Changes nothing. */
export const brakedCommand = async (
  session: Session,
  invocation: Extract<BrakedInvocation, { command: 'braked' }>,
): Promise<Result> => {
  const selection = await selectBraked(session, invocation);
  const now = session.ports.clock();
  const total = totalOf(selection);
  const said = total === 0 && selection.failed.length > 0 ? 'Braked: unknown' : `Braked: ${erasures(total)}`;
  const verdict = [
    total === 0 && selection.failed.length === 0 ? 'Braked: nothing' : said,
    ...unlooked(selection),
  ].join(' · ');
  const exitCode = worstOf([total > 0 ? EXIT.left : EXIT.done, ...selection.failed.map((each) => each.exitCode)]);
  return {
    page: [{ text: verdict, style: 'bold' }, ...observeLines(session), ...brakedPage(selection, now)],
    json: { command: 'braked', verdict, exitCode, total, ...brakedJson(selection, now) },
    exitCode,
  };
};

/** @throws InputError where nothing says which erasures are meant, or nobody can be asked. */
const assertMeant = (invocation: Deciding, terminal: Terminal): void => {
  const { command, all, yes } = invocation;
  if (!isLimited(invocation) && !all)
    throw new InputError('nothing-chosen', {
      expected: `--uin, --request, --source, --since or --until, or --all`,
      found: 'none of them',
      wayOut: `Say which braked erasures to ${command}. Nothing was done.`,
    });
  if (isLimited(invocation) && all)
    throw new InputError('all-and-some', {
      expected: '--all alone, or options that say which',
      found: 'both',
      wayOut: 'Leave one out. Nothing was done.',
    });
  if (yes || canAsk(terminal)) return;
  throw new InputError('nobody-to-ask', {
    expected: '--yes where nobody can be asked',
    found: 'neither --yes nor a terminal',
    wayOut: 'Look at what the command braked lists with the same options; then add --yes. Nothing was done.',
  });
};

const QUESTION = {
  confirm: 'the next run erases the documents of these accounts, as far as they are due, and nothing brings them back.',
  cancel: 'these accounts count as reinstated now, and everything that is owed to them is taken back.',
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
    ...brakedPage(selection, session.ports.clock()),
    `${command}: ${QUESTION[command]}`,
  ];
  terminal.stderr.write(renderPage(page, screenOf(terminal.stderr)));
  return isYes(`${command === 'confirm' ? 'Confirm' : 'Cancel'} ${erasures(total)}? [y/N] `, terminal);
};

const confirmAll = async (session: Session, { found }: BrakedSelection): Promise<Decided> => {
  const { ledger, events, keyRing } = session.erasure;
  const proveConfirmation = proofsBy((await keyRing()).subject.keys);
  const ports = { ledger, events, proveConfirmation, clock: session.ports.clock };
  const byCategory = new Map(found.map((each) => [each.category, each.erasures]));
  const results = await forEachCategory([...byCategory.keys()], 1, async (category) => {
    const reads = (byCategory.get(category) ?? []).map(({ read }) => read);
    return { category, done: (await confirmErasures(category.id, reads, ports)).size };
  });
  const done = results.reduce((sum, each) => sum + (isFailed(each) ? 0 : each.done), 0);
  const failed = results.filter(isFailed);
  const left = totalOf({ found }) - done;
  const page: Page =
    left === 0
      ? []
      : ['Those that are left changed meanwhile, or stand under a subject key that the ring does not have.'];
  return {
    done,
    left,
    exitCodes: failed.map(({ exitCode }) => exitCode),
    page: [...page, ...brakedPage({ found: [], failed }, 0)],
  };
};

const subjectOf = ({ uin, sdkAppId }: LedgerEntry): Subject | undefined =>
  uin === undefined ? undefined : { uin, ...(sdkAppId !== undefined && { sdkAppId }) };

const cancelAll = async (session: Session, { found }: BrakedSelection): Promise<Decided> => {
  const ports = { ...(await session.erasure.openRecord()), isEverywhere: true };
  const entries = found.flatMap(({ erasures }) => erasures.map(({ read }) => read.entry));
  const subjects = new Map(
    entries.flatMap((entry) => {
      const subject = subjectOf(entry);
      return subject === undefined ? [] : [[JSON.stringify([subject.uin, subject.sdkAppId]), subject] as const];
    }),
  );
  const at = session.ports.clock();
  for (const subject of subjects.values()) {
    const event: TerminationEvent = {
      requestId: randomUUID(),
      type: 'account-reinstated',
      subject,
      at,
      immediate: false,
    };
    await recordTermination(event, [...session.policy.categories.values()], ports);
  }
  const now = await ports.ledger.read(entries.map(({ id }) => id));
  const left = entries.filter(({ id }) => {
    const entry = now.get(id)?.entry;
    return entry !== undefined && isOpen(entry);
  }).length;
  const page: Page =
    left === 0
      ? []
      : ['Those that are left are terminated for a later day than today, or changed meanwhile: reinstate them then.'];
  return { done: entries.length - left, left, exitCodes: [], page };
};

const declined = ({ command }: Deciding): Result => {
  const verdict = 'Nothing recorded: the question was answered with no';
  return {
    page: [{ text: verdict, style: 'bold' }],
    json: { command, verdict, exitCode: EXIT.left, declined: true },
    exitCode: EXIT.left,
  };
};

const DONE = { confirm: 'Confirmed', cancel: 'Cancelled' } as const;

/** `confirm` and `cancel`: a person decides about braked erasures. It ends with 3 where there are none of those that are meant, or some are left. */
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
  const decided = await (command === 'confirm' ? confirmAll : cancelAll)(session, selection);
  const { done, left } = decided;
  const verdict = [
    totalOf(selection) === 0
      ? `${DONE[command]}: nothing, since none of these is braked`
      : `${DONE[command]}: ${erasures(done)}`,
    ...(left === 0 ? [] : [`${count(left, 'erasure', 'erasures')} left as they are`]),
    ...unlooked(selection),
  ].join(' · ');
  const exitCode = worstOf([
    done === 0 || left > 0 ? EXIT.left : EXIT.done,
    ...decided.exitCodes,
    ...selection.failed.map((each) => each.exitCode),
  ]);
  return {
    page: [
      { text: verdict, style: 'bold' },
      ...observeLines(session),
      ...decided.page,
      ...brakedPage({ found: [], failed: selection.failed }, session.ports.clock()),
    ],
    json: { command, verdict, exitCode, done, left, ...brakedJson(selection, session.ports.clock()) },
    exitCode,
  };
};
