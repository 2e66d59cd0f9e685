import { isServerNamed } from '../adapters/environment/configuration.ts';
import { categoryOf } from '../adapters/files/policy-file.ts';
import { openCluster } from '../app/open-cluster.ts';
import { holdCommand } from './commands/control/hold-command.ts';
import { holdsCommand } from './commands/control/holds-command.ts';
import { pauseCommand, resumeCommand } from './commands/control/pause-command.ts';
import { releaseCommand } from './commands/control/release-command.ts';
import { readActiveAccounts } from './commands/erasure/active-accounts.ts';
import { brakedCommand, decideBrakedCommand } from './commands/erasure/braked-command.ts';
import { receiptCommand } from './commands/erasure/receipt-command.ts';
import { reconcileCommand } from './commands/erasure/reconcile-command.ts';
import { statusCommand } from './commands/erasure/status-command.ts';
import { statusGaugesCommand } from './commands/erasure/status-gauges-command.ts';
import { terminateCommand } from './commands/erasure/terminate-command.ts';
import { explainCommand } from './commands/explain/explain-command.ts';
import { isOffline, offlineCommand } from './commands/offline/offline-command.ts';
import { closedCommand } from './commands/past/closed-command.ts';
import { conceptCommand, policyConcept } from './commands/past/concept-command.ts';
import { evidenceCommand } from './commands/past/evidence-command.ts';
import { historyCommand } from './commands/past/history-command.ts';
import { reportCommand } from './commands/past/report-command.ts';
import { backfillDatesCommand, readIngestedAt } from './commands/purge/backfill-dates-command.ts';
import { planCommand } from './commands/purge/plan-command.ts';
import { purgeCommand } from './commands/purge/purge-command.ts';
import { verifyCommand } from './commands/purge/verify-command.ts';
import { auditCommand, checkStatementsCommand } from './commands/records/audit-command.ts';
import { housekeepingCommand } from './commands/records/housekeeping-command.ts';
import { readRenamings } from './commands/records/replay-archive.ts';
import { replayCommand } from './commands/records/replay-command.ts';
import { setupCommand } from './commands/records/setup-command.ts';
import { doctorCommand } from './commands/start/doctor-command.ts';
import { initCommand } from './commands/start/init-command.ts';
import { noPolicy } from './commands/start/no-policy.ts';
import { type CommandProcess, progressStream, type Terminal } from './consent/terminal.ts';
import { askedSubject, assertSubject } from './erasures/subject-entries.ts';
import { withCluster } from './output/cluster-line.ts';
import { progressLine } from './output/progress-line.ts';
import type { Result } from './output/result.ts';
import type { ControlInvocation } from './program/control-program.ts';
import type { ErasureInvocation } from './program/erasure-program.ts';
import type { PastInvocation } from './program/past-program.ts';
import type { ClusterInvocation, Invocation } from './program/program.ts';
import { acceptPlan } from './saved/accept-plan.ts';
import { type OpenCluster, type Session, withSession } from './session.ts';

const controlCommand = (session: Session, invocation: ControlInvocation, process: CommandProcess): Promise<Result> => {
  switch (invocation.command) {
    case 'hold':
      return holdCommand(session, invocation, process);
    case 'release':
      return releaseCommand(session, invocation);
    case 'holds':
      return holdsCommand(session, invocation);
    case 'pause':
      return pauseCommand(session, invocation, process);
    case 'resume':
      return resumeCommand(session, invocation);
  }
};

const pastCommand = (session: Session, invocation: PastInvocation): Promise<Result> => {
  switch (invocation.command) {
    case 'concept':
      return conceptCommand(session, invocation);
    case 'evidence':
      return evidenceCommand(session, invocation);
    case 'report':
      return reportCommand(session, invocation);
    case 'history':
      return historyCommand(session, invocation);
  }
};

const statusOf = (
  invocation: Extract<ErasureInvocation, { command: 'status' }>,
  { json }: Terminal,
): ((session: Session) => Promise<Result>) => {
  const { closed, prometheus } = invocation;
  if (prometheus === true) return statusGaugesCommand;
  if (closed !== undefined) return (session) => closedCommand(session, closed);
  const subject = askedSubject(invocation);
  return (session) => statusCommand(session, { json, ...(subject !== undefined && { subject }) });
};

const backfillOf = (
  invocation: Extract<ClusterInvocation, { command: 'backfill-dates' }>,
  terminal: Terminal,
  process: CommandProcess,
): ((session: Session) => Promise<Result>) => {
  const { execute, index } = invocation;
  const ingestedAt = readIngestedAt(invocation.ingestedAt);
  const choice = { ingestedAt, execute, ...(index !== undefined && { index }) };
  const [id = ''] = invocation.selection.category ?? [];
  return (session) => backfillDatesCommand(session, categoryOf(session.policy, id), choice, terminal, process);
};

const purgeOf =
  (
    invocation: Extract<ClusterInvocation, { command: 'purge' }>,
    terminal: Terminal,
    process: CommandProcess,
  ): ((session: Session) => Promise<Result>) =>
  async (session) => {
    const { plan, selection } = invocation;
    if (plan === undefined) return purgeCommand(session, invocation, terminal, process);
    const accepted = await acceptPlan(session, plan, selection.category);
    return purgeCommand(accepted.session, { ...invocation, saved: accepted.saved }, terminal, process);
  };

const commandOf = (
  invocation: ClusterInvocation,
  terminal: Terminal,
  process: CommandProcess,
): ((session: Session) => Promise<Result>) => {
  switch (invocation.command) {
    case 'setup':
      return (session) => setupCommand(session, invocation.choice, invocation.keys);
    case 'housekeeping':
      return (session) => housekeepingCommand(session, invocation.dryRun);
    case 'plan':
      return (session) => planCommand(session, invocation);
    case 'verify':
      return (session) => verifyCommand(session, invocation.allowEmpty);
    case 'purge':
      return purgeOf(invocation, terminal, process);
    case 'terminate':
    case 'reinstate':
      return (session) => terminateCommand(session, invocation, terminal);
    case 'braked':
      return (session) => brakedCommand(session, invocation);
    case 'confirm':
    case 'cancel':
      return (session) => decideBrakedCommand(session, invocation, terminal);
    case 'hold':
    case 'release':
    case 'holds':
    case 'pause':
    case 'resume':
      return (session) => controlCommand(session, invocation, process);
    case 'status':
      return statusOf(invocation, terminal);
    case 'receipt':
      assertSubject(invocation);
      return (session) => receiptCommand(session, invocation);
    case 'reconcile': {
      const active = readActiveAccounts(invocation.active);
      return (session) => reconcileCommand(session, active, invocation.allowEmpty);
    }
    case 'explain':
      return (session) => explainCommand(session, invocation.question);
    case 'concept':
    case 'evidence':
    case 'report':
    case 'history':
      return (session) => pastCommand(session, invocation);
    case 'audit': {
      const { check, active, reopen } = invocation;
      const inUse = active === undefined ? undefined : readActiveAccounts(active);
      return check ? checkStatementsCommand : (session) => auditCommand(session, inUse, reopen);
    }
    case 'replay': {
      const renamings = readRenamings(invocation.renamed);
      return (session) => replayCommand(session, renamings, invocation.despiteMissing);
    }
    case 'backfill-dates':
      return backfillOf(invocation, terminal, process);
  }
};

/** Commands that write nothing on standard error themselves: their progress is shown to the end. */
const ONLY_LOOK: readonly Invocation['command'][] = [
  'plan',
  'verify',
  'status',
  'history',
  'explain',
  'audit',
  'holds',
  'concept',
];

const onCluster = (
  invocation: ClusterInvocation,
  terminal: Terminal,
  process: CommandProcess,
  open: OpenCluster,
): Promise<Result> => {
  const command = commandOf(invocation, terminal, process);
  const line = progressLine(progressStream(terminal), () => performance.now());
  line.show(`${invocation.command}: asking the cluster`);
  return withSession(invocation.selection, process, open, async (session) => {
    if (!ONLY_LOOK.includes(invocation.command)) line.clear();
    return withCluster(await command(session), session);
  }).finally(line.clear);
};

/** `doctor` takes at most ten seconds, with the start of the process. */
const EXAMINED_WITHIN = 9_000;

/**
 * Carries out one command.
 * @param open opens a cluster.
 * @throws PolicyError | InputError | RefusedError | TransientError
 */
export const carryOut = (
  invocation: Invocation,
  terminal: Terminal,
  process: CommandProcess,
  open: OpenCluster = openCluster,
): Promise<Result> => {
  if (isOffline(invocation)) return offlineCommand(invocation);
  const { env: environment } = process;
  if (invocation.command === 'init') return initCommand(invocation, terminal, () => open(noPolicy(), environment));
  if (invocation.command === 'concept' && !isServerNamed(environment)) return policyConcept(invocation, environment);
  if (invocation.command !== 'doctor') return onCluster(invocation, terminal, process, open);
  const { policy } = invocation;
  return doctorCommand({
    environment,
    open,
    within: EXAMINED_WITHIN,
    ...(policy !== undefined && { policyFile: policy }),
  });
};
