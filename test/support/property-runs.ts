/** `npm run test:long` makes ten times as many runs of each property, and takes the time that they need. */
const isLong = process.env.ES_RETENTION_LONG === 'true';

/** How many runs a property makes. @param usual in the ordinary tests. */
export const propertyRuns = (usual: number): number => (isLong ? 10 * usual : usual);

/** After how many milliseconds a property stops making runs. @param usual in the ordinary tests, where a busy machine makes fewer. */
export const enoughTime = (usual: number): number => (isLong ? Number.POSITIVE_INFINITY : usual);
