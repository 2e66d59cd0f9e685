import { SCHEDULED } from '../../lib/erasure/events/bus-sources.ts';
import type { Category } from '../../lib/policy/retention-policy.ts';
import { largestGap } from '../../lib/policy/time/schedule.ts';
import type { Deployment } from '../deployment.ts';
import { functionOf, lambdaOf, logicalIdOf } from '../naming.ts';
import { arnHere, arnOf, type Resources, ref, role, type Value } from '../template.ts';

const gaps = new Map<string, number>();

/**
 * The longest time between two runs, in seconds. It is computed from a fixed day, so that packaging twice gives the
 * same result.
 */
export const secondsBetweenRuns = ({ schedule }: Category): number => {
  const key = `${schedule.expression} ${schedule.timeZone}`;
  const gap = gaps.get(key) ?? Math.ceil(largestGap(schedule, Date.parse('2026-01-01T00:00:00Z')) / 60_000) * 60;
  gaps.set(key, gap);
  return gap;
};

/** The input of the function. EventBridge Scheduler replaces the parts in angle brackets. */
export const SCHEDULED_INPUT = JSON.stringify({
  'detail-type': SCHEDULED.detailType,
  source: SCHEDULED.source,
  id: '<aws.scheduler.execution-id>',
  time: '<aws.scheduler.scheduled-time>',
  detail: {},
});

const within = (least: number, value: number, most: number): number => Math.min(most, Math.max(least, value));

const target = (category: Category): Value => ({
  Arn: arnOf(lambdaOf(functionOf(category.id))),
  RoleArn: arnOf(`${logicalIdOf(category.id)}ScheduleRole`),
  Input: SCHEDULED_INPUT,
  // A run is dropped if it cannot be started before the next run is due.
  RetryPolicy: {
    MaximumEventAgeInSeconds: within(60, secondsBetweenRuns(category), 86_400),
    MaximumRetryAttempts: 185,
  },
  DeadLetterConfig: { Arn: arnOf(`${logicalIdOf(category.id)}Failures`) },
});

/**
 * Only Scheduler may assume the role, for schedules of the default group in this account and region: AWS does not allow
 * naming a single schedule.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
 */
export const SCHEDULER: Value = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: 'scheduler.amazonaws.com' },
      Action: 'sts:AssumeRole',
      Condition: {
        StringEquals: {
          'aws:SourceAccount': ref('AWS::AccountId'),
          'aws:SourceArn': arnHere('scheduler', 'schedule-group/default'),
        },
      },
    },
  ],
};

/** The schedule of a category in its time zone, and a role that lets it call the category's function only. */
export const schedule = ({ name, tags }: Deployment, category: Category): Resources => {
  const id = logicalIdOf(category.id);
  return {
    [`${id}Schedule`]: {
      Type: 'AWS::Scheduler::Schedule',
      Properties: {
        Name: `${name}-${functionOf(category.id)}`,
        ScheduleExpression: category.schedule.expression,
        ScheduleExpressionTimezone: category.schedule.timeZone,
        FlexibleTimeWindow: { Mode: 'OFF' },
        State: 'ENABLED',
        Target: target(category),
      },
    },
    [`${id}ScheduleRole`]: role(
      SCHEDULER,
      'schedule',
      [
        {
          Sid: 'CallItsFunction',
          Effect: 'Allow',
          Action: 'lambda:InvokeFunction',
          Resource: arnOf(lambdaOf(functionOf(category.id))),
        },
        { Sid: 'ReportFailure', Effect: 'Allow', Action: 'sqs:SendMessage', Resource: arnOf(`${id}Failures`) },
      ],
      tags,
    ),
  };
};
