import { InputError, TransientError } from '../base/errors.ts';
import type { Instant } from '../policy/time/instant.ts';
import type { ControlStore, ReleasedHold, StoredControls } from './control-store.ts';
import {
  type Controls,
  type ControlsSeen,
  type Hold,
  isAsLateAs,
  isSameTarget,
  MOST_HOLDS,
  type Pause,
} from './controls.ts';

/** Tries before giving up: each failed one means that somebody else has just changed the controls. */
const TRIES = 20;

/**
 * Changes the controls of a category, based on their current state.
 * @param change returns undefined if there is nothing to change.
 * @returns the controls after the change, and whether there was any.
 * @throws InputError | TransientError if they cannot be read or written.
 */
export const changeControls = async (
  store: Pick<ControlStore, 'read' | 'create' | 'write'>,
  category: string,
  change: (controls: Controls) => Controls | undefined,
): Promise<{ readonly controls: Controls; readonly isChanged: boolean }> => {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const read: StoredControls = (await store.read(category)) ?? (await store.create(category));
    const changed = change(read.controls);
    if (changed === undefined) return { controls: read.controls, isChanged: false };
    const controls = { ...changed, revision: read.controls.revision + 1 };
    if (await store.write(category, controls, read)) return { controls, isChanged: true };
  }
  throw new TransientError('controls-contended', {
    expected: `controls of "${category}" that nobody else changes at this moment`,
    found: `${TRIES} changes by others, one after the other`,
    fix: 'Run the command again.',
  });
};

const tooMany = (): InputError =>
  new InputError('too-many-holds', {
    expected: `at most ${MOST_HOLDS} open holds in a category, since every request that destroys contains them`,
    found: `${MOST_HOLDS} already`,
    fix: 'Release holds that are not needed any more (holds lists them), or hold the whole index or category instead.',
  });

/** Whether a hold says what another one said, so that one command was given twice. */
export const isRepetition = (one: Hold, other: Hold): boolean =>
  isSameTarget(one, other) && one.reason === other.reason && one.by === other.by && one.reviewAt === other.reviewAt;

/**
 * The controls with one more hold; undefined if they have it. Pure.
 * @throws InputError `too-many-holds`
 */
export const withHold =
  (hold: Hold) =>
  (controls: Controls): Controls | undefined => {
    if (controls.holds.some(({ id }) => id === hold.id)) return undefined;
    if (controls.holds.length >= MOST_HOLDS) throw tooMany();
    return { ...controls, holds: [...controls.holds, hold] };
  };

/** The controls without a hold; undefined if they do not have it. Pure. */
export const withoutHold =
  (id: string) =>
  (controls: Controls): Controls | undefined =>
    controls.holds.some((hold) => hold.id === id)
      ? { ...controls, holds: controls.holds.filter((hold) => hold.id !== id) }
      : undefined;

/** The controls with this pause instead of any other. Pure. */
export const withPause =
  (pause: Pause) =>
  (controls: Controls): Controls => ({ ...controls, pause });

/** The controls without a pause; undefined if there is none. Pure. */
export const withoutPause = ({ pause, ...controls }: Controls): Controls | undefined =>
  pause === undefined ? undefined : controls;

/** What stays of a hold after its release. */
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
 * Accepts controls that are older than those with which a run destroyed documents: a person has checked that no hold is
 * missing.
 * @param seen the controls with which a run last destroyed anything.
 */
export const acceptControls = async (
  store: Pick<ControlStore, 'read' | 'create' | 'write'>,
  category: string,
  seen: ControlsSeen,
): Promise<boolean> => {
  const read = (await store.read(category)) ?? (await store.create(category));
  if (isAsLateAs(read.controls, seen)) return false;
  const accepted =
    read.controls.made === seen.made
      ? { ...read.controls, revision: seen.revision + 1 }
      : { ...read.controls, revision: read.controls.revision + 1, replaces: seen.made };
  return store.write(category, accepted, read);
};
