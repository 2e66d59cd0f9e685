import type { Archive, Archived } from '../erasure/archive.ts';
import { isTooFarAhead } from '../erasure/event-fields.ts';
import { isOpen } from '../erasure/ledger-entry.ts';
import { recordTermination } from '../erasure/record-termination.ts';
import type { TerminationEvent } from '../erasure/termination-event.ts';
import { describeDuration } from '../policy/duration.ts';
import type { Instant } from '../policy/instant.ts';
import { ledgerMemory } from '../policy/ledger-memory.ts';
import { EXIT } from './exit-code.ts';
import type { Page } from './page.ts';
import type { Result } from './result.ts';
import { count, number } from './say.ts';
import type { Session } from './session.ts';

interface Replayed {
  readonly events: number;
  /** Those that the ledger did not know. */
  readonly recorded: number;
  readonly unreadable: number;
  /** The ids of those that do not open. */
  readonly unreadableIds: readonly string[];
  /** Terminations that were not recorded, since what takes them back may be among those that do not open. */
  readonly heldBack: number;
  /** Terminations that were left out: what took them back may be forgotten. */
  readonly tooOld: number;
  /** Reinstatements that were left out: they would cancel terminations that have not come yet. */
  readonly tooFarAhead: number;
  /** How many entries owe something after it. */
  readonly owed: number;
}

const isReadable = (copy: Archived): copy is Extract<Archived, { content: object }> => 'content' in copy;
const isReinstatement = ({ type }: TerminationEvent): boolean => type === 'account-reinstated';

const archivedEvents = async (archive: Archive) => {
  const events: TerminationEvent[] = [];
  const unreadableIds: string[] = [];
  for await (const copy of archive.list('events')) {
    if (isReadable(copy)) events.push(copy.content as TerminationEvent);
    else unreadableIds.push(copy.id);
  }
  return { events, unreadableIds };
};

/**
 * What is recorded, in which order, and what is not. What takes back comes first: a run that erases meanwhile, or a death of
 * ours, must find nothing owed to who came back. Pure.
 * @param isWhole whether every copy was opened.
 * @param now what is dated too far from it the ledger takes from nobody: terminations older than its memory, and
 * reinstatements ahead.
 * @param memory how long the ledger remembers, in milliseconds.
 */
const selectionOf = (events: readonly TerminationEvent[], isWhole: boolean, now: Instant, memory: number) => {
  const [returns, terminations] = [events.filter(isReinstatement), events.filter((event) => !isReinstatement(event))];
  const past = returns.filter(({ type, at }) => !isTooFarAhead(type, at, now));
  const recent = terminations.filter(({ at }) => at >= now - memory);
  return {
    inOrder: [...past, ...(isWhole ? recent : [])],
    heldBack: isWhole ? 0 : recent.length,
    tooOld: terminations.length - recent.length,
    tooFarAhead: returns.length - past.length,
  };
};

const replay = async ({ policy, ports: { clock }, erasure }: Session): Promise<Replayed> => {
  const [archive, ports] = [await erasure.archive(), await erasure.openRecord()];
  const { events, unreadableIds } = await archivedEvents(archive);
  const unreadable = unreadableIds.length;
  const { inOrder, ...leftOut } = selectionOf(events, unreadable === 0, clock(), ledgerMemory(policy));
  const categories = [...policy.categories.values()];
  const open = new Map<string, boolean>();
  let recorded = 0;
  for (const event of inOrder) {
    const { isNew, entries } = await recordTermination(event, categories, ports);
    if (isNew) recorded += 1;
    for (const entry of entries) open.set(entry.id, isOpen(entry));
  }
  const owed = [...open.values()].filter(Boolean).length;
  return { events: events.length + unreadable, recorded, unreadable, unreadableIds, ...leftOut, owed };
};

/** So many copies that do not open are named; programs get them all. */
const NAMED = 3;

const unreadableLines = (ids: readonly string[]): Page =>
  ids.length === 0
    ? []
    : [
        'No termination is recorded as long as copies do not open: what takes it back may be among them.',
        'Use the key ring that opens them, that of the newest rotation with its older versions. Those that are lost for good, take away: then replay again.',
        ...ids.slice(0, NAMED).map((id) => `  does not open: events/${id}.jwe`),
        ...(ids.length > NAMED ? [`  … and ${number(ids.length - NAMED)} more: see --json`] : []),
      ];

const remarks = ({ events, owed, unreadableIds, tooOld, tooFarAhead }: Replayed, memory: number): Page => [
  ...(owed > 0 ? ['What is owed is erased by the next runs. Look at npx es-retention status.'] : []),
  ...(events === 0
    ? ['The archive holds no event: see whether RETENTION_ARCHIVE names the place where this cluster’s copies lie.']
    : []),
  ...unreadableLines(unreadableIds),
  ...(tooOld > 0
    ? [
        `${count(tooOld, 'termination is', 'terminations are')} older than the ledger remembers (${describeDuration(memory)}), and left out: what took them back may be forgotten. npx es-retention reconcile lists who still has data.`,
      ]
    : []),
  ...(tooFarAhead > 0
    ? [
        `${count(tooFarAhead, 'reinstatement is', 'reinstatements are')} dated ahead, and left out: no reinstatement counts before its day. Who has come back all the same: npx es-retention reinstate, with the instant of now.`,
      ]
    : []),
];

const verdictOf = ({ events, recorded, unreadable, heldBack, owed }: Replayed): string =>
  [
    `Replayed: ${count(events, 'event', 'events')}`,
    `${number(recorded)} that the ledger had forgotten`,
    `${count(owed, 'erasure', 'erasures')} owed`,
    ...(unreadable > 0 ? [`${number(unreadable)} unreadable`] : []),
    ...(heldBack > 0 ? [`${count(heldBack, 'termination', 'terminations')} held back`] : []),
  ].join(' · ');

/** `replay`: what a restored ledger has forgotten, it is told again. */
export const replayCommand = async (session: Session): Promise<Result> => {
  const replayed = await replay(session);
  const verdict = verdictOf(replayed);
  const exitCode = replayed.events === 0 || replayed.unreadable > 0 ? EXIT.left : EXIT.done;
  return {
    page: [{ text: verdict, style: 'bold' }, ...remarks(replayed, ledgerMemory(session.policy))],
    json: { command: 'replay', verdict, exitCode, ...replayed },
    exitCode,
  };
};
