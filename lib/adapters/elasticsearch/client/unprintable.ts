import type { estypes } from '@elastic/elasticsearch';

/**
 * Error texts for a stored document that Elasticsearch cannot print, because its bytes are in no format that it can
 * read.
 */
const UNPRINTABLE = /x_content|parse_exception|fasterxml|XContentType/;

/** Whether an error says that a document cannot be printed, for example because it was sent as YAML. */
export const isUnprintable = (cause: estypes.ErrorCause | undefined): boolean =>
  [cause, cause?.caused_by, ...(cause?.root_cause ?? [])].some(
    (each) => each !== undefined && UNPRINTABLE.test(`${each.type}: ${each.reason}`),
  );
