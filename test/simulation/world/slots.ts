import type { PromiseKind, Slot } from '../oracle.ts';
import type { Actor } from '../port-calls.ts';

/** One scheduled time of a category's function, or of the audit with everything that follows from it. */
export interface OpenSlot extends Slot {
  readonly promise: PromiseKind;
  readonly of: 'run' | 'audit';
  readonly number: number;
  readonly actors: Actor[];
  /** How many invocations for it have not ended. */
  open: number;
  /** Called when all have ended. */
  readonly onEnd: (slot: OpenSlot) => void;
}

/** One invocation for a slot has ended. */
export const endPart = (slot: OpenSlot | undefined): void => {
  if (slot === undefined) return;
  slot.open -= 1;
  if (slot.open === 0) slot.onEnd(slot);
};
