import { setTimeout as sleep } from 'node:timers/promises';
import { CategoryVisit } from '../../erasure/recording/category-visit.ts';
import { isoInstant } from '../../policy/time/instant.ts';
import type { Destruction } from '../../purge/destruction.ts';
import type { CommandProcess } from '../consent/terminal.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { count, minute } from '../output/format.ts';
import type { Page } from '../output/page.ts';
import { printableIdentifier } from '../output/printable.ts';
import type { Session } from '../session.ts';

/** Milliseconds between two looks at the leases. */
const BETWEEN_LOOKS = 500;

/** The runs that may still be destroying after the controls were written. */
export interface StillDestroying {
  readonly runs: ReadonlyMap<string, Destruction>;
  /** Categories whose leases could not be read. */
  readonly unknown: readonly string[];
}

const look = async ({ ports }: Pick<Session, 'ports'>, categories: readonly string[]): Promise<StillDestroying> => {
  const visit = new CategoryVisit();
  const found = await visit.each(categories, (category) => ports.leases.destruction(category));
  return {
    runs: new Map([...found].flatMap(([category, run]) => (run === undefined ? [] : [[category, run] as const]))),
    unknown: visit.unreached.map(({ category }) => category),
  };
};

/**
 * Waits until no earlier request is destroying in these categories. Called after the controls were written: a run that
 * sets its flag later reads them before its next request (decision 0017).
 * @param atMost milliseconds to wait.
 * @returns what may still be destroying then.
 */
export const waitForRuns = async (
  session: Pick<Session, 'ports'>,
  categories: readonly string[],
  atMost: number,
  { wait = sleep }: Pick<CommandProcess, 'wait'>,
): Promise<StillDestroying> => {
  let waited = 0;
  let found = await look(session, categories);
  while (found.runs.size + found.unknown.length > 0 && waited < atMost) {
    const next = Math.min(BETWEEN_LOOKS, atMost - waited);
    await wait(next);
    waited += next;
    found = await look(session, [...found.runs.keys(), ...found.unknown]);
  }
  return found;
};

const TEXT: Readonly<Record<Destruction['kind'], (run: Destruction) => string>> = {
  'at-work': ({ until }) => `is at work, and has the lease until ${minute(until)} UTC, or longer`,
  dead: ({ until }) => `seems to have died, and its last request may be executed until ${minute(until)} UTC`,
  // A lease carries the mark of an earlier run on, without its id.
  unanswered: ({ until }) =>
    `(or a run before it, from which it took the lease) got no answer to a request, which may be executed until ${minute(until)} UTC`,
};

/** The clause for the summary; empty if nothing is destroying any more. */
export const stillClauses = ({ runs, unknown }: StillDestroying): readonly string[] => [
  ...(runs.size === 0 ? [] : [`still destroying in ${[...runs.keys()].join(', ')}`]),
  ...(unknown.length === 0 ? [] : [`not known whether anything is destroying in ${unknown.join(', ')}`]),
];

/** The lines for people. */
export const stillPage = ({ runs, unknown }: StillDestroying, categories: readonly string[]): Page => {
  const quiet = categories.length - runs.size - unknown.length;
  return [
    ...(quiet === 0 ? [] : [`No earlier request is destroying any more in ${count(quiet, 'category', 'categories')}.`]),
    ...[...runs].map(
      ([category, run]) =>
        `${category}: run ${printableIdentifier(run.runId)} ${TEXT[run.kind](run)}. Run the command again then. To look at once: GET /_tasks?actions=*byquery,*indices/delete&detailed (with a key that may see tasks).`,
    ),
    ...unknown.map(
      (category) =>
        `${category}: its lease could not be read, so a run may still be destroying. Run the command again.`,
    ),
  ];
};

/** The keys for programs. */
export const stillJson = ({ runs, unknown }: StillDestroying) => ({
  stillDestroying: [...runs].map(([category, { kind, runId, until }]) => ({
    category,
    kind,
    runId,
    until: isoInstant(until),
  })),
  notAsked: unknown,
});

/** 3 if something may still be destroying. */
export const stillExitCode = ({ runs, unknown }: StillDestroying): ExitCode =>
  runs.size + unknown.length > 0 ? EXIT.left : EXIT.done;
