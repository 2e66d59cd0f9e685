import type { estypes } from '@elastic/elasticsearch';
import { DECISION_TYPES } from '../../../erasure/events/decisions.ts';
import { type Instant, isoInstant } from '../../../policy/time/instant.ts';

const keyword = { type: 'keyword' } as const;
const date = { type: 'date', format: 'strict_date_optional_time' } as const;

export const EVENT_MAPPINGS: estypes.MappingTypeMapping = {
  dynamic: 'strict',
  properties: {
    id: keyword,
    type: keyword,
    kid: keyword,
    hash: keyword,
    // Read by id, and searched by nobody.
    alsoUnder: { type: 'keyword', index: false, doc_values: false },
    at: date,
    immediate: { type: 'boolean' },
    requestId: keyword,
    heardAt: date,
    source: keyword,
    arrivedAt: date,
    trigger: keyword,
    reason: keyword,
    // Read, and searched by nobody.
    proof: { type: 'keyword', index: false, doc_values: false },
  },
};

const DECISION: estypes.QueryDslQueryContainer = { terms: { type: [...DECISION_TYPES] } };

/** The kind of the documents that say what may be forgotten. */
export const FORGOTTEN = 'forgotten-before';

/** The kinds of the documents that stand beside the events. */
export const BESIDE_EVENTS: readonly string[] = [...DECISION_TYPES, FORGOTTEN];

/** Events that a query finds, without the decisions and notes that stand beside them. */
export const eventsOf = (filter: estypes.QueryDslQueryContainer): estypes.QueryDslQueryContainer => ({
  bool: { filter: [filter], must_not: [DECISION, { term: { type: FORGOTTEN } }] },
});

export const between = (field: string, gte: Instant, lte?: Instant): estypes.QueryDslQueryContainer => ({
  range: {
    [field]: {
      gte: isoInstant(gte),
      ...(lte !== undefined && { lte: isoInstant(lte) }),
      format: 'strict_date_optional_time',
    },
  },
});

/** Decisions about erasures that a query finds. */
export const decisionsOf = (filter: estypes.QueryDslQueryContainer): estypes.QueryDslQueryContainer => ({
  bool: { filter: [DECISION, filter] },
});
