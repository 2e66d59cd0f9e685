import { HOUR } from '../policy/duration.ts';
import { type Instant, isoInstant, parseInstant } from '../policy/instant.ts';
import { messageOf } from '../purge/errors.ts';
import type { Finding } from '../purge/finding.ts';
import type { Archive } from './archive.ts';
import { noteForgotten } from './forgotten-before.ts';
import type { EventLog, HeardEvent } from './ledger.ts';

/** A list of the events whose copies the archive must hold: written once, and kept as long as these. */
export interface Manifest {
  readonly from: string;
  readonly until: string;
  readonly events: readonly HeardEvent[];
}

/** What writing manifests needs. */
export interface ManifestPorts {
  readonly events: (category: string) => Pick<EventLog, 'forgottenBefore' | 'heardSince' | 'noteForgotten'>;
  readonly archive: () => Promise<Pick<Archive, 'ids' | 'put'>>;
  /** How long events and their copies are kept, in milliseconds. */
  readonly period: number;
}

/** So many events are listed in one manifest. */
const MOST_LISTED = 10_000;

/** An event is heard a moment before it stands in the event log: what was heard so recently is listed once more. */
const OVERLAP = HOUR;

/** Until when the last manifest lists events; undefined without one. Its id says so. */
const lastUntil = async (archive: Pick<Archive, 'ids'>, since: Instant): Promise<Instant | undefined> => {
  let last: Instant | undefined;
  for await (const id of archive.ids('manifests', since)) {
    const until = parseInstant(id);
    if (until !== undefined) last = Math.max(last ?? until, until);
  }
  return last;
};

/**
 * Writes down which events were heard since the last manifest, in as many manifests as they need. To be called by the one run that
 * holds the category's lease.
 * @param now milliseconds since 1970, as the run reckons.
 * @throws InputError | WorldError when event log or archive do not answer.
 */
const writeManifests = async (
  { events, archive, period }: ManifestPorts,
  category: string,
  now: Instant,
): Promise<void> => {
  const copies = await archive();
  const last = await lastUntil(copies, now - period);
  let from = last === undefined ? now - period : last - OVERLAP;
  for (;;) {
    const heard = await events(category).heardSince(from, MOST_LISTED);
    if (heard.length === 0) return;
    const isLast = heard.length < MOST_LISTED;
    const until = isLast ? now : (parseInstant(heard.at(-1)?.heardAt ?? '') ?? now);
    const manifest: Manifest = { from: isoInstant(from), until: isoInstant(until), events: heard };
    await copies.put('manifests', manifest.until, manifest);
    if (isLast) return;
    from = Math.max(until, from + 1);
  }
};

/** Writes the manifests that are due, and what may be forgotten by now. What keeps them from being written keeps nothing else from being done. */
export const attestEvents = async (
  ports: ManifestPorts | undefined,
  category: string,
  now: Instant,
): Promise<readonly Finding[]> => {
  if (ports === undefined) return [];
  try {
    await writeManifests(ports, category, now);
    await noteForgotten(ports.events(category), ports.period, now);
    return [];
  } catch (error) {
    return [
      {
        code: 'manifest-not-written',
        severity: 'notice',
        expected: 'a list in the archive of the events that were heard since the last one',
        found: messageOf(error),
        wayOut: 'The next run writes it. Until then nobody notices a copy of these events that is missing.',
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
