import { describe, expect, inject, test } from 'vitest';
import { flat, readTemplate } from '../support/deployment/compiled-template.ts';
import { ACCOUNT, arnOfRole, EVERYTHING, type IamRequest, isAllowed } from '../support/deployment/iam.ts';

const template = readTemplate(inject('packagedService'));
const queues = template.ofType('AWS::SQS::Queue');
const failures = queues.filter(({ id }) => id !== 'DeadLetters').map(({ id }) => id);

const policyOf = (queue: string) =>
  template
    .ofType('AWS::SQS::QueuePolicy')
    .filter(({ Properties }) => template.named(Properties.Queues[0]).id === queue)
    .flatMap(({ Properties }) => flat(Properties.PolicyDocument));

const sending = (
  queue: string,
  principal: IamRequest['principal'],
  context: IamRequest['context'] = {},
): IamRequest => ({
  action: 'sqs:SendMessage',
  resource: `arn:aws:sqs:eu-west-1:${ACCOUNT}:${queue}`,
  principal,
  context,
});

const maySend = (queue: string, role: string): boolean => {
  const known = template.resources.find(({ id }) => id === role);
  const identity = known === undefined ? EVERYTHING : template.statementsOf(known);
  return isAllowed(sending(queue, { arn: arnOfRole(role) }), identity, policyOf(queue));
};

const serviceMaySend = (queue: string, service: string, source: string): boolean =>
  isAllowed(sending(queue, { service }, { 'aws:SourceArn': source }), [], policyOf(queue));

const rule = (name: string, bus = 'es-retention-dev') => `arn:aws:events:eu-west-1:${ACCOUNT}:rule/${bus}/${name}`;

describe.each(failures)('the queue %s', (queue) => {
  const id = queue.replace('Failures', '');
  const functionName = template
    .ofType('AWS::Lambda::Function')
    .find(({ Properties }) => Properties.Environment.Variables.FAILURE_QUEUE_URL?.Ref === queue)
    ?.Properties.FunctionName;

  test('accepts messages from its function, schedule, rules and a redriving person', () => {
    for (const role of [`${id}Role`, `${id}ScheduleRole`, 'RedriveRole'])
      expect([role, maySend(queue, role)]).toEqual([role, true]);
    const rules = template
      .ofType('AWS::Events::Rule')
      .filter(({ Properties }) => template.named(Properties.Targets[0].DeadLetterConfig.Arn).id === queue);
    for (const { Properties } of rules)
      expect(serviceMaySend(queue, 'events.amazonaws.com', rule(Properties.Name))).toBe(true);
  });

  test('accepts no message from anybody else, whatever their permissions', () => {
    const [other] = failures.filter((each) => each !== queue);
    for (const role of ['admin', `${other?.replace('Failures', '')}Role`, 'ReceiveTerminationRole'])
      expect([role, maySend(queue, role)]).toEqual([role, false]);
    expect(isAllowed(sending(queue, { arn: `arn:aws:iam::${ACCOUNT}:root` }), EVERYTHING, policyOf(queue))).toBe(false);
  });

  test('accepts no message of another rule, or of a service for somebody else', () => {
    expect(serviceMaySend(queue, 'events.amazonaws.com', rule(`${functionName}-rule-1`, 'default'))).toBe(false);
    expect(serviceMaySend(queue, 'events.amazonaws.com', rule('forged'))).toBe(false);
    expect(serviceMaySend(queue, 'sns.amazonaws.com', `arn:aws:sns:eu-west-1:${ACCOUNT}:topic`)).toBe(false);
    expect(serviceMaySend(queue, 's3.amazonaws.com', 'arn:aws:s3:::bucket')).toBe(false);
  });

  test('cannot be the dead-letter queue of another queue', () => {
    expect(template.byId(queue).Properties.RedriveAllowPolicy).toEqual({ redrivePermission: 'denyAll' });
  });
});

test.each(queues)('$id allows no plain http, even to its own function', ({ id }) => {
  const role = id === 'DeadLetters' ? 'RedriveRole' : id.replace('Failures', 'Role');
  const mayReceive = (isSecure: boolean) => {
    const context = { 'aws:SecureTransport': `${isSecure}` };
    const request = { ...sending(id, { arn: arnOfRole(role) }, context), action: 'sqs:ReceiveMessage' };
    return isAllowed(request, template.statementsOf(template.byId(role)), policyOf(id));
  };
  expect([mayReceive(true), mayReceive(false)]).toEqual([true, false]);
});

test('the topic of the alarms accepts nothing over plain http', () => {
  const statements = flat(template.byId('AlarmsPolicy').Properties.PolicyDocument);
  expect(statements).toContainEqual({
    Sid: 'OverTlsOnly',
    Effect: 'Deny',
    Principal: '*',
    actions: ['sns:Publish'],
    resources: [{ Ref: 'Alarms' }],
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  });
});

describe('the dead letters', () => {
  test('accept messages from the purge functions only', () => {
    for (const queue of failures) expect(maySend('DeadLetters', queue.replace('Failures', 'Role'))).toBe(true);
    for (const role of ['admin', 'RedriveRole', 'ReceiveTerminationRole', 'PurgeUinsScheduleRole'])
      expect([role, maySend('DeadLetters', role)]).toEqual([role, false]);
    expect(serviceMaySend('DeadLetters', 'events.amazonaws.com', rule('forged'))).toBe(false);
  });

  test('accept undelivered messages only from our own failure queues', () => {
    const { redrivePermission, sourceQueueArns } = template.byId('DeadLetters').Properties.RedriveAllowPolicy;
    expect(redrivePermission).toBe('byQueue');
    expect(sourceQueueArns).toHaveLength(failures.length);
    expect(JSON.stringify(sourceQueueArns)).not.toContain('*');
  });
});

test('a person who redrives may only receive dead letters and send them again', () => {
  const statements = template.statementsOf(template.byId('RedriveRole'));
  expect(statements.map(({ Sid }) => Sid)).toEqual(['TakeDeadLetters', 'SendThemAgain']);
  expect(JSON.stringify(statements[0]?.resources)).toContain(':es-retention-dev-*"');
  expect(statements[1]?.actions).toEqual(['sqs:GetQueueUrl', 'sqs:SendMessage']);
  expect(statements[1]?.resources).toEqual(failures.map((id) => ({ 'Fn::GetAtt': [id, 'Arn'] })));
});
