import { OPEN_STATES } from '../../../erasure/ledger/ledger-entry.ts';
import { CategoryVisit } from '../../../erasure/recording/category-visit.ts';
import type { Category } from '../../../policy/retention-policy.ts';
import type { PastResult } from '../../../purge/report/run-history.ts';
import { type ControlReadings, readControlsOf } from '../../controls/control-section.ts';
import { checkLedger } from '../../erasures/ledger-check.ts';
import { countLedger, nearestDeadline } from '../../erasures/status-counts.ts';
import { EXIT, worstOf } from '../../exit-code.ts';
import { count } from '../../output/format.ts';
import type { Result } from '../../output/result.ts';
import { prometheusText } from '../../prometheus/prometheus-text.ts';
import { type CategoryNumbers, type StatusNumbers, statusGauges } from '../../prometheus/status-gauges.ts';
import type { Session } from '../../session.ts';

/** Runs are read in growing parts of the newest ones: the last ones may still be at work, or have died. */
const FIRST_PART = 5;

/**
 * The result of the last run that closed its report, among the newest that the report store names. If many runs have
 * died, this one still tells for how long.
 */
const lastResult = async ({ ports, history }: Session, id: string): Promise<PastResult | undefined> => {
  const until = ports.clock() + 1;
  const newest = await ports.reportStore.earlierRuns(id, until);
  for (let part = FIRST_PART; ; part *= 4) {
    const oldest = newest.slice(0, part).at(-1);
    if (oldest === undefined) return undefined;
    const { runs } = await history.runs(id, oldest.startedAt, until);
    const last = runs.findLast(({ ended }) => ended !== undefined)?.ended;
    if (last !== undefined || part >= newest.length) return last;
  }
};

const erasuresOf = async (session: Session, category: Category): Promise<CategoryNumbers['erasures']> => {
  if (category.rules.termination === undefined) return undefined;
  const counts = await countLedger(session, category);
  // The ledger returns the most urgent entry first.
  const { entries } = await session.erasure.ledger.find({ category: category.id, states: OPEN_STATES }, 1);
  const nearestEraseBy = nearestDeadline(entries.map(({ entry }) => entry));
  return { counts, ...(nearestEraseBy !== undefined && { nearestEraseBy }) };
};

const numbersOf = async (
  session: Session,
  category: Category,
  controls: ControlReadings,
  visit: CategoryVisit,
): Promise<CategoryNumbers> => {
  const { id } = category;
  // Each part is read by itself: a ledger that does not answer must not hide the last run.
  const [ofLedger, ofReports] = [new CategoryVisit(), new CategoryVisit()];
  const erasures = (await ofLedger.each([id], () => erasuresOf(session, category))).get(id);
  const lastRun = (await ofReports.each([id], () => lastResult(session, id))).get(id);
  visit.note(ofLedger.unreached);
  const reading = controls.get(id);
  if (reading === undefined) throw new RangeError(`no controls of ${id}`);
  return {
    category: id,
    ...(erasures !== undefined && { erasures }),
    ...(lastRun !== undefined && { lastRun }),
    controls: reading,
    isUnread: ofLedger.unreached.length + ofReports.unreached.length > 0 || 'unread' in reading,
  };
};

/**
 * `status --prometheus`: the numbers of `status`, and those of the last run of each category by its report, in the text
 * format of Prometheus. The exit code is that of `status`. It counts no documents itself.
 */
export const statusGaugesCommand = async (session: Session): Promise<Result> => {
  const { policy, categories, cluster } = session;
  const visit = new CategoryVisit();
  const ids = categories.map(({ id }) => id);
  const controls = await readControlsOf(session, ids);
  const read: CategoryNumbers[] = [];
  for (const category of categories) read.push(await numbersOf(session, category, controls, visit));
  const ledger = await checkLedger(session, visit);
  const isExamined = ledger.failure === undefined && ledger.unreached.length === 0;
  const numbers: StatusNumbers = {
    now: session.ports.clock(),
    cluster: cluster.name,
    policyVersion: policy.version,
    mode: policy.mode,
    categories: read,
    ...(isExamined && { notCarriedOut: ledger.findings.reduce((sum, { subjects = 1 }) => sum + subjects, 0) }),
  };
  const isLeft = read.some(
    ({ erasures }) => erasures !== undefined && erasures.counts.overdue + erasures.counts.braked > 0,
  );
  const unread = read.filter(({ isUnread }) => isUnread).length;
  const exitCode = worstOf([isLeft ? EXIT.left : EXIT.done, unread > 0 ? EXIT.failed : EXIT.done, ledger.exitCode]);
  const summary = `Gauges of ${count(read.length, 'category', 'categories')}${unread === 0 ? '' : ` · ${unread} not read as a whole`}`;
  return {
    page: [{ text: summary, style: 'bold' }],
    json: { command: 'status', summary, exitCode },
    text: prometheusText(statusGauges(numbers)),
    exitCode,
  };
};
