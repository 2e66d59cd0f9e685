import type { estypes } from '@elastic/elasticsearch';
import { DAY } from '../../lib/policy/time/duration.ts';
import { type Instant, isoInstant } from '../../lib/policy/time/instant.ts';
import type { InMemoryDocument } from '../support/in-memory/in-memory-cluster.ts';
import fc from '../support/run/fast-check.ts';
import { arbitraryDocument, arbitraryExpired, arbitraryLate } from './arbitrary-documents.ts';

/** How an index's timestamp is mapped. */
export type Format = 'date' | 'date_nanos' | 'epoch_second';

/** One index as it is created. */
export interface RealIndex {
  readonly format: Format;
  readonly shards: number;
  readonly documents: readonly InMemoryDocument[];
  readonly alias: 'none' | 'member' | 'write index';
}

/** A document that is written while the purge runs: new, or instead of one that is there. */
export interface RealLateWrite {
  readonly index: number;
  readonly document: InMemoryDocument;
  /** Which of the first documents it overwrites, if there is one of that number. */
  readonly overwrites: number | undefined;
  /** Sent by a program that writes all the time, or just before a certain call of the purge. */
  readonly before: 'any' | 'declareBlocks' | 'blockWrites' | 'countLive' | 'state' | 'drop' | 'deleteSlice';
}

/** Some late documents keep the fraction of a millisecond that `date_nanos` can hold. */
const NANOSECONDS = 0.999;

/** What a field of that format keeps of an instant. */
const kept = (instant: Instant, format: Format): Instant => {
  if (format === 'epoch_second') return Math.floor(instant / 1_000) * 1_000;
  return format === 'date_nanos' ? instant + NANOSECONDS : instant;
};

/** The document as an index of that format keeps it, for the oracle. */
export const asKept = (document: InMemoryDocument, format: Format): InMemoryDocument => ({
  ...document,
  timestamps: document.timestamps.map((instant) => kept(instant, format)),
});

const written = (instant: Instant, format: Format): string | number => {
  if (format === 'epoch_second') return Math.floor(instant / 1_000);
  return format === 'date_nanos' ? isoInstant(instant).replace('Z', '999Z') : isoInstant(instant);
};

/** The document as a program writes it to an index of that format. */
export const asWritten = ({ timestamps, ingested, malformed }: InMemoryDocument, format: Format): object => {
  const values = [
    ...timestamps.map((instant) => written(instant, format)),
    ...(malformed === true ? ['yesterday'] : []),
  ];
  return {
    ...(values.length > 0 && { '@timestamp': values.length === 1 ? values[0] : values }),
    ...(ingested.length > 0 && { event: { ingested: ingested.map(isoInstant) } }),
  };
};

/** The timestamp's mapping of an index of that format. */
export const mappingOf = (format: Format): estypes.MappingProperty => {
  if (format === 'date_nanos') return { type: 'date_nanos', ignore_malformed: true };
  return { type: 'date', ignore_malformed: true, ...(format === 'epoch_second' && { format }) };
};

const index: fc.Arbitrary<RealIndex> = fc.record({
  format: fc.constantFrom('date', 'date_nanos', 'epoch_second'),
  shards: fc.integer({ min: 1, max: 3 }),
  documents: fc.oneof(
    { weight: 3, arbitrary: fc.array(arbitraryExpired, { minLength: 1, maxLength: 6 }) },
    { weight: 2, arbitrary: fc.array(arbitraryDocument, { maxLength: 12 }) },
  ),
  alias: fc.constantFrom('none', 'none', 'member', 'write index'),
});

const lateWrite: fc.Arbitrary<RealLateWrite> = fc.record({
  index: fc.nat(3),
  // A malformed one would be the first in a recreated index, and make its timestamp a text.
  document: arbitraryLate.map((document) => ({ ...document, malformed: false })),
  overwrites: fc.option(fc.nat(5), { nil: undefined }),
  before: fc.constantFrom('any', 'any', 'declareBlocks', 'blockWrites', 'countLive', 'state', 'drop', 'deleteSlice'),
});

/** What a real cluster holds, who writes meanwhile, and the clocks of two runs. */
export const arbitraryCluster = fc.record({
  indices: fc.array(index, { minLength: 1, maxLength: 4 }),
  writes: fc.array(lateWrite, { minLength: 4, maxLength: 40 }),
  programs: fc.integer({ min: 1, max: 3 }),
  /** Whether an index template maps what is made next: without one, the last index is emptied. */
  template: fc.boolean(),
  clock: fc.constantFrom(-1, 0, 1, 3_600_000),
  later: fc.constantFrom(0, 1, 900_000, 2 * DAY),
});
