import type { estypes } from '@elastic/elasticsearch';

/** Exceptions whose reason quotes what was asked or stored: a document's id, a value of it, an identifier out of a query. */
const QUOTING = /version_conflict|pars|number_format|query_shard|script_exception/;

/** Reasons of other exceptions that quote a stored value: `immense term … prefix`, `… value [x]`. A setting's value is nobody's secret. */
const QUOTING_REASON = /immense term|\b(?:value|prefix)s? (?:\[|of |')(?!.*\bsetting\b)/i;

/** What an error comes from. One of the whole search, not of a shard, has no root: then what caused it. */
export const rootOf = (error: estypes.ErrorCause): estypes.ErrorCause =>
  error.root_cause?.[0] ?? (error.reason ? error : (error.caused_by ?? error));

/** The setting whose limit a request met, where the answer names it: `This maximum can be set by changing the [index.max_terms_count] …`. */
export const limitIn = (reason: string | null | undefined): string | undefined =>
  /\bby changing the \[([a-z][\w.]*)\]/.exec(reason ?? '')?.[1];

/** A setting that refuses some queries, on fields that are not indexed too. */
const EXPENSIVE = 'search.allow_expensive_queries';

const withoutReason = (type: string, reason: string | null | undefined): string => {
  if (reason?.includes(EXPENSIVE) === true) return `${type}: ${EXPENSIVE} refuses it`;
  const limit = limitIn(reason);
  return limit === undefined ? type : `${type}: over the limit of ${limit}`;
};

/** What Elasticsearch says of an error; only the type where its reason may quote a document or a subject. */
export const wordsOf = (error: estypes.ErrorCause): string => {
  const { type, reason } = rootOf(error);
  const words =
    reason == null || QUOTING.test(type) || QUOTING_REASON.test(reason)
      ? withoutReason(type, reason)
      : `${type}: ${reason}`;
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
