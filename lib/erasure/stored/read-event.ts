import { parseInstant } from '../../policy/time/instant.ts';
import { ACCOUNT_EVENT_TYPES } from '../events/event-fields.ts';
import { fitsItsId } from '../events/event-id.ts';
import { DECISION_TYPES, type KeptDecision, type KeptEvent, type ListedEvent } from '../events/event-log.ts';
import { isFlag, isPlainText, isText, listOf, objectOf, oneOf, optional, type Shape } from './document-shape.ts';

const isIsoInstant: Shape = (value) => typeof value === 'string' && parseInstant(value) !== undefined;

const isEvent = objectOf({
  type: oneOf(ACCOUNT_EVENT_TYPES),
  kid: isText,
  hash: isText,
  alsoUnder: optional(listOf(isText)),
  at: isIsoInstant,
  immediate: isFlag,
  requestId: optional(isPlainText),
  heardAt: isIsoInstant,
  source: optional(oneOf(['webhook', 'bus', 'person'])),
  arrivedAt: optional(isIsoInstant),
});

const isDecision = objectOf({
  type: oneOf(DECISION_TYPES),
  kid: isText,
  hash: isText,
  trigger: isText,
  at: isIsoInstant,
  heardAt: isIsoInstant,
  reason: optional(oneOf(['rate', 'share'])),
  proof: optional(isText),
});

/** This content never agrees with its id, so the event counts as edited and is not believed. */
const MALFORMED: Omit<KeptEvent, 'id'> = {
  type: 'account-reinstated',
  kid: '',
  hash: '',
  at: '',
  immediate: false,
  requestId: '',
  heardAt: '',
};

/**
 * Turns a document of the event log into an event. This is the only place that checks the shape. A document of another
 * shape becomes an edited event.
 * @param id the document's own id, which nobody can edit.
 */
export const readEvent = (source: unknown, id: string): KeptEvent => ({
  ...(isEvent(source) ? (source as KeptEvent) : MALFORMED),
  id,
});

/** The same for the list of recorded events. Empty if the document was edited: an edited document is not listed. */
export const readHeard = (source: unknown, id: string): readonly ListedEvent[] => {
  const event = readEvent(source, id);
  return fitsItsId(event) ? [{ id, heardAt: event.heardAt }] : [];
};

/** Reads a decision. Empty if the document has another shape. Then the entry itself says whether it is braked. */
export const readDecision = (source: unknown, id: string): readonly KeptDecision[] =>
  isDecision(source) ? [{ ...(source as KeptDecision), id }] : [];
