/** `npm run test:long` runs each property at least ten times as often, without a time limit. */
const isLong = process.env.ES_RETENTION_LONG === 'true';

/**
 * The number of runs of a property.
 * @param usual number in ordinary tests.
 * @param long number in long tests. Default: ten times the usual one.
 */
export const propertyRuns = (usual: number, long = 10 * usual): number => (isLong ? long : usual);

/**
 * After this many milliseconds, a property starts no more runs.
 * @param usual number in ordinary tests. A busy machine makes fewer runs.
 */
export const enoughTime = (usual: number): number => (isLong ? Number.POSITIVE_INFINITY : usual);
