import { readFileSync } from 'node:fs';
import { describe, expect, inject, it } from 'vitest';
import { METRIC_DIMENSIONS, METRIC_NAMESPACE, METRIC_SERVICE, METRICS } from '../../lib/lambda/metric-names.ts';
import { parseRetentionPolicy } from '../../lib/policy/retention-policy.ts';
import { largestGap } from '../../lib/policy/schedule.ts';
import { type Loose, readTemplate } from '../support/compiled-template.ts';

const template = readTemplate(inject('packagedService'));
const policy = parseRetentionPolicy(readFileSync('retention-policy.yml', 'utf8'), 'p.yml');
const categories = [...policy.categories.values()];
const alarms = template.ofType('AWS::CloudWatch::Alarm');
const ours = alarms.filter(({ Properties }) => Properties.Namespace === METRIC_NAMESPACE);
const names = Object.values(METRICS).map(({ name }) => name);
const AWS_METRICS = [
  'AWS/SQS ApproximateAgeOfOldestMessage',
  'AWS/SQS ApproximateNumberOfMessagesVisible',
  'AWS/ApiGateway 5xx',
];

const dimensionsOf = ({ Properties }: Loose): Record<string, Loose> =>
  Object.fromEntries(Properties.Dimensions.map(({ Name, Value }: Loose) => [Name, Value]));

const onMetric = (category: string, metric: string): readonly Loose[] =>
  ours
    .filter((alarm) => dimensionsOf(alarm).category === category && alarm.Properties.MetricName === metric)
    .map(({ Properties }) => Properties);

describe('an alarm', () => {
  it.each(ours)('$Properties.AlarmName names a metric that is listed, with exactly its dimensions', (alarm) => {
    expect(names).toContain(alarm.Properties.MetricName);
    expect(alarm.Properties.Dimensions.map(({ Name }: Loose) => Name)).toEqual(METRIC_DIMENSIONS);
    expect(dimensionsOf(alarm).service).toBe(METRIC_SERVICE);
    expect([...policy.categories.keys()]).toContain(dimensionsOf(alarm).category);
  });

  it('on something else watches what AWS itself measures, on a queue or an API of ours', () => {
    const others = alarms.filter((alarm) => !ours.includes(alarm));
    for (const { Properties } of others) {
      expect(AWS_METRICS).toContain(`${Properties.Namespace} ${Properties.MetricName}`);
      expect(Properties.Dimensions).toHaveLength(1);
      expect(['AWS::SQS::Queue', 'AWS::ApiGatewayV2::Api']).toContain(
        template.named(Properties.Dimensions[0].Value).Type,
      );
    }
    const watched = others.map(({ Properties }) => template.named(Properties.Dimensions[0].Value).id);
    expect([...new Set(watched)].sort()).toEqual(
      [...template.ofType('AWS::SQS::Queue').map(({ id }) => id), 'HttpApi'].sort(),
    );
  });

  it.each(alarms)('$Properties.AlarmName looks back no further than CloudWatch does', ({ Properties }) => {
    const { Period, EvaluationPeriods } = Properties;
    expect(Period % 60).toBe(0);
    expect(Period * EvaluationPeriods).toBeLessThanOrEqual(Period < 3_600 ? 86_400 : 604_800);
  });

  it.each(alarms)('$Properties.AlarmName tells the topic, both ways, and says what it means', ({ Properties }) => {
    expect([Properties.AlarmActions, Properties.OKActions]).toEqual([[{ Ref: 'Alarms' }], [{ Ref: 'Alarms' }]]);
    expect(Properties.AlarmDescription).toMatch(/\.$/);
  });

  it('has a name of its own', () => {
    expect(new Set(alarms.map(({ Properties }) => Properties.AlarmName)).size).toBe(alarms.length);
  });
});

describe.each(categories)('of $id', ({ id, rules, schedule }) => {
  const between = largestGap(schedule, Date.now()) / 1000;

  it('nobody misses that runs have stopped: two schedules without a success, or without any word', () => {
    expect(onMetric(id, METRICS.runsSucceeded.name)).toMatchObject([
      {
        Statistic: 'Sum',
        ComparisonOperator: 'LessThanThreshold',
        Threshold: 1,
        Period: between,
        EvaluationPeriods: 2,
        TreatMissingData: 'breaching',
        ActionsEnabled: true,
      },
    ]);
  });

  it('a refused plan is told', () => {
    expect(onMetric(id, METRICS.plansRefused.name)).toMatchObject([
      { ComparisonOperator: 'GreaterThanThreshold', Threshold: 0, TreatMissingData: 'ignore', ActionsEnabled: true },
    ]);
  });

  it('one overdue document is told, and before that a lag, if there is an age rule', () => {
    const overdue = onMetric(id, METRICS.overdueDocuments.name);
    const lag = onMetric(id, METRICS.retentionLag.name);
    if (rules.age === undefined) return expect([...overdue, ...lag]).toEqual([]);
    expect(overdue).toMatchObject([
      { Statistic: 'Maximum', ComparisonOperator: 'GreaterThanThreshold', Threshold: 0, TreatMissingData: 'ignore' },
    ]);
    expect(lag).toMatchObject([{ Statistic: 'Maximum', ComparisonOperator: 'GreaterThanThreshold' }]);
    expect(lag[0].Threshold).toBeGreaterThanOrEqual(between);
    expect(lag[0].Threshold).toBeLessThanOrEqual(rules.age.allowedLateness.milliseconds / 1000);
  });

  it('new use after a termination is told, if there is a termination rule', () => {
    const used = onMetric(id, METRICS.newUse.name);
    if (rules.termination === undefined) return expect(used).toEqual([]);
    expect(used).toMatchObject([{ Statistic: 'Maximum', ComparisonOperator: 'GreaterThanThreshold', Threshold: 0 }]);
  });

  it('an erasure within a day of its deadline, or past it, is told, if there is a termination rule', () => {
    const near = onMetric(id, METRICS.erasureHoursLeft.name);
    const overdue = onMetric(id, METRICS.erasuresOverdue.name);
    if (rules.termination === undefined) return expect([...near, ...overdue]).toEqual([]);
    expect(near).toMatchObject([
      {
        Statistic: 'Minimum',
        ComparisonOperator: 'LessThanThreshold',
        Threshold: 24,
        TreatMissingData: 'notBreaching',
      },
    ]);
    expect(overdue).toMatchObject([{ Statistic: 'Maximum', ComparisonOperator: 'GreaterThanThreshold', Threshold: 0 }]);
  });
});

describe('the dashboard', () => {
  const body = JSON.parse(template.byId('Dashboard').Properties.DashboardBody['Fn::Sub']);
  const lines: Loose[] = body.widgets.flatMap(({ properties }: Loose) => properties.metrics);

  it('shows every metric of every category', () => {
    for (const { id } of categories)
      for (const name of names)
        expect(lines).toContainEqual([
          METRIC_NAMESPACE,
          name,
          'service',
          METRIC_SERVICE,
          'category',
          id,
          { label: id },
        ]);
  });

  it('shows every queue', () => {
    const shown = lines.filter(([namespace]) => namespace === 'AWS/SQS').map(([, , , queue]) => queue);
    expect(shown.sort()).toEqual(
      template
        .ofType('AWS::SQS::Queue')
        .map(({ Properties }) => Properties.QueueName)
        .sort(),
    );
  });
});

describe('while a deployment only observes', () => {
  it('the alarms on promises tell nobody, and all others do', () => {
    const silent = alarms.filter(({ Properties }) => !Properties.ActionsEnabled);
    const metrics = [...new Set(silent.map(({ Properties }) => Properties.MetricName))];
    expect(metrics.sort()).toEqual(
      [
        METRICS.overdueDocuments,
        METRICS.retentionLag,
        METRICS.undatableDocuments,
        METRICS.erasuresOverdue,
        METRICS.erasureHoursLeft,
        METRICS.newUse,
      ]
        .map(({ name }) => name)
        .sort(),
    );
  });
});
