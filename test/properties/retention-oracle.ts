import { DAY } from '../../lib/policy/time/duration.ts';
import type { Instant } from '../../lib/policy/time/instant.ts';
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

/**
 * A timestamp beside an ingestion that is ahead dates nothing. Expired when one of its dates can be believed, and the
 * newest value of both is at least a moment over 14 days old.
 */
const fateOf = ({ timestamps, ingested, malformed }: InMemoryDocument, now: Instant): Fate => {
  const isDoubtful = malformed || ingested.some((value) => value >= now + ALLOWED_LATENESS);
  if ((isDoubtful || !canDate(timestamps, now)) && !canDate(ingested, now)) return 'undatable';
  const believed = [...timestamps, ...ingested].filter((value) => value < now + ALLOWED_LATENESS);
  return now - newest(believed) > MAX_AGE ? 'expired' : 'kept';
};

/** Both dates can be believed, and one of them keeps the document although the other one is overdue. */
const isDisputed = (keeping: readonly Instant[], overdue: readonly Instant[], now: Instant): boolean =>
  now - newest(keeping) <= MAX_AGE && now - newest(overdue) > MAX_AGE + ALLOWED_LATENESS;

/** The timestamp keeps it longer than its ingestion: nobody calls that kept. */
const isAhead = ({ timestamps, ingested, malformed }: InMemoryDocument, now: Instant): boolean =>
  !malformed && canDate(timestamps, now) && canDate(ingested, now) && isDisputed(timestamps, ingested, now);

const isBehind = ({ timestamps, ingested, malformed }: InMemoryDocument, now: Instant): boolean => {
  const believed = ingested.filter((value) => value < now + ALLOWED_LATENESS);
  return !malformed && canDate(timestamps, now) && believed.length > 0 && isDisputed(believed, timestamps, now);
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

  /**
   * Whether a person has to decide which date counts: a clock ran ahead, or most documents of an index were stamped
   * anew.
   */
  disputed(present: ReadonlySet<string>, now: Instant): boolean {
    const left = [...this.#documents].filter(([id]) => present.has(id)).map(([, entry]) => entry);
    return [...Map.groupBy(left, ({ index }) => index).values()].some((entries) => {
      const behind = entries.filter(({ document }) => isBehind(document, now)).length;
      return entries.some(({ document }) => isAhead(document, now)) || behind > entries.length / 2;
    });
  }

  #ids(choose: (id: string, document: InMemoryDocument, index: string) => boolean): readonly string[] {
    return [...this.#documents].flatMap(([id, { index, document }]) => (choose(id, document, index) ? [id] : []));
  }
}
