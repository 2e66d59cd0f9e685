import type { estypes } from '@elastic/elasticsearch';
import type { ScriptSetting } from '../../../purge/indices/script-settings.ts';

/** Exceptions whose reason quotes what was asked or stored: a document's id, a value of it, an identifier out of a query. */
const QUOTING = /version_conflict|pars|number_format|query_shard|script_exception|x_content/;

/** Reasons of other exceptions that quote a stored value: `immense term … prefix`, `… value [x]`, or the bytes that could not be parsed. A setting's value is nobody's secret. */
const QUOTING_REASON = /immense term|\bfasterxml\b|\[Source: |\b(?:value|prefix)s? (?:\[|of |')(?!.*\bsetting\b)/i;

/** What an error comes from. One of the whole search, not of a shard, has no root: then what caused it. */
export const rootOf = (error: estypes.ErrorCause): estypes.ErrorCause =>
  error.root_cause?.[0] ?? (error.reason ? error : (error.caused_by ?? error));

/** How many scripts a node compiles in a time: one limit for all who search. */
export const COMPILATIONS = 'script.max_compilations_rate';

/** How an answer tells of a setting in the way: it has its name, or else we know it. */
const SETTINGS: readonly (readonly [words: RegExp, setting?: ScriptSetting])[] = [
  [/\bby changing the \[([a-z][\w.]*)\]/],
  [/\bcan be changed by the \[([a-z][\w.]*)\] setting/],
  [/^exceeded max allowed inline script size/, 'script.max_size_in_bytes'],
  [/^cannot execute \[\w+\] scripts/, 'script.allowed_types'],
  [/^cannot execute scripts using \[\w+\] context/, 'script.allowed_contexts'],
];

/** The setting that a request met: `This maximum can be set by changing the [index.max_terms_count] …`. */
export const limitIn = (reason: string | null | undefined): string | undefined => {
  for (const [words, setting] of SETTINGS) {
    const found = words.exec(reason ?? '');
    if (found !== null) return setting ?? found[1];
  }
  return undefined;
};

/** So many characters of a reason are told from its beginning, and from its end, where privileges are named. */
const TOLD = { beginning: 400, end: 200 } as const;

/** A reason without its middle, if it is long: it may quote a whole script, or thousands of names. */
export const shortened = (reason: string): string =>
  reason.length <= TOLD.beginning + TOLD.end
    ? reason
    : `${reason.slice(0, TOLD.beginning)} … ${reason.slice(-TOLD.end)}`;

/** A setting that refuses some queries, on fields that are not indexed too. */
const EXPENSIVE = 'search.allow_expensive_queries';

const withSetting = (type: string, reason: string | null | undefined): string => {
  if (reason?.includes(EXPENSIVE) === true) return `${type}: ${EXPENSIVE} refuses it`;
  const setting = limitIn(reason);
  if (setting === undefined) return type;
  return `${type}: ${setting.startsWith('script.allowed_') ? 'refused by' : 'over the limit of'} ${setting}`;
};

/** What Elasticsearch says of an error; only the type where its reason may quote a document or a subject. */
export const wordsOf = (error: estypes.ErrorCause): string => {
  const { type, reason } = rootOf(error);
  const words =
    reason == null || QUOTING.test(type) || QUOTING_REASON.test(reason) || limitIn(reason)?.startsWith('script.')
      ? withSetting(type, reason)
      : `${type}: ${shortened(reason)}`;
  return type === error.type ? words : `${error.type}: ${words}`;
};

/** One entry of `failures` in the answer to a request by query: of a document, or of a shard. */
interface Failure {
  readonly status?: number;
  readonly cause?: estypes.ErrorCause;
  readonly reason?: estypes.ErrorCause;
}

/** How many documents or shards a request by query failed for, and of what, naming none of them. */
export const failureWords = (failures: readonly Failure[]): string => {
  const types = failures.map(({ cause, reason, status }) => (cause ?? reason)?.type ?? `HTTP ${status}`);
  return `${failures.length} failed: ${[...new Set(types)].join(', ')}`;
};
