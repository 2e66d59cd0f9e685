import type { Instant } from '../../policy/time/instant.ts';
import {
  confirmationOf,
  firstBrake,
  type KeptDecision,
  type ProveConfirmation,
  released,
} from '../events/decisions.ts';
import type { EventSource } from '../events/termination-event.ts';
import type { EventLogs, KeptEvent, Ledger, ReadEntry } from '../ledger/ledger.ts';
import { isMalformed, type LedgerEntry, TO_ERASE } from '../ledger/ledger-entry.ts';
import { ledgerPages } from '../ledger/ledger-pages.ts';
import { believedRequest, believedTerminations, heardAmong } from '../subjects/believed-request.ts';
import type { SubjectKeys } from '../subjects/key-ring.ts';
import { brakeStatuses } from './hold-back.ts';

/** More entries than any category has. */
const ALL = 10_000_000;

/** An erasure that waits for a person, and what is known of how it came. */
export interface BrakedErasure {
  readonly read: ReadEntry;
  /** The limit that it is beyond; absent where the event log does not say. */
  readonly why?: KeptDecision;
  /** Its proof covers by which requests it came, and when. */
  readonly isProven: boolean;
  /** By which it is known; absent where nothing proves it. */
  readonly requestId?: string;
  /** The ways by which its terminations came; none where earlier versions kept them. */
  readonly sources: readonly EventSource[];
  readonly requestIds: readonly string[];
}

/** Which of them are meant. All that is given must hold. */
export interface BrakedQuery {
  /** Of one account or application: its hashes. */
  readonly hashes?: readonly string[];
  readonly requestId?: string;
  readonly source?: EventSource;
  /** Heard from this instant on. */
  readonly since?: Instant;
  /** Heard up to this instant. */
  readonly until?: Instant;
}

type Records = { readonly ledger: Ledger; readonly events: EventLogs };

/**
 * What is known of how an erasure came. What tells it is the entry's own proof: the event log adds by which way an event came that the entry
 * has heard, and nothing else. Pure.
 */
const howItCame = (
  read: ReadEntry,
  events: readonly KeptEvent[],
  decisions: readonly KeptDecision[],
  ring: SubjectKeys | undefined,
): BrakedErasure => {
  const { entry } = read;
  const why = firstBrake(entry, decisions);
  const requestId = believedRequest(entry, ring);
  const terminations = believedTerminations(entry, ring);
  const requestIds = [...(requestId === undefined ? [] : [requestId]), ...terminations.map((each) => each.requestId)];
  return {
    read,
    ...(why !== undefined && { why }),
    isProven: requestId !== undefined,
    ...(requestId !== undefined && { requestId }),
    sources: [...new Set(heardAmong(terminations, events).flatMap(({ source }) => source ?? []))],
    requestIds: [...new Set(requestIds)],
  };
};

/** Whether a choice goes by what only an entry's proof tells. */
export const goesByProof = ({ requestId, source, since, until }: BrakedQuery): boolean =>
  [requestId, source, since, until].some((each) => each !== undefined);

/** Whether an erasure is among those that a choice means, by what is proved of it. Pure. */
export const isMeant = (erasure: BrakedErasure, query: BrakedQuery): boolean => {
  const { requestId, source, since, until } = query;
  if (!goesByProof(query)) return true;
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
 * How these erasures of one category came, by its own records alone.
 * @param ring absent where there are no keys: then nothing is proved.
 * @throws InputError | TransientError when the event log does not answer.
 */
export const erasuresOf = async (
  category: string,
  reads: readonly ReadEntry[],
  { events }: Pick<Records, 'events'>,
  ring: SubjectKeys | undefined,
): Promise<readonly BrakedErasure[]> => {
  const subjects = reads.map(({ entry }) => entry.subject.hash);
  if (subjects.length === 0) return [];
  const log = events(category);
  const heard = Map.groupBy(await log.about(subjects), ({ hash }) => hash);
  const decided = Map.groupBy(await log.decisions(subjects), ({ hash }) => hash);
  return reads.map((read) => {
    const { hash } = read.entry.subject;
    return howItCame(read, heard.get(hash) ?? [], decided.get(hash) ?? [], ring);
  });
};

/**
 * The braked entries of a category, the most urgent first, whether they are believed or not.
 * @throws InputError | TransientError when the ledger does not answer.
 */
export const brakedEntries = async (
  category: string,
  { hashes }: Pick<BrakedQuery, 'hashes'>,
  { ledger }: Pick<Records, 'ledger'>,
): Promise<readonly ReadEntry[]> => {
  const found = await ledger.find({ category, states: ['braked'], ...(hashes !== undefined && { hashes }) }, ALL);
  return found.entries.filter(({ entry }) => !isMalformed(entry));
};

/** Entries that are read at a time. */
const READ_AT_ONCE = 1_000;

/**
 * How many erasures of a category are braked by the event log, and not by their entries: somebody set these back. The next run goes by the
 * log, and brakes them again. Asks the event log in any case, so that one that does not answer is never taken for one that says nothing.
 * @param ring absent where there are no keys: then every confirmation is believed.
 * @throws InputError | TransientError when ledger or event log do not answer.
 */
export const countSetBack = async (
  category: string,
  { hashes }: Pick<BrakedQuery, 'hashes'>,
  { ledger, events }: Records,
  ring: SubjectKeys | undefined,
): Promise<number> => {
  await events(category).forgottenBefore(0);
  const query = { category, states: TO_ERASE, ...(hashes !== undefined && { hashes }) } as const;
  let setBack = 0;
  for await (const { entries } of ledgerPages(ledger, query, READ_AT_ONCE)) {
    const reads = entries.filter(({ entry }) => !isMalformed(entry));
    const statuses = await brakeStatuses(category, reads, { events }, ring);
    setBack += reads.filter(({ entry }) => statuses.get(entry.id) === 'braked').length;
  }
  return setBack;
};

/** What confirming works with. */
export interface ConfirmPorts extends Records {
  readonly proveConfirmation: ProveConfirmation;
  readonly clock: () => Instant;
}

const isStillBraked = ({ state, obligation }: LedgerEntry, then: LedgerEntry): boolean =>
  state === 'braked' && obligation?.terminatedAt === then.obligation?.terminatedAt;

/**
 * Confirms braked erasures of one category: the proved confirmation goes into the event log first, then the entries go on. A death in
 * between leaves them braked, and confirming again completes it. Confirms nothing that was taken back, or owes for another instant,
 * since they were read, and nothing under a version of the subject key that the ring does not have.
 * @returns the ids of those that go on.
 * @throws InputError | TransientError when event log or ledger do not answer.
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
