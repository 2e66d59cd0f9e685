import type { Instant } from '../policy/time/instant.ts';
import type { AgeCriteria, Target } from '../purge/document-store.ts';
import type { DatePlace, RewriteFacts } from './backfill-obstacle.ts';

/** What one bounded request made of undatable documents. */
interface DatedBatch {
  /** Documents left as they are, since the field has no place in them. They will be found again. */
  readonly passedOver: number;
  /** How many documents the index did not take when they were written again, and why, without their values. */
  readonly failure?: string;
  /** The request reached its bound: there may be more. */
  readonly full: boolean;
}

/** Writes the ingested field of documents that nothing dates. */
export interface DateWriter {
  /** What these indices make of a document that is written again; what did not answer is not in it. */
  examine(names: readonly string[], ingestedField: string): Promise<ReadonlyMap<string, RewriteFacts>>;
  /** Counts documents, refreshed, of which every value of the ingested field is this instant. */
  countDatedAt(target: Target, criteria: AgeCriteria, ingestedAt: Instant): Promise<number>;
  /** Maps the ingested field as a date, where it is not mapped yet. */
  mapIngested(index: string, field: string): Promise<void>;
  /** Ids of undatable documents of which writing them again would change more than the date. */
  unwritable(target: Target, criteria: AgeCriteria): Promise<readonly string[]>;
  /**
   * Looks at no more than `bound` undatable documents, and dates those in which the field has a place. No default pipeline sees them.
   * @param place form in which the field takes the instant, and where it stands.
   * @param watch `leaving` are ids of documents that are not touched. `assertHeld` is asked before every try, and what it throws ends them. `onDated` hears after each try how many documents
   * it wrote, also when it failed.
   */
  dateUndatable(
    target: Target,
    criteria: AgeCriteria,
    ingestedAt: Instant,
    place: DatePlace,
    bound: number,
    watch: {
      readonly leaving: readonly string[];
      readonly assertHeld: () => Promise<void>;
      readonly onDated: (documents: number) => void;
    },
  ): Promise<DatedBatch>;
}
