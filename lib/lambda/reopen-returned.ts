import { randomUUID } from 'node:crypto';
import { type Reopened, reopenErasures } from '../erasure/due/reopen-erasures.ts';
import { type ReturnedMessage, returnedFromBus } from '../erasure/intake/returned-event.ts';
import { assertClocksAgree, readClocks } from '../purge/clocks.ts';
import { boundPolicy } from './bound-policy.ts';
import type { FunctionInvocation } from './invocation.ts';
import { type PurgeAnswer, runCategory, type Skipped } from './run-category.ts';

/** The answer of a purge function to the audit. It names no subject. */
export interface ReturnedAnswer {
  readonly outcome: 'reopened';
  readonly category: string;
  readonly auditId: string;
  /** Numbers of entries: reopened now, reopened before and still owed, and refused. */
  readonly reopened: number;
  readonly owed: number;
  readonly refused: number;
  /** The run that followed; absent if no erasure is owed. */
  readonly run?: PurgeAnswer | Skipped;
}

const reopen = async (
  { policy, category, deployment, identify, ports, erasure, clock }: FunctionInvocation,
  { subjects }: ReturnedMessage,
): Promise<Reopened> => {
  const bound = boundPolicy(policy, deployment, await identify());
  assertClocksAgree(await readClocks(ports.store, category, clock));
  const { ledger, subjectKeys } = erasure;
  return reopenErasures(category, bound, subjects, { ledger, subjectKeys, clock, witness: ports.witness });
};

/**
 * Reopens the erasures of subjects whose data an audit has found again, and runs the category at once. The run erases
 * as any other run does: a reinstatement that nobody has recorded yet still stops it.
 * @throws InputError `unknown-event`, or without keys; RefusedError `wrong-cluster`; TransientError, such as
 *   `clock-skew`. The next audit sends an event for the data that is still there.
 */
export const reopenReturned = async (invocation: FunctionInvocation, event: unknown): Promise<ReturnedAnswer> => {
  const { category, logger } = invocation;
  const message = returnedFromBus(event, category.id);
  const { auditId, id, time } = message;
  const { reopened, owed, refused } = await reopen(invocation, message);
  const numbers = { reopened: reopened.length, owed: owed.length, refused: refused.size };
  logger.info(`${category.id}: erased data has returned`, { auditId, ...numbers });
  for (const [entry, reason] of refused) logger.warn(`${category.id}: not reopened: ${reason}`, { auditId, entry });
  const answer = { outcome: 'reopened' as const, category: category.id, auditId, ...numbers };
  if (numbers.reopened + numbers.owed === 0) return answer;
  const trigger = { source: 'audit', id, time } as const;
  return { ...answer, run: await runCategory(invocation, { originId: randomUUID(), hop: 0, trigger }) };
};
