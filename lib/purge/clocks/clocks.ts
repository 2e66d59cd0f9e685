import type { Category } from '../../policy/retention-policy.ts';
import { MINUTE } from '../../policy/time/duration.ts';
import { type Instant, isoInstant } from '../../policy/time/instant.ts';
import type { DocumentStore } from '../document-store.ts';
import { TransientError } from '../errors.ts';
import type { Finding } from '../finding.ts';
import type { Clocks, Moment } from './clock-reading.ts';

/** Clocks that are further apart are told of. */
const TOLD = MINUTE;
/** Clocks that are further apart let nothing be destroyed: nobody knows which of them is wrong. */
const REFUSED = 5 * MINUTE;

/**
 * Reads both clocks. The cluster's is asked for between two looks at ours, so that the time of the request is not taken for skew.
 * @throws InputError when the cluster refuses the request.
 */
export const readClocks = async (
  store: Pick<DocumentStore, 'serverTime'>,
  { id, indices }: Pick<Category, 'indices'> & Partial<Pick<Category, 'id'>>,
  clock: () => Instant,
): Promise<Moment> => {
  const before = clock();
  const cluster = await store.serverTime(indices, id);
  const after = clock();
  if (cluster === undefined) return { now: before };
  const skew = Math.min(0, cluster - before) + Math.max(0, cluster - after);
  return { now: Math.min(before, cluster), clocks: { ours: before, cluster, skew } };
};

/** The earlier of both clocks at a later moment, by the skew that was measured. */
export const earlierOf = (ours: Instant, clocks: Clocks | undefined): Instant => ours + Math.min(0, clocks?.skew ?? 0);

const FIX = 'Set the clock that is wrong, and have it synchronised (NTP); the next run goes on.';

const inWords = ({ ours, cluster }: Clocks): string =>
  `${isoInstant(ours)} here, ${isoInstant(cluster)} in the cluster`;

const EXPECTED = 'a clock of ours and one of the cluster that are at most 5 minutes apart';

const UNKNOWN = {
  code: 'clock-skew',
  expected: EXPECTED,
  found: "the cluster's clock could not be read: neither the indices of the category nor one of ours answered",
  fix: 'Mend what the other findings name, and see that the indices of es-retention are there (es-retention setup) and answer; the next run goes on.',
} as const;

/** Both clocks are known, and near enough to each other. What was measured without that proves nothing later. */
export const doAgree = (clocks: Clocks | undefined): boolean =>
  clocks !== undefined && Math.abs(clocks.skew) <= REFUSED;

/**
 * Why nothing may be destroyed by such clocks; undefined when it may.
 * @param removes whether anything would be destroyed: where nothing would, nobody needs the cluster's clock.
 */
export const clockRefusal = (clocks: Clocks | undefined, removes: boolean) => {
  if (clocks === undefined) return removes ? UNKNOWN : undefined;
  if (doAgree(clocks)) return undefined;
  return { code: 'clock-skew', expected: EXPECTED, found: inWords(clocks), fix: FIX } as const;
};

/**
 * Makes sure that a time which is to be written down is right: by a clock that is wrong an end would count too early, and a return
 * from a day that has not come. Where the cluster's clock cannot be read, ours counts.
 * @throws TransientError `clock-skew`
 */
export const assertClocksAgree = ({ clocks }: Moment): void => {
  if (clocks === undefined || doAgree(clocks)) return;
  throw new TransientError('clock-skew', {
    expected: EXPECTED,
    found: inWords(clocks),
    fix: 'Set the clock that is wrong, and have it synchronised (NTP); then do it again. Nothing was recorded.',
  });
};

/** What one should know of clocks that disagree; undefined when they agree. */
export const clockFinding = (clocks: Clocks | undefined): Finding | undefined =>
  clocks === undefined || Math.abs(clocks.skew) <= TOLD
    ? undefined
    : {
        code: 'clock-skew',
        severity: doAgree(clocks) ? 'notice' : 'blocking',
        expected: 'a clock of ours and one of the cluster that are at most a minute apart',
        found: `${inWords(clocks)}; what is due is counted by the earlier of both`,
        fix: FIX,
      };
