import type { Finding } from '../../criteria/finding.ts';
import type { Clock, Instant } from '../../policy/time/instant.ts';
import type { BrakeReason, EventLog } from '../events/event-log.ts';
import type { Ledger, ReadEntry } from '../ledger/ledger.ts';
import type { LedgerEntry } from '../ledger/ledger-entry.ts';
import type { SubjectKeys } from '../subjects/key-ring.ts';
import { type BrakeStatus, braked, brakeOn, brakeStatus, type ProveConfirmation, proofsBy } from './decisions.ts';

/** An erasure that a limit of the policy brakes. */
export interface NewlyBraked {
  readonly read: ReadEntry;
  /** The reason; absent if the event log already has it. */
  readonly reason?: BrakeReason;
}

interface BrakePorts {
  readonly ledger: Ledger;
  readonly events: (category: string) => Pick<EventLog, 'decide' | 'decisions'>;
  readonly clock: Clock;
}

/** The function that proves confirmations. The ids of brakes need it too. */
type ProvingPorts = BrakePorts & { readonly proveConfirmation: ProveConfirmation };

/**
 * The status of each entry by the decisions in the event log. The event log decides, not the entry's state, so that
 * nobody can remove a brake by editing the ledger.
 * @param keys undefined without a key ring.
 * @throws TransientError if the event log does not answer.
 */
export const brakeStatuses = async (
  category: string,
  entries: readonly ReadEntry[],
  { events }: Pick<BrakePorts, 'events'>,
  keys: SubjectKeys | undefined,
): Promise<ReadonlyMap<string, BrakeStatus>> => {
  const decisions = await events(category).decisions(entries.map(({ entry }) => entry.subject.hash));
  const byHash = Map.groupBy(decisions, ({ hash }) => hash);
  const prove = keys && proofsBy(keys.subject.keys);
  return new Map(
    entries.map(({ entry }) => [entry.id, brakeStatus(entry, byHash.get(entry.subject.hash) ?? [], prove)]),
  );
};

const isSameTermination = ({ state, obligation }: LedgerEntry, then: LedgerEntry): boolean =>
  (state === 'pending' || state === 'erasing') && obligation?.terminatedAt === then.obligation?.terminatedAt;

/**
 * Records that erasures are braked, first in the event log, then in the ledger. Each entry keeps its obligation and
 * deadline. Entries that were cancelled or owe another termination meanwhile are left to the next run.
 * @throws TransientError if event log or ledger do not answer.
 */
export const brakeErasures = async (
  category: string,
  toBrake: readonly NewlyBraked[],
  { ledger, events, proveConfirmation, clock }: ProvingPorts,
): Promise<void> => {
  const brakes = toBrake.flatMap(
    ({ read, reason }) => (reason && brakeOn(read.entry, reason, proveConfirmation, clock())) ?? [],
  );
  if (brakes.length > 0) await events(category).decide(brakes);
  const first = new Map(toBrake.map(({ read }) => [read.entry.id, read.entry]));
  let ids = [...first.keys()];
  while (ids.length > 0) {
    const now = await ledger.read(ids);
    const changes = [...now.values()].flatMap((read) => {
      const then = first.get(read.entry.id);
      return then !== undefined && isSameTermination(read.entry, then) ? [{ entry: braked(read.entry), read }] : [];
    });
    ids = [...(await ledger.write(changes))];
  }
};

/** Numbers of erasures that wait for a person, in total and with their cancel window over. */
interface BrakedCount {
  readonly total: number;
  readonly due: number;
}

/**
 * Counts the braked erasures of a category.
 * @throws TransientError if the ledger does not answer.
 */
export const countBraked = async (
  category: string,
  ledger: Pick<Ledger, 'find'>,
  now: Instant,
): Promise<BrakedCount> => {
  const states = ['braked'] as const;
  const { total } = await ledger.find({ category, states }, 0);
  const due = total === 0 ? 0 : (await ledger.find({ category, states, eraseFromUpTo: now }, 0)).total;
  return { total, due };
};

/**
 * The finding for erasures that wait for a person. The finding is blocking once one of these erasures is due.
 * @param more number of due erasures that are about to be braked.
 */
export const brakedFindings = (category: string, { total, due }: BrakedCount, more: number): readonly Finding[] => {
  if (total + more === 0) return [];
  return [
    {
      code: 'erasures-braked',
      severity: due + more > 0 ? 'blocking' : 'notice',
      subjects: total + more,
      expected:
        'erasures within terminations.maxPerHour and guard.maxAccountShare of the policy, or confirmed by a person',
      found: `${total + more} of "${category}" beyond these limits and not confirmed; nothing is erased for them, and their deadlines stay`,
      fix: 'Ask the account system whether they are genuine. node bin/es-retention.mjs braked lists them; confirm lets the next run erase them, cancel cancels them.',
    },
  ];
};
