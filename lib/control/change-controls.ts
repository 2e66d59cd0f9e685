import { InputError, TransientError } from '../base/errors.ts';
import type { Instant } from '../policy/time/instant.ts';
import type { ControlStore, ReleasedHold, StoredControls } from './control-store.ts';
import {
  type Controls,
  type ControlsSeen,
  containsAllSeen,
  type Hold,
  isSameTarget,
  MAX_HOLDS,
  type Pause,
} from './controls.ts';

/** The number of tries. Each failed try means that somebody else has just changed the controls. */
const TRIES = 20;

/** The controls after a change, or without one. */
export interface Changed {
  readonly controls: Controls;
  readonly isChanged: boolean;
  /**
   * Whether an earlier state was restored, or nobody knows. Runs destroy nothing before a person accepts the controls.
   */
  readonly isLost: boolean;
}

/**
 * Which controls were last seen, apart from the controls themselves. With it a run notices that an earlier state was
 * restored.
 */
export interface ControlMemory {
  /** The latest controls that a run of the category used, or that a command has noted; empty if there were none. */
  controlsSeen(categoryId: string): Promise<readonly ControlsSeen[]>;
  /**
   * Notes the controls after a command, durably, unless later controls are already noted.
   * @param isAccepted whether a person has accepted them instead of any others.
   * @throws InputError | TransientError if they cannot be written.
   */
  rememberControls(categoryId: string, controls: Controls, isAccepted?: boolean): Promise<void>;
}

/** The stores in which controls are changed. */
export interface Changing {
  readonly store: Pick<ControlStore, 'read' | 'create' | 'write'>;
  readonly memory: ControlMemory;
  /** A new identity for controls, different each time. */
  readonly newIdentity: () => string;
}

/** Whether a run or a command has seen later controls than these. If nobody knows, the answer is yes. */
const areLost = async (controls: Controls, seen: Promise<readonly ControlsSeen[]>): Promise<boolean> => {
  try {
    return !containsAllSeen(controls, await seen);
  } catch {
    return true;
  }
};

/**
 * Changes the controls of a category, based on their current state, and notes them. It must never let restored controls
 * pass for later controls. Each change adds one to the revision, which could reach the noted revision. So if an earlier
 * state was restored, the controls get a new identity with their next change.
 * @param change returns undefined if there is nothing to change.
 * @throws InputError | TransientError if they cannot be read, written or remembered. A change that was written stays,
 *   and the same command notes it later.
 */
export const changeControls = async (
  { store, memory, newIdentity }: Changing,
  category: string,
  change: (controls: Controls) => Controls | undefined,
): Promise<Changed> => {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const read: StoredControls = (await store.read(category)) ?? (await store.create(category));
    const isLost = await areLost(read.controls, memory.controlsSeen(category));
    const remember = async (controls: Controls): Promise<void> => {
      if (!isLost) await memory.rememberControls(category, controls);
    };
    const changed = change(read.controls);
    if (changed === undefined) {
      await remember(read.controls);
      return { controls: read.controls, isChanged: false, isLost };
    }
    const controls = {
      ...changed,
      ...(isLost && { made: newIdentity() }),
      revision: read.controls.revision + 1,
    };
    if (await store.write(category, controls, read)) {
      await remember(controls);
      return { controls, isChanged: true, isLost };
    }
  }
  throw new TransientError('controls-contended', {
    expected: `controls of "${category}" that nobody else changes at this moment`,
    found: `${TRIES} changes by others, one after the other`,
    fix: 'Run the command again.',
  });
};

const tooMany = (): InputError =>
  new InputError('too-many-holds', {
    expected: `at most ${MAX_HOLDS} open holds in a category, since every request that destroys contains them`,
    found: `${MAX_HOLDS} already`,
    fix: 'Release holds that are not needed any more (holds lists them), or hold the whole index or category instead.',
  });

/** @throws InputError `too-many-holds` if these are more than a category can have. */
export const assertRoom = (holds: readonly Hold[]): void => {
  if (holds.length > MAX_HOLDS) throw tooMany();
};

/** Whether two holds have the same content, because one command was given twice. */
export const isRepetition = (one: Hold, other: Hold): boolean =>
  isSameTarget(one, other) && one.reason === other.reason && one.by === other.by && one.reviewAt === other.reviewAt;

/**
 * The controls with one more hold; undefined if they have it.
 * @throws InputError `too-many-holds`
 */
export const withHold =
  (hold: Hold) =>
  (controls: Controls): Controls | undefined => {
    if (controls.holds.some(({ id }) => id === hold.id)) return undefined;
    const holds = [...controls.holds, hold];
    assertRoom(holds);
    return { ...controls, holds };
  };

/** The controls without a hold; undefined if they do not have it. */
export const withoutHold =
  (id: string) =>
  (controls: Controls): Controls | undefined =>
    controls.holds.some((hold) => hold.id === id)
      ? { ...controls, holds: controls.holds.filter((hold) => hold.id !== id) }
      : undefined;

/** The controls with this pause instead of any other. */
export const withPause =
  (pause: Pause) =>
  (controls: Controls): Controls => ({ ...controls, pause });

/** The controls without a pause; undefined if there is none. */
export const withoutPause = ({ pause, ...controls }: Controls): Controls | undefined =>
  pause === undefined ? undefined : controls;

/** The part of a hold that is kept after its release. */
export const releasedHold = (
  { id, scope, index, placedAt, by }: Hold,
  releasedBy: string,
  releasedAt: Instant,
  subject?: ReleasedHold['subject'],
): ReleasedHold => ({
  id,
  scope,
  ...(index !== undefined && { index }),
  ...(subject !== undefined && { subject }),
  placedAt,
  placedBy: by,
  releasedAt,
  releasedBy,
});

/**
 * Accepts controls although later controls were seen: a person has checked that no hold is missing.
 * @returns whether there was anything to accept, and it was done.
 */
export const acceptControls = async (
  { store, memory }: Pick<Changing, 'store' | 'memory'>,
  category: string,
): Promise<boolean> => {
  const seen = await memory.controlsSeen(category);
  if (seen.length === 0) return false;
  const read = (await store.read(category)) ?? (await store.create(category));
  if (containsAllSeen(read.controls, seen)) return false;
  const same = seen.find(({ made }) => made === read.controls.made);
  const other = seen.find(({ made }) => made !== read.controls.made);
  const accepted = {
    ...read.controls,
    revision: Math.max(read.controls.revision, same?.revision ?? 0) + 1,
    ...(other !== undefined && { replaces: other.made }),
  };
  if (!(await store.write(category, accepted, read))) return false;
  await memory.rememberControls(category, accepted, true);
  return true;
};
