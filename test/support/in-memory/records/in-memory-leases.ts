import { type ControlsSeen, latestSeen, staysRemembered } from '../../../../lib/control/controls.ts';
import type { BlockIntent } from '../../../../lib/criteria/due-criteria.ts';
import type { Clock, Instant } from '../../../../lib/policy/time/instant.ts';
import {
  type DestructionFlags,
  destructionIn,
  dropsUntil,
  unansweredBefore,
} from '../../../../lib/purge/destruction.ts';
import type { Lease, LeaseStore } from '../../../../lib/purge/lease.ts';
import { failure } from '../in-memory-cluster.ts';

/** The duration of a lease without renewal, the same as in the product. */
const LEASE_MILLISECONDS = 120_000;
const MARGIN = 75_000;

/** A lease in its stored form. */
export interface LeaseEntry {
  readonly runId: string;
  readonly fence: number;
  readonly expiresAt: Instant;
  readonly released: boolean;
  readonly blocks: readonly BlockIntent[];
  readonly destroying: boolean;
  readonly unansweredUntil?: Instant;
  readonly controlsSeen?: ControlsSeen;
}

/** The documents of all categories. Machines with different clocks share them. */
export class LeaseDocuments {
  readonly leases = new Map<string, LeaseEntry>();
  /** The controls that commands left. */
  readonly controls = new Map<string, ControlsSeen>();
}

/** A lease with an end that is too late for an honest run counts as taken by no run. */
const isTaken = ({ released, expiresAt }: LeaseEntry, now: Instant): boolean =>
  !released && expiresAt > now && expiresAt <= now + LEASE_MILLISECONDS + 600_000;

const flagsOf = (entry: LeaseEntry, now: Instant): DestructionFlags => ({
  runId: entry.runId,
  isLeased: isTaken(entry, now),
  expiresAt: entry.expiresAt,
  destroying: entry.destroying,
  unansweredUntil: entry.unansweredUntil,
});

/**
 * Leases in memory, with the given clock. An entry is replaced and never changed: its identity serves as its sequence
 * number.
 */
export const inMemoryLeases = (
  clock: Clock,
  { leases: entries, controls: memory } = new LeaseDocuments(),
): LeaseStore => {
  const controlsSeen = (categoryId: string): readonly ControlsSeen[] =>
    latestSeen([entries.get(categoryId)?.controlsSeen ?? [], memory.get(categoryId) ?? []].flat());
  const leaseOf = (categoryId: string, acquired: LeaseEntry, earlier: DestructionFlags | undefined): Lease => {
    let current = acquired;
    const change = (patch: Partial<LeaseEntry>): void => {
      if (entries.get(categoryId) !== current) throw failure('lease-lost', 'another run took it over');
      current = { ...current, ...patch };
      entries.set(categoryId, current);
    };
    return {
      runId: acquired.runId,
      fence: acquired.fence,
      leftovers: acquired.blocks,
      dropsUntil: dropsUntil(earlier),
      assertLeased: async () => {
        const left = current.expiresAt - clock();
        if (left <= 0) throw failure('lease-lost', 'it expired');
        if (entries.get(categoryId)?.fence !== current.fence) throw failure('lease-lost', 'another run took it over');
        if (left <= MARGIN) change({ expiresAt: clock() + LEASE_MILLISECONDS });
      },
      prolong: async () => change({ expiresAt: clock() + LEASE_MILLISECONDS }),
      declaredBlocks: () => current.blocks,
      isDeclaredByNext: async (uuid) => {
        const { runId, blocks = [] } = entries.get(categoryId) ?? {};
        return runId !== current.runId && blocks.some((block) => block.uuid === uuid);
      },
      declareBlocks: async (blocks) => change({ blocks, expiresAt: clock() + LEASE_MILLISECONDS }),
      controlsSeen: controlsSeen(categoryId),
      beginDestroying: async ({ made, revision }) =>
        change({
          destroying: true,
          controlsSeen: { made, revision },
          expiresAt: clock() + LEASE_MILLISECONDS,
        }),
      endDestroying: async (until = 0) => {
        const latest = Math.max(until, current.unansweredUntil ?? 0);
        change({ destroying: false, ...(latest > 0 && { unansweredUntil: latest }) });
      },
      release: async () => {
        if (entries.get(categoryId) === current) change({ released: true });
      },
    };
  };

  return {
    acquire: async (categoryId, runId) => {
      const previous = entries.get(categoryId);
      const now = clock();
      if (previous !== undefined && isTaken(previous, now)) throw failure('lease-held', `run ${previous.runId}`);
      const earlier = previous && flagsOf(previous, now);
      const unanswered = unansweredBefore(earlier);
      const entry: LeaseEntry = {
        runId,
        fence: (previous?.fence ?? 0) + 1,
        expiresAt: now + LEASE_MILLISECONDS,
        released: false,
        blocks: previous?.blocks ?? [],
        destroying: false,
        ...(unanswered !== undefined && { unansweredUntil: unanswered }),
        ...(previous?.controlsSeen !== undefined && { controlsSeen: previous.controlsSeen }),
      };
      entries.set(categoryId, entry);
      return leaseOf(categoryId, entry, earlier);
    },
    categories: async () => [...entries.keys()].sort(),
    owner: async (categoryId) => {
      const entry = entries.get(categoryId);
      if (entry === undefined || !isTaken(entry, clock())) return undefined;
      return { runId: entry.runId, until: entry.expiresAt };
    },
    destruction: async (categoryId) => {
      const [entry, now] = [entries.get(categoryId), clock()];
      return entry === undefined ? undefined : destructionIn(flagsOf(entry, now), now);
    },
    controlsSeen: async (categoryId) => controlsSeen(categoryId),
    rememberControls: async (categoryId, controls, isAccepted = false) => {
      const { made, revision } = controls;
      if (!staysRemembered(memory.get(categoryId), controls, isAccepted)) memory.set(categoryId, { made, revision });
    },
    leftoverBlocks: async (categoryId) => {
      const entry = entries.get(categoryId);
      return entry === undefined || isTaken(entry, clock()) ? [] : entry.blocks;
    },
  };
};
