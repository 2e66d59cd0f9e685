import { TransientError } from '../base/errors.ts';
import type { Clocks, Moment } from '../criteria/clock-reading.ts';
import type { Finding } from '../criteria/finding.ts';
import type { Category } from '../policy/retention-policy.ts';
import { MINUTE } from '../policy/time/duration.ts';
import { type Clock, type Instant, isoInstant } from '../policy/time/instant.ts';
import type { DocumentStore } from './document-store.ts';

/** A larger difference between the clocks is reported. */
const REPORTED_DIFFERENCE = MINUTE;
/** A larger difference stops everything destructive, because it is unknown which clock is wrong. */
const REFUSED = 5 * MINUTE;

/**
 * Reads both clocks. Our clock is read before and after the request, so that its duration does not count as a
 * difference.
 * @throws InputError if the cluster refuses the request.
 */
export const readClocks = async (
  store: Pick<DocumentStore, 'serverTime'>,
  { id, indices }: Pick<Category, 'indices'> & Partial<Pick<Category, 'id'>>,
  clock: Clock,
): Promise<Moment> => {
  const before = clock();
  const cluster = await store.serverTime(indices, id);
  const after = clock();
  if (cluster === undefined) return { now: before };
  const skew = Math.min(0, cluster - before) + Math.max(0, cluster - after);
  return { now: Math.min(before, cluster), clocks: { ours: before, cluster, skew } };
};

/** The earlier of both clocks at a later moment, assuming the measured difference. */
export const earlierOf = (ours: Instant, clocks: Clocks | undefined): Instant => ours + Math.min(0, clocks?.skew ?? 0);

const FIX = 'Set the clock that is wrong, and synchronise it (NTP). The next run continues.';

const inWords = ({ ours, cluster }: Clocks): string =>
  `${isoInstant(ours)} here, ${isoInstant(cluster)} in the cluster`;

const EXPECTED = 'our clock and the clock of the cluster at most 5 minutes apart';

const UNKNOWN = {
  code: 'clock-skew',
  expected: EXPECTED,
  found: "the cluster's clock could not be read: neither the indices of the category nor one of ours answered",
  fix: 'Fix what the other findings name. Check that the indices of es-retention exist (node bin/es-retention.mjs setup) and answer. The next run continues.',
} as const;

/** Whether both clocks are known and close enough. Otherwise measured times are not used later. */
export const clocksAgree = (clocks: Clocks | undefined): boolean =>
  clocks !== undefined && Math.abs(clocks.skew) <= REFUSED;

/**
 * Why, with these clocks, nothing may be destroyed and no erasure may be called done; undefined if both are allowed.
 * @param decides whether a run of the plan may do one of the two. If not, the cluster's clock is not needed.
 */
export const clockRefusal = (clocks: Clocks | undefined, decides: boolean) => {
  if (clocks === undefined) return decides ? UNKNOWN : undefined;
  if (clocksAgree(clocks)) return undefined;
  return { code: 'clock-skew', expected: EXPECTED, found: inWords(clocks), fix: FIX } as const;
};

/**
 * Checks the clocks before a time is written down. With a wrong time, a termination would count too early, or a
 * reinstatement would have a date in the future. If the cluster's clock cannot be read, ours counts.
 * @throws TransientError `clock-skew`
 */
export const assertClocksAgree = ({ clocks }: Moment): void => {
  if (clocks === undefined || clocksAgree(clocks)) return;
  throw new TransientError('clock-skew', {
    expected: EXPECTED,
    found: inWords(clocks),
    fix: 'Set the clock that is wrong, and synchronise it (NTP). Then try again. Nothing was recorded.',
  });
};

/** The finding for clocks that disagree; undefined if they agree. */
export const clockFinding = (clocks: Clocks | undefined): Finding | undefined =>
  clocks === undefined || Math.abs(clocks.skew) <= REPORTED_DIFFERENCE
    ? undefined
    : {
        code: 'clock-skew',
        severity: clocksAgree(clocks) ? 'notice' : 'blocking',
        expected: 'our clock and the clock of the cluster at most a minute apart',
        found: `${inWords(clocks)}; the earlier of the two decides what is due`,
        fix: FIX,
      };
