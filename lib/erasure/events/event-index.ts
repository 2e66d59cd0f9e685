import type { Category } from '../../policy/retention-policy.ts';
import { type Instant, parseInstant } from '../../policy/time/instant.ts';
import type { Trigger } from '../../policy/trigger.ts';
import type { RememberedEvent } from '../ledger/ledger.ts';
import { entryIdOf, type LedgerEntry, originIn } from '../ledger/ledger-entry.ts';
import { believedSubject } from '../subjects/believed-subject.ts';
import type { SubjectKeys } from '../subjects/key-ring.ts';
import { subjectHashes, subjectName } from '../subjects/subject-hash.ts';
import { isTooFarAhead } from './event-fields.ts';
import { isAsKept } from './event-id.ts';

const subjectIn = (id: string): string => subjectName(originIn(id).hash);

/**
 * An entry's subject under every version of the key that is known: while it owes something, its account tells the others. Never looks for
 * an account that somebody may have written into it: what is found there, or how long that takes, would tell whose it is.
 */
export const subjectKeysOf = (entry: LedgerEntry, keys: SubjectKeys | undefined): readonly string[] => {
  const { id } = entry;
  const subject = keys && believedSubject(entry, keys);
  if (keys === undefined || subject === undefined) return [subjectIn(id)];
  return [...new Set([subjectIn(id), ...subjectHashes(subject, keys).map(subjectName)])];
};

/** The version of the key in a subject's name. */
export const keyIdIn = (subject: string): string => subject.slice(0, subject.indexOf('/'));

/** The hash in a subject's name. */
export const hashIn = (subject: string): string => subject.slice(subject.lastIndexOf('/') + 1);

/** The kinds of entries that must have heard an event. Whether a return was of one application the event does not say. */
const triggersOf = (type: RememberedEvent['type'], { rules }: Category): readonly Trigger[] => {
  const trigger = type === 'account-reinstated' ? 'feature-terminated' : type;
  return rules.termination?.triggers.includes(trigger) === true ? [trigger] : [];
};

/** Every name that an event gives its subject. */
export const subjectsOf = (event: RememberedEvent): readonly string[] => [
  subjectName(event),
  ...(event.alsoUnder ?? []),
];

/** Events of the event log by the subjects that they name. Those that were edited by hand are left out, and counted. */
export class EventIndex<E extends RememberedEvent = RememberedEvent> {
  readonly altered: readonly E[];
  /** Those that were edited included. */
  readonly all: readonly E[];
  readonly #events: readonly E[];
  readonly #bySubject = new Map<string, E[]>();

  /** How many events there are, those that were edited included. */
  readonly size: number;

  constructor(events: readonly E[]) {
    this.all = events;
    this.size = events.length;
    this.altered = events.filter((event) => !isAsKept(event));
    this.#events = events.filter(isAsKept);
    for (const event of this.#events)
      for (const subject of subjectsOf(event)) {
        const known = this.#bySubject.get(subject);
        if (known === undefined) this.#bySubject.set(subject, [event]);
        else known.push(event);
      }
  }

  /**
   * What is known of a subject by any of its names. Never what is another's by the name that the event's id was made of, whatever other
   * names somebody wrote into it: only where that name is under a version of which the subject's own is not known, the others count.
   */
  about(subjects: readonly string[]): readonly E[] {
    const keyIds = new Set(subjects.map(keyIdIn));
    const found = new Set(subjects.flatMap((subject) => this.#bySubject.get(subject) ?? []));
    return [...found].filter((event) => !keyIds.has(event.kid) || subjects.includes(subjectName(event)));
  }

  /**
   * Events that tell: not a return dated ahead, which no entry hears; not one of an earlier version of es-retention where the key was
   * rotated meanwhile, of which nobody knows under which version its entry stands; and not one under destroyed versions alone, which stands for nobody.
   */
  telling(now: Instant, keys: SubjectKeys | undefined): readonly E[] {
    const isRotated = new Set(this.#events.map(({ kid }) => kid)).size > 1;
    return this.#events.filter(
      (event) =>
        !isTooFarAhead(event.type, parseInstant(event.at) ?? now, now) &&
        !(isRotated && event.alsoUnder === undefined) &&
        (keys === undefined || subjectsOf(event).some((subject) => keys.subject.keys.has(subject.split('/')[0] ?? ''))),
    );
  }

  /**
   * Every name that events give a subject: an event that was kept after a rotation tells the names from before. Where they give it two under
   * one version of the key, somebody wrote another's name into one of them: then its own alone counts.
   */
  #namesOf(event: E): readonly string[] {
    const names = new Set(subjectsOf(event));
    // A set that grows while it is walked through is walked to its end.
    for (const name of names)
      for (const other of this.#bySubject.get(name) ?? []) for (const subject of subjectsOf(other)) names.add(subject);
    return new Set([...names].map(keyIdIn)).size === names.size ? [...names] : [subjectName(event)];
  }

  /** The ids under which the entry may stand that heard an event: under one of these versions of the key. */
  entryIds(event: E, category: Category): readonly string[] {
    return triggersOf(event.type, category).flatMap((trigger) =>
      this.#namesOf(event).map((subject) => entryIdOf(category.id, trigger, subject)),
    );
  }
}
