import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseRetentionPolicy } from '../../lib/policy/parsing/parse-retention-policy.ts';
import { type CompiledTemplate, type Loose, readTemplate } from '../support/compiled-template.ts';
import { EXAMPLE_POLICY, examplePolicy as policy } from '../support/example-policy.ts';
import { asArguments, type ServiceFolder, serviceFolder } from '../support/service-folder.ts';
import { unpackZip } from '../support/unpack-zip.ts';

const KEY = 'arn:aws:kms:eu-west-1:111122223333:key/0d5c0c3e-0000-4000-8000-000000000000';
const PARAMETERS = {
  elasticsearchUrl: 'https://es.example.org:9200',
  elasticsearchCa: './certificates/ca.pem',
  plainHttpHosts: 'es.internal',
  enforceCluster: 'Yx8CNhDSQ0m7eUIGZqWpFg',
  secrets: 'somewhere/else',
  secretsKeyArn: KEY,
  accountSource: 'com.example.accounts',
  accountSourcePrincipal: 'arn:aws:iam::111122223333:role/accounts',
  accountSourceAccount: '111122223333',
  alarmEmail: 'oncall@example.org',
  vpcSubnetIds: 'subnet-0a, subnet-0b',
  vpcSecurityGroupIds: 'sg-0c',
  tracing: 'on',
  reservedConcurrency: '1',
};

const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

let service: ServiceFolder;
beforeAll(() => {
  service = serviceFolder();
  mkdirSync(join(service.path, 'certificates'));
  writeFileSync(join(service.path, 'certificates', 'ca.pem'), CERTIFICATE);
});
afterAll(() => service.remove());

describe('a deployment with every parameter set', () => {
  let folder: string;
  let template: CompiledTemplate;
  let lambdas: readonly Loose[];
  let purging: readonly Loose[];
  beforeAll(async () => {
    service.writePolicy(EXAMPLE_POLICY.replace('mode: observe', 'mode: enforce'));
    folder = await service.package(PARAMETERS);
    service.writePolicy(EXAMPLE_POLICY);
    template = readTemplate(folder);
    lambdas = template.ofType('AWS::Lambda::Function');
    purging = lambdas.filter(({ Properties }) => Properties.FunctionName.includes('-purge-'));
    expect(purging).toHaveLength(policy.categories.size);
  });

  test('gives its purge functions the cluster, and the uuid to enforce in', () => {
    for (const { Properties } of purging)
      expect(Properties.Environment.Variables).toMatchObject({
        ELASTICSEARCH_URL: PARAMETERS.elasticsearchUrl,
        ELASTICSEARCH_CA: 'certificates/ca.pem',
        PLAIN_HTTP_HOSTS: 'es.internal',
        ENFORCE_CLUSTER_UUID: PARAMETERS.enforceCluster,
      });
  });

  test('packages the certificate where the functions expect it', async () => {
    const unpacked = join(folder, 'unpacked');
    await unpackZip(join(folder, 'purge-uins.zip'), unpacked);
    expect(readFileSync(join(unpacked, 'certificates/ca.pem'), 'utf8')).toBe(CERTIFICATE);
  });

  test('notifies people of every alarm', () => {
    const alarms = template.ofType('AWS::CloudWatch::Alarm');
    expect(alarms.filter(({ Properties }) => !Properties.ActionsEnabled)).toEqual([]);
    expect(template.byId('Alarms').Properties.Subscription).toEqual([
      { Protocol: 'email', Endpoint: PARAMETERS.alarmEmail },
    ]);
  });

  test('runs its purge functions in the VPC, one at a time, with traces', () => {
    for (const { Properties } of purging)
      expect(Properties).toMatchObject({
        VpcConfig: { SubnetIds: ['subnet-0a', 'subnet-0b'], SecurityGroupIds: ['sg-0c'] },
        ReservedConcurrentExecutions: 1,
      });
    for (const { Properties } of lambdas) expect(Properties.TracingConfig).toEqual({ Mode: 'Active' });
  });

  test('may decrypt with the named key, and uses "*" only where AWS requires it', () => {
    for (const { Properties } of lambdas) {
      const statements = template.statementsOf(template.named(Properties.Role));
      expect(statements).toContainEqual(expect.objectContaining({ actions: ['kms:Decrypt'], resources: [KEY] }));
      const wide = statements.filter(({ resources }) => resources.includes('*')).map(({ Sid }) => Sid);
      expect(wide).toEqual(Properties.VpcConfig === undefined ? ['SendTraces'] : ['SendTraces', 'JoinTheVpc']);
    }
  });

  test('reads its secrets from the named place', () => {
    for (const { Properties } of lambdas) {
      const secrets = Object.entries<string>(Properties.Environment.Variables).filter(([name]) =>
        name.endsWith('_SECRET'),
      );
      for (const [, secret] of secrets) expect(secret).toMatch(/^somewhere\/else\//);
    }
  });

  test('accepts the account system in its account', () => {
    const patterns = template.ofType('AWS::Events::Rule').map(({ Properties }) => Properties.EventPattern);
    const terminations = patterns.filter(({ source }) => source.includes('com.example.accounts'));
    expect(terminations).toHaveLength(1);
    for (const pattern of terminations) {
      expect(pattern.source).toEqual(['es-retention.webhook', 'com.example.accounts']);
      expect(pattern.account).toEqual([{ Ref: 'AWS::AccountId' }, '111122223333']);
    }
  });
});

describe('a certificate authority', () => {
  test.each([
    ['the text itself', CERTIFICATE, 'no such file'],
    ['a file elsewhere', '../ca.pem', 'a path that leads out of it'],
    ['a file without a certificate', 'package.json', 'a file without a certificate'],
    ['a file with a private key', 'certificates/pair.pem', 'a file with a private key in it'],
  ])('is not %s', async (_, elasticsearchCa, found) => {
    const pair = `${CERTIFICATE}-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n`;
    writeFileSync(join(service.path, 'certificates', 'pair.pem'), pair);
    await expect(service.run(['print', ...asArguments({ elasticsearchCa })])).rejects.toThrow(`found ${found}.`);
  });
});

describe('the policy in force', () => {
  test('keeps alarms on promises silent in observe mode, whatever the parameters', async () => {
    service.writePolicy(EXAMPLE_POLICY);
    const { resources } = JSON.parse(
      await service.run(['print', '--format', 'json', ...asArguments({ enforceCluster: PARAMETERS.enforceCluster })]),
    );
    expect(resources.Resources.PurgeUinsOverdueObserving.Properties.ActionsEnabled).toBe(false);
    expect(resources.Resources).not.toHaveProperty('PurgeUinsOverdue');
  });

  test.each([
    ['its category’s own', (text: string) => text.replace(/(cron\(.*\))/, '$1\n    timeZone: Asia/Tokyo')],
    ['else that of the defaults', (text: string) => text.replace('timeZone: UTC', 'timeZone: Europe/Berlin')],
    ['else UTC', (text: string) => text.replace('  timeZone: UTC\n', '')],
  ])('sets schedule and time zone: %s', async (_, change) => {
    service.writePolicy(change(EXAMPLE_POLICY.replace('schedule: rate(1 hour)', 'schedule: cron(0 3 * * ? *)')));
    const { resources } = JSON.parse(await service.run(['print', '--format', 'json']));
    const schedules = Object.values<Loose>(resources.Resources)
      .filter(({ Type, Properties }: Loose) => Type === 'AWS::Scheduler::Schedule' && /-purge-/.test(Properties.Name))
      .map(({ Properties }: Loose) => [
        Properties.Name.replace('es-retention-dev-purge-', ''),
        Properties.ScheduleExpression,
        Properties.ScheduleExpressionTimezone,
      ]);
    const { categories } = parseRetentionPolicy(service.readPolicy(), 'retention-policy.yml');
    const promised = [...categories].map(([id, { schedule }]) => [id, schedule.expression, schedule.timeZone]);
    expect(schedules.sort()).toEqual(promised.sort());
  });

  test('subscribes exactly the categories with a termination rule to terminations', async () => {
    const aged = EXAMPLE_POLICY.indexOf('rules:\n', EXAMPLE_POLICY.indexOf('\n  sdk-logs:\n')) + 'rules:\n'.length;
    const rule = '      termination: { triggers: [account-deleted], deadline: P7D, cancelWindow: P3D }\n';
    service.writePolicy(EXAMPLE_POLICY.slice(0, aged) + rule + EXAMPLE_POLICY.slice(aged));
    const template = readTemplate(await service.package());
    const subscribed = template
      .ofType('AWS::Events::Rule')
      .filter(({ Properties }) => Properties.EventPattern['detail-type'].includes('Account Deleted'))
      .map(({ Properties: { Name, Targets } }) => [Name, template.named(Targets[0].Arn).Properties.FunctionName]);
    const functions = ['es-retention-dev-purge-console-configuration', 'es-retention-dev-purge-sdk-logs'];
    // The alarm on lost terminations names the first rule.
    expect(subscribed.sort()).toEqual(functions.map((name) => [`${name}-rule-1`, name]));
  });

  test('is not deployed when it is not valid', async () => {
    service.writePolicy(EXAMPLE_POLICY.replace('maxAge: P14D', 'maxAge: P14'));
    await expect(service.package()).rejects.toThrow(/retention-policy\.yml:\d+.*P14/s);
  });

  test('is not deployed if no alarm could notice that its runs have stopped', async () => {
    service.writePolicy(EXAMPLE_POLICY.replace('schedule: rate(1 hour)', 'schedule: rate(4 days)'));
    await expect(service.package()).rejects.toThrow(/console-configuration/);
  });
});

describe('a wrong deployment', () => {
  beforeAll(() => service.writePolicy(EXAMPLE_POLICY));

  test('is refused before packaging: an unknown parameter, or no cluster', async () => {
    await expect(service.package({ enforceClustr: 'x' })).rejects.toThrow(
      /found "enforceClustr" \(did you mean enforceCluster\?\)/,
    );
    await expect(service.run(['package'])).rejects.toThrow(
      /the cluster in the parameter elasticsearchUrl; found nothing/,
    );
  });

  test('is refused by name: a category without function, or the reverse', async () => {
    service.writePolicy(EXAMPLE_POLICY.replace(/^ {2}sdk-logs:$/m, '  sdk-log-files:'));
    await expect(service.package()).rejects.toThrow(
      /no function purge-sdk-log-files; functions\/purge-sdk-logs\.ts without a category; purge-sdk-logs in serverless\.yml without a category/,
    );
    service.writePolicy(EXAMPLE_POLICY);
  });

  test('is refused if the packager would leave out the certificate', async () => {
    // A pattern that begins like this takes files out.
    writeFileSync(join(service.path, '!ca.pem'), CERTIFICATE);
    await expect(service.package({ elasticsearchCa: '!ca.pem' })).rejects.toThrow(
      /the file !ca\.pem in the zip of purge-/,
    );
  });
});
