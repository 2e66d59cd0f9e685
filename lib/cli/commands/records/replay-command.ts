import { replayReach } from '../../../erasure/archive/archive-periods.ts';
import type { Renaming } from '../../../erasure/consistency/rename-category.ts';
import { describeDuration } from '../../../policy/time/duration.ts';
import { EXIT, worstOf } from '../../exit-code.ts';
import { count, number } from '../../output/format.ts';
import type { Page } from '../../output/page.ts';
import type { Result } from '../../output/result.ts';
import { unreachedClauses, unreachedExitCode, unreachedJson, unreachedSection } from '../../output/unreached.ts';
import type { Session } from '../../session.ts';
import { missingLines } from './missing-copies.ts';
import { type Replayed, replay } from './replay-archive.ts';

/** The number of unreadable copies named for people; programs get all of them. */
const MAX_COPIES_NAMED = 3;

const unreadableLines = (ids: readonly string[]): Page =>
  ids.length === 0
    ? []
    : [
        'No termination is recorded while copies cannot be decrypted: a reinstatement may be among them.',
        'Use the key ring of the newest rotation, with all its older versions. Delete the copies that can no longer be decrypted, then run replay again.',
        ...ids.slice(0, MAX_COPIES_NAMED).map((id) => `  cannot be decrypted: events/${id}.jwe`),
        ...(ids.length > MAX_COPIES_NAMED ? [`  … and ${number(ids.length - MAX_COPIES_NAMED)} more: see --json`] : []),
      ];

/** For example, other programs keep hidden files in a folder. */
const strangerLines = (names: readonly string[]): Page =>
  names.length === 0
    ? []
    : [
        `${count(names.length, 'thing lies', 'things lie')} among the copies of events that cannot be one, by the name. Nothing waits for it: take it away if you know it.`,
        ...names.slice(0, MAX_COPIES_NAMED).map((name) => `  is no copy: events/${name}.jwe`),
        ...(names.length > MAX_COPIES_NAMED
          ? [`  … and ${number(names.length - MAX_COPIES_NAMED)} more: see --json`]
          : []),
      ];

const remarks = (
  { events, owed, unreadableIds, strangers, tooOld, tooFarAhead, restored }: Replayed,
  reach: number,
): Page => [
  ...(restored.notRestored > 0
    ? [
        'Of entries that are still not believed, neither events nor archive tell enough. Record each again: node bin/es-retention.mjs terminate, with --at where it is known; then replay once more. One under a destroyed subject key nobody can restore: once its account is recorded again, delete it from the ledger index.',
      ]
    : []),
  ...(restored.removedEvents > 0
    ? [
        'The archive has no copy of the edited events that were removed: record each again, with node bin/es-retention.mjs terminate or reinstate.',
      ]
    : []),
  ...(owed > 0 ? ['What is owed is erased by the next runs. Look at node bin/es-retention.mjs status.'] : []),
  ...(events === 0
    ? ["The archive has no event: see whether RETENTION_ARCHIVE names the place where this cluster's copies lie."]
    : []),
  ...unreadableLines(unreadableIds),
  ...strangerLines(strangers),
  ...(tooOld > 0
    ? [
        `${count(tooOld, 'termination is', 'terminations are')} older than replay reaches back (${describeDuration(reach)}), and left out: what cancelled them may be forgotten. node bin/es-retention.mjs reconcile lists who still has data.`,
      ]
    : []),
  ...(tooFarAhead > 0
    ? [
        `${count(tooFarAhead, 'reinstatement is', 'reinstatements are')} dated ahead, and left out: no reinstatement counts before its day. Who has come back all the same: node bin/es-retention.mjs reinstate, with the instant of now.`,
      ]
    : []),
];

const restoredClauses = ({ entries, events, removedEvents, notRestored }: Replayed['restored']): readonly string[] => [
  ...(entries > 0 ? [`${count(entries, 'entry', 'entries')} worked out again`] : []),
  ...(events > 0 ? [`${count(events, 'edited event', 'edited events')} written again`] : []),
  ...(removedEvents > 0 ? [`${count(removedEvents, 'edited event', 'edited events')} removed`] : []),
  ...(notRestored > 0 ? [`${count(notRestored, 'entry', 'entries')} not believed`] : []),
];

/** The note on a category whose records did not answer. */
const notReplayed = 'not replayed, or not wholly';

const summaryOf = ({
  events,
  recorded,
  unreadable,
  missingIds,
  withheld,
  moved,
  restored,
  owed,
  unreached,
}: Replayed): string =>
  [
    `Replayed: ${count(events, 'event', 'events')}`,
    ...(moved > 0 ? [`${count(moved, 'entry', 'entries')} moved to the new name`] : []),
    ...restoredClauses(restored),
    `${number(recorded)} that the ledger had forgotten`,
    `${count(owed, 'erasure', 'erasures')} owed`,
    ...(unreadable > 0 ? [`${number(unreadable)} unreadable`] : []),
    ...(missingIds.length > 0 ? [`${number(missingIds.length)} without a copy`] : []),
    ...(withheld > 0 ? [`${count(withheld, 'termination', 'terminations')} held back`] : []),
    ...unreachedClauses(unreached, 'not replayed'),
  ].join(' · ');

const unaskedOf = ({ unreached }: Replayed): readonly string[] =>
  unreached.flatMap(({ category, isDoubted }) => (isDoubted === true ? [] : category));

/**
 * `replay`: records the events of the archive again, after a ledger was restored or lost.
 * @param renamings categories that have another id in the policy now: their entries are moved first.
 * @param despiteMissing whether to continue without copies that are lost for good.
 */
export const replayCommand = async (
  session: Session,
  renamings: readonly Renaming[] = [],
  despiteMissing = false,
): Promise<Result> => {
  const replayed = await replay(session, renamings, despiteMissing);
  const summary = summaryOf(replayed);
  // The JSON keeps the keys of version 0.1.0: heldBack, mended and unmended.
  const { withheld: heldBack, restored, ...counts } = replayed;
  const { notRestored: unmended, ...numbers } = restored;
  const mended = { ...numbers, unmended };
  const { events, unreadable, unreadableLists, missingIds, unreached } = counts;
  const unread = unreadable + unreadableLists.length;
  const missed = despiteMissing ? 0 : missingIds.length;
  const isLeft = events === 0 || unread + missed + restored.notRestored + restored.removedEvents > 0;
  const exitCode = worstOf([isLeft ? EXIT.left : EXIT.done, unreachedExitCode(unreached)]);
  return {
    page: [
      { text: summary, style: 'bold' },
      ...remarks(replayed, replayReach(session.policy)),
      ...missingLines(replayed, despiteMissing, unaskedOf(replayed)),
      ...unreachedSection(unreached, notReplayed),
      ...(unreached.length > 0 ? ['Fix that, then replay again: what was recorded is not recorded twice.'] : []),
    ],
    json: { command: 'replay', summary, exitCode, ...counts, mended, heldBack, unreached: unreachedJson(unreached) },
    exitCode,
  };
};
