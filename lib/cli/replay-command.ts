import type { Archive, Archived } from '../erasure/archive.ts';
import { isOpen } from '../erasure/ledger-entry.ts';
import { recordTermination } from '../erasure/record-termination.ts';
import type { TerminationEvent } from '../erasure/termination-event.ts';
import { describeDuration } from '../policy/duration.ts';
import { ledgerMemory } from '../policy/ledger-memory.ts';
import { EXIT } from './exit-code.ts';
import type { Page } from './page.ts';
import type { Result } from './result.ts';
import { count } from './say.ts';
import type { Session } from './session.ts';

interface Replayed {
  readonly events: number;
  /** Those that the ledger did not know. */
  readonly recorded: number;
  readonly unreadable: number;
  /** Terminations that were left out: what took them back may be forgotten. */
  readonly tooOld: number;
  /** How many entries owe something after it. */
  readonly owed: number;
}

const isReadable = (copy: Archived): copy is Extract<Archived, { content: object }> => 'content' in copy;
const isReinstatement = ({ type }: TerminationEvent): boolean => type === 'account-reinstated';

const archivedEvents = async (archive: Archive) => {
  const events: TerminationEvent[] = [];
  let unreadable = 0;
  for await (const copy of archive.list('events')) {
    if (isReadable(copy)) events.push(copy.content as TerminationEvent);
    else unreadable += 1;
  }
  return { events, unreadable };
};

const replay = async ({ policy, ports: { clock }, erasure }: Session): Promise<Replayed> => {
  const [archive, ports] = [await erasure.archive(), await erasure.openRecord()];
  const { events, unreadable } = await archivedEvents(archive);
  const oldest = clock() - ledgerMemory(policy);
  const recent = events.filter((event) => isReinstatement(event) || event.at >= oldest);
  // What takes back comes first: a run that erases meanwhile, or a death of ours, must find nothing owed to who came back.
  const ordered = recent.toSorted((a, b) => Number(isReinstatement(b)) - Number(isReinstatement(a)));
  const categories = [...policy.categories.values()];
  const owed = new Map<string, boolean>();
  let recorded = 0;
  for (const event of ordered) {
    const { isNew, entries } = await recordTermination(event, categories, ports);
    if (isNew) recorded += 1;
    for (const entry of entries) owed.set(entry.id, isOpen(entry));
  }
  return {
    events: events.length + unreadable,
    recorded,
    unreadable,
    tooOld: events.length - recent.length,
    owed: [...owed.values()].filter(Boolean).length,
  };
};

const remarks = ({ events, unreadable, tooOld }: Replayed, memory: number): Page => [
  ...(events === 0
    ? ['The archive holds no event: see whether RETENTION_ARCHIVE names the place where this cluster’s copies lie.']
    : []),
  ...(unreadable > 0
    ? [
        'The key ring does not open all of them, or they were altered: restore its older versions, and replay again.',
        'Among those may be reinstatements: whom they are about is erased, if a termination was replayed.',
      ]
    : []),
  ...(tooOld > 0
    ? [
        `${count(tooOld, 'termination is', 'terminations are')} older than the ledger remembers (${describeDuration(memory)}), and left out: what took them back may be forgotten. npx es-retention reconcile lists who still has data.`,
      ]
    : []),
];

/** `replay`: what a restored ledger has forgotten, it is told again. */
export const replayCommand = async (session: Session): Promise<Result> => {
  const replayed = await replay(session);
  const { events, recorded, unreadable, owed } = replayed;
  const verdict = `Replayed: ${count(events, 'event', 'events')} · ${recorded} that the ledger had forgotten · ${count(owed, 'erasure', 'erasures')} owed${unreadable > 0 ? ` · ${unreadable} unreadable` : ''}`;
  const exitCode = events === 0 || unreadable > 0 ? EXIT.left : EXIT.done;
  return {
    page: [
      { text: verdict, style: 'bold' },
      ...(owed > 0 ? ['What is owed is erased by the next runs. Look at npx es-retention status.'] : []),
      ...remarks(replayed, ledgerMemory(session.policy)),
    ],
    json: { command: 'replay', verdict, exitCode, ...replayed },
    exitCode,
  };
};
