import { type Instant, isoInstant } from '../policy/instant.ts';
import type { Category } from '../policy/retention-policy.ts';
import { type AgeCriteria, sliceDocuments, type Target } from './document-store.ts';
import { InputError } from './errors.ts';
import { datingWithIngested } from './field-mapping.ts';
import { reachFinding } from './index-reach.ts';
import type { PlannedIndex } from './plan.ts';
import { type Ports, type PurgeRun, planPurge } from './purge.ts';

/** What one bounded request made of undatable documents. */
interface DatedBatch {
  readonly dated: number;
  /** Documents left as they are, since the field has no place in them. They will be found again. */
  readonly passedOver: number;
  /** The request reached its bound: there may be more. */
  readonly full: boolean;
}

/** Writes the ingested field of documents that nothing dates. */
export interface DocumentSettler {
  /** Maps the ingested field as a date, where it is not mapped yet. */
  mapIngested(index: string, field: string): Promise<void>;
  /**
   * Looks at no more than `bound` undatable documents, and dates those in which the field has a place.
   * @param assertHeld asked before every try; what it throws ends them.
   */
  dateUndatable(
    target: Target,
    criteria: AgeCriteria,
    ingestedAt: Instant,
    bound: number,
    assertHeld: () => Promise<void>,
  ): Promise<DatedBatch>;
}

/** What was found and what was dated. */
export interface Settlement {
  readonly undatable: number;
  /** Documents that the store acknowledged; 0 in a dry run. */
  readonly dated: number;
  /** Undatable ones found after; equal to `undatable` in a dry run. */
  readonly left: number;
  readonly ingestedAt: string;
}

const checkInstant = (ingestedAt: Instant, earliest: Instant, now: Instant): void => {
  if (ingestedAt >= earliest && ingestedAt <= now) return;
  throw new InputError('bad-instant', {
    expected: `an instant between the policy's earliest (${isoInstant(earliest)}) and now (${isoInstant(now)})`,
    found: isoInstant(ingestedAt),
    wayOut: 'Give the instant by which these documents were in the cluster at the latest.',
  });
};

/** What the patterns reach beyond the category's own indices is never written to. */
const isOurs = ({ description }: PlannedIndex, { indices }: Category): boolean =>
  reachFinding(description, indices) === undefined && description.kind === undefined;

const settleIndex = async (
  planned: PlannedIndex,
  criteria: AgeCriteria,
  settler: DocumentSettler,
  ingestedAt: Instant,
  assertHeld: () => Promise<void>,
): Promise<number> => {
  const { name, uuid, primaries, resultWindow } = planned.description;
  const dating = datingWithIngested(planned, criteria.ingestedField);
  if (!planned.dating.ingested) await settler.mapIngested(name, criteria.ingestedField);
  const target: Target = { name, uuid, primaries, dating, ...(resultWindow !== undefined && { resultWindow }) };
  // Ends, whatever is written meanwhile or stays undatable: each turn either dates some of a fixed number, or dates none
  // and looks further. What is left after that is counted, and said.
  const undatable = planned.counts?.undatable ?? 0;
  let dated = 0;
  let passedOver = 0;
  while (dated < undatable) {
    const bound = sliceDocuments(target) + passedOver;
    const batch = await settler.dateUndatable(target, criteria, ingestedAt, bound, assertHeld);
    dated += batch.dated;
    passedOver = Math.max(passedOver, batch.passedOver);
    if (!batch.full) break;
  }
  return dated;
};

/**
 * Settles what neither field dates, on the word of a person: writes `ingestedAt` into the ingested field of each
 * undatable document, so that it ages out from that instant like any other. Deletes nothing itself.
 * @throws InputError when the instant is in the future or before the policy's earliest, or the category has no age rule.
 */
export const settle = async (
  run: Omit<PurgeRun, 'trigger' | 'cluster' | 'budget'>,
  ports: Ports & { readonly settler: DocumentSettler },
  ingestedAt: Instant,
): Promise<Settlement> => {
  checkInstant(ingestedAt, run.policy.earliest, ports.clock());
  const lease = await ports.leases.acquire(run.category.id, run.runId);
  try {
    const plan = await planPurge(run, ports);
    const { age: criteria } = plan.criteria;
    if (criteria === undefined)
      throw new InputError('no-age-rule', {
        expected: 'a category with an age rule',
        found: `"${run.category.id}", which has none`,
        wayOut: 'Nothing there needs a date.',
      });

    let dated = 0;
    if (!run.dryRun && run.policy.mode === 'enforce')
      for (const planned of plan.indices.filter(
        (index) => isOurs(index, run.category) && (index.counts?.undatable ?? 0) > 0,
      ))
        dated += await settleIndex(planned, criteria, ports.settler, ingestedAt, lease.assertHeld);
    const { totals } = await planPurge(run, ports);
    return { undatable: plan.totals.undatable, dated, left: totals.undatable, ingestedAt: isoInstant(ingestedAt) };
  } finally {
    await lease.release();
  }
};
