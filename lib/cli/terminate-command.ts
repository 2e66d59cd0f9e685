import { randomUUID } from 'node:crypto';
import { isOpen, type LedgerEntry } from '../erasure/ledger-entry.ts';
import { type Recorded, recordTermination } from '../erasure/record-termination.ts';
import { type TerminationEvent, type TerminationType, terminationEvent } from '../erasure/termination-event.ts';
import { isoInstant } from '../policy/instant.ts';
import { ledgerMemory } from '../policy/ledger-memory.ts';
import { InputError } from '../purge/errors.ts';
import type { ErasureInvocation } from './erasure-program.ts';
import { EXIT } from './exit-code.ts';
import type { Page } from './page.ts';
import type { Result } from './result.ts';
import { count, minute } from './say.ts';
import type { Session } from './session.ts';

type Ending = Extract<ErasureInvocation, { command: 'terminate' | 'reinstate' }>;

const FLAGS = { uin: '--uin', sdkAppId: '--app', at: '--at' } as const;

const typeOf = (ending: Ending): TerminationType => {
  if (ending.command === 'reinstate') return 'account-reinstated';
  return ending.accountDeleted ? 'account-deleted' : 'feature-terminated';
};

const eventOf = (ending: Ending, { policy, ports }: Session): TerminationEvent => {
  const now = ports.clock();
  const { uin, app, at } = ending;
  return terminationEvent(
    {
      requestId: `cli_${randomUUID()}`,
      type: typeOf(ending),
      uin,
      ...(app !== undefined && { sdkAppId: app }),
      at: at ?? isoInstant(now),
      ...(ending.command === 'terminate' && { immediate: ending.immediate }),
    },
    { now, memory: ledgerMemory(policy) },
    FLAGS,
  );
};

const noRule = (type: TerminationType): InputError =>
  new InputError('no-termination-rule', {
    expected: 'a category with a termination rule for it in the policy',
    found: `none that answers to ${type}`,
    wayOut: 'Add rules.termination to a category, or name another policy with --policy.',
  });

const line = ({ category, state, obligation, reinstatedAt, closures, progress }: LedgerEntry): string => {
  if (reinstatedAt !== undefined && state === 'cancelled')
    return `${category}: ${count(progress.documentsErased, 'document', 'documents')} had been erased; the rest stays, and nothing is owed any more`;
  if (reinstatedAt !== undefined)
    return `${category}: ${state} before (${minute(closures.at(-1)?.closedAt ?? 0)} UTC); the reinstatement is recorded, and came too late`;
  if (obligation === undefined || state === 'cancelled') return `${category}: nothing is owed`;
  if (state === 'erased' || state === 'nothing-found') return `${category}: ${state} already`;
  return `${category}: ${state}, erased from ${minute(obligation.eraseFrom)} UTC on, by ${minute(obligation.eraseBy)} UTC at the latest`;
};

const verdictOf = ({ type }: TerminationEvent, { isNew, entries }: Recorded): string => {
  const owed = entries.filter(isOpen).length;
  const heard = isNew ? 'Recorded' : 'Heard before';
  return `${heard}: ${type} · ${owed === 0 ? 'nothing owed' : `owed in ${count(owed, 'category', 'categories')}`}`;
};

const entryJson = ({ category, trigger, state, obligation }: LedgerEntry) => ({
  category,
  trigger,
  state,
  eraseFrom: obligation === undefined ? null : isoInstant(obligation.eraseFrom),
  eraseBy: obligation === undefined ? null : isoInstant(obligation.eraseBy),
});

/** `terminate` and `reinstate`: the same as the webhook, by the same code as the functions that hear it from the bus. */
export const terminateCommand = async (session: Session, ending: Ending): Promise<Result> => {
  const event = eventOf(ending, session);
  const ports = await session.erasure.openRecord();
  const recorded = await recordTermination(event, [...session.policy.categories.values()], ports);
  if (recorded.entries.length === 0) throw noRule(event.type);
  const verdict = verdictOf(event, recorded);
  const page: Page = [
    { text: verdict, style: 'bold' },
    `request ${event.requestId}, in effect at ${isoInstant(event.at)}`,
    ...recorded.entries.map(line),
  ];
  return {
    page,
    json: {
      command: ending.command,
      verdict,
      exitCode: EXIT.done,
      requestId: event.requestId,
      type: event.type,
      at: isoInstant(event.at),
      isNew: recorded.isNew,
      entries: recorded.entries.map(entryJson),
    },
    exitCode: EXIT.done,
  };
};
