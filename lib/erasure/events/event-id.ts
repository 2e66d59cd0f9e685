import { parseInstant } from '../../policy/time/instant.ts';
import { digest } from '../subjects/digest.ts';
import type { SubjectHash } from '../subjects/subject-hash.ts';
import type { AccountEvent } from './account-event.ts';
import type { KeptEvent } from './event-log.ts';

/**
 * The id of an event. The same subject, type and instant always have the same id, so that a repeated event is
 * recognized.
 */
export const eventId = (
  { kid, hash }: SubjectHash,
  { type, at, immediate }: Pick<AccountEvent, 'type' | 'at' | 'immediate'>,
): string => digest(kid, hash, type, at, immediate);

/**
 * Whether a recorded event agrees with its id, which is a hash of its content. An edited event does not agree, and is
 * not believed.
 */
export const fitsItsId = (event: Pick<KeptEvent, 'id' | 'type' | 'kid' | 'hash' | 'at' | 'immediate'>): boolean => {
  const at = parseInstant(event.at);
  return at !== undefined && eventId(event, { ...event, at }) === event.id;
};
