import type { AgeCriteria, UsableFields } from '../criteria/due-criteria.ts';

/** An index whose single documents are read. */
export interface InspectedIndex {
  readonly name: string;
  readonly usable: UsableFields;
}

/** Some undatable documents, and how to see all of them. */
interface UndatableSample {
  /** Ids, in no particular order. */
  readonly ids: readonly string[];
  /** The request that finds them, as a person can send it. */
  readonly request: string;
}

/** Reads single documents, to answer a person's question. Changes nothing. */
export interface DocumentInspector {
  /**
   * The values of a document in these fields, as they were sent and as the last refresh shows them.
   * @returns a value for each field that the document has; undefined if there is no such document.
   * @throws InputError | TransientError if the index does not answer.
   */
  valuesOf(index: string, id: string, fields: readonly string[]): Promise<ReadonlyMap<string, unknown> | undefined>;
  /**
   * Documents of an index that stay because none of their dates can be used.
   * @param most number of ids.
   * @throws InputError | TransientError if the index does not answer.
   */
  undatable(index: InspectedIndex, age: AgeCriteria, most: number): Promise<UndatableSample>;
}
