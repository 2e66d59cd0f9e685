import { RetentionError } from '../../base/errors.ts';
import { isoInstant } from '../../policy/time/instant.ts';
import { duePartsOf } from '../../rules/rule-kinds.ts';
import { clocksAgree } from '../clocks.ts';
import type { DocumentStore } from '../document-store.ts';
import { untouchedFinding } from '../indices/untouched-index.ts';
import type { Plan } from '../plan.ts';
import type { Verification } from '../verify.ts';
import type { FallingDue } from './announcement.ts';

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
  const parts = duePartsOf(category, plannedAt);
  if (parts.length === 0 || !isDone(verification) || ![criteria.clocks, clocks].every(clocksAgree)) return undefined;
  const indices = survey.indices
    .filter((index) => (index.counts?.documents ?? 0) > 0 && untouchedFinding(index, category) === undefined)
    .map(({ description: { name, primaries }, usable }) => ({ name, primaries, usable }));
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

/** A run must not fail because of an announcement. */
const orUndefined = async <T>(look: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await look();
  } catch (error) {
    if (error instanceof RetentionError) return undefined;
    throw error;
  }
};
