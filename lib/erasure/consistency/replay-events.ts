import { ledgerMemory } from '../../policy/ledger-memory.ts';
import type { RetentionPolicy } from '../../policy/retention-policy.ts';
import { eventId, isAsKept } from '../events/event-id.ts';
import { EventIndex, keyIdIn } from '../events/event-index.ts';
import { keptEvent } from '../events/keep-event.ts';
import type { TerminationEvent } from '../events/termination-event.ts';
import type { KeptEvent } from '../ledger/ledger.ts';
import type { RecordPorts } from '../recording/record-ports.ts';
import { MOST_WITNESSED } from './forgotten.ts';

/** A copy in the archive that was opened, with the id of its event. */
export interface ArchivedEvent {
  readonly id: string;
  readonly event: TerminationEvent;
}

/** An archived event as the event log has to keep it; undefined where the key that its id was made with is gone. */
const keptAgain = ({ id, event }: ArchivedEvent, { hashes, clock }: RecordPorts): KeptEvent | undefined => {
  const all = hashes(event.subject);
  const own = all.find((hash) => eventId(hash, event) === id);
  if (own === undefined) return undefined;
  return keptEvent(event, [own, ...all.filter((hash) => hash !== own)], clock());
};

/** The copies, each also by the ids that its event has under the other versions of the key. */
const underEveryKey = (
  archived: readonly ArchivedEvent[],
  { hashes }: RecordPorts,
): ReadonlyMap<string, ArchivedEvent> => {
  const others = archived.flatMap(({ event }) =>
    hashes(event.subject).map((hash) => ({ id: eventId(hash, event), event })),
  );
  return new Map([...archived, ...others].map((copy) => [copy.id, copy]));
};

/**
 * An event as it names its subject under the versions of the key at hand: an entry that is made again after a rotation stands under the newer
 * ones, and a name that somebody wrote into it is another's. Undefined where it names it so already, or was edited otherwise.
 */
const linked = (kept: KeptEvent, copies: ReadonlyMap<string, ArchivedEvent>, ports: RecordPorts) => {
  const copy = copies.get(kept.id);
  if (copy === undefined || !isAsKept(kept)) return undefined;
  const right = keptAgain(copy, ports)?.alsoUnder ?? [];
  const keyIds = new Set(ports.hashes(copy.event.subject).map(({ kid }) => kid));
  const [known, beyond] = [
    new Set(kept.alsoUnder),
    (kept.alsoUnder ?? []).filter((name) => !keyIds.has(keyIdIn(name))),
  ];
  const alsoUnder = [...new Set([...beyond, ...right])];
  return known.size === alsoUnder.length && alsoUnder.every((name) => known.has(name))
    ? undefined
    : { ...kept, alsoUnder };
};

/**
 * Writes events of one category's log that were edited by hand again, from the archive, and names subjects under newer versions of the key. Removes those
 * of which it has no copy: nobody believes them, and nothing tells what they said. Never removes an event that says what its id was made of, nor one that the archive has.
 * @param ids of every copy in the archive, those that do not open too.
 * @returns the ids of those that were edited, and written again or removed.
 * @throws TransientError when the event log does not answer.
 */
export const mendEvents = async (
  category: string,
  archived: readonly ArchivedEvent[],
  ids: ReadonlySet<string>,
  policy: RetentionPolicy,
  ports: RecordPorts,
): Promise<{ readonly again: readonly string[]; readonly removed: readonly string[] }> => {
  const { hashes, clock } = ports;
  const events = ports.events(category);
  const since = await events.since(clock() - ledgerMemory(policy), MOST_WITNESSED);
  const about = await events.about(archived.flatMap(({ event }) => hashes(event.subject).map(({ hash }) => hash)));
  const { altered } = new EventIndex([...since, ...about]);
  const edited = new Set(altered.map(({ id }) => id));
  const known = new Set([...since, ...about].map(({ id }) => id));
  const unseen = archived.filter(({ id }) => !known.has(id)).map(({ id }) => id);
  const missing = await events.missing(unseen);
  // One that is there, and that no search for its content finds.
  for (const id of unseen) if (!missing.has(id)) edited.add(id);
  const copies = underEveryKey(archived, ports);
  const hidden = await events.hidden([...since, ...about], [...ids]);
  const rewritten = hidden.flatMap(
    ({ id, event, decision }) => decision ?? (isAsKept(event) && !copies.has(id) ? event : []),
  );
  const kept = new Set(rewritten.map(({ id }) => id));
  for (const { id } of hidden) if (!kept.has(id)) edited.add(id);
  const again = [...copies.values()].filter(({ id }) => edited.has(id)).flatMap((copy) => keptAgain(copy, ports) ?? []);
  const removed = [...edited].filter((id) => !ids.has(id) && !copies.has(id) && !kept.has(id));
  await events.mend([...again, ...rewritten, ...about.flatMap((kept) => linked(kept, copies, ports) ?? [])]);
  await events.remove(removed);
  return { again: [...again, ...rewritten].map(({ id }) => id), removed };
};
