import { describe, expect, inject, test } from 'vitest';
import { alarmsOf } from '../../deploy/alarms/alarms.ts';
import type { Deployment } from '../../deploy/deployment.ts';
import {
  AUDIT_METRICS,
  HOUSEKEEPING_DONE,
  KEY_DAYS_LEFT,
  METRIC_DIMENSIONS,
  METRIC_NAMESPACE,
  METRICS,
  WEBHOOK_REFUSALS,
} from '../../lib/lambda/metrics/metric-names.ts';
import { parseRetentionPolicy } from '../../lib/policy/parsing/parse-retention-policy.ts';
import type { Category } from '../../lib/policy/retention-policy.ts';
import { largestGap } from '../../lib/policy/time/schedule.ts';
import { type Loose, queueNameOf, readTemplate } from '../support/deployment/compiled-template.ts';
import { EXAMPLE_POLICY, examplePolicy as policy } from '../support/policy/example-policy.ts';

const template = readTemplate(inject('packagedService'));
const categories = [...policy.categories.values()];
const alarms = template.ofType('AWS::CloudWatch::Alarm');
const inOurNamespace = alarms.filter(({ Properties }) => Properties.Namespace === METRIC_NAMESPACE);
const OF_NO_CATEGORY: readonly string[] = [
  WEBHOOK_REFUSALS,
  HOUSEKEEPING_DONE,
  KEY_DAYS_LEFT,
  ...Object.values(AUDIT_METRICS),
];
const ours = inOurNamespace.filter(({ Properties }) => !OF_NO_CATEGORY.includes(Properties.MetricName));
const names = Object.values(METRICS).map(({ name }) => name);

const deploymentOf = (enforcing: boolean, stage = 'dev'): Deployment =>
  ({
    name: `es-retention-${stage}`,
    service: 'es-retention',
    stage,
    policy,
    parameters: {},
    enforcing,
    tags: [],
  }) as unknown as Deployment;

/** The alarms of a deployment's categories, by logical id. */
const alarmsIn = (deployment: Deployment): Readonly<Record<string, Loose>> =>
  Object.assign({}, ...categories.map((category) => alarmsOf(deployment, category)));

/** What AWS measures by itself, with exactly the dimensions under which it does. */
const AWS_METRICS: Readonly<Record<string, readonly string[]>> = {
  'AWS/SQS ApproximateNumberOfMessagesVisible': ['QueueName'],
  'AWS/SQS ApproximateNumberOfMessagesNotVisible': ['QueueName'],
  'AWS/ApiGateway 5xx': ['ApiId'],
  'AWS/Events InvocationsFailedToBeSentToDlq': ['EventBusName', 'RuleName'],
  'AWS/Lambda DestinationDeliveryFailures': ['FunctionName'],
};

const dimensionsOf = ({ Properties }: Loose): Record<string, Loose> =>
  Object.fromEntries(Properties.Dimensions.map(({ Name, Value }: Loose) => [Name, Value]));

const onMetric = (category: string, metric: string): readonly Loose[] =>
  ours
    .filter((alarm) => dimensionsOf(alarm).category === category && alarm.Properties.MetricName === metric)
    .map(({ Properties }) => Properties);

/** The metrics that an alarm goes by: its own, or those of its expression. */
const metricsOf = ({ Properties }: Loose): readonly Loose[] =>
  Properties.Metrics?.flatMap(({ MetricStat }: Loose) => (MetricStat ? [MetricStat.Metric] : [])) ?? [Properties];

const periodsOf = ({ Properties }: Loose): readonly number[] =>
  Properties.Metrics?.flatMap(({ MetricStat }: Loose) => MetricStat?.Period ?? []) ?? [Properties.Period];

const expectLookBack = (alarm: Loose): void => {
  for (const period of periodsOf(alarm)) {
    expect(period % 60).toBe(0);
    const most = period < 3_600 ? 86_400 : 604_800;
    expect(period * alarm.Properties.EvaluationPeriods).toBeLessThanOrEqual(most);
  }
};

/** Goes off when a queue has held something, visible or in flight, in every period of so many seconds. */
const expectNeverEmpty = (alarm: Loose, queue: Loose, seconds: number): void => {
  const { Metrics, EvaluationPeriods, DatapointsToAlarm, ...rest } = alarm.Properties;
  const stats: readonly Loose[] = Metrics.filter(({ MetricStat }: Loose) => MetricStat);
  expect(stats.map(({ MetricStat: { Metric, Stat } }) => [Metric.MetricName, Stat, Metric.Dimensions])).toEqual(
    ['ApproximateNumberOfMessagesVisible', 'ApproximateNumberOfMessagesNotVisible'].map((name) => [
      name,
      'Maximum',
      [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [queue.id, 'QueueName'] } }],
    ]),
  );
  expect(Metrics.filter(({ ReturnData }: Loose) => ReturnData)).toMatchObject([
    { Expression: stats.map(({ Id }) => Id).join(' + ') },
  ]);
  expect(rest).toMatchObject({ ComparisonOperator: 'GreaterThanThreshold', Threshold: 0, ActionsEnabled: true });
  const [period = 0, ...others] = new Set(periodsOf(alarm));
  expect(others).toEqual([]);
  expect(period * EvaluationPeriods).toBe(seconds);
  // So many that one message, which a run takes out in between, does not touch them all.
  expect(EvaluationPeriods).toBeGreaterThanOrEqual(12);
  expect(DatapointsToAlarm).toBeUndefined();
};

describe('an alarm', () => {
  test.each(ours)('$Properties.AlarmName uses a listed metric with exactly its dimensions', (alarm) => {
    expect(names).toContain(alarm.Properties.MetricName);
    expect(alarm.Properties.Dimensions.map(({ Name }: Loose) => Name)).toEqual(METRIC_DIMENSIONS);
    expect(dimensionsOf(alarm)).toMatchObject({ service: 'es-retention', stage: 'dev' });
    expect([...policy.categories.keys()]).toContain(dimensionsOf(alarm).category);
  });

  test('on the webhook uses a metric that has no category', () => {
    const [{ Properties }, ...more] = inOurNamespace.filter(
      (each) => each.Properties.MetricName === WEBHOOK_REFUSALS,
    ) as [Loose];
    expect(more).toEqual([]);
    expect(Properties).toMatchObject({
      Dimensions: [
        { Name: 'service', Value: 'es-retention' },
        { Name: 'stage', Value: 'dev' },
      ],
      Statistic: 'Sum',
      Threshold: 0,
      ActionsEnabled: true,
      TreatMissingData: 'notBreaching',
    });
  });

  test('on keys goes off if the first key to expire is valid for less than 14 days', () => {
    const [{ Properties }, ...more] = inOurNamespace.filter((each) => each.Properties.MetricName === KEY_DAYS_LEFT) as [
      Loose,
    ];
    expect(more).toEqual([]);
    expect(Properties).toMatchObject({
      AlarmName: 'es-retention-dev-key-expiring',
      Dimensions: [
        { Name: 'service', Value: 'es-retention' },
        { Name: 'stage', Value: 'dev' },
      ],
      Statistic: 'Minimum',
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 14,
      Period: 86_400, // the function of housekeeping speaks once a day
      ActionsEnabled: true,
      TreatMissingData: 'notBreaching',
    });
  });

  test.each([
    [
      AUDIT_METRICS.breaches,
      { Statistic: 'Maximum', ComparisonOperator: 'GreaterThanThreshold', Threshold: 0, EvaluationPeriods: 1 },
      { ActionsEnabled: false, TreatMissingData: 'ignore' },
    ],
    [
      AUDIT_METRICS.done,
      { Statistic: 'Sum', ComparisonOperator: 'LessThanThreshold', Threshold: 1, EvaluationPeriods: 2 },
      { ActionsEnabled: true, TreatMissingData: 'breaching' },
    ],
  ])('on the audit metric %s is evaluated every hour', (metric, condition, more) => {
    const [found, ...others] = inOurNamespace.filter(({ Properties }) => Properties.MetricName === metric);
    expect(others).toEqual([]);
    expect(found?.Properties).toMatchObject({ ...condition, ...more, Period: 3_600 });
    expect(found?.Properties.Dimensions).toEqual([
      { Name: 'service', Value: 'es-retention' },
      { Name: 'stage', Value: 'dev' },
    ]);
  });

  test('on housekeeping goes off if it did not succeed for two days', () => {
    const [{ Properties }, ...more] = inOurNamespace.filter(
      (each) => each.Properties.MetricName === HOUSEKEEPING_DONE,
    ) as [Loose];
    expect(more).toEqual([]);
    expect(Properties).toMatchObject({
      Dimensions: [
        { Name: 'service', Value: 'es-retention' },
        { Name: 'stage', Value: 'dev' },
      ],
      Statistic: 'Sum',
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      Period: 86_400,
      EvaluationPeriods: 2,
      ActionsEnabled: true,
      TreatMissingData: 'breaching',
    });
  });

  test('exists for every queue and for the API, with the metric dimensions of AWS', () => {
    const others = alarms.filter((alarm) => !inOurNamespace.includes(alarm)).flatMap(metricsOf);
    for (const { Namespace, MetricName, Dimensions } of others)
      expect(AWS_METRICS[`${Namespace} ${MetricName}`]).toEqual(Dimensions.map(({ Name }: Loose) => Name));
    const watched = others
      .filter(({ Namespace }) => ['AWS/SQS', 'AWS/ApiGateway'].includes(Namespace))
      .map(({ Dimensions }) => template.named(Dimensions[0].Value).id);
    expect([...new Set(watched)].sort()).toEqual(
      [...template.ofType('AWS::SQS::Queue').map(({ id }) => id), 'HttpApi'].sort(),
    );
  });

  test.each(alarms)('$Properties.AlarmName looks back no further than CloudWatch allows', (alarm) => {
    expectLookBack(alarm);
  });

  test.each(alarms)(
    '$Properties.AlarmName notifies when it goes off and when it recovers, and names its runbook section',
    ({ Properties }) => {
      expect([Properties.AlarmActions, Properties.OKActions]).toEqual([[{ Ref: 'Alarms' }], [{ Ref: 'Alarms' }]]);
      expect(Properties.AlarmDescription).toMatch(/\. Runbook: docs\/operations\.md#[\w-]+$/);
    },
  );

  test('has a unique name', () => {
    expect(new Set(alarms.map(({ Properties }) => Properties.AlarmName)).size).toBe(alarms.length);
  });
});

describe.each(categories)('an alarm of $id', ({ id, rules, schedule }) => {
  const between = largestGap(schedule, Date.now()) / 1000;

  test('goes off if runs have stopped: two schedules without a report', () => {
    expect(onMetric(id, METRICS.runsReported.name)).toMatchObject([
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

  test('goes off if no run of two schedules keeps the promise, but not if there are no runs', () => {
    expect(onMetric(id, METRICS.promiseKept.name)).toMatchObject([
      {
        Statistic: 'Maximum',
        ComparisonOperator: 'LessThanThreshold',
        Threshold: 1,
        Period: between,
        EvaluationPeriods: 2,
        TreatMissingData: 'ignore',
      },
    ]);
  });

  test('goes off if messages stay in the failure queue for two schedules', () => {
    const [alarm] = alarms.filter(({ Properties }) => Properties.AlarmName === `es-retention-dev-purge-${id}-failing`);
    const [queue] = template
      .ofType('AWS::SQS::Queue')
      .filter((each) => queueNameOf(each) === `es-retention-dev-purge-${id}-failures`);
    expectNeverEmpty(alarm, queue, Math.max(3_600, 2 * between));
  });

  test('goes off for a lost termination if there is a termination rule', () => {
    const told = alarms
      .map(({ Properties }) => Properties)
      .filter(({ AlarmName }) => new RegExp(`^es-retention-dev-purge-${id}-.*-lost$`).test(AlarmName));
    if (rules.termination === undefined) return expect(told).toEqual([]);
    const [rule] = template
      .ofType('AWS::Events::Rule')
      .map(({ Properties }) => Properties)
      .filter(({ Targets: [{ Arn }], EventPattern }) => {
        const isOurs = template.named(Arn).Properties.FunctionName === `es-retention-dev-purge-${id}`;
        return isOurs && EventPattern['detail-type'].includes('Account Deleted');
      });
    const atOnce = { Statistic: 'Sum', Threshold: 0, EvaluationPeriods: 1, ActionsEnabled: true };
    expect(told).toMatchObject([
      {
        ...atOnce,
        MetricName: 'InvocationsFailedToBeSentToDlq',
        Dimensions: [
          { Name: 'EventBusName', Value: rule.EventBusName },
          { Name: 'RuleName', Value: rule.Name },
        ],
      },
      {
        ...atOnce,
        MetricName: 'DestinationDeliveryFailures',
        Dimensions: [{ Name: 'FunctionName', Value: { Ref: template.named(rule.Targets[0].Arn).id } }],
      },
    ]);
  });

  test('goes off for a refused plan', () => {
    expect(onMetric(id, METRICS.plansRefused.name)).toMatchObject([
      { ComparisonOperator: 'GreaterThanThreshold', Threshold: 0, TreatMissingData: 'ignore' },
    ]);
  });

  test('goes off for a lag, and later for an overdue document, if there is an age rule', () => {
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

  test('goes off for new use after a termination if there is a termination rule', () => {
    const used = onMetric(id, METRICS.newUse.name);
    if (rules.termination === undefined) return expect(used).toEqual([]);
    expect(used).toMatchObject([{ Statistic: 'Maximum', ComparisonOperator: 'GreaterThanThreshold', Threshold: 0 }]);
  });

  test('goes off for erasures that wait for a person if there is a termination rule', () => {
    const braked = onMetric(id, METRICS.erasuresBraked.name);
    if (rules.termination === undefined) return expect(braked).toEqual([]);
    expect(braked).toMatchObject([
      { Statistic: 'Maximum', ComparisonOperator: 'GreaterThanThreshold', Threshold: 0, TreatMissingData: 'ignore' },
    ]);
  });

  test('goes off a day before the deadline of an erasure if there is a termination rule', () => {
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

describe('an alarm on dead letters', () => {
  const named = (name: string) =>
    alarms.filter(({ Properties }) => Properties.AlarmName === `es-retention-dev-${name}`)[0];

  test('goes off at the first dead letter', () => {
    expect(named('dead-letters-waiting')?.Properties).toMatchObject({
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Statistic: 'Maximum',
      Threshold: 0,
      EvaluationPeriods: 1,
    });
  });

  test('goes off again if dead letters wait for two days', () => {
    expectNeverEmpty(named('dead-letters-old'), template.byId('DeadLetters'), 2 * 86_400);
  });
});

describe.each([
  'rate(1 minute)',
  'rate(37 minutes)',
  'rate(12 hours)',
  'rate(13 hours)',
  'cron(0 3 * * ? *)',
  'rate(35 hours)',
])('an alarm under a schedule of %s', (schedule) => {
  const text = EXAMPLE_POLICY.replace('schedule: rate(1 hour)', `schedule: ${schedule}`);
  const { categories } = parseRetentionPolicy(text, 'p.yml');
  const category = categories.get('console-configuration') as Category;
  const deployment = deploymentOf(false);

  test.each(Object.entries(alarmsOf(deployment, category)))(
    'looks back no further than CloudWatch allows: %s',
    (_, alarm) => {
      expectLookBack(alarm);
    },
  );
});

describe('the dashboard', () => {
  const body = JSON.parse(template.byId('Dashboard').Properties.DashboardBody['Fn::Sub']);
  const lines: Loose[] = body.widgets.flatMap(({ properties }: Loose) => properties.metrics);

  test('shows every metric of every category', () => {
    for (const { id } of categories)
      for (const name of names)
        expect(lines).toContainEqual([
          METRIC_NAMESPACE,
          name,
          'service',
          'es-retention',
          'stage',
          'dev',
          'category',
          id,
          { label: id },
        ]);
  });

  test('shows every queue', () => {
    const shown = lines.filter(([namespace]) => namespace === 'AWS/SQS').map(([, , , queue]) => queue);
    expect(shown.sort()).toEqual(
      template
        .ofType('AWS::SQS::Queue')
        .map(({ id }) => `\${${id}.QueueName}`)
        .sort(),
    );
  });
});

describe('while a deployment only observes', () => {
  test('only alarms on promises and refusals notify nobody', () => {
    const silent = alarms.filter(({ Properties }) => !Properties.ActionsEnabled);
    const metrics = [...new Set(silent.map(({ Properties }) => Properties.MetricName))];
    expect(metrics.sort()).toEqual(
      [
        METRICS.overdueDocuments,
        METRICS.retentionLag,
        METRICS.undatableDocuments,
        METRICS.erasuresOverdue,
        METRICS.erasureHoursLeft,
        METRICS.erasuresBraked,
        METRICS.newUse,
        METRICS.promiseKept,
        METRICS.plansRefused,
        METRICS.controlsUnread,
        METRICS.pauseBreaksPromise,
      ]
        .map(({ name }): string => name)
        .concat(AUDIT_METRICS.breaches)
        .sort(),
    );
  });
});

describe('once a deployment enforces', () => {
  const [observing, enforcing] = [alarmsIn(deploymentOf(false)), alarmsIn(deploymentOf(true))];
  const isQuiet = ({ Properties }: Loose) => !Properties.ActionsEnabled;
  const quiet = Object.entries(observing).filter(([, alarm]) => isQuiet(alarm));

  test('every alarm notifies somebody', () => {
    expect(Object.values(enforcing).filter(isQuiet)).toEqual([]);
  });

  // An alarm that is altered keeps its state, and tells nobody of what it has been red for.
  test.each(quiet)('the silent alarm %s is replaced by one with another name and id', (id, { Properties }) => {
    expect(enforcing).not.toHaveProperty(id);
    const names = Object.values(enforcing).map((alarm) => alarm.Properties.AlarmName);
    expect(names).not.toContain(Properties.AlarmName);
    const { AlarmName, ActionsEnabled: _, ...same } = Properties;
    expect(Object.values(enforcing).map((alarm) => alarm.Properties)).toContainEqual({
      ...same,
      AlarmName: AlarmName.replace(/-observing$/, ''),
      ActionsEnabled: true,
    });
  });

  test('an alarm that already notified somebody does not change', () => {
    for (const [id, alarm] of Object.entries(observing).filter(([, alarm]) => !isQuiet(alarm)))
      expect(enforcing[id]).toEqual(alarm);
  });
});

test('no alarm of a stage uses a metric of another stage', () => {
  const metricsOf = (stage: string) =>
    Object.values(alarmsIn(deploymentOf(true, stage))).flatMap(
      ({ Properties: { Namespace, MetricName, Dimensions } }) =>
        Namespace === METRIC_NAMESPACE ? [JSON.stringify([MetricName, Dimensions])] : [],
    );
  expect(metricsOf('prod').length).toBeGreaterThan(5 * categories.length);
  expect(metricsOf('prod').filter((metric) => metricsOf('dev').includes(metric))).toEqual([]);
});
