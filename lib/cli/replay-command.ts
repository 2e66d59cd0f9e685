import type { Archived } from '../erasure/archive.ts';
import { isOpen } from '../erasure/ledger-entry.ts';
import { recordTermination } from '../erasure/record-termination.ts';
import type { TerminationEvent } from '../erasure/termination-event.ts';
import { EXIT } from './exit-code.ts';
import type { Result } from './result.ts';
import { count } from './say.ts';
import type { Session } from './session.ts';

interface Replayed {
  readonly events: number;
  /** Those that the ledger did not know. */
  readonly recorded: number;
  readonly unreadable: number;
  /** Entries that owe something after it. */
  readonly owed: ReadonlySet<string>;
}

const isReadable = (copy: Archived): copy is Extract<Archived, { content: object }> => 'content' in copy;

const replay = async ({ policy, erasure }: Session): Promise<Replayed> => {
  const [archive, ports] = [await erasure.archive(), await erasure.openRecord()];
  const categories = [...policy.categories.values()];
  const owed = new Map<string, boolean>();
  let [events, recorded, unreadable] = [0, 0, 0];
  for await (const copy of archive.list('events')) {
    events += 1;
    if (!isReadable(copy)) {
      unreadable += 1;
      continue;
    }
    const { isNew, entries } = await recordTermination(copy.content as TerminationEvent, categories, ports);
    if (isNew) recorded += 1;
    for (const entry of entries) owed.set(entry.id, isOpen(entry));
  }
  return { events, recorded, unreadable, owed: new Set([...owed].flatMap(([id, open]) => (open ? [id] : []))) };
};

/** `replay`: what a restored ledger has forgotten, it is told again. */
export const replayCommand = async (session: Session): Promise<Result> => {
  const { events, recorded, unreadable, owed } = await replay(session);
  const verdict = `Replayed: ${count(events, 'event', 'events')} · ${recorded} that the ledger had forgotten · ${count(owed.size, 'erasure', 'erasures')} owed${unreadable > 0 ? ` · ${unreadable} unreadable` : ''}`;
  const exitCode = unreadable > 0 ? EXIT.left : EXIT.done;
  return {
    page: [
      { text: verdict, style: 'bold' },
      'What is owed is erased by the next runs. Look at npx es-retention status.',
      ...(unreadable > 0
        ? [
            'The key ring does not open all of them, or they were altered: restore its older versions, and replay again.',
          ]
        : []),
    ],
    json: { command: 'replay', verdict, exitCode, events, recorded, unreadable, owed: owed.size },
    exitCode,
  };
};
