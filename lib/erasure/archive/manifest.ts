import { DAY, HOUR, MINUTE } from '../../policy/time/duration.ts';
import { type Instant, isoInstant, parseInstant } from '../../policy/time/instant.ts';
import { messageOf } from '../../purge/errors.ts';
import type { Finding } from '../../purge/finding.ts';
import { noteForgotten } from '../consistency/forgotten-before.ts';
import type { EventLog, ListedEvent } from '../ledger/ledger.ts';
import type { Archive } from './archive.ts';

/** A list of the events whose copies the archive must hold: written once, and kept as long as these. */
export interface Manifest {
  readonly from: string;
  readonly until: string;
  readonly events: readonly ListedEvent[];
}

/** What writing manifests needs. */
export interface ManifestPorts {
  readonly events: (category: string) => Pick<EventLog, 'forgottenBefore' | 'heardBetween' | 'noteForgotten'>;
  readonly archive: () => Promise<Pick<Archive, 'ids' | 'put'>>;
  /** How long events and their copies are kept, in milliseconds. */
  readonly period: number;
}

/** So many events are listed in one manifest. */
const MOST_LISTED = 10_000;

/** An event is heard a moment before it stands in the event log: what was heard so recently is listed once more. */
const OVERLAP = HOUR;

/** The clocks of those who hear may be so far ahead of a run's. */
const SKEW = 5 * MINUTE;

/** A manifest's id: until when it lists the events of which category. The archive is one for all categories. */
const manifestId = (until: string, category: string): string => `${until}@${category}`;

/** Until when the category's last manifest lists events; undefined without one. Its id says so. Never later than the run. */
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
 * Of these, the ids of which the archive has no copy. Recording puts the copy there before the event, so that somebody else wrote such an
 * event, or its copy is lost already.
 */
const withoutCopy = async (
  archive: Pick<Archive, 'ids'>,
  heard: readonly ListedEvent[],
  from: Instant,
): Promise<ReadonlySet<string>> => {
  const left = new Set(heard.map(({ id }) => id));
  // What is kept again by a replay has an older copy than it was heard.
  for (const since of [from - DAY, 0]) {
    if (left.size === 0) break;
    for await (const id of archive.ids('events', since)) left.delete(id);
  }
  return left;
};

/**
 * Writes down which events were heard since the last manifest, in as many manifests as they need. To be called by the one run that
 * holds the category's lease. Lists only what the archive has a copy of: a list must not miss for weeks what never was there. Lists none that is said to be heard after the run's instant: the next ones list it once that is past.
 * @param now milliseconds since 1970, as the run reckons.
 * @returns the events without a copy.
 * @throws InputError | TransientError when event log or archive do not answer.
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
    const heard = await events(category).heardBetween(from, now, MOST_LISTED);
    if (heard.length === 0) return unlisted;
    const isLast = heard.length < MOST_LISTED;
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

/** Events that say to be heard ahead of every clock: no function of ours wrote them so, and no manifest lists them. */
const heardAhead = async (events: Pick<EventLog, 'heardBetween'>, now: Instant): Promise<readonly Finding[]> =>
  (await events.heardBetween(now + SKEW + 1, undefined, 1)).length === 0
    ? []
    : [
        {
          code: 'heard-ahead',
          severity: 'blocking',
          expected: 'no event in the event log that was heard more than 5 minutes ahead of this run',
          found: 'at least one: no list in the archive names it',
          fix: 'See whether a clock was wrong. If none was, somebody else wrote it with a key that may add to the event log: find out who, and have new keys made. It is named until it is deleted, or its instant is past; delete it from the event log of the category by its heardAt. Where it was a true one, node bin/es-retention.mjs replay keeps it again from its copy.',
        },
      ];

/** So many instants are named. */
const NAMED = 3;

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
            .slice(0, NAMED)
            .map(({ heardAt }) => heardAt)
            .join(', ')}${events.length > NAMED ? ', …' : ''}: no list names them`,
          fix: 'Recording makes the copy before the event. Where nobody of yours recorded them without this archive, or took a copy away, somebody else wrote them, with a key that may add to the event log: find out who, have new keys made, and delete them from the event log of the category by their heardAt.',
        },
      ];

/** Writes the manifests that are due, and what may be forgotten by now. What keeps them from being written keeps nothing else from being done. */
export const attestEvents = async (
  ports: ManifestPorts | undefined,
  category: string,
  now: Instant,
): Promise<readonly Finding[]> => {
  if (ports === undefined) return [];
  try {
    const unlisted = await writeManifests(ports, category, now);
    await noteForgotten(ports.events(category), ports.period, now);
    return [...uncopied(unlisted), ...(await heardAhead(ports.events(category), now))];
  } catch (error) {
    return [
      {
        code: 'manifest-not-written',
        severity: 'notice',
        expected: 'a list in the archive of the events that were heard since the last one',
        found: messageOf(error),
        fix: 'The next run writes it. Until then nobody notices a copy of these events that is missing.',
      },
    ];
  }
};

/**
 * The events that manifests list and the archive holds no copy of.
 * @param since only of those that were heard from this instant on: older copies may have expired.
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
