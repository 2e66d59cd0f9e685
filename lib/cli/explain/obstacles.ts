import { type Hold, pauseAt } from '../../control/controls.ts';
import { isBlocking } from '../../criteria/finding.ts';
import type { Category } from '../../policy/retention-policy.ts';
import { describeDuration } from '../../policy/time/duration.ts';
import { type Instant, isoInstant } from '../../policy/time/instant.ts';
import { observedGap } from '../../policy/time/schedule.ts';
import type { ControlReading } from '../../purge/controls/control-facts.ts';
import type { Refusal } from '../../purge/guard.ts';
import type { PlannedIndex } from '../../purge/plan.ts';
import { observeSentence } from '../../purge/report/report.ts';
import type { PastResult, PastRun } from '../../purge/report/run-history.ts';
import type { Page } from '../output/page.ts';
import type { Session } from '../session.ts';

/** An obstacle: it keeps documents that a rule would remove. */
export interface Obstacle {
  readonly code: string;
  /** The obstacle in words. */
  readonly found: string;
  readonly fix: string;
  /** Since when it exists, as far as this is known. */
  readonly since?: Instant;
  /** Whether the earliest examined run has found it too, so that it may exist for longer. */
  readonly isOlder?: true;
}

/** The facts about a category that answer a question. */
export interface CategoryFacts {
  readonly category: Category;
  readonly refusals: readonly Refusal[];
  readonly controls: ControlReading;
  /** The runs of the last {@link LOOKED_BACK}, oldest first. */
  readonly runs: readonly PastRun[];
}

/** Since when every run, up to the newest, has made a finding; empty if the newest run did not make it. */
const sinceWhen = (runs: readonly PastRun[], has: (run: PastRun) => boolean): Pick<Obstacle, 'since' | 'isOlder'> => {
  const at = runs.findLastIndex((run) => !has(run));
  const first = runs[at + 1];
  if (first === undefined) return {};
  return { since: first.startedAt, ...(at === -1 && { isOlder: true as const }) };
};

const endedRuns = (runs: readonly PastRun[]): readonly PastRun[] => runs.filter(({ ended }) => ended !== undefined);

const endedWith =
  (has: (ended: PastResult) => boolean) =>
  ({ ended }: PastRun): boolean =>
    ended !== undefined && has(ended);

const observing = (session: Session, { runs }: CategoryFacts): readonly Obstacle[] =>
  session.policy.mode === 'enforce'
    ? []
    : [
        {
          code: 'observe',
          found: 'the policy is in observe mode',
          fix: observeSentence(session.policyFile),
          ...sinceWhen(runs, ({ mode }) => mode === 'observe'),
        },
      ];

const controlled = ({ controls }: CategoryFacts, now: Instant): readonly Obstacle[] => {
  if ('unread' in controls)
    return [{ code: controls.unread.code, found: controls.unread.found, fix: controls.unread.fix }];
  const pause = pauseAt(controls.controls, now);
  if (pause === undefined) return [];
  const fix = 'Wait for its end, or end it: node bin/es-retention.mjs resume';
  return [{ code: 'paused', found: `a pause until ${isoInstant(pause.until)}`, fix, since: pause.since }];
};

const refused = ({ refusals, runs }: CategoryFacts): readonly Obstacle[] =>
  refusals.map(({ code, found, fix }) => ({
    code: `refused: ${code}`,
    found,
    fix,
    ...sinceWhen(
      endedRuns(runs),
      endedWith((ended) => ended.refusals.includes(code)),
    ),
  }));

/** No run has ended for two schedules. */
const noRecentRun = ({ category, runs }: CategoryFacts, now: Instant): readonly Obstacle[] => {
  const last = endedRuns(runs).at(-1)?.ended?.finishedAt;
  const longest = 2 * observedGap(category.schedule);
  if (last !== undefined && now - last <= longest) return [];
  return [
    {
      code: 'no-run',
      found:
        last === undefined ? 'no run has ended in 30 days' : `no run has ended for ${describeDuration(now - last)}`,
      fix: 'See why the function does not run, or run node bin/es-retention.mjs purge --execute by hand.',
      ...(last !== undefined && { since: last }),
    },
  ];
};

const inIndex = ({ description: { name }, action, findings }: PlannedIndex, runs: readonly PastRun[]) =>
  findings
    .filter((finding) => isBlocking(finding) || action === 'unavailable')
    .map(({ code, found, fix }): Obstacle => {
      const has = endedWith((ended) => ended.findings.some((each) => each.code === code && each.index === name));
      return { code, found, fix, ...sinceWhen(endedRuns(runs), has) };
    });

/** The obstacles that keep every due document of a category. */
export const obstaclesIn = (session: Session, facts: CategoryFacts, now: Instant): readonly Obstacle[] => [
  ...observing(session, facts),
  ...controlled(facts, now),
  ...refused(facts),
  ...noRecentRun(facts, now),
];

/** The obstacles that keep the due documents of an index: those of its category, and the faults of the index. */
export const obstaclesOn = (
  session: Session,
  facts: CategoryFacts,
  planned: PlannedIndex,
  now: Instant,
): readonly Obstacle[] => [...inIndex(planned, facts.runs), ...obstaclesIn(session, facts, now)];

/** A legal hold as an obstacle. It shows no reason. */
export const heldBy = ({ id, placedAt }: Hold): Obstacle => ({
  code: 'held',
  found: `the legal hold ${id}`,
  fix: 'It stays until the hold is released: node bin/es-retention.mjs holds',
  since: placedAt,
});

const sinceText = ({ since, isOlder }: Obstacle): string => {
  if (since === undefined) return '';
  return isOlder === true ? `, since ${isoInstant(since)} or earlier` : `, since ${isoInstant(since)}`;
};

/** The lines about obstacles; one line if there are none. */
export const obstaclesPage = (obstacles: readonly Obstacle[]): Page =>
  obstacles.length === 0
    ? ['  in the way  nothing']
    : obstacles.flatMap((obstacle) => [
        [
          { text: '  in the way  ', style: 'dim' as const },
          { text: obstacle.code, style: 'yellow' as const },
          `: ${obstacle.found}${sinceText(obstacle)}`,
        ],
        [{ text: '  fix         ', style: 'dim' as const }, obstacle.fix],
      ]);

/** The keys for programs. */
export const obstaclesJson = (obstacles: readonly Obstacle[]) =>
  obstacles.map(({ since, isOlder = false, ...obstacle }) => ({
    ...obstacle,
    since: since === undefined ? null : isoInstant(since),
    isOlder,
  }));
