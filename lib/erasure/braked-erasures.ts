import { type Instant, parseInstant } from '../policy/instant.ts';
import { confirmationOf, firstBrake, type KeptDecision, type ProveConfirmation, released } from './decisions.ts';
import type { EventLogs, KeptEvent, Ledger, ReadEntry } from './ledger.ts';
import { isMalformed, type LedgerEntry } from './ledger-entry.ts';
import type { EventSource } from './termination-event.ts';

/** More entries than any category has. */
const ALL = 10_000_000;

/** An erasure that waits for a person, and what is known of how it came. */
export interface BrakedErasure {
  readonly read: ReadEntry;
  /** The limit that it is beyond; absent where the event log does not say. */
  readonly why?: KeptDecision;
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

type Books = { readonly ledger: Ledger; readonly events: EventLogs };

const terminationsOf = ({ trigger, obligation }: LedgerEntry, events: readonly KeptEvent[]): readonly KeptEvent[] =>
  events.filter(
    ({ type, at }) =>
      type === trigger && obligation !== undefined && (parseInstant(at) ?? 0) >= obligation.terminatedAt,
  );

const brakedErasure = (
  read: ReadEntry,
  events: readonly KeptEvent[],
  decisions: readonly KeptDecision[],
): BrakedErasure => {
  const why = firstBrake(read.entry, decisions);
  const terminations = terminationsOf(read.entry, events);
  const { obligation } = read.entry;
  const requestIds = [
    ...(obligation === undefined ? [] : [obligation.requestId]),
    ...terminations.map((each) => each.requestId),
  ];
  return {
    read,
    ...(why !== undefined && { why }),
    sources: [...new Set(terminations.flatMap(({ source }) => source ?? []))],
    requestIds: [...new Set(requestIds)],
  };
};

const isMeant = ({ read, sources, requestIds }: BrakedErasure, query: BrakedQuery): boolean => {
  const { requestId, source, since, until } = query;
  const heardAt = read.entry.obligation?.heardAt ?? 0;
  return (
    (requestId === undefined || requestIds.includes(requestId)) &&
    (source === undefined || sources.includes(source)) &&
    (since === undefined || heardAt >= since) &&
    (until === undefined || heardAt <= until)
  );
};

/**
 * The braked erasures of a category that are meant, the most urgent first.
 * @throws InputError | WorldError when ledger or event log do not answer.
 */
export const brakedErasures = async (
  category: string,
  query: BrakedQuery,
  { ledger, events }: Books,
): Promise<readonly BrakedErasure[]> => {
  const { hashes } = query;
  const found = await ledger.find({ category, states: ['braked'], ...(hashes !== undefined && { hashes }) }, ALL);
  const entries = found.entries.filter(({ entry }) => !isMalformed(entry));
  const subjects = entries.map(({ entry }) => entry.subject.hash);
  const log = events(category);
  const heard = Map.groupBy(await log.about(subjects), ({ hash }) => hash);
  const decided = Map.groupBy(await log.decisions(subjects), ({ hash }) => hash);
  return entries
    .map((read) => {
      const { hash } = read.entry.subject;
      return brakedErasure(read, heard.get(hash) ?? [], decided.get(hash) ?? []);
    })
    .filter((each) => isMeant(each, query));
};

/** What confirming works with. */
export interface ConfirmPorts extends Books {
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
 * @throws InputError | WorldError when event log or ledger do not answer.
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
