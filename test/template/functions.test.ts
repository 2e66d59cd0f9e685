import { readdirSync } from 'node:fs';
import { describe, expect, inject, test } from 'vitest';
import { readTemplate } from '../support/deployment/compiled-template.ts';
import { examplePolicy as policy } from '../support/policy/example-policy.ts';

const folder = inject('packagedService');
const template = readTemplate(folder);
const NAMES = [
  ...[...policy.categories.keys()].map((id) => `purge-${id}`),
  'receive-termination',
  'housekeeping',
  'audit-retention',
  'show-termination',
].sort();
const lambdas = template.ofType('AWS::Lambda::Function');

describe('the deployment', () => {
  test('has a function and a zip for each category, webhook, housekeeping and audit', () => {
    expect(lambdas.map(({ Properties }) => Properties.FunctionName).sort()).toEqual(
      NAMES.map((name) => `es-retention-dev-${name}`),
    );
    const zips = readdirSync(folder).filter((name) => name.endsWith('.zip'));
    expect(zips.sort()).toEqual(NAMES.map((name) => `${name}.zip`));
  });

  test('keeps each log for five days, longer than a weekend', () => {
    const groups = template.ofType('AWS::Logs::LogGroup');
    expect(groups.map(({ Properties }) => Properties.LogGroupName).sort()).toEqual(
      NAMES.map((name) => `/aws/lambda/es-retention-dev-${name}`),
    );
    for (const { Properties } of groups) expect(Properties.RetentionInDays).toBe(5);
  });

  test('keeps the archive encrypted and not public', () => {
    const { Properties } = template.byId('Archive');
    expect(Object.values(Properties.PublicAccessBlockConfiguration)).toEqual([true, true, true, true]);
    expect(Properties.BucketEncryption.ServerSideEncryptionConfiguration).toHaveLength(1);
  });

  test('has two HTTP routes for terminations, with a rate limit', () => {
    const routes = template.ofType('AWS::ApiGatewayV2::Route').map(({ Properties }) => Properties.RouteKey);
    expect(routes.sort()).toEqual(['GET /terminations/{requestId}', 'POST /terminations']);
    expect(template.byId('HttpApiStage').Properties.DefaultRouteSettings).toEqual({
      ThrottlingRateLimit: 50,
      ThrottlingBurstLimit: 100,
    });
  });

  test('sends alarms to a topic with its own key, which CloudWatch may use', () => {
    const key = template.named(template.byId('Alarms').Properties.KmsMasterKeyId);
    expect(JSON.stringify(key.Properties.KeyPolicy)).toContain('cloudwatch.amazonaws.com');
    expect(key.Properties.EnableKeyRotation).toBe(true);
  });
});

describe.each(lambdas)('$Properties.FunctionName', ({ Properties }) => {
  const variables: Record<string, unknown> = Properties.Environment.Variables;

  test('runs Node 24 on arm64, with source maps', () => {
    expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
    expect(variables.NODE_OPTIONS).toBe('--enable-source-maps');
  });

  test('has the tags of its application and stage', () => {
    expect(Properties.Tags).toEqual([
      { Key: 'application', Value: 'es-retention' },
      { Key: 'stage', Value: 'dev' },
    ]);
  });

  test('has no reserved concurrency, VPC or traces unless requested', () => {
    expect(Properties).not.toHaveProperty('ReservedConcurrentExecutions');
    expect(Properties).not.toHaveProperty('VpcConfig');
    expect(Properties).not.toHaveProperty('TracingConfig');
  });

  test('gets the service and the stage from its environment', () => {
    const { DEPLOYMENT_SERVICE, DEPLOYMENT_STAGE } = variables;
    expect([DEPLOYMENT_SERVICE, DEPLOYMENT_STAGE]).toEqual(['es-retention', 'dev']);
  });

  test('gets names of secrets, but no secret', () => {
    const known = [
      'DEAD_LETTER_QUEUE_URL',
      'DEPLOYMENT_SERVICE',
      'DEPLOYMENT_STAGE',
      'ELASTICSEARCH_API_KEY_SECRET',
      'ELASTICSEARCH_CA',
      'ELASTICSEARCH_URL',
      'ENFORCE_CLUSTER_UUID',
      'EVENT_BUS_NAME',
      'FAILURE_QUEUE_URL',
      'NODE_OPTIONS',
      'RETENTION_ARCHIVE',
      'RETENTION_ARCHIVE_KEYS_SECRET',
      'RETENTION_SIGNING_KEYS_SECRET',
      'RETENTION_SUBJECT_KEYS_SECRET',
      'WEBHOOK_SECRETS_SECRET',
    ];
    expect(Object.keys(variables).filter((name) => !known.includes(name))).toEqual([]);
    for (const [name, value] of Object.entries(variables))
      if (name.endsWith('_SECRET')) expect(value).toMatch(/^es-retention\/dev\/[\w/-]+$/);
  });
});
