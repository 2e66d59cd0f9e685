import type { Criteria } from '../../criteria/due-criteria.ts';
import type { Finding } from '../../criteria/finding.ts';
import type { Survey } from '../../criteria/survey-result.ts';
import type { Category } from '../../policy/retention-policy.ts';
import { type Instant, isoInstant } from '../../policy/time/instant.ts';
import { brokenByPause } from './broken-by-pause.ts';

/** The maximum number of holds that a finding names. */
const MAX_HOLDS_NAMED = 3;

const named = (ids: readonly string[]): string =>
  `${ids.slice(0, MAX_HOLDS_NAMED).join(', ')}${ids.length > MAX_HOLDS_NAMED ? ', …' : ''}`;

/** Why a plan must not be executed: nobody knows which documents must be kept. Undefined if the controls were read. */
export const controlRefusal = ({ controls }: Pick<Criteria, 'controls'>) => {
  const { unread } = controls ?? {};
  if (unread === undefined) return undefined;
  const { code, expected, found, fix } = unread;
  return { code: 'controls', expected, found: `${code}: ${found}`, fix } as const;
};

const pauseFindings = (
  category: Category,
  { pause, nearestEraseBy }: NonNullable<Criteria['controls']>,
  { oldestAt }: Pick<Survey, 'oldestAt'>,
  now: Instant,
): readonly Finding[] => {
  if (pause === undefined) return [];
  const at = brokenByPause(category, { oldestAt, nearestEraseBy }, pause.until, now);
  const paused: Finding = {
    code: 'paused',
    severity: 'notice',
    expected: 'runs that keep the promise',
    found: `a pause of "${category.id}" since ${isoInstant(pause.since)} until ${isoInstant(pause.until)}: nothing is destroyed`,
    fix: `It ends by itself. To end it now, run node bin/es-retention.mjs resume --category ${category.id}.`,
  };
  if (at === undefined) return [paused];
  return [
    paused,
    {
      code: 'pause-breaks-promise',
      severity: 'notice',
      expected: `no promise of "${category.id}" broken by the pause`,
      found: `one that ${at <= now ? `has been broken since ${isoInstant(at)}` : `is broken at ${isoInstant(at)}`}, and the pause lasts until ${isoInstant(pause.until)}`,
      fix: `Run node bin/es-retention.mjs resume --category ${category.id} ${at <= now ? 'now' : 'before that'}, or decide that the promise is broken. Documents that must be kept need a hold instead (hold --help).`,
    },
  ];
};

/**
 * Findings about controls: a pause, a promise that it breaks, holds whose review date has passed. None of them contains
 * a reason or an account.
 */
export const controlFindings = (
  category: Category,
  { controls }: Criteria,
  surveyed: Pick<Survey, 'oldestAt'>,
  now: Instant,
): readonly Finding[] => {
  if (controls === undefined) return [];
  const { toReview, unread } = controls;
  const findings: (Finding | false)[] = [
    unread !== undefined && {
      code: 'controls-unread',
      severity: 'blocking',
      expected: unread.expected,
      found: `${unread.code}: ${unread.found}`,
      fix: unread.fix,
    },
    toReview.length > 0 && {
      code: 'hold-to-review',
      severity: 'notice',
      subjects: toReview.length,
      expected: 'no hold beyond its review date',
      found: `${toReview.length} in "${category.id}": ${named(toReview)}`,
      fix: 'They stay. node bin/es-retention.mjs holds shows why each was placed. Release it (release ID --by NAME), or place a new one with a later date first.',
    },
  ];
  return [...findings.filter((finding) => finding !== false), ...pauseFindings(category, controls, surveyed, now)];
};

/** The finding of a run that stopped because the controls changed, or could not be read any more. */
export const stoppedFinding = (category: string, why: string, isUnread: boolean): Finding => ({
  code: isUnread ? 'controls-unread' : 'controls-changed',
  severity: isUnread ? 'blocking' : 'notice',
  expected: `the controls of "${category}" as the plan read them`,
  found: `${why}; from then on this run destroyed nothing`,
  fix: isUnread
    ? 'See the reason. The next run destroys nothing either until the controls can be read.'
    : 'Nothing to do: the next run plans with the new controls.',
});
