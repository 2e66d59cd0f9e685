import { pauseAt } from '../../../control/controls.ts';
import { lookAtControls } from '../../../control/controls-in-force.ts';
import { CategoryVisit } from '../../../erasure/recording/category-visit.ts';
import { isoInstant } from '../../../policy/time/instant.ts';
import { holdJson, holdsById, holdsTable } from '../../controls/hold-text.ts';
import { reachedCategories } from '../../controls/reached-categories.ts';
import { EXIT, worstOf } from '../../exit-code.ts';
import { count, minute, number } from '../../output/format.ts';
import type { Result } from '../../output/result.ts';
import { unreachedClauses, unreachedExitCode, unreachedJson, unreachedSection } from '../../output/unreached.ts';
import type { ControlInvocation } from '../../program/control-program.ts';
import type { Session } from '../../session.ts';

type Listing = Extract<ControlInvocation, { command: 'holds' }>;

/**
 * `holds`: the open holds and pauses, with their reasons and the accounts. Changes nothing. The exit code is 3 if a
 * review date has passed.
 */
export const holdsCommand = async (session: Session, { selection }: Listing): Promise<Result> => {
  const { controls, leases, clock } = session.ports;
  const visit = new CategoryVisit();
  const places = await reachedCategories(session, selection);
  const read = await visit.each(
    places,
    async (id) => (await lookAtControls(controls, id, await leases.controlsSeen(id))).controls,
  );
  const { unreached } = visit;
  const now = clock();
  const holds = holdsById(new Map([...read].map(([category, found]) => [category, found.holds])));
  const pauses = [...read].flatMap(([category, found]) => {
    const pause = pauseAt(found, now);
    return pause === undefined ? [] : [{ category, pause }];
  });
  const passed = holds.filter(({ hold }) => hold.reviewAt <= now).length;
  const summary = [
    holds.length === 0 ? 'Holds: none' : `Holds: ${number(holds.length)}`,
    ...(passed === 0 ? [] : [`${number(passed)} past the review date`]),
    ...(pauses.length === 0 ? [] : [`${count(pauses.length, 'category', 'categories')} paused`]),
    ...unreachedClauses(unreached),
  ].join(' · ');
  const exitCode = worstOf([passed > 0 ? EXIT.left : EXIT.done, unreachedExitCode(unreached)]);
  return {
    page: [
      { text: summary, style: 'bold' },
      ...holdsTable(holds, places.length, now),
      ...pauses.map(
        ({ category, pause: { since, until, by, reason } }) =>
          `${category} is paused since ${minute(since)} UTC until ${minute(until)} UTC${by === undefined ? '' : `, by ${by}`}: ${reason}`,
      ),
      ...unreachedSection(unreached),
    ],
    json: {
      command: 'holds',
      summary,
      exitCode,
      holds: holds.map((hold) => holdJson(hold, now)),
      pauses: pauses.map(({ category, pause: { since, until, by = null, reason } }) => ({
        category,
        since: isoInstant(since),
        until: isoInstant(until),
        by,
        reason,
      })),
      notExamined: unreachedJson(unreached),
    },
    exitCode,
  };
};
