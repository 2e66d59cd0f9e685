import { describe, expect, inject, test } from 'vitest';
import { nextRun } from '../../lib/policy/time/schedule.ts';
import { queueNameOf, readTemplate } from '../support/deployment/compiled-template.ts';
import { SCHEDULER_EVENT } from '../support/deployment/schedule-events.ts';
import { examplePolicy } from '../support/policy/example-policy.ts';

const template = readTemplate(inject('packagedService'));
const categories = [...examplePolicy.categories.values()];
const all = template.ofType('AWS::Scheduler::Schedule');
const isHousekeeping = ({ Properties }: (typeof all)[number]): boolean => Properties.Name.endsWith('-housekeeping');
const isAudit = ({ Properties }: (typeof all)[number]): boolean => Properties.Name.endsWith('-audit-retention');
const schedules = all.filter((schedule) => !isHousekeeping(schedule) && !isAudit(schedule));

const functionNameOf = (schedule: (typeof schedules)[number]): string =>
  template.named(schedule.Properties.Target.Arn).Properties.FunctionName;

describe('the schedules', () => {
  test('are those of the policy, in its time zones, one for each category', () => {
    const deployed = schedules.map((schedule) => [
      functionNameOf(schedule),
      schedule.Properties.ScheduleExpression,
      schedule.Properties.ScheduleExpressionTimezone,
    ]);
    const promised = categories.map(({ id, schedule }) => [
      `es-retention-dev-purge-${id}`,
      schedule.expression,
      schedule.timeZone,
    ]);
    expect(deployed.sort()).toEqual(promised.sort());
    expect(template.ofType('AWS::Events::Rule').filter(({ Properties }) => Properties.ScheduleExpression)).toEqual([]);
  });

  describe.each(schedules)('the schedule $Properties.Name', (schedule) => {
    const { ScheduleExpression, ScheduleExpressionTimezone, FlexibleTimeWindow, State, Target } = schedule.Properties;

    test('runs at the exact minute, in an existing time zone', () => {
      expect(State).toBe('ENABLED');
      expect(FlexibleTimeWindow).toEqual({ Mode: 'OFF' });
      expect(() => new Intl.DateTimeFormat('en', { timeZone: ScheduleExpressionTimezone })).not.toThrow();
      const now = Date.parse('2026-11-24T00:00:00Z');
      const next = nextRun({ expression: ScheduleExpression, timeZone: ScheduleExpressionTimezone }, now);
      expect(next).toBeGreaterThan(now);
    });

    test('sends what its function accepts as a scheduled event', () => {
      const event = JSON.parse(Target.Input);
      expect(event).toEqual({
        'detail-type': SCHEDULER_EVENT['detail-type'],
        source: SCHEDULER_EVENT.source,
        id: '<aws.scheduler.execution-id>',
        time: '<aws.scheduler.scheduled-time>',
        detail: {},
      });
    });

    test("retries for at most a day, then uses the function's failure queue", () => {
      expect(Target.RetryPolicy.MaximumRetryAttempts).toBeGreaterThan(0);
      expect(Target.RetryPolicy.MaximumEventAgeInSeconds).toBeGreaterThanOrEqual(60);
      expect(Target.RetryPolicy.MaximumEventAgeInSeconds).toBeLessThanOrEqual(86_400);
      const queue = template.named(Target.DeadLetterConfig.Arn);
      expect(queue.Type).toBe('AWS::SQS::Queue');
      expect(queueNameOf(queue)).toBe(`${functionNameOf(schedule)}-failures`);
    });

    test('has a role for Scheduler only, to call this function and use that queue', () => {
      // Where a schedule names no group, it is in the default one.
      expect(schedule.Properties.GroupName).toBeUndefined();
      const role = template.named(Target.RoleArn);
      expect(role.Properties.AssumeRolePolicyDocument.Statement).toEqual([
        {
          Effect: 'Allow',
          Principal: { Service: 'scheduler.amazonaws.com' },
          Action: 'sts:AssumeRole',
          Condition: {
            StringEquals: {
              'aws:SourceAccount': { Ref: 'AWS::AccountId' },
              'aws:SourceArn': {
                'Fn::Sub': `arn:\${AWS::Partition}:scheduler:\${AWS::Region}:\${AWS::AccountId}:schedule-group/default`,
              },
            },
          },
        },
      ]);
      expect(template.statementsOf(role).map(({ Effect, actions, resources }) => [Effect, actions, resources])).toEqual(
        [
          ['Allow', ['lambda:InvokeFunction'], [Target.Arn]],
          ['Allow', ['sqs:SendMessage'], [Target.DeadLetterConfig.Arn]],
        ],
      );
      const users = schedules.filter(({ Properties }) => template.named(Properties.Target.RoleArn) === role);
      expect(users).toEqual([schedule]);
    });
  });
});

test('the schedule of the audit calls its function each hour', () => {
  const [schedule, ...more] = all.filter(isAudit);
  expect(more).toEqual([]);
  const { ScheduleExpression, State, Target } = schedule?.Properties ?? {};
  expect([ScheduleExpression, State]).toEqual(['rate(1 hour)', 'ENABLED']);
  expect(template.named(Target.Arn).Properties.FunctionName).toBe('es-retention-dev-audit-retention');
  const statements = template.statementsOf(template.named(Target.RoleArn));
  expect(statements.map(({ actions, resources }) => [actions, resources])).toEqual([
    [['lambda:InvokeFunction'], [Target.Arn]],
  ]);
});

describe('the schedule of housekeeping', () => {
  const [schedule, ...more] = all.filter(isHousekeeping);

  test('calls its function once a day, with a role that may call no other', () => {
    expect(more).toEqual([]);
    const { ScheduleExpression, State, Target } = schedule?.Properties ?? {};
    expect([ScheduleExpression, State]).toEqual(['rate(1 day)', 'ENABLED']);
    expect(template.named(Target.Arn).Properties.FunctionName).toBe('es-retention-dev-housekeeping');
    const statements = template.statementsOf(template.named(Target.RoleArn));
    expect(statements.map(({ actions, resources }) => [actions, resources])).toEqual([
      [['lambda:InvokeFunction'], [Target.Arn]],
    ]);
  });

  test('has a function that may read only its own secret, and use no bus, queue or archive', () => {
    const { Properties } = template.named(schedule?.Properties.Target.Arn);
    const secrets = Object.entries(Properties.Environment.Variables).filter(([name]) => name.endsWith('_SECRET'));
    expect(secrets).toEqual([['ELASTICSEARCH_API_KEY_SECRET', 'es-retention/dev/elasticsearch/housekeeping']]);
    const actions = template.statementsOf(template.byId('HousekeepingRole')).flatMap((each) => each.actions);
    expect(actions.toSorted()).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents', 'secretsmanager:GetSecretValue']);
  });
});
