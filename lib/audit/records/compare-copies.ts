import type { Instant } from '../../policy/time/instant.ts';
import { type AuditFinding, breach, firstFew } from '../audit-finding.ts';
import { instantOf, type LoggedEvent, rawFields, textOf } from './raw-records.ts';

/** The content of the archive for a category. */
export interface Copies {
  /** Ids of all copies of events. */
  readonly all: ReadonlySet<string>;
  /** Ids of the copies that are so young that the event log must have their events too. */
  readonly remembered: ReadonlySet<string>;
  /** Events that a manifest of the category lists. */
  readonly listed: readonly RawListedEvent[];
  /** Manifests that cannot be opened. */
  readonly unreadable: readonly string[];
}

export interface RawListedEvent {
  readonly id: string;
  readonly heardAt: Instant;
}

/** The events in the content of a manifest. */
export const listedIn = (content: object): readonly RawListedEvent[] => {
  const { events } = rawFields(content);
  return (Array.isArray(events) ? events : []).flatMap((each) => {
    const [id, heardAt] = [textOf(rawFields(each).id), instantOf(rawFields(each).heardAt)];
    return id === undefined || heardAt === undefined ? [] : [{ id, heardAt }];
  });
};

const named = (
  code: string,
  ids: readonly string[],
  category: string,
  [expected, found, fix]: readonly [string, string, string],
): readonly AuditFinding[] =>
  ids.length === 0
    ? []
    : [
        breach(
          code,
          { expected, found: `${ids.length} ${found}: ${firstFew(ids.map((id) => id.slice(0, 16)))}`, fix },
          { category },
        ),
      ];

/**
 * Compares an event log with the archive, in both directions, and both with the manifests.
 * @param altered ids of events whose content does not agree with their id.
 * @param remembered records from before this instant may have been removed.
 */
export const compareCopies = (
  category: string,
  events: readonly LoggedEvent[],
  altered: readonly string[],
  copies: Copies | undefined,
  remembered: Instant,
): readonly AuditFinding[] => {
  const logged = new Set([...events.map(({ id }) => id), ...altered]);
  const edited = named('event-altered', altered, category, [
    'every event as it was recorded: its id is made from its content',
    'whose content does not agree with the id',
    'Somebody edited them. Run node bin/es-retention.mjs replay: it stores them again from their copies.',
  ]);
  if (copies === undefined) return edited;
  const recent = copies.listed.filter(({ heardAt }) => heardAt >= remembered).map(({ id }) => id);
  const lost = [...new Set(recent)].filter((id) => !copies.all.has(id));
  const forgotten = [...new Set([...copies.remembered, ...recent])].filter((id) => !logged.has(id));
  const added = events.filter(({ id, heardAt, at }) => Math.min(heardAt, at) >= remembered && !copies.all.has(id));
  return [
    ...edited,
    ...named('event-missing', forgotten, category, [
      'every event of the archive in the event log',
      'that the archive knows and the event log does not',
      'Somebody removed them, or the log was restored. Run node bin/es-retention.mjs replay.',
    ]),
    ...named('copy-lost', lost, category, [
      'a copy in the archive of every event that a manifest lists',
      'whose copies are gone',
      'Restore the copies (in a bucket, from their non-current versions). Find out who may delete in the archive.',
    ]),
    ...named(
      'event-uncopied',
      added.map(({ id }) => id).filter((id) => !lost.includes(id)),
      category,
      [
        'a copy in the archive of every event in the event log',
        'without a copy',
        'Somebody else wrote the events, or removed the copies. Compare them with the requests of the account system. Find out who has a key of this category, and make new keys.',
      ],
    ),
    ...named('copy-unreadable', copies.unreadable, category, [
      'manifests that the archive key opens',
      'that it does not open',
      'They were altered, or the ring lacks the key that sealed them. Take the ring with all its versions.',
    ]),
  ];
};
