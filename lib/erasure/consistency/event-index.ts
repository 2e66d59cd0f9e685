import type { Category } from '../../policy/retention-policy.ts';
import type { TerminationTrigger } from '../../policy/termination-trigger.ts';
import { type Instant, parseInstant } from '../../policy/time/instant.ts';
import { isTooFarAhead } from '../events/event-fields.ts';
import { fitsItsId } from '../events/event-id.ts';
import type { RememberedEvent } from '../events/event-log.ts';
import { believedSubject } from '../ledger/believed-subject.ts';
import { entryIdOf, type LedgerEntry, originIn } from '../ledger/ledger-entry.ts';
import type { SubjectKeys } from '../subjects/key-ring.ts';
import { subjectHashes, subjectName } from '../subjects/subject-hash.ts';

const subjectIn = (id: string): string => subjectName(originIn(id).hash);

/**
 * The names of an entry's subject under every known key version. While the entry owes something, they are computed from
 * its account. An unproven account is never looked up, because the result, or its duration, would reveal whether the
 * account is right.
 */
export const subjectNamesOf = (entry: LedgerEntry, keys: SubjectKeys | undefined): readonly string[] => {
  const { id } = entry;
  const subject = keys && believedSubject(entry, keys);
  if (keys === undefined || subject === undefined) return [subjectIn(id)];
  return [...new Set([subjectIn(id), ...subjectHashes(subject, keys).map(subjectName)])];
};

/** The key version in a subject name. */
export const keyIdIn = (subject: string): string => subject.slice(0, subject.indexOf('/'));

/** The hash in a subject name. */
export const hashIn = (subject: string): string => subject.slice(subject.lastIndexOf('/') + 1);

/**
 * The triggers whose entries must contain an event. A reinstatement does not show whether it concerned one application.
 */
const triggersOf = (type: RememberedEvent['type'], { rules }: Category): readonly TerminationTrigger[] => {
  const trigger = type === 'account-reinstated' ? 'feature-terminated' : type;
  return rules.termination?.triggers.includes(trigger) === true ? [trigger] : [];
};

/** All names that an event gives to its subject. */
export const subjectsOf = (event: RememberedEvent): readonly string[] => [
  subjectName(event),
  ...(event.alsoUnder ?? []),
];

/** Events of the event log by subject name. Events that were edited by hand are left out, but counted. */
export class EventIndex<E extends RememberedEvent = RememberedEvent> {
  readonly altered: readonly E[];
  /** All events, including edited ones. */
  readonly all: readonly E[];
  readonly #events: readonly E[];
  readonly #bySubject = new Map<string, E[]>();

  /** Number of events, including edited ones. */
  readonly size: number;

  constructor(events: readonly E[]) {
    this.all = events;
    this.size = events.length;
    this.altered = events.filter((event) => !fitsItsId(event));
    this.#events = events.filter(fitsItsId);
    for (const event of this.#events)
      for (const subject of subjectsOf(event)) {
        const known = this.#bySubject.get(subject);
        if (known === undefined) this.#bySubject.set(subject, [event]);
        else known.push(event);
      }
  }

  /**
   * The events of a subject, by any of its names. An event's id is made from one name, and that name decides. Somebody
   * may have forged the other names in an event. They count only if the subject has no name under the key version of
   * the name in the id.
   */
  about(subjects: readonly string[]): readonly E[] {
    // A run asks for thousands of subjects at once.
    const names = new Set(subjects);
    const keyIds = new Set(subjects.map(keyIdIn));
    const found = new Set(subjects.flatMap((subject) => this.#bySubject.get(subject) ?? []));
    return [...found].filter((event) => !keyIds.has(event.kid) || names.has(subjectName(event)));
  }

  /**
   * The events that an entry must contain. Three kinds of events are left out: a reinstatement dated ahead, which no
   * entry accepts yet; an event of an earlier version if the key was rotated, since its entry's key version is unknown;
   * and an event only under destroyed key versions, since its subject is unknown.
   */
  expectedInEntries(now: Instant, keys: SubjectKeys | undefined): readonly E[] {
    const isRotated = new Set(this.#events.map(({ kid }) => kid)).size > 1;
    return this.#events.filter(
      (event) =>
        !isTooFarAhead(event.type, parseInstant(event.at) ?? now, now) &&
        !(isRotated && event.alsoUnder === undefined) &&
        (keys === undefined || subjectsOf(event).some((subject) => keys.subject.keys.has(subject.split('/')[0] ?? ''))),
    );
  }

  /**
   * All names that events give to one subject. An event recorded after a rotation also has the older names. If two
   * names have the same key version, somebody has written a wrong name into an event. Then only the event's own name
   * counts.
   */
  #namesOf(event: E): readonly string[] {
    const names = new Set(subjectsOf(event));
    // Names added to a set during its iteration are visited too.
    for (const name of names)
      for (const other of this.#bySubject.get(name) ?? []) for (const subject of subjectsOf(other)) names.add(subject);
    return new Set([...names].map(keyIdIn)).size === names.size ? [...names] : [subjectName(event)];
  }

  /** The possible ids of the entry that contains an event, one for each of the subject's names. */
  entryIds(event: E, category: Category): readonly string[] {
    return triggersOf(event.type, category).flatMap((trigger) =>
      this.#namesOf(event).map((subject) => entryIdOf(category.id, trigger, subject)),
    );
  }
}
