import type { estypes } from '@elastic/elasticsearch';
import type { ScriptSetting } from '../../../criteria/script-settings.ts';

/** Exceptions whose reason quotes a query or a document: its id, a value, or an identifier. */
const QUOTING = /version_conflict|pars|number_format|query_shard|script_exception|x_content/;

/**
 * Reasons of other exceptions that quote a stored value: `immense term … prefix`, `… value [x]`, or bytes that could
 * not be parsed. The value of a setting is not secret.
 */
const QUOTING_REASON = /immense term|\bfasterxml\b|\[Source: |\b(?:value|prefix)s? (?:\[|of |')(?!.*\bsetting\b)/i;

/** The root cause of an error. An error of the whole search has no root cause, only a direct cause. */
export const rootOf = (error: estypes.ErrorCause): estypes.ErrorCause =>
  error.root_cause?.[0] ?? (error.reason ? error : (error.caused_by ?? error));

/** The setting for the number of scripts that a node compiles in a period. All users share this limit. */
export const COMPILATIONS = 'script.max_compilations_rate';

/**
 * How an answer shows that a setting prevents a request: it contains the name of the setting, or words that we map to a
 * setting.
 */
const SETTINGS: readonly (readonly [words: RegExp, setting?: ScriptSetting])[] = [
  [/\bby changing the \[([a-z][\w.]*)\]/],
  [/\bcan be changed by the \[([a-z][\w.]*)\] setting/],
  [/^exceeded max allowed inline script size/, 'script.max_size_in_bytes'],
  [/^cannot execute \[\w+\] scripts/, 'script.allowed_types'],
  [/^cannot execute scripts using \[\w+\] context/, 'script.allowed_contexts'],
];

/** The setting that an error names: `This maximum can be set by changing the [index.max_terms_count] …`. */
export const limitIn = (reason: string | null | undefined): string | undefined => {
  for (const [words, setting] of SETTINGS) {
    const found = words.exec(reason ?? '');
    if (found !== null) return setting ?? found[1];
  }
  return undefined;
};

/** The number of characters that are kept from the beginning of a reason, and from its end, which names privileges. */
const KEPT_LENGTHS = { beginning: 400, end: 200 } as const;

/** Cuts out the middle of a long reason: it may quote a whole script, or thousands of names. */
export const shortened = (reason: string): string =>
  reason.length <= KEPT_LENGTHS.beginning + KEPT_LENGTHS.end
    ? reason
    : `${reason.slice(0, KEPT_LENGTHS.beginning)} … ${reason.slice(-KEPT_LENGTHS.end)}`;

/** This setting refuses expensive queries, including those on fields that are not indexed. */
const EXPENSIVE = 'search.allow_expensive_queries';

const withSetting = (type: string, reason: string | null | undefined): string => {
  if (reason?.includes(EXPENSIVE) === true) return `${type}: ${EXPENSIVE} refuses it`;
  const setting = limitIn(reason);
  if (setting === undefined) return type;
  return `${type}: ${setting.startsWith('script.allowed_') ? 'refused by' : 'over the limit of'} ${setting}`;
};

/** The error text of Elasticsearch. Only its type if the reason may quote a document or a subject. */
export const errorText = (error: estypes.ErrorCause): string => {
  const { type, reason } = rootOf(error);
  const words =
    reason == null || QUOTING.test(type) || QUOTING_REASON.test(reason) || limitIn(reason)?.startsWith('script.')
      ? withSetting(type, reason)
      : `${type}: ${shortened(reason)}`;
  return type === error.type ? words : `${error.type}: ${words}`;
};

/** One entry of `failures` in the answer to a by-query request, for a document or a shard. */
interface ServerFailure {
  readonly status?: number;
  readonly cause?: estypes.ErrorCause;
  readonly reason?: estypes.ErrorCause;
}

/** For how many documents or shards a by-query request failed, and why, without naming any of them. */
export const failureText = (failures: readonly ServerFailure[]): string => {
  const types = failures.map(({ cause, reason, status }) => (cause ?? reason)?.type ?? `HTTP ${status}`);
  return `${failures.length} failed: ${[...new Set(types)].join(', ')}`;
};
