import { readFileSync } from 'node:fs';
import { expect, inject, test } from 'vitest';
import { AUDIT_METRICS, METRICS } from '../../lib/lambda/metrics/metric-names.ts';
import { parseRetentionPolicy } from '../../lib/policy/parsing/parse-retention-policy.ts';
import { DAY } from '../../lib/policy/time/duration.ts';
import { largestGap } from '../../lib/policy/time/schedule.ts';
import { type Loose, readTemplate } from '../support/deployment/compiled-template.ts';

const template = readTemplate(inject('packagedService'));
const { categories } = parseRetentionPolicy(readFileSync('retention-policy.yml', 'utf8'), 'p.yml');
const alarms = template.ofType('AWS::CloudWatch::Alarm').map(({ Properties }) => Properties);
const secrets = template
  .ofType('AWS::Lambda::Function')
  .flatMap(({ Properties }) => Object.entries(Properties.Environment.Variables))
  .flatMap(([name, secret]) => (name.endsWith('_SECRET') ? [secret] : []));

const A_MONTH = 30.5 * DAY;

const runs = template
  .ofType('AWS::Scheduler::Schedule')
  .map(({ Properties }) => ({
    expression: Properties.ScheduleExpression,
    timeZone: Properties.ScheduleExpressionTimezone ?? 'UTC',
  }))
  .reduce((sum, schedule) => sum + A_MONTH / largestGap(schedule, Date.parse('2026-01-01T00:00:00Z')), 0);

const GUIDE = readFileSync('docs/deploy.md', 'utf8');
const [, table = ''] = /\n## What it costs\n\n.*?\n\n(.*?)\n\n/s.exec(GUIDE) ?? [];
const rowOf = (what: string): readonly string[] =>
  table
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .find(([, name = '']) => name.startsWith(what)) ?? [];

/** An alarm on an expression costs as much as one on each of its metrics. */
const lookedAt = ({ Metrics }: Loose): number =>
  Metrics === undefined ? 1 : Metrics.filter(({ MetricStat }: Loose) => MetricStat).length;

// `ErasureHoursLeft` is sent where something can be owed, everything else by every category; and the webhook,
// housekeeping and the keys have one each, and the audit has its own.
const metrics = [...categories.values()].reduce(
  (sum, { rules }) => sum + Object.keys(METRICS).length - (rules.termination === undefined ? 1 : 0),
  3 + Object.keys(AUDIT_METRICS).length,
);

test.each([
  ['metrics', metrics],
  ['metrics that alarms look at', alarms.reduce((sum, alarm) => sum + lookedAt(alarm), 0)],
  ['dashboards', template.ofType('AWS::CloudWatch::Dashboard').length],
  ['secrets', new Set(secrets).size],
  ['KMS keys', template.ofType('AWS::KMS::Key').length],
])('the deploy guide has the right number and price of %s', (what, number) => {
  const [, , sum = '', product] = rowOf(what);
  const [count, price = 0] = sum.split(' × $').map(Number);
  expect(count).toBe(number);
  expect(product).toBe(`$${(number * price).toFixed(2)}`);
});

test('the deploy guide has the right numbers of alarms, runs and metrics', () => {
  expect(rowOf('metrics that alarms look at')[1]).toContain(`(${alarms.length} alarms)`);
  const body = JSON.parse(template.byId('Dashboard').Properties.DashboardBody['Fn::Sub']);
  const shown = body.widgets.flatMap(({ properties }: Loose) => properties.metrics).length;
  expect(shown).toBeGreaterThan(50); // below, three dashboards are free
  expect(rowOf('dashboards')[1]).toContain(`shows ${shown} metrics`);
  expect(rowOf('invocations')[2]).toBe((Math.round(runs / 100) * 100).toLocaleString('en'));
});

test('the deploy guide says what the memory of the functions costs', () => {
  const [, what = '', , cost = ''] = rowOf('invocations');
  const [megabytes = 0, seconds = 0] = [/([\d,]+) MB/, /(\d+) seconds/].map((each) =>
    Number(each.exec(what)?.[1]?.replace(',', '')),
  );
  expect(new Set(template.ofType('AWS::Lambda::Function').map(({ Properties }) => Properties.MemorySize))).toEqual(
    new Set([megabytes]),
  );
  const aGigabyteSecond = 0.0000133334; // arm64
  expect(cost).toBe(`about $${Math.round(runs * seconds * (megabytes / 1_024) * aGigabyteSecond)}`);
});

test('the deploy guide adds up the costs correctly', () => {
  const sums = [...table.matchAll(/\| \$([\d.]+) \|/g)].map(([, sum]) => Number(sum));
  expect(sums).toHaveLength(5);
  expect(GUIDE).toContain(
    `The sum is about $${Math.round(sums.reduce((all, sum) => all + sum, 0))}, most of it for metrics and alarms.`,
  );
});
