import { ledgerMemory } from '../../policy/ledger-memory.ts';
import type { RetentionPolicy } from '../../policy/retention-policy.ts';
import type { AccountEvent } from '../events/account-event.ts';
import { eventId, fitsItsId } from '../events/event-id.ts';
import type { KeptEvent } from '../events/event-log.ts';
import { keptEvent } from '../recording/keep-event.ts';
import type { RecordPorts } from '../recording/record-ports.ts';
import { EventIndex, keyIdIn } from './event-index.ts';
import { MAX_WITNESSED } from './witnesses.ts';

/** An opened copy from the archive, with the id of its event. */
export interface ArchivedEvent {
  readonly id: string;
  readonly event: AccountEvent;
}

/** An archived event in the form of the event log; undefined if the key that made its id does not exist any more. */
const keptAgain = ({ id, event }: ArchivedEvent, { hashes, clock }: RecordPorts): KeptEvent | undefined => {
  const all = hashes(event.subject);
  const own = all.find((hash) => eventId(hash, event) === id);
  if (own === undefined) return undefined;
  return keptEvent(event, [own, ...all.filter((hash) => hash !== own)], clock());
};

/** The copies by event id, each also under the ids that its event has with the other key versions. */
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
 * Gives an event its subject's names under the available versions of the key: after a rotation, a rebuilt entry has a
 * name under a newer version. Drops any other name, since somebody else may have written it. Undefined if nothing
 * changes, or if the event was edited in another way.
 */
const linked = (kept: KeptEvent, copies: ReadonlyMap<string, ArchivedEvent>, ports: RecordPorts) => {
  const copy = copies.get(kept.id);
  if (copy === undefined || !fitsItsId(kept)) return undefined;
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
 * Restores edited events of one category's log from the archive, and adds the subjects' names under newer key versions.
 * Removes edited events without a copy in the archive: they are not believed, and their original content is unknown. It
 * must never remove an event that agrees with its id, or an event that the archive has.
 * @param ids of every copy in the archive, including unreadable ones.
 * @returns the ids of the edited events, whether restored or removed.
 * @throws TransientError if the event log does not answer.
 */
export const restoreEvents = async (
  category: string,
  archived: readonly ArchivedEvent[],
  ids: ReadonlySet<string>,
  policy: RetentionPolicy,
  ports: RecordPorts,
): Promise<{ readonly again: readonly string[]; readonly removed: readonly string[] }> => {
  const { hashes, clock } = ports;
  const events = ports.events(category);
  const since = await events.since(clock() - ledgerMemory(policy), MAX_WITNESSED);
  const about = await events.about(archived.flatMap(({ event }) => hashes(event.subject).map(({ hash }) => hash)));
  const { altered } = new EventIndex([...since, ...about]);
  const edited = new Set(altered.map(({ id }) => id));
  const known = new Set([...since, ...about].map(({ id }) => id));
  const unseen = archived.filter(({ id }) => !known.has(id)).map(({ id }) => id);
  const missing = await events.missing(unseen);
  // These events exist, but no search for their content finds them.
  for (const id of unseen) if (!missing.has(id)) edited.add(id);
  const copies = underEveryKey(archived, ports);
  const hidden = await events.hidden([...since, ...about], [...ids]);
  const rewritten = hidden.flatMap(
    ({ id, event, decision }) => decision ?? (fitsItsId(event) && !copies.has(id) ? event : []),
  );
  const kept = new Set(rewritten.map(({ id }) => id));
  for (const { id } of hidden) if (!kept.has(id)) edited.add(id);
  const again = [...copies.values()].filter(({ id }) => edited.has(id)).flatMap((copy) => keptAgain(copy, ports) ?? []);
  const removed = [...edited].filter((id) => !ids.has(id) && !copies.has(id) && !kept.has(id));
  await events.restore([...again, ...rewritten, ...about.flatMap((kept) => linked(kept, copies, ports) ?? [])]);
  await events.remove(removed);
  return { again: [...again, ...rewritten].map(({ id }) => id), removed };
};
