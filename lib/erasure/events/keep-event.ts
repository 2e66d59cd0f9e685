import { type Instant, isoInstant } from '../../policy/time/instant.ts';
import type { KeptEvent } from '../ledger/ledger.ts';
import type { RecordPorts } from '../recording/record-ports.ts';
import { type SubjectHash, subjectName } from '../subjects/subject-hash.ts';
import { eventId } from './event-id.ts';
import type { TerminationEvent } from './termination-event.ts';

/**
 * An event as the event log keeps it, without identifiers.
 * @param hashes of its subject, under every version of the key, the current one first.
 * @param heardAt when it was heard of first.
 */
export const keptEvent = (
  event: TerminationEvent,
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
 * Keeps an event in the event log of a category. That alone changes nothing that is owed.
 * @param id that of its copy in the archive, where there is one: it may be from before a rotation of the key.
 * @returns whether it was new.
 * @throws InputError without a subject key; TransientError when the event log does not answer.
 */
export const keepEvent = async (
  event: TerminationEvent,
  category: string,
  { events, hashes, clock }: Pick<RecordPorts, 'events' | 'hashes' | 'clock'>,
  id?: string,
): Promise<boolean> => {
  const all = hashes(event.subject);
  const own = hashOf(event, all, id);
  if (own === undefined) return false;
  return events(category).keep(keptEvent(event, [own, ...all.filter((hash) => hash !== own)], clock()));
};

/** The version of the key that an event of this id was kept under; otherwise the current one. */
const hashOf = (event: TerminationEvent, hashes: readonly SubjectHash[], id?: string): SubjectHash | undefined =>
  hashes.find((hash) => eventId(hash, event) === id) ?? hashes[0];

/** Puts the copy of an event outside the cluster, under the id of its copy there, or of the event under the current key. */
export const archiveCopy = async (event: TerminationEvent, ports: RecordPorts, id?: string): Promise<void> => {
  const hash = hashOf(event, ports.hashes(event.subject), id);
  if (hash !== undefined) await ports.archiveEvent(eventId(hash, event), event);
};
