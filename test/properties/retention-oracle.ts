import { DAY } from '../../lib/policy/duration.ts';
import type { Instant } from '../../lib/policy/instant.ts';
import type { InMemoryDocument } from '../support/in-memory/in-memory-cluster.ts';

// The promise in the issue's own sentences, for the fixture's policy. It calls nothing of lib/purge on purpose.

const MAX_AGE = 14 * DAY;
const ALLOWED_LATENESS = DAY / 24;
export const EARLIEST: Instant = Date.parse('2015-01-01T00:00:00Z');

/** What the promise says about a document at an instant. */
export type Fate = 'expired' | 'kept' | 'undatable';

const canDate = (values: readonly Instant[], now: Instant): boolean => {
  if (values.length === 0) return false;
  for (const value of values) if (value < EARLIEST || value >= now + ALLOWED_LATENESS) return false;
  return true;
};

const newest = (values: readonly Instant[]): Instant => Math.max(...values);

/** Expired when every value of its timestamp (or, failing that, of its ingestion) is at least a moment over 14 days old. */
const fateOf = ({ timestamps, ingested, malformed }: InMemoryDocument, now: Instant): Fate => {
  const dates = !malformed && canDate(timestamps, now) ? timestamps : canDate(ingested, now) ? ingested : undefined;
  if (dates === undefined) return 'undatable';
  return now - newest(dates) > MAX_AGE ? 'expired' : 'kept';
};

/** Documents that a server acknowledged, by id: where each was written to. Ids are never used twice. */
export class Acknowledged {
  readonly #documents = new Map<string, { readonly index: string; readonly document: InMemoryDocument }>();

  add(index: string, id: string, document: InMemoryDocument): void {
    this.#documents.set(id, { index, document });
  }

  /** Somebody else removed what was in that index. */
  forget(index: string): void {
    for (const [id, entry] of this.#documents) if (entry.index === index) this.#documents.delete(id);
  }

  /** Acknowledged documents that are gone although no plan, made at these instants, could find them expired. */
  removedTooEarly(present: ReadonlySet<string>, plans: readonly Instant[]): readonly string[] {
    return this.#ids((id, document) => !present.has(id) && plans.every((now) => fateOf(document, now) !== 'expired'));
  }

  /** Documents of that fate that are still there, in the indices that the filter lets through. */
  still(
    fate: Fate,
    present: ReadonlySet<string>,
    now: Instant,
    inIndex = (_: string): boolean => true,
  ): readonly string[] {
    return this.#ids((id, document, index) => present.has(id) && inIndex(index) && fateOf(document, now) === fate);
  }

  #ids(choose: (id: string, document: InMemoryDocument, index: string) => boolean): readonly string[] {
    return [...this.#documents].flatMap(([id, { index, document }]) => (choose(id, document, index) ? [id] : []));
  }
}
