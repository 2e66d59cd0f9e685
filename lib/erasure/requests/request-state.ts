import type { Category } from '../../policy/retention-policy.ts';
import { type Instant, parseInstant } from '../../policy/time/instant.ts';
import { fitsItsId } from '../events/event-id.ts';
import type { EventLog, KeptEvent } from '../events/event-log.ts';
import { doneThroughOf } from '../ledger/done-through.ts';
import type { Ledger } from '../ledger/ledger.ts';
import {
  type Closure,
  type EntryState,
  entryIdOf,
  eventKey,
  isMalformed,
  isOpen,
  isOverdue,
  isReopened,
  type LedgerEntry,
} from '../ledger/ledger-entry.ts';
import { newestReinstatement } from '../ledger/obligation.ts';
import { subjectName } from '../subjects/subject-hash.ts';

/**
 * What became of one account event in one category. It names no account.
 * - `recorded`: a reinstatement, or a termination to which the rule of the category does not react. Nothing is owed.
 * - `unknown`: the category has no usable record of it (yet). It may be owed.
 * - otherwise the state of the erasure; see {@link EntryState}.
 */
export interface RequestState {
  readonly category: string;
  readonly type: KeptEvent['type'];
  readonly state: Exclude<EntryState, 'malformed'> | 'recorded' | 'unknown';
  /** Of an open erasure: the end of its cancel window, and its deadline, in epoch milliseconds. */
  readonly eraseFrom?: Instant;
  readonly eraseBy?: Instant;
  /** Of an open erasure: whether its deadline has passed. */
  readonly overdue?: boolean;
  /** When the erasure was closed: erased, nothing found, or cancelled. */
  readonly closedAt?: Instant;
  /** The id of the receipt, once it is issued. */
  readonly receipt?: string;
}

/** The records that are read. */
export interface RequestRecords {
  readonly ledger: Pick<Ledger, 'read'>;
  readonly events: (category: string) => Pick<EventLog, 'ofRequest'>;
}

/** A category, as far as it matters here. */
type Concerned = Pick<Category, 'id' | 'rules'>;

/** The states in which nothing is left to do. */
const DONE: readonly RequestState['state'][] = ['erased', 'nothing-found', 'cancelled', 'recorded'];

/** Whether nothing is left to do for a request: in no category is anything owed, or perhaps owed. */
export const isDone = (states: readonly RequestState[]): boolean => states.every(({ state }) => DONE.includes(state));

type Outcome = Omit<RequestState, 'category' | 'type'>;

const UNKNOWN: Outcome = { state: 'unknown' };

const openOutcome = (entry: LedgerEntry, now: Instant): Outcome => {
  const { state, obligation } = entry;
  if (isMalformed(entry) || obligation === undefined) return UNKNOWN;
  const { eraseFrom, eraseBy } = obligation;
  return { state: state as RequestState['state'], eraseFrom, eraseBy, overdue: isOverdue(entry, now) };
};

const closedOutcome = ({ state, closedAt, receipt }: Closure): Outcome => ({
  state,
  closedAt,
  ...(receipt !== undefined && { receipt }),
});

/** The newest closure that carried out a termination at this instant. */
const closureOf = (entry: LedgerEntry, at: Instant): Closure | undefined =>
  entry.closures.findLast(
    (closure) => closure.obligation.terminatedAt <= at && at <= doneThroughOf(entry.trigger, closure),
  );

/** What an entry says about a termination at an instant. */
const outcomeIn = (entry: LedgerEntry, at: Instant, now: Instant): Outcome => {
  if (isMalformed(entry)) return UNKNOWN;
  const { obligation, doneThrough, closedAt } = entry;
  const closure = closureOf(entry, at);
  const isOwed = isOpen(entry) && obligation !== undefined && at >= obligation.terminatedAt;
  if (isOwed && (closure === undefined || isReopened(entry))) return openOutcome(entry, now);
  if (closure !== undefined) return closedOutcome(closure);
  if (newestReinstatement(entry.events) >= at)
    return { state: 'cancelled', ...(!isOpen(entry) && closedAt !== undefined && { closedAt }) };
  // It arrived after a later termination had been carried out, which erased its data too.
  const later = entry.closures.find((each) => at <= doneThroughOf(entry.trigger, each));
  return doneThrough !== undefined && at <= doneThrough && later !== undefined ? closedOutcome(later) : UNKNOWN;
};

const reactsTo = ({ rules }: Concerned, type: KeptEvent['type']): boolean =>
  rules.termination?.triggers.some((trigger) => trigger === type) === true;

/** What became of an event that the log of a category has. */
const outcomeOf = async (
  category: Concerned,
  event: KeptEvent,
  { ledger }: RequestRecords,
  now: Instant,
): Promise<Outcome> => {
  const at = parseInstant(event.at);
  if (event.type === 'account-reinstated') return { state: 'recorded' };
  if (at === undefined) return UNKNOWN;
  const { type } = event;
  // An entry stays under the version of the subject key with which it was made.
  const names = [subjectName(event), ...(event.alsoUnder ?? [])];
  const ids = names.map((name) => entryIdOf(category.id, type, name));
  const found = await ledger.read(ids);
  const [entry] = ids.flatMap((id) => found.get(id)?.entry ?? []);
  if (entry !== undefined) return outcomeIn(entry, at, now);
  return reactsTo(category, type) ? UNKNOWN : { state: 'recorded' };
};

const keyOf = ({ type, at, immediate }: KeptEvent): string => eventKey({ type, at: Date.parse(at), immediate });

/**
 * What became of the message with a request id, in every category that records messages. An edited event does not
 * count. Nothing here is proven: no key of the ring is used. Only a receipt proves an erasure.
 * @param requestId the id of the message, as the sender chose it.
 * @param categories those of the policy. Categories without a termination rule are left out.
 * @param now epoch milliseconds.
 * @returns undefined if no category has recorded a message with this id.
 * @throws InputError | TransientError if a ledger or an event log does not answer: then nothing is said about any
 *   category.
 */
export const requestStates = async (
  requestId: string,
  categories: readonly Concerned[],
  records: RequestRecords,
  now: Instant,
): Promise<readonly RequestState[] | undefined> => {
  const recording = categories.filter(({ rules }) => rules.termination !== undefined);
  const heard = await Promise.all(
    recording.map(async (category) => ({
      category,
      events: (await records.events(category.id).ofRequest(requestId)).filter(fitsItsId),
    })),
  );
  const all = new Map(heard.flatMap(({ events }) => events.map((event) => [keyOf(event), event] as const)));
  if (all.size === 0) return undefined;
  const states = heard.map(async ({ category, events }) => {
    const own = await Promise.all(
      events.map(async (event) => ({
        category: category.id,
        type: event.type,
        ...(await outcomeOf(category, event, records, now)),
      })),
    );
    const known = new Set(events.map(keyOf));
    const missing = [...all].filter(([key]) => !known.has(key));
    return [...own, ...missing.map(([, { type }]) => ({ category: category.id, type, ...UNKNOWN }))];
  });
  return (await Promise.all(states)).flat();
};
