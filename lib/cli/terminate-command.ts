import { randomUUID } from 'node:crypto';
import { isOpen, type LedgerEntry } from '../erasure/ledger-entry.ts';
import { type Recorded, recordTermination } from '../erasure/record-termination.ts';
import { type TerminationEvent, type TerminationType, terminationEvent } from '../erasure/termination-event.ts';
import { type Instant, isoInstant } from '../policy/instant.ts';
import { ledgerMemory } from '../policy/ledger-memory.ts';
import { InputError } from '../purge/errors.ts';
import type { ErasureInvocation } from './erasure-program.ts';
import { EXIT } from './exit-code.ts';
import type { Page } from './page.ts';
import { observeLines, type Result } from './result.ts';
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

const closedText = ({ state, progress, reinstatedAt, closedAt }: LedgerEntry): string => {
  if (state === 'cancelled')
    return progress.documentsErased === 0
      ? 'nothing is owed'
      : `cancelled, after ${count(progress.documentsErased, 'document', 'documents')} had been erased`;
  if (reinstatedAt === undefined) return `${state} already`;
  return `${state} before, at ${minute(closedAt ?? 0)} UTC; the reinstatement is recorded, and brings nothing back`;
};

const openText = ({ state, obligation }: LedgerEntry, now: Instant): string => {
  const { eraseFrom = now, eraseBy = now } = obligation ?? {};
  const when = eraseFrom <= now ? 'by the next run' : `by the first run from ${minute(eraseFrom)} UTC on`;
  return `${state}, to be erased ${when}, not later than ${minute(eraseBy)} UTC`;
};

const line = (entry: LedgerEntry, now: Instant): string =>
  `${entry.category}, ${entry.trigger}: ${isOpen(entry) ? openText(entry, now) : closedText(entry)}`;

/** `owed in 1 category`, `nothing owed, erased before in 1 category` */
const outcomeText = (type: TerminationType, entries: readonly LedgerEntry[]): string => {
  const owed = entries.filter(isOpen).length;
  const late = entries.filter((entry) => entry.state === 'erased' && entry.reinstatedAt !== undefined).length;
  const isReinstated = type === 'account-reinstated';
  const still = isReinstated ? 'still owed, by a later termination,' : 'owed';
  return [
    owed === 0 ? 'nothing owed' : `${still} in ${count(owed, 'category', 'categories')}`,
    ...(isReinstated && late > 0 ? [`erased before in ${count(late, 'category', 'categories')}`] : []),
  ].join(', ');
};

const verdictOf = ({ type }: TerminationEvent, { isNew, entries }: Recorded): string =>
  `${isNew ? 'Recorded' : 'Heard before'}: ${type} · ${outcomeText(type, entries)}`;

/** By which id the request is known: where several said the same, the ledger settles on one, which the receipt will bear. */
const knownAs = ({ requestId, type }: TerminationEvent, entries: readonly LedgerEntry[]): string =>
  type === 'account-reinstated' ? requestId : (entries.find(isOpen)?.obligation?.requestId ?? requestId);

const entryJson = ({ category, trigger, state, obligation }: LedgerEntry) => ({
  requestId: obligation?.requestId ?? null,
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
  const now = session.ports.clock();
  const requestId = knownAs(event, recorded.entries);
  const page: Page = [
    { text: verdict, style: 'bold' },
    `request ${requestId}, in effect at ${isoInstant(event.at)}`,
    ...recorded.entries.map((entry) => line(entry, now)),
    ...observeLines(session),
  ];
  return {
    page,
    json: {
      command: ending.command,
      verdict,
      exitCode: EXIT.done,
      requestId,
      type: event.type,
      at: isoInstant(event.at),
      isNew: recorded.isNew,
      entries: recorded.entries.map(entryJson),
    },
    exitCode: EXIT.done,
  };
};
