import type { FoundIndex } from '../inspect/found-index.ts';

/** Documents of ours in one request, and values that one query looks for. */
export const OWN_AT_ONCE = 5_000;

/** Limits of an index that our requests reach. By default each is higher. */
const LIMITS = ['index.max_result_window', 'index.max_terms_count'] as const;

/** Which limits of an index of ours are set too low for our requests, with one clause for each. Pure. */
export const lowLimits = ({ settings }: FoundIndex): readonly { readonly name: string; readonly clause: string }[] =>
  LIMITS.filter((name) => settings[name] !== undefined && Number(settings[name]) < OWN_AT_ONCE).map((name) => ({
    name,
    clause: `${name} is ${settings[name]}, and ${OWN_AT_ONCE} are needed`,
  }));
