import { messageOf } from '../../base/errors.ts';
import type { Finding } from '../../criteria/finding.ts';
import { DAY, HOUR, MINUTE } from '../../policy/time/duration.ts';
import { type Instant, isoInstant, parseInstant } from '../../policy/time/instant.ts';
import type { EventLog, ListedEvent } from '../events/event-log.ts';
import { noteRemoved } from '../events/removed-before.ts';
import type { Archive } from './archive.ts';

/** A list of events whose copies the archive must contain. It is written once and kept as long as those copies. */
export interface Manifest {
  readonly from: string;
  readonly until: string;
  readonly events: readonly ListedEvent[];
}

/** The ports for writing manifests. */
export interface ManifestPorts {
  readonly events: (category: string) => Pick<EventLog, 'removedBefore' | 'heardBetween' | 'noteRemoved'>;
  /** Opens the archive. */
  readonly archive: () => Promise<Pick<Archive, 'ids' | 'put'>>;
  /** How long events and their copies are kept, in milliseconds. */
  readonly period: number;
}

/** The maximum number of events in one manifest. */
const MAX_LISTED = 10_000;

/**
 * An event is in the event log only a moment after its `heardAt`. So each manifest starts this much before the end of
 * the last manifest.
 */
const OVERLAP = HOUR;

/** Clocks of functions that record events may be this far ahead of a run's clock. */
const SKEW = 5 * MINUTE;

/** The id of a manifest: the end of its period, and its category. All categories share one archive. */
const manifestId = (until: string, category: string): string => `${until}@${category}`;

/**
 * The end of the category's last manifest, read from its id; undefined without a manifest. It is never later than the
 * run.
 */
const lastUntil = async (
  archive: Pick<Archive, 'ids'>,
  category: string,
  since: Instant,
  now: Instant,
): Promise<Instant | undefined> => {
  let last: Instant | undefined;
  for await (const id of archive.ids('manifests', since)) {
    const [instant = ''] = id.split('@');
    const until = parseInstant(instant);
    if (until !== undefined && until <= now && id === manifestId(instant, category))
      last = Math.max(last ?? until, until);
  }
  return last;
};

/**
 * The ids among these of which the archive has no copy. Recording stores the copy before the event. So the copy has
 * been lost, or somebody else wrote the event.
 */
const withoutCopy = async (
  archive: Pick<Archive, 'ids'>,
  heard: readonly ListedEvent[],
  from: Instant,
): Promise<ReadonlySet<string>> => {
  const left = new Set(heard.map(({ id }) => id));
  // The copy of an event that a replay recorded again is older than the event's `heardAt`.
  for (const since of [from - DAY, 0]) {
    if (left.size === 0) break;
    for await (const id of archive.ids('events', since)) left.delete(id);
  }
  return left;
};

/**
 * Writes manifests of the events that were recorded since the last manifest. To be called only by the run that holds
 * the category's lease. Lists only events that have a copy in the archive: any other listed event would be reported as
 * missing for weeks. Events with a `heardAt` after the run's instant are left to later manifests.
 * @param now the run's instant, in epoch milliseconds.
 * @returns the events without a copy.
 * @throws InputError | TransientError if event log or archive do not answer.
 */
const writeManifests = async (
  { events, archive, period }: ManifestPorts,
  category: string,
  now: Instant,
): Promise<readonly ListedEvent[]> => {
  const unlisted: ListedEvent[] = [];
  const copies = await archive();
  const last = await lastUntil(copies, category, now - period, now);
  let from = last === undefined ? now - period : last - OVERLAP;
  for (;;) {
    const heard = await events(category).heardBetween(from, now, MAX_LISTED);
    if (heard.length === 0) return unlisted;
    const isLast = heard.length < MAX_LISTED;
    const until = isLast ? now : (parseInstant(heard.at(-1)?.heardAt ?? '') ?? now);
    const lacking = await withoutCopy(copies, heard, from);
    unlisted.push(...heard.filter(({ id }) => lacking.has(id)));
    const listed = heard.filter(({ id }) => !lacking.has(id));
    const manifest: Manifest = { from: isoInstant(from), until: isoInstant(until), events: listed };
    await copies.put('manifests', manifestId(manifest.until, category), manifest);
    if (isLast) return unlisted;
    from = Math.max(until, from + 1);
  }
};

/**
 * A finding for events whose `heardAt` is ahead of every clock. None of our functions wrote them in this form, and no
 * manifest lists them.
 */
const heardAhead = async (events: Pick<EventLog, 'heardBetween'>, now: Instant): Promise<readonly Finding[]> =>
  (await events.heardBetween(now + SKEW + 1, undefined, 1)).length === 0
    ? []
    : [
        {
          code: 'heard-ahead',
          severity: 'blocking',
          expected: 'no event in the event log whose time of arrival is more than 5 minutes after this run',
          found: 'at least one: no list in the archive names it',
          fix: 'Check whether a clock was wrong. If not, somebody else wrote the event with a key that may add to the event log: find out who, and make new keys. This finding returns until that instant has passed, or until you delete the event (find it in the event log of the category by heardAt). If it was a genuine event, node bin/es-retention.mjs replay stores it again from its copy.',
        },
      ];

/** The maximum number of instants that are named. */
const MAX_INSTANTS_NAMED = 3;

const uncopied = (events: readonly ListedEvent[]): readonly Finding[] =>
  events.length === 0
    ? []
    : [
        {
          code: 'event-without-copy',
          severity: 'notice',
          subjects: events.length,
          expected: 'a copy in the archive of every event that was heard since the last list',
          found: `${events.length} without one, heard at ${events
            .slice(0, MAX_INSTANTS_NAMED)
            .map(({ heardAt }) => heardAt)
            .join(', ')}${events.length > MAX_INSTANTS_NAMED ? ', …' : ''}: no list names them`,
          fix: 'es-retention always writes the copy before the event. Perhaps one of your people recorded these events without this archive, or removed their copies. If not, somebody else wrote the events, with a key that may add to the event log. Find out who, make new keys, and delete the events from the event log of the category by their heardAt.',
        },
      ];

/**
 * Writes the due manifests, and the instant before which events may be forgotten. Never throws: an error becomes a
 * finding.
 */
export const attestEvents = async (
  ports: ManifestPorts | undefined,
  category: string,
  now: Instant,
): Promise<readonly Finding[]> => {
  if (ports === undefined) return [];
  try {
    const unlisted = await writeManifests(ports, category, now);
    await noteRemoved(ports.events(category), ports.period, now);
    return [...uncopied(unlisted), ...(await heardAhead(ports.events(category), now))];
  } catch (error) {
    return [
      {
        code: 'manifest-not-written',
        severity: 'notice',
        expected: 'a list in the archive of the events that were heard since the last one',
        found: messageOf(error),
        fix: 'The next run writes it. Until then nobody notices if a copy of these events is missing.',
      },
    ];
  }
};

/**
 * The events that manifests list but of which the archive contains no copy.
 * @param since only events recorded from this instant on: older copies may have expired.
 */
export const missingCopies = (
  manifests: readonly Manifest[],
  copies: ReadonlySet<string>,
  since: Instant,
): readonly string[] => {
  const listed = manifests.flatMap(({ events }) => events);
  const missing = listed.filter(
    ({ id, heardAt }) => !copies.has(id) && (parseInstant(heardAt) ?? Number.POSITIVE_INFINITY) >= since,
  );
  return [...new Set(missing.map(({ id }) => id))];
};
