import { describe, expect, inject, test } from 'vitest';
import { MAX_TRIES, QUEUE_RETENTION } from '../../lib/erasure/intake/message-age.ts';
import { queueNameOf, readTemplate } from '../support/deployment/compiled-template.ts';
import { examplePolicy as policy } from '../support/policy/example-policy.ts';

const template = readTemplate(inject('packagedService'));
const categories = [...policy.categories.keys()];
const rules = template.ofType('AWS::Events::Rule');
const queues = template.ofType('AWS::SQS::Queue');
const rulesFor = (category: string) =>
  rules.filter(({ Properties }) =>
    Properties.Targets.every(
      (target: { Arn: unknown }) =>
        template.named(target.Arn).Properties.FunctionName === `es-retention-dev-purge-${category}`,
    ),
  );

describe.each(categories)('the bus rules for purge-%s', (category) => {
  const patterns = rulesFor(category).map(({ Properties }) => Properties.EventPattern);

  const owes = policy.categories.get(category)?.rules.termination !== undefined;

  test("deliver terminations of this account's webhook exactly if there is a termination rule", () => {
    const terminations = patterns.filter((pattern) => pattern['detail-type'].includes('Account Deleted'));
    const pattern = {
      source: ['es-retention.webhook'],
      account: [{ Ref: 'AWS::AccountId' }],
      'detail-type': ['Account Deleted', 'Feature Terminated', 'Account Reinstated'],
    };
    expect(terminations).toEqual(owes ? [pattern] : []);
  });

  test('deliver its own unfinished runs, and no others', () => {
    expect(patterns).toContainEqual({
      source: [`es-retention.purge-${category}`],
      account: [{ Ref: 'AWS::AccountId' }],
      'detail-type': ['Purge Unfinished'],
      detail: { category: [category] },
    });
  });

  test('deliver data that the audit found again exactly if there is a termination rule', () => {
    const pattern = {
      source: ['es-retention.audit'],
      account: [{ Ref: 'AWS::AccountId' }],
      'detail-type': ['Erased Data Returned'],
      detail: { category: [category] },
    };
    expect(patterns.filter((each) => each.source?.[0] === pattern.source[0])).toEqual(owes ? [pattern] : []);
  });

  test('deliver no other events', () => {
    expect(patterns).toHaveLength(owes ? 3 : 1);
  });
});

describe.each(rules)('the rule $Properties.Name', ({ Properties }) => {
  const [target] = Properties.Targets;

  test('listens on our own bus, and has one target', () => {
    expect(template.named(Properties.EventBusName).Type).toBe('AWS::Events::EventBus');
    expect(Properties.State).toBe('ENABLED');
    expect(Properties.Targets).toHaveLength(1);
  });

  test('tries for a day, and then uses the failure queue of its function', () => {
    expect(target.RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 });
    const { FunctionName } = template.named(target.Arn).Properties;
    expect(queueNameOf(template.named(target.DeadLetterConfig.Arn))).toBe(`${FunctionName}-failures`);
  });

  test('may call the function that it targets', () => {
    const permissions = template
      .ofType('AWS::Lambda::Permission')
      .filter(({ Properties: { SourceArn } }) => JSON.stringify(SourceArn).includes(`"${Properties.Name}"`));
    expect(permissions).toMatchObject([
      {
        Properties: {
          Action: 'lambda:InvokeFunction',
          Principal: 'events.amazonaws.com',
          FunctionName: target.Arn,
        },
      },
    ]);
  });
});

describe('functions that are called asynchronously', () => {
  const called = [
    ...template.ofType('AWS::Scheduler::Schedule').map(({ Properties }) => template.named(Properties.Target.Arn)),
    ...rules.map(({ Properties }) => template.named(Properties.Targets[0].Arn)),
    // What housekeeping and the audit do not get through with, they do the next time.
  ].filter(({ id }) => !['HousekeepingLambdaFunction', 'AuditDashretentionLambdaFunction'].includes(id));
  const configurations = template.ofType('AWS::Lambda::EventInvokeConfig');

  test.each([...new Set(called)])(
    '$Properties.FunctionName sends failed events to its own queue, and may write to it',
    (lambda) => {
      const [configuration, ...others] = configurations.filter(
        ({ Properties }) => template.named(Properties.FunctionName) === lambda,
      );
      expect(others).toEqual([]);
      expect(configuration?.Properties).toMatchObject({ MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 21_600 });
      const arn = configuration?.Properties.DestinationConfig.OnFailure.Destination;
      expect(queueNameOf(template.named(arn))).toBe(`${lambda.Properties.FunctionName}-failures`);
      expect(lambda.Properties.Environment.Variables.FAILURE_QUEUE_URL).toEqual({ Ref: template.named(arn).id });
      expect(template.statementsOf(template.named(lambda.Properties.Role))).toContainEqual(
        expect.objectContaining({
          Effect: 'Allow',
          actions: expect.arrayContaining([
            'sqs:SendMessage',
            'sqs:ReceiveMessage',
            'sqs:DeleteMessage',
            'sqs:GetQueueAttributes',
          ]),
          resources: [arn],
        }),
      );
    },
  );

  test('are exactly the purge functions, apart from housekeeping and audit', () => {
    expect([...new Set(called.map(({ Properties }) => Properties.FunctionName))].sort()).toEqual(
      categories.map((id) => `es-retention-dev-purge-${id}`).sort(),
    );
  });
});

describe('the queues', () => {
  test('are a failure queue for each purge function, and the dead letters', () => {
    expect(queues.map(queueNameOf).sort()).toEqual(
      [...categories.map((id) => `es-retention-dev-purge-${id}-failures`), 'es-retention-dev-dead-letters'].sort(),
    );
  });

  test.each(queues)('$id is encrypted and keeps a message until it is at most 14 days old', ({ Properties }) => {
    expect(Properties.SqsManagedSseEnabled).toBe(true);
    expect(Properties.MessageRetentionPeriod).toBe(QUEUE_RETENTION / 1_000);
  });

  test.each(queues.filter(({ id }) => id !== 'DeadLetters'))(
    '$id hides a message during a run, and finally passes it to the dead letters',
    ({ id, Properties }) => {
      const [drainer] = template
        .ofType('AWS::Lambda::Function')
        .filter((lambda) => lambda.Properties.Environment.Variables.FAILURE_QUEUE_URL?.Ref === id);
      expect(Properties.VisibilityTimeout).toBeGreaterThanOrEqual(drainer?.Properties.Timeout);
      expect(template.named(Properties.RedrivePolicy.deadLetterTargetArn).id).toBe('DeadLetters');
      // The most that SQS allows, and what runs reckon with: they hide what has been tried often.
      expect(Properties.RedrivePolicy.maxReceiveCount).toBe(MAX_TRIES);
    },
  );
});
