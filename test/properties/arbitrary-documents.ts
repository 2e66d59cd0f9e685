import { DAY } from '../../lib/policy/time/duration.ts';
import type { Instant } from '../../lib/policy/time/instant.ts';
import type { InMemoryDocument } from '../support/in-memory/in-memory-cluster.ts';
import { CUTOFF, NOW } from '../support/purge/purge-fixture.ts';
import fc from '../support/run/fast-check.ts';
import { EARLIEST } from './retention-oracle.ts';

const HOUR = DAY / 24;

/** How long a run has to wait that follows a crash: until the lease has ended, and no drop can be on its way. */
export const AFTER_THE_LEASE = 721_000;

const around = (instant: Instant, distance: number): fc.Arbitrary<Instant> =>
  fc.integer({ min: instant - distance, max: instant + distance });

const expired = fc.oneof(around(CUTOFF - 2, 1), around(CUTOFF - 9 * DAY, 8 * DAY));
const live = fc.oneof(around(CUTOFF + 1, 1), around(CUTOFF + AFTER_THE_LEASE, 2), around(CUTOFF + 7 * DAY, 6 * DAY));
const doubtful = fc.oneof(around(EARLIEST, 2), around(NOW + HOUR, 2), around(NOW + 3 * DAY, 2 * DAY), fc.constant(0));

const value = fc.oneof(
  { weight: 5, arbitrary: expired },
  { weight: 4, arbitrary: live },
  { weight: 1, arbitrary: doubtful },
);
const several = fc.array(fc.oneof(expired, value), { minLength: 2, maxLength: 3 });

/** Documents of which most have one timestamp, close to where it matters, and some several, none or a wrong one. */
export const arbitraryDocument: fc.Arbitrary<InMemoryDocument> = fc.record({
  timestamps: fc.oneof(
    { weight: 8, arbitrary: value.map((one) => [one]) },
    { weight: 2, arbitrary: several },
    { weight: 1, arbitrary: fc.constant([]) },
  ),
  ingested: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 2, arbitrary: value.map((one) => [one]) },
    { weight: 1, arbitrary: several },
  ),
  malformed: fc.oneof({ weight: 15, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});

/** Documents that are surely expired at {@link NOW}: what makes whole indices droppable. */
export const arbitraryExpired: fc.Arbitrary<InMemoryDocument> = expired.map((one) => ({
  timestamps: [one],
  ingested: [],
}));

/** Documents that a late writer might bring: often live, often expired. */
export const arbitraryLate: fc.Arbitrary<InMemoryDocument> = fc.oneof(
  live.map((one) => ({ timestamps: [one], ingested: [] })),
  arbitraryExpired,
  arbitraryDocument,
);
