import type { FoundIndex } from './found-index.ts';

/** Maximum number of our own documents in one request, and of values in one query. */
export const OWN_AT_ONCE = 5_000;

/** Limits of an index that our requests may reach. Their defaults are higher. */
const LIMITS = ['index.max_result_window', 'index.max_terms_count'] as const;

/** The limits of an own index that are too low for our requests, with one clause for each. Pure. */
export const lowLimits = ({ settings }: FoundIndex): readonly { readonly name: string; readonly clause: string }[] =>
  LIMITS.filter((name) => settings[name] !== undefined && Number(settings[name]) < OWN_AT_ONCE).map((name) => ({
    name,
    clause: `${name} is ${settings[name]}, and ${OWN_AT_ONCE} are needed`,
  }));
