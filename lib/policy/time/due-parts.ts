import type { AgeTerm } from '../rules/rules.ts';
import { cutoffOf } from './cutoff.ts';
import { DAY, HOUR, MINUTE } from './duration.ts';
import type { Instant } from './instant.ts';

/** The lengths of the parts of the time ahead, and how far each length is used: fine soon, coarse later. */
const PARTS = [
  { length: 15 * MINUTE, until: 2 * HOUR },
  { length: HOUR, until: DAY },
  { length: DAY, until: 370 * DAY },
];

/** A part of the time ahead. It begins at `after`, and documents dated before `cutoff` are due when it ends. */
export interface DuePart {
  readonly after: Instant;
  readonly cutoff: Instant;
}

/**
 * Divides the time after an instant into at most 400 parts. A part is left out if no document can fall due in it,
 * because the cutoff does not move.
 */
export const duePartsAfter = (start: Instant, age: AgeTerm): readonly DuePart[] => {
  const parts: DuePart[] = [];
  let reached = cutoffOf(start, age);
  let after = start;
  for (const { length, until } of PARTS)
    for (; after < start + until; after += length) {
      const cutoff = cutoffOf(after + length, age);
      if (cutoff > reached) parts.push({ after, cutoff });
      reached = Math.max(reached, cutoff);
    }
  return parts;
};
