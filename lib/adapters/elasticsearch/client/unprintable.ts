import type { estypes } from '@elastic/elasticsearch';

/** What Elasticsearch says of a document that it stored and cannot print: its bytes are nothing that it can read. */
const UNPRINTABLE = /x_content|parse_exception|fasterxml|XContentType/;

/** Whether an answer says of a document that it cannot be printed: it was sent as YAML, say. */
export const isUnprintable = (cause: estypes.ErrorCause | undefined): boolean =>
  [cause, cause?.caused_by, ...(cause?.root_cause ?? [])].some(
    (each) => each !== undefined && UNPRINTABLE.test(`${each.type}: ${each.reason}`),
  );
