import { acceptControls, type Changed, withoutPause, withPause } from '../../../control/change-controls.ts';
import { type Pause, pauseAt } from '../../../control/controls.ts';
import { CategoryVisit } from '../../../erasure/recording/category-visit.ts';
import { type Instant, isoInstant } from '../../../policy/time/instant.ts';
import { brokenByPause } from '../../../purge/controls/broken-by-pause.ts';
import { planPurge } from '../../../purge/purge.ts';
import { assertOurClock } from '../../clock-check.ts';
import type { CommandProcess } from '../../consent/terminal.ts';
import { changeCategoryControls } from '../../controls/change-category-controls.ts';
import { readText, readUntil, readWait } from '../../controls/control-values.ts';
import { reachedCategories } from '../../controls/reached-categories.ts';
import { stillClauses, stillExitCode, stillJson, stillPage, waitForRuns } from '../../controls/still-destroying.ts';
import { EXIT, worstOf } from '../../exit-code.ts';
import { count, minute } from '../../output/format.ts';
import { observeLines, type Result } from '../../output/result.ts';
import { unreachedClauses, unreachedExitCode, unreachedJson, unreachedSection } from '../../output/unreached.ts';
import type { ControlInvocation } from '../../program/control-program.ts';
import type { Session } from '../../session.ts';

type Pausing = Extract<ControlInvocation, { command: 'pause' }>;
type Resuming = Extract<ControlInvocation, { command: 'resume' }>;

/** When the pause breaks a promise, by category. */
interface Broken {
  readonly at: ReadonlyMap<string, Instant>;
  /** Categories of which this is unknown. */
  readonly unknown: readonly string[];
}

const brokenPromises = async (session: Session, paused: readonly string[], until: Instant): Promise<Broken> => {
  const visit = new CategoryVisit();
  const found = await visit.each(paused, async (id) => {
    const category = session.policy.categories.get(id);
    if (category === undefined) return undefined;
    const plan = await planPurge({ policy: session.policy, category, allowEmpty: true }, session.ports);
    const { nearestEraseBy } = plan.criteria.controls ?? {};
    return brokenByPause(category, { oldestAt: plan.oldestAt, nearestEraseBy }, until, session.ports.clock());
  });
  return {
    at: new Map([...found].flatMap(([category, at]) => (at === undefined ? [] : [[category, at] as const]))),
    unknown: visit.unreached.map(({ category }) => category),
  };
};

const brokenPage = ({ at, unknown }: Broken, now: Instant) => [
  ...[...at].map(([category, instant]) =>
    instant <= now
      ? `${category}: its promise has been broken since ${minute(instant)} UTC, and no run can keep it before the end of the pause.`
      : `${category}: the pause breaks its promise at ${minute(instant)} UTC. To prevent that: node bin/es-retention.mjs resume --category ${category}, before that time.`,
  ),
  ...unknown.map((category) => `${category}: whether the pause breaks its promise could not be looked up.`),
];

const replacedPage = (replaced: ReadonlyMap<string, Pause>): readonly string[] =>
  [...replaced].map(
    ([category, { until, by, reason }]) =>
      `${category}: this ends the pause until ${minute(until)} UTC${by === undefined ? '' : `, by ${by}`}: ${reason}`,
  );

/** Places a pause. Collects the pauses that it ends, by category. */
const placePause = async (session: Session, places: readonly string[], pause: Pause, visit: CategoryVisit) => {
  const replaced = new Map<string, Pause>();
  const done = await visit.each(places, (id) =>
    changeCategoryControls(session, id, (controls) => {
      const earlier = pauseAt(controls, pause.since);
      replaced.delete(id);
      if (earlier !== undefined) replaced.set(id, earlier);
      return withPause(pause)(controls);
    }),
  );
  for (const { category } of visit.unreached) replaced.delete(category);
  return { paused: [...done.keys()], replaced };
};

/**
 * `pause`: after it returns, nothing is destroyed in these categories until the end of the pause, or it says which run
 * may still be destroying. Runs still measure, and alarms still work. It says at once which promise the pause breaks,
 * and when.
 */
export const pauseCommand = async (session: Session, invocation: Pausing, process: CommandProcess): Promise<Result> => {
  const now = session.ports.clock();
  const wait = readWait(invocation.wait);
  const pause: Pause = {
    reason: readText('--reason', invocation.reason),
    ...(invocation.by !== undefined && { by: readText('--by', invocation.by) }),
    since: now,
    until: readUntil(invocation.until, now),
  };
  await assertOurClock(session);
  const visit = new CategoryVisit();
  const places = await reachedCategories(session, invocation.selection);
  const { paused, replaced } = await placePause(session, places, pause, visit);
  const { unreached } = visit;
  const still = await waitForRuns(session, paused, wait, process);
  const broken = await brokenPromises(session, paused, pause.until);
  const summary = [
    `Paused: ${count(paused.length, 'category', 'categories')} until ${minute(pause.until)} UTC`,
    ...unreachedClauses(unreached, 'not paused'),
    ...stillClauses(still),
    ...(broken.at.size === 0 ? [] : [`breaks ${count(broken.at.size, 'promise', 'promises')}`]),
  ].join(' · ');
  const exitCode = worstOf([
    unreachedExitCode(unreached),
    stillExitCode(still),
    ...(unreached.length > 0 ? [EXIT.failed] : []),
    ...(broken.at.size > 0 ? [EXIT.left] : []),
  ]);
  return {
    page: [
      { text: summary, style: 'bold' },
      ...observeLines(session),
      ...replacedPage(replaced),
      ...stillPage(still, paused),
      ...brokenPage(broken, now),
      ...unreachedSection(unreached, 'not paused'),
    ],
    json: {
      command: 'pause',
      summary,
      exitCode,
      categories: paused,
      until: isoInstant(pause.until),
      replaces: [...replaced].map(([category, earlier]) => ({ category, until: isoInstant(earlier.until) })),
      breaks: [...broken.at].map(([category, at]) => ({ category, at: isoInstant(at) })),
      notLookedUp: broken.unknown,
      notPaused: unreachedJson(unreached),
      ...stillJson(still),
    },
    exitCode,
  };
};

/** The holds of controls that a person has just accepted. Other holds keep nothing. */
const acceptedPage = (accepted: readonly string[], done: ReadonlyMap<string, Changed>): readonly string[] =>
  accepted.map((id) => {
    const holds = done.get(id)?.controls.holds ?? [];
    const named =
      holds.length === 0
        ? 'no hold'
        : `${count(holds.length, 'hold', 'holds')}: ${holds.map((hold) => hold.id).join(', ')}`;
    return `${id}: the controls are accepted with ${named}. What no hold names may be destroyed by the next run.`;
  });

/** `resume`: ends a pause. With `--despite-lost`, also accepts controls of which an earlier state was lost. */
export const resumeCommand = async (session: Session, { despiteLost, selection }: Resuming): Promise<Result> => {
  await assertOurClock(session);
  const { controls, leases } = session.ports;
  const visit = new CategoryVisit();
  const accepted: string[] = [];
  const done = await visit.each(await reachedCategories(session, selection), async (id) => {
    if (despiteLost && (await acceptControls({ store: controls, memory: leases }, id))) accepted.push(id);
    return changeCategoryControls(session, id, withoutPause);
  });
  const { unreached } = visit;
  const resumed = [...done].flatMap(([category, { isChanged }]) => (isChanged ? category : []));
  const lost = [...done].flatMap(([category, { isLost }]) => (isLost ? category : []));
  const summary = [
    resumed.length === 0 ? 'Resumed: nothing was paused' : `Resumed: ${resumed.join(', ')}`,
    ...(accepted.length === 0 ? [] : [`controls accepted as they are in ${accepted.join(', ')}`]),
    ...(lost.length === 0 ? [] : [`controls lost in ${lost.join(', ')}: nothing is destroyed there`]),
    ...unreachedClauses(unreached, 'not resumed'),
  ].join(' · ');
  const exitCode = worstOf([
    unreachedExitCode(unreached),
    ...(unreached.length > 0 ? [EXIT.failed] : []),
    ...(lost.length > 0 ? [EXIT.left] : []),
  ]);
  return {
    page: [
      { text: summary, style: 'bold' },
      ...acceptedPage(accepted, done),
      ...lost.map(
        (id) =>
          `${id}: an earlier state of the controls was restored, or nobody could tell, so holds may be missing. Place the missing ones again (reports and the audit name their ids), then: node bin/es-retention.mjs resume --category ${id} --despite-lost`,
      ),
      ...unreachedSection(unreached, 'not resumed'),
    ],
    json: {
      command: 'resume',
      summary,
      exitCode,
      categories: resumed,
      accepted,
      lost,
      notResumed: unreachedJson(unreached),
    },
    exitCode,
  };
};
