import { batched } from '../base/batch-calls.ts';
import { messageOf } from '../base/errors.ts';
import type { ControlStore } from '../control/control-store.ts';
import type { ControlsSeen } from '../control/controls.ts';
import { lookAtControls, openControls } from '../control/controls-in-force.ts';
import type { Moment } from '../criteria/clock-reading.ts';
import type { BlockIntent, Criteria } from '../criteria/due-criteria.ts';
import type { Finding } from '../criteria/finding.ts';
import type { Category, RetentionPolicy } from '../policy/retention-policy.ts';
import type { Clock } from '../policy/time/instant.ts';
import { addAnnounced } from './announced/announced-documents.ts';
import { fallingDueAfter } from './announced/falling-due.ts';
import { readClocks } from './clocks.ts';
import { criteriaBefore, criteriaOf } from './combine-rules.ts';
import { type ControlReading, controlCriteria, holdsIn, readingOf } from './controls/control-facts.ts';
import { stoppedFinding } from './controls/control-findings.ts';
import type { DocumentRemover } from './document-remover.ts';
import type { DocumentStore } from './document-store.ts';
import { beyondLimit } from './erasure-limit.ts';
import type { DueErasures, ErasureSource, RecordedOutcomes } from './erasure-source.ts';
import { ControlCheck } from './execute/control-check.ts';
import { type ExecutedIndex, execute, leaveEveryIndex } from './execute/execute.ts';
import { liftLeftovers } from './execute/unblock.ts';
import { guard } from './guard.ts';
import { markUnchanged } from './indices/emptied-index.ts';
import { keepLease, type Lease, type LeaseStore } from './lease.ts';
import { type Rested, UNPACED } from './pace/pace.ts';
import { pacedWorkOf, shortenedRest } from './pace/paced-work.ts';
import type { Throttle } from './pace/throttle.ts';
import { makePlan, type Plan } from './plan.ts';
import { closeReport } from './report/close-report.ts';
import { openReport, type RunFacts } from './report/open-report.ts';
import type { OpenReport, Report, ReportStore } from './report/report.ts';
import { reportFindings } from './report/report-findings.ts';
import type { SavedCategory } from './saved/saved-plan.ts';
import { assertUsable, overriddenBy } from './saved/saved-plan-check.ts';
import { laterErasures, withinSaved } from './saved/within-saved.ts';
import { areMappedByTemplates, survey } from './survey.ts';
import type { TimeBudget } from './time-budget.ts';
import { type RunMode, Verification } from './verify.ts';

/** Everything outside the core that a run needs. */
export interface Ports {
  readonly store: DocumentStore;
  readonly remover: DocumentRemover;
  readonly leases: LeaseStore;
  readonly controls: ControlStore;
  readonly reportStore: ReportStore;
  readonly erasureSource: ErasureSource;
  readonly clock: Clock;
  /** Slows down deletions for the sake of others. Absent: requests are sent as fast as the cluster answers. */
  readonly throttle?: Throttle;
}

/** Observes a run without influencing it. */
export interface Progress {
  /** Called with the plan, before anything is destroyed. */
  planned(plan: Plan): void;
  /** Called after each destructive request, with the number of removed documents. */
  removed(documents: number): void;
}

/** One run of one category. */
export interface PurgeRun extends RunFacts {
  readonly policy: RetentionPolicy;
  readonly category: Category;
  readonly budget: TimeBudget;
  readonly progress?: Progress;
  /** Whether a person has stated that the category has no index yet. */
  readonly allowEmpty?: boolean;
}

/** The category to plan, the statements of a person about it, and the saved plan that limits it. */
type Planning = Pick<PurgeRun, 'policy' | 'category' | 'allowEmpty'> & {
  readonly controls: ControlReading;
  readonly within?: SavedCategory | undefined;
};

const planWith = async (
  { policy, category, allowEmpty = false, controls, within }: Planning,
  { store, reportStore }: Pick<Ports, 'store' | 'reportStore'>,
  due: DueErasures,
  { now, clocks }: Moment,
): Promise<Plan> => {
  const criteria = {
    ...criteriaBefore(
      criteriaOf(category, policy, now, due, controlCriteria(controls, category, now, due.nearestEraseBy)),
      within?.cutoff === undefined ? undefined : Date.parse(within.cutoff),
    ),
    ...(clocks !== undefined && { clocks }),
    ...(allowEmpty && { mayBeEmpty: true as const }),
  };
  const surveyed = await survey(store, category, criteria);
  const plan = makePlan(category, criteria, now, await markUnchanged(surveyed, reportStore, category, now));
  return addAnnounced(withReturned(withinSaved(plan, within), due), policy, { store, reportStore });
};

/** Counts the documents of subjects that were erased before: the share of the guard leaves them out. */
const withReturned = (plan: Plan, { returned }: DueErasures): Plan => {
  if (returned === undefined || returned.size === 0) return plan;
  const documents = [...returned].reduce((sum, key) => sum + (plan.survey.subjects?.get(key)?.due ?? 0), 0);
  return { ...plan, returned: documents };
};

/** The due erasures that a saved plan names too, and findings about the others. */
const dueWithin = (found: DueErasures, within: SavedCategory | undefined) => {
  if (within === undefined) return { due: found, later: [] };
  const due = found.only(new Set(within.subjects));
  return { due, later: laterErasures(found.subjects.length - due.subjects.length) };
};

/**
 * Makes a plan within the limits of the policy, and of the saved plan if there is one. If it would erase too many
 * accounts, it is made again without these.
 */
const planWithinLimits = async (
  run: Planning,
  ports: Pick<Ports, 'store' | 'reportStore'>,
  found: DueErasures,
  moment: Moment,
): Promise<{ readonly plan: Plan; readonly due: DueErasures }> => {
  const { due: asked, later } = dueWithin(found, run.within);
  const first = await planWith(run, ports, asked, moment);
  const braked = await beyondLimit(first, asked, ports.store);
  const due = braked.size === 0 ? asked : asked.without(braked);
  const plan = braked.size === 0 ? first : await planWith(run, ports, due, moment);
  return { plan: plan.leftOut === undefined ? plan : { ...plan, leftOut: [...plan.leftOut, ...later] }, due };
};

/**
 * Plans the purge of one category. Refreshes indices, and changes nothing else.
 * @throws TransientError if the store does not answer.
 */
export const planPurge = async (
  run: Omit<Planning, 'controls'>,
  ports: Pick<Ports, 'store' | 'reportStore' | 'clock' | 'erasureSource' | 'controls' | 'leases'>,
): Promise<Plan> => {
  const moment = await readClocks(ports.store, run.category, ports.clock);
  const controls = await controlsNow(run.category, ports);
  const due = await ports.erasureSource.dueOf(run.category, moment.now, holdsIn(controls));
  const { plan } = await planWithinLimits({ ...run, controls }, ports, due, moment);
  return plan;
};

/**
 * The controls of a category for a command that changes nothing, or why they could not be read. If the leases do not
 * answer, it cannot tell whether controls were lost. Then nothing counts as held, so that overdue documents are found.
 */
export const controlsNow = (
  { id }: Pick<Category, 'id'>,
  { controls, leases }: Pick<Ports, 'controls' | 'leases'>,
): Promise<ControlReading> =>
  readingOf(async () => lookAtControls(controls, id, await leases.controlsSeen(id).catch(() => [])));

/**
 * Verifies again without subjects that were reinstated meanwhile, so that their documents do not count as due. If the
 * store does not answer this time, the first result is used.
 */
const withoutCancelled = async (
  found: Verification,
  criteria: Criteria,
  recorded: RecordedOutcomes | undefined,
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
): Promise<Verification> => {
  const { termination } = criteria;
  if (recorded === undefined || recorded.cancelled.size === 0 || termination === undefined) return found;
  const subjects = termination.subjects.filter(({ key }) => !recorded.cancelled.has(key));
  const remaining = { ...criteria, termination: { ...termination, subjects } };
  return Verification.of(store, found.category, remaining, 'executed', clock).catch(() => found);
};

/**
 * Whether the category had indices and this run dropped all of them. Indices that somebody else removed do not count.
 */
const hasDroppedAll = ({ indices }: Plan, executed: readonly ExecutedIndex[]): boolean => {
  const dropped = new Set(executed.flatMap(({ index, did }) => (did === 'dropped' ? index : [])));
  return indices.length > 0 && indices.every(({ description }) => dropped.has(description.name));
};

/**
 * The plan's criteria, updated with the results of the run. Both clocks are read again, since one may have been set
 * during the run.
 */
const criteriaAfter = async (
  plan: Plan,
  executed: readonly ExecutedIndex[],
  lease: Pick<Lease, 'declaredBlocks'>,
  controls: ControlReading,
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
): Promise<Criteria> => {
  const { held, controls: before, ...criteria } = plan.criteria;
  const { clocks } = await readClocks(store, plan.category, clock).catch(() => plan.criteria);
  return {
    ...criteria,
    ...controlCriteria(controls, plan.category, plan.plannedAt, before?.nearestEraseBy),
    ...(clocks !== undefined && { clocks }),
    ourBlocks: lease.declaredBlocks(),
    ...(hasDroppedAll(plan, executed) && { mayBeEmpty: true as const }),
  };
};

/** The results of the destructive part of a run. */
interface Destroyed {
  readonly executed: readonly ExecutedIndex[];
  /** Why it ended before its plan was carried out. */
  readonly stopped?: ControlCheck['stopped'];
  readonly rested?: Rested;
}

const NOTHING_DONE: Destroyed = { executed: [] };

/** The ports of the destructive part of a run, beside plan and controls. */
interface Destroying {
  readonly run: PurgeRun;
  readonly lease: Lease;
  /** Blocks under which an earlier drop may still be executed. */
  readonly awaited: readonly BlockIntent[];
  readonly ports: Ports;
  /** The controls that the plan relies on. */
  readonly controls: ControlsSeen;
}

/**
 * Carries out a plan, between two marks in the lease. The marks tell `hold` and `pause` whether a request may still be
 * destroying. The controls must be read between the first mark and each request (decision 0017).
 */
const destroy = async (
  plan: Plan,
  due: DueErasures,
  check: ControlCheck,
  { run, lease, ports, awaited, controls }: Destroying,
): Promise<Destroyed> => {
  try {
    await lease.beginDestroying(controls);
  } catch (thrown) {
    return { executed: leaveEveryIndex(plan, messageOf(thrown)) };
  }
  const pace = ports.throttle?.paceOf(pacedWorkOf(plan, run.budget, lease)) ?? UNPACED;
  const executed = await execute(plan, {
    remover: ports.remover,
    lease,
    awaited,
    budget: run.budget,
    pace,
    criteria: plan.criteria,
    stillDue: due.stillDue,
    isTemplated: batched((indices) => areMappedByTemplates(ports.store, run.category, indices)),
    assertUnchanged: check.assertUnchanged,
    onUnanswered: check.onUnanswered,
    onRemoved: (documents) => run.progress?.removed(documents),
  }).finally(pace.end);
  // If this fails, the mark stays until the lease has ended, and a hold waits until then.
  await lease.endDestroying(check.unansweredUntil).catch(() => undefined);
  return { executed, stopped: check.stopped, rested: pace.rested };
};

const stoppedNotices = (stopped: Destroyed['stopped'], { controls }: Criteria, { id }: Category) =>
  // If they are still unreadable, the verification has a finding for it.
  stopped === undefined || controls?.unread !== undefined ? [] : [stoppedFinding(id, stopped.why, stopped.isUnread)];

/** The facts before the first destructive request, which are in the opened report. */
interface Prepared {
  readonly plan: Plan;
  readonly due: DueErasures;
  readonly controls: ControlReading;
  readonly runMode: RunMode;
  readonly opened: OpenReport;
  readonly notices: readonly Finding[];
}

/** Whether a run is allowed to destroy anything, but for refusals and a pause. */
const mayDestroy = ({ dryRun, policy }: Pick<PurgeRun, 'dryRun' | 'policy'>): boolean =>
  !dryRun && policy.mode === 'enforce';

/**
 * Plans, asks the guard, and opens the report. If the plan is to be carried out, the ledger records which erasures
 * begin.
 */
const prepare = async (run: PurgeRun, lease: Lease, ports: Ports): Promise<Prepared> => {
  const { policy, category } = run;
  const moment = await readClocks(ports.store, category, ports.clock);
  if (run.saved !== undefined) await assertUsable(run.saved, { ...run, ...moment }, ports.reportStore);
  const controls = await readingOf(() =>
    (mayDestroy(run) ? openControls : lookAtControls)(ports.controls, category.id, lease.controlsSeen),
  );
  const found = await ports.erasureSource.dueOf(category, moment.now, holdsIn(controls));
  const { plan, due } = await planWithinLimits({ ...run, controls, within: run.saved?.category }, ports, found, moment);
  await keepLease(lease);
  run.progress?.planned(plan);
  const judgement = overriddenBy(guard(plan), run.saved);
  const runMode: RunMode =
    judgement.refusals.length > 0
      ? 'refused'
      : !mayDestroy(run) || plan.criteria.controls?.pause
        ? 'observed'
        : 'executed';
  const opened = openReport(policy, plan, judgement, run, lease.fence);
  await ports.reportStore.open(opened);
  const [attested, reported] = await Promise.all([
    ports.erasureSource.attest(category, moment.now),
    reportFindings(category.id, ports.reportStore),
  ]);
  // The mark in the lease, before the first destructive request, renews the lease after this.
  if (runMode === 'executed') await due.begin(plan);
  return { plan, due, controls, runMode, opened, notices: [...(plan.leftOut ?? []), ...attested, ...reported] };
};

/** Counts again, records how the erasures ended, and closes the report. */
const conclude = async (
  { plan, due, controls, runMode, opened, notices }: Prepared,
  { executed, stopped, rested }: Destroyed,
  lease: Lease,
  ports: Ports,
): Promise<Report> => {
  const { category } = plan;
  const after = stopped === undefined ? controls : await controlsNow(category, ports);
  const criteria = await criteriaAfter(plan, executed, lease, after, ports);
  const verification = await Verification.of(ports.store, category, criteria, runMode, ports.clock);
  const recording = runMode === 'executed' ? due.recordOutcomes(verification) : Promise.resolve(undefined);
  // If the ledger cannot be written, the run ends with an error, but the report is still closed with the result of the
  // count.
  const recorded = await recording.catch(() => undefined);
  const verified = await withoutCancelled(verification, criteria, recorded, ports);
  const report = closeReport(opened, plan, executed, verified, ports.clock(), {
    erasures: recorded?.summary,
    // Documents that fell due since a saved plan was made are still there, so nothing is announced.
    fallingDue: plan.leftOut === undefined ? await fallingDueAfter(plan, verified, ports.store) : undefined,
    notices: [
      ...notices,
      ...stoppedNotices(stopped, criteria, category),
      ...shortenedRest(category, rested),
      ...(recorded?.notices ?? []),
    ],
    rested,
  });
  await ports.reportStore.close(report);
  await recording;
  return report;
};

/** A run that may destroy what a saved plan names has the id that this plan gives it, so that no second run can. */
const underOwnId = (run: PurgeRun): PurgeRun =>
  run.saved !== undefined && mayDestroy(run) ? { ...run, runId: run.saved.category.runId } : run;

/**
 * One whole run: plan → guard → execute → verify → report. Start reading here. The age rule and the termination rule
 * select documents in different ways; everything after that is the same. A dry run, a policy in `observe` mode, and a
 * pause take the same path without the destructive part. A saved plan limits a run (decision 0023). Report and ledger
 * are written before the first destructive request and closed after the verification. The outcome comes from the
 * verification alone.
 * @throws TransientError if another run has the lease, the records cannot be written, or the store does not answer.
 * @throws InputError if erasures are due and no key ring is configured, or if the saved plan does not apply;
 *   RefusedError if it was used before; nothing is destroyed then.
 */
export const purge = async (asked: PurgeRun, ports: Ports): Promise<Report> => {
  const run = underOwnId(asked);
  const { category } = run;
  const lease = await ports.leases.acquire(category.id, run.runId);
  try {
    const awaited = await liftLeftovers(lease, category, ports.remover, ports.clock);
    const prepared = await prepare(run, lease, ports);
    const { plan, due, controls, runMode } = prepared;
    const destroyed =
      runMode === 'executed' && !('unread' in controls)
        ? await destroy(plan, due, new ControlCheck(ports.controls, category.id, controls, ports.clock), {
            run,
            lease,
            ports,
            awaited,
            controls: controls.controls,
          })
        : NOTHING_DONE;
    return await conclude(prepared, destroyed, lease, ports);
  } finally {
    await lease.release();
  }
};
