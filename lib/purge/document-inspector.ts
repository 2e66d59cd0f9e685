import type { AgeCriteria, UsableFields } from '../criteria/due-criteria.ts';

/** An index whose documents are looked at. */
export interface InspectedIndex {
  readonly name: string;
  readonly usable: UsableFields;
}

/** Some documents that no date dates, and how to see all of them. */
interface UndatableSample {
  /** Ids, in no particular order. */
  readonly ids: readonly string[];
  /** The request that finds them, as a person can send it. */
  readonly request: string;
}

/** Looks at single documents, for the question of a person. Changes nothing. */
export interface DocumentInspector {
  /**
   * What a document has in these fields, as it was sent and as the last refresh shows it.
   * @returns a value for each field that the document has; undefined if there is no such document.
   * @throws InputError | TransientError if the index does not answer.
   */
  valuesOf(index: string, id: string, fields: readonly string[]): Promise<ReadonlyMap<string, unknown> | undefined>;
  /**
   * Documents of an index that stay because no date of theirs can be used.
   * @param most number of ids.
   * @throws InputError | TransientError if the index does not answer.
   */
  undatable(index: InspectedIndex, age: AgeCriteria, most: number): Promise<UndatableSample>;
}
