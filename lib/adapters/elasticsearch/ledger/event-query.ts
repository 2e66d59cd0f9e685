import type { estypes } from '@elastic/elasticsearch';
import { DECISION_TYPES } from '../../../erasure/events/event-log.ts';
import { type Instant, isoInstant } from '../../../policy/time/instant.ts';

const keyword = { type: 'keyword' } as const;
const date = { type: 'date', format: 'strict_date_optional_time' } as const;

/** The mapping of an event log. */
export const EVENT_MAPPINGS: estypes.MappingTypeMapping = {
  dynamic: 'strict',
  properties: {
    id: keyword,
    type: keyword,
    kid: keyword,
    hash: keyword,
    // Read by document id only, never searched.
    alsoUnder: { type: 'keyword', index: false, doc_values: false },
    at: date,
    immediate: { type: 'boolean' },
    requestId: keyword,
    heardAt: date,
    source: keyword,
    arrivedAt: date,
    trigger: keyword,
    reason: keyword,
    // Read, but never searched.
    proof: { type: 'keyword', index: false, doc_values: false },
  },
};

const DECISION: estypes.QueryDslQueryContainer = { terms: { type: [...DECISION_TYPES] } };

/** The kind of documents that record the instant before which events may be forgotten. */
export const FORGOTTEN_BEFORE = 'forgotten-before';

/** The kinds of documents in the log that are not events. */
export const BESIDE_EVENTS: readonly string[] = [...DECISION_TYPES, FORGOTTEN_BEFORE];

/** The events that a query finds, without decisions and other documents. */
export const eventsOf = (filter: estypes.QueryDslQueryContainer): estypes.QueryDslQueryContainer => ({
  bool: { filter: [filter], must_not: [DECISION, { term: { type: FORGOTTEN_BEFORE } }] },
});

/** Documents with a date from `gte` to `lte`, both included. Without `lte`, there is no end. */
export const between = (field: string, gte: Instant, lte?: Instant): estypes.QueryDslQueryContainer => ({
  range: {
    [field]: {
      gte: isoInstant(gte),
      ...(lte !== undefined && { lte: isoInstant(lte) }),
      format: 'strict_date_optional_time',
    },
  },
});

/** The decisions about erasures that a query finds. */
export const decisionsOf = (filter: estypes.QueryDslQueryContainer): estypes.QueryDslQueryContainer => ({
  bool: { filter: [DECISION, filter] },
});
