import type { Clock, Instant } from '../../policy/time/instant.ts';
import type { EventSource } from '../events/account-event.ts';
import type { EventLogs, KeptDecision, KeptEvent } from '../events/event-log.ts';
import { believedRequest, believedTerminations, loggedEventsOf } from '../ledger/believed-request.ts';
import { ALL_ENTRIES, type Ledger, type ReadEntry } from '../ledger/ledger.ts';
import { isMalformed, type LedgerEntry, TO_ERASE } from '../ledger/ledger-entry.ts';
import { ledgerPages } from '../ledger/ledger-pages.ts';
import type { SubjectKeys } from '../subjects/key-ring.ts';
import { brakeStatuses } from './brake-erasures.ts';
import { confirmationOf, firstBrake, type ProveConfirmation, released } from './decisions.ts';

/** An erasure that waits for a person, and what is known about its origin. */
export interface BrakedErasure {
  readonly read: ReadEntry;
  /** The decision that names the exceeded limit; absent if the event log has none. */
  readonly why?: KeptDecision;
  /** Its proof covers the request ids of its terminations and their times. */
  readonly isProven: boolean;
  /** Its request id; absent if it is not proven. */
  readonly requestId?: string;
  /** The sources of its terminations; empty if earlier versions recorded them. */
  readonly sources: readonly EventSource[];
  readonly requestIds: readonly string[];
}

/** Selects braked erasures. All given conditions must hold. */
export interface BrakedQuery {
  /** The hashes of one account or application. */
  readonly hashes?: readonly string[];
  readonly requestId?: string;
  readonly source?: EventSource;
  /** Recorded at or after this instant. */
  readonly since?: Instant;
  /** Recorded at or before this instant. */
  readonly until?: Instant;
}

type BrakeRecords = { readonly ledger: Ledger; readonly events: EventLogs };

/**
 * What is known about the origin of an erasure. The entry's own proof decides. Only the source of the entry's events is
 * added from the event log.
 */
const brakedErasureOf = (
  read: ReadEntry,
  events: readonly KeptEvent[],
  decisions: readonly KeptDecision[],
  keys: SubjectKeys | undefined,
): BrakedErasure => {
  const { entry } = read;
  const why = firstBrake(entry, decisions);
  const requestId = believedRequest(entry, keys);
  const terminations = believedTerminations(entry, keys);
  const requestIds = [...(requestId === undefined ? [] : [requestId]), ...terminations.map((each) => each.requestId)];
  return {
    read,
    ...(why !== undefined && { why }),
    isProven: requestId !== undefined,
    ...(requestId !== undefined && { requestId }),
    sources: [...new Set(loggedEventsOf(terminations, events).flatMap(({ source }) => source ?? []))],
    requestIds: [...new Set(requestIds)],
  };
};

/** Whether a query depends on facts that only an entry's proof can establish. */
export const needsProof = ({ requestId, source, since, until }: BrakedQuery): boolean =>
  [requestId, source, since, until].some((each) => each !== undefined);

/** Whether a query selects an erasure, considering proven facts only. */
export const isSelectedBy = (erasure: BrakedErasure, query: BrakedQuery): boolean => {
  const { requestId, source, since, until } = query;
  if (!needsProof(query)) return true;
  const { read, isProven, sources, requestIds } = erasure;
  const heardAt = read.entry.obligation?.heardAt ?? 0;
  return (
    isProven &&
    (requestId === undefined || requestIds.includes(requestId)) &&
    (source === undefined || sources.includes(source)) &&
    (since === undefined || heardAt >= since) &&
    (until === undefined || heardAt <= until)
  );
};

/**
 * The origin of these erasures of one category, from its own records only.
 * @param keys absent without keys; then nothing is proven.
 * @throws InputError | TransientError if the event log does not answer.
 */
export const brakedErasuresOf = async (
  category: string,
  reads: readonly ReadEntry[],
  { events }: Pick<BrakeRecords, 'events'>,
  keys: SubjectKeys | undefined,
): Promise<readonly BrakedErasure[]> => {
  const subjects = reads.map(({ entry }) => entry.subject.hash);
  if (subjects.length === 0) return [];
  const log = events(category);
  const heard = Map.groupBy(await log.about(subjects), ({ hash }) => hash);
  const decided = Map.groupBy(await log.decisions(subjects), ({ hash }) => hash);
  return reads.map((read) => {
    const { hash } = read.entry.subject;
    return brakedErasureOf(read, heard.get(hash) ?? [], decided.get(hash) ?? [], keys);
  });
};

/**
 * The braked entries of a category, the most urgent first, including those that are not believed.
 * @throws InputError | TransientError if the ledger does not answer.
 */
export const brakedEntries = async (
  category: string,
  { hashes }: Pick<BrakedQuery, 'hashes'>,
  { ledger }: Pick<BrakeRecords, 'ledger'>,
): Promise<readonly ReadEntry[]> => {
  const found = await ledger.find(
    { category, states: ['braked'], ...(hashes !== undefined && { hashes }) },
    ALL_ENTRIES,
  );
  return found.entries.filter(({ entry }) => !isMalformed(entry));
};

/** Number of entries read at once. */
const ENTRIES_AT_ONCE = 1_000;

/**
 * Counts the erasures of a category that are braked in the event log but not in the ledger, because somebody changed
 * the entries. The next run follows the event log and brakes them again. Always asks the event log, so that a missing
 * answer is not mistaken for an empty one.
 * @param keys absent without keys; then every confirmation is believed.
 * @throws InputError | TransientError if ledger or event log do not answer.
 */
export const countSetBack = async (
  category: string,
  { hashes }: Pick<BrakedQuery, 'hashes'>,
  { ledger, events }: BrakeRecords,
  keys: SubjectKeys | undefined,
): Promise<number> => {
  await events(category).removedBefore(0);
  const query = { category, states: TO_ERASE, ...(hashes !== undefined && { hashes }) } as const;
  let setBack = 0;
  for await (const { entries } of ledgerPages(ledger, query, ENTRIES_AT_ONCE)) {
    const reads = entries.filter(({ entry }) => !isMalformed(entry));
    const statuses = await brakeStatuses(category, reads, { events }, keys);
    setBack += reads.filter(({ entry }) => statuses.get(entry.id) === 'braked').length;
  }
  return setBack;
};

export interface ConfirmPorts extends BrakeRecords {
  readonly proveConfirmation: ProveConfirmation;
  readonly clock: Clock;
}

const isStillBraked = ({ state, obligation }: LedgerEntry, then: LedgerEntry): boolean =>
  state === 'braked' && obligation?.terminatedAt === then.obligation?.terminatedAt;

/**
 * Confirms braked erasures of one category. First the proven confirmation is written to the event log, then the entries
 * are released. After a crash in between they stay braked, and confirming again completes it. Skips entries that were
 * reinstated or owe another termination since they were read, and entries under an unknown version of the subject key.
 * @returns the ids of the released entries.
 * @throws InputError | TransientError if event log or ledger do not answer.
 */
export const confirmErasures = async (
  category: string,
  reads: readonly ReadEntry[],
  { ledger, events, proveConfirmation, clock }: ConfirmPorts,
): Promise<ReadonlySet<string>> => {
  const confirmations = reads.map(({ entry }) => confirmationOf(entry, proveConfirmation, clock()));
  const proved = new Map(
    reads.flatMap(({ entry }, at) => (confirmations[at] === undefined ? [] : [[entry.id, entry]])),
  );
  await events(category).decide(confirmations.filter((each) => each !== undefined));
  const confirmed = new Set<string>();
  let ids: readonly string[] = [...proved.keys()];
  while (ids.length > 0) {
    const now = [...(await ledger.read(ids)).values()].filter(({ entry }) => {
      const then = proved.get(entry.id);
      return then !== undefined && isStillBraked(entry, then);
    });
    const conflicts = await ledger.write(now.map((read) => ({ entry: released(read.entry), read })));
    for (const { entry } of now) if (!conflicts.has(entry.id)) confirmed.add(entry.id);
    ids = [...conflicts];
  }
  return confirmed;
};
