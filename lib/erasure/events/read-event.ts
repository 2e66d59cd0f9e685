import { parseInstant } from '../../policy/time/instant.ts';
import {
  isFlag,
  isPlainText,
  isText,
  listOf,
  objectOf,
  oneOf,
  optional,
  type Shape,
} from '../ledger/document-shape.ts';
import type { KeptEvent, ListedEvent } from '../ledger/ledger.ts';
import { DECISION_TYPES, type KeptDecision } from './decisions.ts';
import { isAsKept } from './event-id.ts';
import { TERMINATION_TYPES } from './termination-type.ts';

const isIsoInstant: Shape = (value) => typeof value === 'string' && parseInstant(value) !== undefined;

const isEvent = objectOf({
  type: oneOf(TERMINATION_TYPES),
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

/** It does not say what its id was made of: so it counts as edited, and nobody believes it. */
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
 * Takes a document of the event log for an event: the only place where the shape of one is looked at. One of another shape comes as an
 * event that was edited. Pure.
 * @param id the document's own, which nobody can edit.
 */
export const readEvent = (source: unknown, id: string): KeptEvent => ({
  ...(isEvent(source) ? (source as KeptEvent) : MALFORMED),
  id,
});

/** The same for a list of what was heard; none where the document is not as it was kept: one of two instants may be forgotten before the list. */
export const readHeard = (source: unknown, id: string): readonly ListedEvent[] => {
  const event = readEvent(source, id);
  return isAsKept(event) ? [{ id, heardAt: event.heardAt }] : [];
};

/** A decision; none where the document has another shape: then the entry itself says whether it is braked. */
export const readDecision = (source: unknown, id: string): readonly KeptDecision[] =>
  isDecision(source) ? [{ ...(source as KeptDecision), id }] : [];
