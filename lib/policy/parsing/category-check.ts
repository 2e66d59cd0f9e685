import { patternsOverlap } from '../index-pattern.ts';
import type { Category } from '../retention-policy.ts';
import { RULE_FORMS } from '../rules/rule-forms.ts';
import { DAY, describeDuration } from '../time/duration.ts';
import { parseInstant } from '../time/instant.ts';
import { observedGap } from '../time/schedule.ts';
import { dateDecisionFindings } from './date-decision-check.ts';
import type { PlacedFinding } from './placed-finding.ts';

const LONGEST_GAP = 3 * DAY;

const EXAMPLES = [
  ['rate(15 minutes)', 15 * 60_000],
  ['rate(5 minutes)', 5 * 60_000],
  ['rate(1 minute)', 60_000],
] as const;

/** The faults of well-formed categories: in one category alone, and between two of them. */
export function categoryFindings(categories: readonly Category[]): PlacedFinding[] {
  return categories.flatMap((category, i) => [
    ...RULE_FORMS.flatMap((form) => form.findings(category)),
    ...scheduleFindings(category),
    ...fieldFindings(category),
    ...applicationFindings(category, categories),
    ...dateDecisionFindings(category),
    ...categories.slice(0, i).flatMap((earlier) => overlapFindings(category, earlier)),
  ]);
}

/**
 * Checks that `earliest` is not after the oldest promise: every date since then must be believed. Validation has no
 * current time to compare with.
 */
export function earliestFindings(earliest: unknown, categories: readonly Category[]): PlacedFinding[] {
  const instant = typeof earliest === 'string' ? parseInstant(earliest) : undefined;
  const [oldest] = categories.map(({ promise }) => promise.sourceDate).sort();
  if (instant === undefined || oldest === undefined || instant <= Date.parse(oldest)) return [];
  return [
    {
      path: ['earliest'],
      expected: `an instant not later than the oldest promise (sourceDate ${oldest})`,
      found: `${earliest}`,
      fix: 'A date before this instant counts as wrong, and no document is removed by it. Write an instant from before the service stored anything, such as 2015-01-01T00:00:00Z',
    },
  ];
}

/** A pattern must not be both in a category and in `ignoredIndices`. */
export function ignoredFindings(ignored: unknown, categories: readonly Category[]): PlacedFinding[] {
  const patterns: readonly unknown[] = Array.isArray(ignored) ? ignored : [];
  return patterns.flatMap((pattern, i) => {
    if (typeof pattern !== 'string') return [];
    const owner = categories.find(({ indices }) => indices.some((own) => patternsOverlap(pattern, own)));
    if (owner === undefined) return [];
    return [
      {
        path: ['ignoredIndices', i],
        expected: `a pattern that cannot match an index of ${owner.id}`,
        found: pattern,
        fix: 'Make the pattern narrower until it matches no index of a category, or remove it',
      },
    ];
  });
}

function scheduleFindings(category: Category): PlacedFinding[] {
  const { id, schedule } = category;
  const gap = observedGap(schedule);
  const lateness = Math.min(...RULE_FORMS.map((form) => form.lateness?.(category) ?? Number.POSITIVE_INFINITY));
  if (gap < lateness && gap <= LONGEST_GAP) return [];
  const apart = Number.isFinite(gap)
    ? `whose runs are up to ${describeDuration(gap)} apart`
    : 'which ends, or never runs';
  const expected =
    lateness <= LONGEST_GAP
      ? `a schedule whose runs are always less than the allowed lateness of ${describeDuration(lateness)} apart`
      : 'a schedule whose runs are never more than 3 d apart';
  const zone = schedule.expression.startsWith('cron') ? ` in ${schedule.timeZone}` : '';
  const shifting =
    zone === '' || schedule.timeZone === 'UTC' ? '' : '; daylight saving lengthens gaps, and UTC has none';
  return [
    {
      path: ['categories', id, 'schedule'],
      expected,
      found: `${schedule.expression}${zone}, ${apart}`,
      fix: `${fixOf(gap, lateness)}${shifting}`,
    },
  ];
}

function fixOf(gap: number, lateness: number): string {
  const [example] = EXAMPLES.find(([, apart]) => apart < lateness) ?? [];
  if (example === undefined)
    return 'Allow more lateness than the minute that is the most often EventBridge runs anything';
  const oftener = `Let it run more often, such as ${example}`;
  return gap < lateness || !Number.isFinite(lateness) ? oftener : `${oftener}, or allow more lateness`;
}

const FIELDS = ['timestampField', 'ingestedField', 'accountField', 'applicationField'] as const;

const FIELD_FIXES: Partial<Record<(typeof FIELDS)[number], string>> = {
  ingestedField:
    'Name the field in which the time of arrival stands, such as event.ingested; it may be missing in the documents',
  accountField: 'Name the field in which the account stands, such as uin',
  applicationField: 'Name the field in which the application stands, such as sdkAppId',
};

function fieldFindings(category: Category): PlacedFinding[] {
  return FIELDS.flatMap((key, at) => {
    const [name, same] = [category[key], FIELDS.slice(0, at).find((earlier) => category[earlier] === category[key])];
    if (name === undefined || same === undefined) return [];
    return [
      {
        path: ['categories', category.id, key],
        expected: `another field than ${same}`,
        found: name,
        fix: `${FIELD_FIXES[key]}`,
      },
    ];
  });
}

const endsByFeature = ({ rules: { termination } }: Category): boolean =>
  termination?.triggers.includes('feature-terminated') === true;

/**
 * If one category that reacts to the end of a feature has an application field, all of them need one. Otherwise a
 * category would owe an erasure that it cannot carry out.
 */
function applicationFindings(category: Category, categories: readonly Category[]): PlacedFinding[] {
  if (!endsByFeature(category) || category.applicationField !== undefined) return [];
  const other = categories.find((each) => endsByFeature(each) && each.applicationField !== undefined);
  if (other === undefined) return [];
  return [
    {
      path: ['categories', category.id],
      expected: `an applicationField, as ${other.id} has: feature-terminated may name one application`,
      found: 'none',
      fix: 'Name the field in which the application stands, such as sdkAppId, here or under defaults',
    },
  ];
}

function overlapFindings(category: Category, earlier: Category): PlacedFinding[] {
  return category.indices.flatMap((pattern, i) => {
    const other = earlier.indices.find((candidate) => patternsOverlap(pattern, candidate));
    if (other === undefined) return [];
    return [
      {
        path: ['categories', category.id, 'indices', i],
        expected: `a pattern that cannot match an index of ${earlier.id}`,
        found: `${pattern}, which has names in common with ${other}`,
        fix: 'Make one of the two patterns narrower: an index may belong to only one category',
      },
    ];
  });
}
