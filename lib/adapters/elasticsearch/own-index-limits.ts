import type { FoundIndex } from './own-index-shape.ts';

/** Documents of ours in one request, and values that one query looks for. */
export const OWN_AT_ONCE = 5_000;

/** Limits of an index that our requests reach. By default each is higher. */
const LIMITS = ['index.max_result_window', 'index.max_terms_count'] as const;

/** Which limits of an index of ours are set too low for our requests. Pure. */
export const lowLimits = ({ settings }: FoundIndex): readonly string[] =>
  LIMITS.filter((name) => settings[name] !== undefined && Number(settings[name]) < OWN_AT_ONCE);

/** One clause for each limit that is too low. Pure. */
export const limitDifferences = (found: FoundIndex): readonly string[] =>
  lowLimits(found).map((name) => `${name} is ${found.settings[name]}, and ${OWN_AT_ONCE} are needed`);

/** The request that sets limits back; it works while the index is open. Pure. */
export const setLimitsBack = (index: string, limits: readonly string[]): string =>
  `Set it back: PUT /${index}/_settings {${limits.map((name) => `"${name}": null`).join(', ')}}.`;

/**
 * What to do about an altered index of ours. Limits are set back by one request, and have to be before documents can be copied. Pure.
 * @param differences all of them, the limits among them.
 */
export const wayOutOfAltered = (index: string, differences: readonly string[], found?: FoundIndex): string => {
  const limits = found === undefined ? [] : lowLimits(found);
  const rebuild = `node bin/es-retention.mjs setup --rebuild ${index} makes it anew, with its documents. Stop the runs first.`;
  if (limits.length === 0) return rebuild;
  const first = setLimitsBack(index, limits);
  return differences.length === limits.length ? first : `${first} Then ${rebuild}`;
};
