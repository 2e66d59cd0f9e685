import { type Instant, isoInstant } from '../../policy/time/instant.ts';
import type { AccountEvent } from '../events/account-event.ts';
import { eventId } from '../events/event-id.ts';
import type { KeptEvent } from '../events/event-log.ts';
import { type SubjectHash, subjectName } from '../subjects/subject-hash.ts';
import type { RecordPorts } from './record-ports.ts';

/**
 * An event in the form of the event log, without identifiers.
 * @param hashes of its subject under every key version, the current one first.
 * @param heardAt when it was first recorded.
 */
export const keptEvent = (
  event: AccountEvent,
  [hash, ...older]: readonly [SubjectHash, ...SubjectHash[]],
  heardAt: Instant,
): KeptEvent => {
  const { type, at, immediate, requestId, source, arrivedAt } = event;
  return {
    ...hash,
    alsoUnder: older.map(subjectName),
    id: eventId(hash, event),
    type,
    at: isoInstant(at),
    immediate,
    requestId,
    heardAt: isoInstant(heardAt),
    ...(source !== undefined && { source }),
    ...(arrivedAt !== undefined && { arrivedAt: isoInstant(arrivedAt) }),
  };
};

/**
 * Adds an event to the event log of a category. This does not yet change the owed erasure.
 * @param id of its copy in the archive, if there is one. The copy may have been made before a key rotation.
 * @returns whether the event was new.
 * @throws InputError without a subject key; TransientError if the event log does not answer.
 */
export const keepEvent = async (
  event: AccountEvent,
  category: string,
  { events, hashes, clock }: Pick<RecordPorts, 'events' | 'hashes' | 'clock'>,
  id?: string,
): Promise<boolean> => {
  const all = hashes(event.subject);
  const own = hashOf(event, all, id);
  if (own === undefined) return false;
  const kept = keptEvent(event, [own, ...all.filter((hash) => hash !== own)], clock());
  return (await events(category).keep([kept])).has(kept.id);
};

/** The hash under the key version that made this event id; without an id, under the current version. */
const hashOf = (event: AccountEvent, hashes: readonly SubjectHash[], id?: string): SubjectHash | undefined =>
  hashes.find((hash) => eventId(hash, event) === id) ?? hashes[0];

/**
 * Stores a copy of an event outside the cluster, under the given id, or else under the event's id with the current key.
 */
export const archiveCopy = async (event: AccountEvent, ports: RecordPorts, id?: string): Promise<void> => {
  const hash = hashOf(event, ports.hashes(event.subject), id);
  if (hash !== undefined) await ports.archiveEvent(eventId(hash, event), event);
};
