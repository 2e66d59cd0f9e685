import { policyFile } from '../adapters/files/policy-file.ts';
import { messageOf, RefusedError, TransientError } from '../base/errors.ts';
import { finishErasures } from '../erasure/due/finish-erasures.ts';
import { isOpen, UNDER_WAY } from '../erasure/ledger/ledger-entry.ts';
import type { RetentionPolicy } from '../policy/retention-policy.ts';
import { type PurgeRun, purge } from '../purge/purge.ts';
import type { Report } from '../purge/report/report.ts';
import { boundPolicy } from './bound-policy.ts';
import { type Continuation, continueElsewhere, runIdOf } from './continuation.ts';
import { drainFailures } from './failures/drain-failures.ts';
import { type FailedEvent, putAside } from './failures/put-aside.ts';
import type { FunctionInvocation } from './invocation.ts';
import { logReport } from './metrics/log-report.ts';
import { type LedgerStatus, publishRefusal, type RunResult } from './metrics/report-metrics.ts';
import { recordEvent } from './record-event.ts';

/**
 * The answer of a purge function to its schedule: the report without indices and findings, which are in the report
 * index.
 */
export type PurgeAnswer = Omit<Report, 'indices' | 'findings'>;

/**
 * The answer if there was nothing to do: a `Purge Unfinished` was repeated, or another run of the category is active.
 */
export interface Skipped {
  readonly outcome: 'duplicate' | 'lease-held';
  readonly runId: string;
}

const answerOf = ({ indices, findings, ...answer }: Report): PurgeAnswer => answer;

/** Puts an event aside, and logs it if only a report of the event is kept. */
const putAsideAndSay = async (
  { deployment, policy, category, logger, openQueue, clock }: FunctionInvocation,
  failed: FailedEvent,
): Promise<void> => {
  const letter = await putAside(failed, { deployment, policy, categoryId: category.id }, clock(), openQueue);
  if (letter?.isReport !== true) return;
  const { code, since, event } = letter;
  logger.error(`${category.id}: given up, and reported among the dead letters: ${messageOf(failed.error)}`, {
    code,
    since,
    event,
  });
};

/**
 * Earlier failures are processed first. A termination must not wait for a person only because the cluster did not
 * answer for an hour. And nothing may be erased while a reinstatement may be waiting in the queue.
 */
const drain = async (invocation: FunctionInvocation, hasTime: () => boolean): Promise<void> => {
  const { category, logger, openQueue, clock } = invocation;
  const { failureQueueUrl, deadLetterQueueUrl } = invocation.deployment;
  if (failureQueueUrl === undefined || deadLetterQueueUrl === undefined) return;
  const { leftBecause, ...drained } = await drainFailures({
    failures: openQueue(failureQueueUrl),
    putAside: (failed) => putAsideAndSay(invocation, failed),
    record: (event, arrivedAt) => recordEvent(invocation, event, arrivedAt),
    hasTime,
    clock,
  });
  if (drained.recorded + drained.overtaken + drained.putAside > 0)
    logger.info(`${category.id}: drained what failed before`, { drained });
  if (leftBecause === undefined) return;
  if (category.rules.termination !== undefined) throw leftBecause;
  logger.warn(`${category.id}: did not drain all that failed before: ${messageOf(leftBecause)}`);
};

/** The first valid entry among this many entries determines the nearest deadline. */
const MAX_URGENT = 20;

/** The ledger after the run. */
const ledgerStatus = async ({ category, erasure }: FunctionInvocation, now: number): Promise<LedgerStatus> => {
  if (category.rules.termination === undefined) return { overdue: 0, braked: 0 };
  const open = { category: category.id, states: UNDER_WAY } as const;
  const { entries } = await erasure.ledger.find(open, MAX_URGENT);
  const { total } = await erasure.ledger.find({ ...open, eraseByBefore: now }, 1);
  const nearestEraseBy = entries.find(({ entry }) => isOpen(entry))?.entry.obligation?.eraseBy;
  const { total: braked } = await erasure.ledger.find({ category: category.id, states: ['braked'] }, 0);
  return { overdue: total, braked, ...(nearestEraseBy !== undefined && { nearestEraseBy }) };
};

const boundTo = async (invocation: FunctionInvocation) => {
  const cluster = await invocation.identify();
  try {
    return { cluster, policy: boundPolicy(invocation.policy, invocation.deployment, cluster) };
  } catch (error) {
    if (error instanceof RefusedError) publishRefusal(invocation.deployment, invocation.category.id);
    throw error;
  }
};

/**
 * Issues due receipts, also those of earlier runs. Logs a line for each receipt, so that the id of a request leads from
 * webhook to receipt.
 * @returns whether no receipt is due any more.
 */
const finishErasuresOf = async (
  { category, erasure, budgets, logger, clock }: FunctionInvocation,
  policy: RetentionPolicy,
  { runId, cluster }: Report,
): Promise<boolean> => {
  const { issued, left, unproven } = await finishErasures({ policy, category, cluster }, erasure, clock(), {
    hasTime: () => budgets.finishing.remaining() > 0,
    onIssued: (requestId) => logger.info(`${category.id}: receipt issued`, { runId, requestId }),
  });
  if (left > 0)
    logger.warn(`${category.id}: receipts left to the next run`, { runId, receiptsIssued: issued, receiptsLeft: left });
  if (unproven !== undefined)
    logger.warn(`${category.id}: closed erasures that nobody can prove, and that get no receipt`, { runId, unproven });
  return left === 0 && unproven === undefined;
};

/** The report of a run; undefined if another run of the category is active and does the same work. */
const purgeUnlessLeased = async (
  run: Omit<PurgeRun, 'category' | 'budget' | 'dryRun'>,
  { category, ports, budgets, logger }: FunctionInvocation,
): Promise<Report | undefined> => {
  try {
    return await purge({ ...run, dryRun: false, category, budget: budgets.purging }, ports);
  } catch (error) {
    if (!(error instanceof TransientError && error.code === 'lease-held')) throw error;
    logger.info(`${category.id}: another run is at work: ${messageOf(error)}`, { runId: run.runId });
    return undefined;
  }
};

/** Everything after the report. If something fails here, the metrics of the run are still sent. */
const followUp = async (
  invocation: FunctionInvocation,
  policy: RetentionPolicy,
  report: Report,
  continuation: Continuation,
): Promise<void> => {
  const { category, budgets, logger, publisher, deployment, publishMetrics, clock } = invocation;
  const { runId } = report;
  let result: RunResult = { report, ledger: undefined, areErasuresFinished: false };
  try {
    result = { ...result, ledger: await ledgerStatus(invocation, clock()) };
    if (await continueElsewhere(continuation, report, budgets.purging, publisher))
      logger.info(`${category.id}: goes on in another invocation`, { runId, hop: continuation.hop + 1 });
    result = { ...result, areErasuresFinished: await finishErasuresOf(invocation, policy, report) };
  } finally {
    publishMetrics(deployment, result, clock());
  }
};

/**
 * One scheduled run of a category's function, or its continuation. It processes earlier failures, purges, asks for
 * another invocation if time ran out, finishes the erasures, and writes log and metrics. If another run of the category
 * is active, it ends without error and without metrics.
 * @throws TransientError so that Lambda retries; RefusedError `wrong-cluster`; InputError if the erasures cannot be
 *   finished. If the category owes erasures, also any error that prevented an earlier failed termination from being
 *   recorded; then nothing is purged.
 */
export const runCategory = async (
  invocation: FunctionInvocation,
  continuation: Continuation,
): Promise<PurgeAnswer | Skipped> => {
  const { category, ports, budgets, logger } = invocation;
  const runId = runIdOf(continuation);
  const { cluster, policy } = await boundTo(invocation);
  if (continuation.hop > 0 && (await ports.reportStore.has(category.id, runId))) {
    logger.info(`${category.id}: ${runId} was started before`);
    return { outcome: 'duplicate', runId };
  }
  await drain(invocation, () => budgets.purging.remaining() > 0);

  const { trigger } = continuation;
  const report = await purgeUnlessLeased({ runId, trigger, cluster, policy }, invocation);
  if (report === undefined) return { outcome: 'lease-held', runId };
  const answer = answerOf(report);
  logReport(logger, report, answer, policyFile());
  await followUp(invocation, policy, report, continuation);
  return answer;
};
