import { parseInstant } from '../../policy/time/instant.ts';
import type { KeptEvent } from '../ledger/ledger.ts';
import { digest } from '../subjects/digest.ts';
import type { SubjectHash } from '../subjects/subject-hash.ts';
import type { TerminationEvent } from './termination-event.ts';

/** The id of an event: the same for the same subject, type and instant, so that a second one meets the first. */
export const eventId = (
  { kid, hash }: SubjectHash,
  { type, at, immediate }: Pick<TerminationEvent, 'type' | 'at' | 'immediate'>,
): string => digest(kid, hash, type, at, immediate);

/** Whether a kept event says what its id was made of. One that was edited by hand does not, and is believed by nobody. */
export const isAsKept = (event: Pick<KeptEvent, 'id' | 'type' | 'kid' | 'hash' | 'at' | 'immediate'>): boolean => {
  const at = parseInstant(event.at);
  return at !== undefined && eventId(event, { ...event, at }) === event.id;
};
