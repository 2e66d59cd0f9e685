import { describe, expect, inject, test } from 'vitest';
import { flat, type Loose, queueNameOf, readTemplate } from '../support/deployment/compiled-template.ts';
import { examplePolicy as policy } from '../support/policy/example-policy.ts';

const template = readTemplate(inject('packagedService'));
const categories = [...policy.categories.keys()];
const isErasing = (category: string): boolean => policy.categories.get(category)?.rules.termination !== undefined;
const erasing = categories.filter(isErasing);
const lambdas = template.ofType('AWS::Lambda::Function');
const lambdaNamed = (name: string) => lambdas.find(({ Properties }) => Properties.FunctionName === name);

const here = (service: string, name: string): Loose => ({
  'Fn::Sub': `arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${name}`,
});
const BUS = here('events', 'event-bus/es-retention-dev');

const mayDo = (functionName: string) => {
  const role = template.named(lambdaNamed(functionName)?.Properties.Role);
  return template.statementsOf(role).map(({ Effect, actions, resources }) => ({ Effect, actions, resources }));
};

describe('each function', () => {
  test('has its own role, which only Lambda assumes', () => {
    const roles = lambdas.map(({ Properties }) => template.named(Properties.Role));
    expect(new Set(roles).size).toBe(lambdas.length);
    for (const { Properties } of roles)
      expect(flat(Properties.AssumeRolePolicyDocument)).toEqual([
        {
          Effect: 'Allow',
          Principal: { Service: 'lambda.amazonaws.com' },
          actions: ['sts:AssumeRole'],
          resources: [],
        },
      ]);
    for (const { Properties } of roles) expect(Properties.ManagedPolicyArns).toBeUndefined();
  });

  test.each(categories)('purge-%s has exactly the permissions that it needs, on its own resources', (category) => {
    const name = `es-retention-dev-purge-${category}`;
    const [failures] = template.ofType('AWS::SQS::Queue').filter((each) => queueNameOf(each) === `${name}-failures`);
    expect(mayDo(name)).toEqual([
      {
        Effect: 'Allow',
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [here('logs', `log-group:/aws/lambda/${name}:*`)],
      },
      {
        Effect: 'Allow',
        actions: ['secretsmanager:GetSecretValue'],
        resources: [
          `elasticsearch/purge-${category}`,
          ...(isErasing(category) ? ['keys/subject', 'keys/signing', 'keys/archive'] : []),
        ].map((secret) => here('secretsmanager', `secret:es-retention/dev/${secret}-??????`)),
      },
      { Effect: 'Allow', actions: ['events:PutEvents'], resources: [BUS] },
      {
        Effect: 'Allow',
        actions: [
          'sqs:SendMessage',
          'sqs:ReceiveMessage',
          'sqs:DeleteMessage',
          'sqs:ChangeMessageVisibility',
          'sqs:GetQueueAttributes',
        ],
        resources: [{ 'Fn::GetAtt': [failures?.id, 'Arn'] }],
      },
      { Effect: 'Allow', actions: ['sqs:SendMessage'], resources: [{ 'Fn::GetAtt': ['DeadLetters', 'Arn'] }] },
      ...(isErasing(category)
        ? [
            {
              Effect: 'Allow',
              actions: ['s3:PutObject'],
              resources: ['events', 'entries', 'receipts', 'manifests'].map((kind) => ({
                'Fn::Sub': `\${Archive.Arn}/${category}/${kind}/*`,
              })),
            },
            { Effect: 'Allow', actions: ['s3:ListBucket'], resources: [{ 'Fn::GetAtt': ['Archive', 'Arn'] }] },
          ]
        : []),
    ]);
  });

  test.each(erasing)('purge-%s may list its own part of the archive, but read nothing', (category) => {
    const role = template.named(lambdaNamed(`es-retention-dev-purge-${category}`)?.Properties.Role);
    const statements = template.statementsOf(role);
    expect(statements.filter(({ actions }) => actions.includes('s3:ListBucket'))).toMatchObject([
      { Condition: { StringLike: { 's3:prefix': `${category}/*` } } },
    ]);
    expect(statements.flatMap(({ actions }) => actions)).not.toContain('s3:GetObject');
  });

  test('a function without a termination rule may use neither the key ring nor the archive', () => {
    const others = categories.filter((category) => !isErasing(category));
    expect(others.length).toBeGreaterThan(0);
    for (const category of others) {
      const allowed = JSON.stringify(mayDo(`es-retention-dev-purge-${category}`));
      expect(allowed).not.toMatch(/secret:es-retention\/dev\/keys|s3:|Archive/);
    }
  });

  test('the audit may list the archive, read manifests and statements, and write statements', () => {
    const ofArchive = mayDo('es-retention-dev-audit-retention').filter(({ actions }) => actions[0]?.startsWith('s3:'));
    const objects = (kind: string) => categories.map((id) => ({ 'Fn::Sub': `\${Archive.Arn}/${id}/${kind}/*` }));
    expect(ofArchive).toEqual([
      { Effect: 'Allow', actions: ['s3:ListBucket'], resources: [{ 'Fn::GetAtt': ['Archive', 'Arn'] }] },
      { Effect: 'Allow', actions: ['s3:GetObject'], resources: [...objects('manifests'), ...objects('statements')] },
      { Effect: 'Allow', actions: ['s3:PutObject'], resources: objects('statements') },
    ]);
  });

  test('receive-termination may log, read the senders’ secrets, and publish', () => {
    expect(mayDo('es-retention-dev-receive-termination')).toEqual([
      {
        Effect: 'Allow',
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [here('logs', 'log-group:/aws/lambda/es-retention-dev-receive-termination:*')],
      },
      {
        Effect: 'Allow',
        actions: ['secretsmanager:GetSecretValue'],
        resources: [here('secretsmanager', 'secret:es-retention/dev/webhook-??????')],
      },
      { Effect: 'Allow', actions: ['events:PutEvents'], resources: [BUS] },
    ]);
  });

  test('show-termination may log, and read its two secrets; it may not publish', () => {
    expect(mayDo('es-retention-dev-show-termination')).toEqual([
      {
        Effect: 'Allow',
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [here('logs', 'log-group:/aws/lambda/es-retention-dev-show-termination:*')],
      },
      {
        Effect: 'Allow',
        actions: ['secretsmanager:GetSecretValue'],
        resources: ['webhook', 'elasticsearch/show-termination'].map((name) =>
          here('secretsmanager', `secret:es-retention/dev/${name}-??????`),
        ),
      },
    ]);
  });

  test('may read exactly the secrets that its environment names', () => {
    for (const { Properties } of lambdas) {
      const named = Object.entries<string>(Properties.Environment.Variables)
        .filter(([name]) => name.endsWith('_SECRET'))
        .map(([, secret]) => here('secretsmanager', `secret:${secret}-??????`));
      const readable = mayDo(Properties.FunctionName)
        .filter(({ actions }) => actions.includes('secretsmanager:GetSecretValue'))
        .flatMap(({ resources }) => resources);
      expect(new Set(readable)).toEqual(new Set(named));
      expect(named.length).toBeGreaterThan(0);
    }
  });
});

describe('the bus', () => {
  const [bus] = template.ofType('AWS::Events::EventBus');
  const statements = flat(bus?.Properties.Policy);

  test('is the only bus, named after the deployment, with a policy for PutEvents only', () => {
    expect(template.ofType('AWS::Events::EventBus').map(({ Properties }) => Properties.Name)).toEqual([
      'es-retention-dev',
    ]);
    for (const { resources, actions } of statements)
      expect([resources, actions]).toEqual([[BUS], ['events:PutEvents']]);
  });

  test('allows no access from another account', () => {
    expect(statements.filter(({ Effect }) => Effect === 'Allow')).toEqual([]);
  });
});

describe('the permissions of the stack', () => {
  const inRoles = template.ofType('AWS::IAM::Role').flatMap((role) => template.statementsOf(role));

  test('contain no wildcard for all resources', () => {
    expect(inRoles.filter(({ resources }) => resources.includes('*'))).toEqual([]);
  });

  test('contain no wildcard in an action', () => {
    const actions = inRoles.flatMap((statement) => statement.actions);
    expect(actions.length).toBeGreaterThan(30);
    expect(actions.filter((action) => action.includes('*'))).toEqual([]);
  });

  test('let resource policies allow only the own account and AWS services', () => {
    const documents = template.resources
      .filter(({ Type }) => ['AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy', 'AWS::KMS::Key'].includes(Type))
      .flatMap(({ Properties }) => flat(Properties.PolicyDocument ?? Properties.KeyPolicy))
      .filter(({ Effect }) => Effect === 'Allow');
    const principals = documents.map(({ Principal }) => JSON.stringify(Principal));
    expect([...new Set(principals)].sort()).toEqual([
      JSON.stringify({ AWS: { 'Fn::Sub': `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:root` } }),
      '{"Service":"cloudwatch.amazonaws.com"}',
      '{"Service":"events.amazonaws.com"}',
    ]);
  });
});
