/** `npm run test:long` runs each property ten times as often, without a time limit. */
const isLong = process.env.ES_RETENTION_LONG === 'true';

/**
 * The number of runs of a property.
 * @param usual number in ordinary tests.
 */
export const propertyRuns = (usual: number): number => (isLong ? 10 * usual : usual);

/**
 * After this many milliseconds, a property starts no more runs.
 * @param usual number in ordinary tests. A busy machine makes fewer runs.
 */
export const enoughTime = (usual: number): number => (isLong ? Number.POSITIVE_INFINITY : usual);
