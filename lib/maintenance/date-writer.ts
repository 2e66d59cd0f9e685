import type { AgeCriteria } from '../criteria/due-criteria.ts';
import type { Instant } from '../policy/time/instant.ts';
import type { Target } from '../purge/document-remover.ts';
import type { DatePlace, RewriteFacts } from './backfill-obstacle.ts';

/** The result of one bounded request on undatable documents. */
interface DatedBatch {
  /** Documents that are not changed, because the field does not fit into them. Later requests find them again. */
  readonly passedOver: number;
  /**
   * How many documents the index rejected when they were written again, and why. Contains no values of these documents.
   */
  readonly failure?: string;
  /** The request reached its bound: there may be more documents. */
  readonly full: boolean;
}

/** Writes the ingested field of documents that neither field dates. */
export interface DateWriter {
  /** For each of these indices, the facts about writing a document again. An index that did not answer is missing. */
  examine(names: readonly string[], ingestedField: string): Promise<ReadonlyMap<string, RewriteFacts>>;
  /** Refreshes, then counts the documents in which every value of the ingested field is this instant. */
  countDatedAt(target: Target, criteria: AgeCriteria, ingestedAt: Instant): Promise<number>;
  /** Maps the ingested field as a date, where it is not mapped yet. */
  mapIngested(index: string, field: string): Promise<void>;
  /** Ids of the undatable documents in which writing would change more than the date. */
  unwritable(target: Target, criteria: AgeCriteria): Promise<readonly string[]>;
  /**
   * Looks at no more than `bound` undatable documents, and writes the date into those that can take the field without
   * losing anything. Default pipelines are skipped.
   * @param place the place of the field in a document, and the form in which it accepts the instant.
   * @param control `leaving`: ids of documents that must not be changed. `assertLeased`: called before every attempt;
   *   if it throws, no attempt follows. `onDated`: called after each attempt with the number of documents written, even
   *   if the attempt failed.
   */
  dateUndatable(
    target: Target,
    criteria: AgeCriteria,
    ingestedAt: Instant,
    place: DatePlace,
    bound: number,
    control: {
      readonly leaving: readonly string[];
      readonly assertLeased: () => Promise<void>;
      readonly onDated: (documents: number) => void;
    },
  ): Promise<DatedBatch>;
}
