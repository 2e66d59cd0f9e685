import type { RetentionPolicy } from '../../policy/retention-policy.ts';
import { type Instant, parseInstant } from '../../policy/time/instant.ts';
import type { AccountEvent, EventSource } from '../events/account-event.ts';
import type { EventLog } from '../events/event-log.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { ringTooOld, unmatchedKeyIds } from '../ledger/unmatched-keys.ts';
import { CategoryVisit, ledgerCategories } from './category-visit.ts';
import { combinedPorts } from './combined-ports.ts';
import { archiveCopy } from './keep-event.ts';
import {
  isConcerned,
  joined,
  type Part,
  type Recorded,
  type RecordingCategory,
  recordIn,
} from './record-account-event.ts';
import type { RecordPorts } from './record-ports.ts';

/**
 * Every category that may owe an erasure: the categories of the policy with a termination rule, and every other
 * category with a ledger that the key may see.
 * @throws InputError | TransientError if the names of the ledgers cannot be read.
 */
export const placesOf = async (
  policy: Pick<RetentionPolicy, 'categories'>,
  ledger: Pick<Ledger, 'categories'>,
): Promise<readonly RecordingCategory[]> =>
  (await ledgerCategories(policy, ledger)).map((id) => policy.categories.get(id) ?? { id, rules: {} });

/** An event that is to be recorded. */
export interface Recordable {
  readonly event: AccountEvent;
  /** The id of its copy, if it comes from the archive. It may have been made before a key rotation. */
  readonly id?: string;
}

const isReinstatement = ({ event }: Recordable): boolean => event.type === 'account-reinstated';

/**
 * Works on all of them at once.
 * @throws the error of the first item that has one, after all have ended.
 */
const allOf = async <T, R>(items: readonly T[], work: (item: T, at: number) => Promise<R>): Promise<readonly R[]> => {
  const works = items.map(work);
  await Promise.allSettled(works);
  return Promise.all(works);
};

/**
 * The log of a category for each of some events that are recorded at once, in order of arrival. It counts arrivals as
 * if the events behind one were not in the log yet: so the same ones exceed the hourly limit as one after the other.
 */
const logInOrder = (log: EventLog): ((at: number) => EventLog) => {
  const fresh: { readonly at: number; readonly source: EventSource | undefined; readonly arrivedAt: Instant }[] = [];
  return (at) => ({
    ...log,
    keep: async (events) => {
      const kept = await log.keep(events);
      for (const { id, type, source, arrivedAt = '' } of events) {
        const arrived = parseInstant(arrivedAt);
        if (kept.has(id) && type !== 'account-reinstated' && arrived !== undefined)
          fresh.push({ at, source, arrivedAt: arrived });
      }
      return kept;
    },
    arrived: async (source, spans) => {
      const counts = await log.arrived(source, spans);
      const behind = fresh.filter((each) => each.at > at && each.source === source);
      return spans.map(({ from, to }, n) => {
        const early = behind.filter(({ arrivedAt }) => arrivedAt >= from && arrivedAt <= to).length;
        return (counts[n] ?? 0) - early;
      });
    },
  });
};

/** Records events in one category. All of them are in its event log before the first of its entries is changed. */
const recordAllIn = async (
  place: RecordingCategory,
  events: readonly Recordable[],
  ports: RecordPorts,
  onPart: (event: Recordable, part: Part) => void,
): Promise<void> => {
  const logAt = logInOrder(ports.events(place.id));
  await allOf(events, async (each, at) => {
    const log = logAt(at);
    onPart(each, await recordIn(place, each.event, { ...ports, events: () => log }, each.id));
  });
};

/**
 * Records events of different subjects, in order of arrival, in each of these categories, for a person's command. The
 * result is that of one after the other, and what is asked for many of them at the same moment is one request. A
 * category whose records do not answer does not stop the others. Recording again completes what is missing and changes
 * nothing else. A reinstatement is recorded even if entries are under a key that is missing in the ring, since it only
 * protects data. That category is then marked as doubted (`ring-too-old`). It must never be given two events of one
 * subject, or a termination together with a reinstatement that is to be recorded before it.
 * @param visit collects the categories that do not answer and the doubts; categories that failed before are left
 *   out.
 * @returns one result for each event, in order.
 * @throws InputError without a subject key, before anything is recorded; TransientError if the archive does not answer.
 */
export const recordAllEverywhere = async (
  events: readonly Recordable[],
  places: readonly RecordingCategory[],
  given: RecordPorts,
  visit: CategoryVisit,
): Promise<readonly Recorded[]> => {
  const ports = combinedPorts(given);
  const byId = new Map(places.map((place) => [place.id, place]));
  const placeOf = (category: string): RecordingCategory => byId.get(category) ?? { id: category, rules: {} };
  const known = new Set(events.slice(0, 1).flatMap(({ event }) => ports.hashes(event.subject).map(({ kid }) => kid)));
  const reinstatements = events.filter(isReinstatement);
  const looking = new CategoryVisit(visit.unreached);
  const unmatched = await looking.each(reinstatements.length > 0 ? byId.keys() : [], (category) =>
    allOf(reinstatements, async ({ event }) => ({
      event,
      keyIds: await unmatchedKeyIds(category, known, ports.ledger, event.subject),
    })),
  );
  const concerned = await visit.each(byId.keys(), async (category) => {
    const are = await allOf(events, ({ event }) => isConcerned(placeOf(category), event, ports));
    return events.filter((_, at) => are[at]);
  });
  const anywhere = new Set([...concerned.values()].flat());
  await allOf([...anywhere], ({ event, id }) => archiveCopy(event, ports, id));
  const parts = new Map(events.map((each) => [each, [] as Part[]]));
  // This includes categories whose ledger did not answer: a reinstatement in the event log keeps their data from being
  // erased.
  await visit.each(concerned.keys(), (category) =>
    recordAllIn(placeOf(category), concerned.get(category) ?? [], ports, (each, part) => parts.get(each)?.push(part)),
  );
  visit.note(looking.unreached);
  for (const [category, found] of unmatched)
    for (const { event, keyIds } of found)
      if (keyIds.length > 0) visit.doubt(category, ringTooOld(event, category, keyIds));
  return events.map((each) => joined(parts.get(each) ?? []));
};

/** {@link recordAllEverywhere} for one event. */
export const recordEverywhere = async (
  event: AccountEvent,
  places: readonly RecordingCategory[],
  ports: RecordPorts,
  visit: CategoryVisit,
): Promise<Recorded> => {
  const [recorded = joined([])] = await recordAllEverywhere([{ event }], places, ports, visit);
  return recorded;
};
