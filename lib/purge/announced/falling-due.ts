import { RetentionError } from '../../base/errors.ts';
import type { AgeTerm } from '../../policy/rules/rules.ts';
import { cutoffOf } from '../../policy/time/cutoff.ts';
import { DAY, HOUR, MINUTE } from '../../policy/time/duration.ts';
import { type Instant, isoInstant } from '../../policy/time/instant.ts';
import { doAgree } from '../clocks.ts';
import type { DocumentStore } from '../document-store.ts';
import { untouchedFinding } from '../indices/untouched.ts';
import type { Plan } from '../plan.ts';
import type { Verification } from '../verify.ts';
import type { FallingDue } from './announcement.ts';

/** How long the parts of the time ahead are, and how far each length reaches: fine soon, coarse later. */
const PARTS = [
  { length: 15 * MINUTE, until: 2 * HOUR },
  { length: HOUR, until: DAY },
  { length: DAY, until: 370 * DAY },
];

/** A part of the time ahead: it begins at `after`, and what is dated before `cutoff` is due when it ends. */
interface DuePart {
  readonly after: Instant;
  readonly cutoff: Instant;
}

/**
 * Divides the time after an instant into at most 400 parts. A part in which nothing can fall due, because the cutoff does
 * not move, is left out.
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

const isDone = ({ outcome, totals }: Verification): boolean =>
  (outcome === 'complete' || outcome === 'incomplete') && totals.due === 0;

/**
 * Counts, after a run that left nothing due, when the live documents of the category will fall due. Only documents of
 * indices that a plan may touch count. If the store does not answer, fewer documents are announced, or none.
 * @returns undefined if the run cannot announce anything.
 */
export const fallingDueAfter = async (
  { category, criteria, plannedAt }: Plan,
  verification: Verification,
  store: Pick<DocumentStore, 'fallingDue'>,
): Promise<readonly FallingDue[] | undefined> => {
  const { survey, clocks } = verification;
  const { age } = category.rules;
  if (age === undefined || !isDone(verification) || ![criteria.clocks, clocks].every(doAgree)) return undefined;
  const indices = survey.indices
    .filter((index) => (index.counts?.documents ?? 0) > 0 && untouchedFinding(index, category) === undefined)
    .map(({ description: { name, primaries }, usable }) => ({ name, primaries, usable }));
  const parts = duePartsAfter(plannedAt, age);
  const documents = await orUndefined(async () =>
    indices.length === 0
      ? []
      : await store.fallingDue(
          indices,
          criteria,
          parts.map(({ cutoff }) => cutoff),
        ),
  );
  return documents?.flatMap((found, at) => {
    const after = parts[at]?.after;
    return after === undefined || found === 0 ? [] : [{ after: isoInstant(after), documents: found }];
  });
};

/** An announcement is not worth the failure of a run. */
const orUndefined = async <T>(look: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await look();
  } catch (error) {
    if (error instanceof RetentionError) return undefined;
    throw error;
  }
};
