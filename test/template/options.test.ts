import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { checkInput } from '../../deploy/service/package-checks.ts';
import { parseRetentionPolicy } from '../../lib/policy/parsing/parse-retention-policy.ts';
import { type CompiledTemplate, type Loose, readTemplate } from '../support/deployment/compiled-template.ts';
import {
  asArguments,
  type Parameters,
  type ServiceFolder,
  serviceFolder,
} from '../support/deployment/service-folder.ts';
import { unpackZip } from '../support/deployment/unpack-zip.ts';
import { withoutCode } from '../support/deployment/without-code.ts';
import { EXAMPLE_POLICY, examplePolicy as policy } from '../support/policy/example-policy.ts';

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

/** The first category runs daily, the second every 15 minutes by a cron expression; a termination rule more. */
const daily = (text: string): string => text.replace('schedule: rate(1 hour)', 'schedule: cron(0 3 * * ? *)');
const subscribed = (text: string): string => {
  const rules = text.indexOf('rules:\n', text.indexOf('\n  sdk-logs:\n')) + 'rules:\n'.length;
  const rule = '      termination: { triggers: [account-deleted], deadline: P7D, cancelWindow: P3D }\n';
  return text.slice(0, rules) + rule + text.slice(rules);
};
const DEPLOYED_POLICY = subscribed(daily(EXAMPLE_POLICY))
  .replace('mode: observe', 'mode: enforce')
  .replace('schedule: rate(15 minutes)', 'schedule: cron(0/15 * * * ? *)')
  .replace('timeZone: UTC', 'timeZone: Asia/Kolkata')
  .replace(/(cron\(0 3 .*\))/, '$1\n    timeZone: Asia/Tokyo');

/** What the policy says: each category's schedule and time zone. */
const promisedBy = (text: string) =>
  [...parseRetentionPolicy(text, 'retention-policy.yml').categories]
    .map(([id, { schedule }]) => [id, schedule.expression, schedule.timeZone])
    .sort();

/** What a template contains of it. */
const scheduledIn = (resources: readonly Loose[]) =>
  resources
    .filter(({ Type, Properties }) => Type === 'AWS::Scheduler::Schedule' && /-purge-/.test(Properties.Name))
    .map(({ Properties }) => [
      Properties.Name.replace('es-retention-dev-purge-', ''),
      Properties.ScheduleExpression,
      Properties.ScheduleExpressionTimezone,
    ])
    .sort();

const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

let service: ServiceFolder;
beforeAll(() => {
  service = serviceFolder();
  withoutCode(service);
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
    service.writePolicy(DEPLOYED_POLICY);
    folder = await service.package(PARAMETERS);
    service.writePolicy(EXAMPLE_POLICY);
    template = readTemplate(folder);
    lambdas = template.ofType('AWS::Lambda::Function');
    purging = lambdas.filter(({ Properties }) => Properties.FunctionName.includes('-purge-'));
    expect(purging).toHaveLength(policy.categories.size);
  });

  test('tells its purge functions the cluster, and the UUID that allows them to enforce', () => {
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

  test('accepts terminations from the account system of the named account', () => {
    const patterns = template.ofType('AWS::Events::Rule').map(({ Properties }) => Properties.EventPattern);
    const terminations = patterns.filter(({ source }) => source.includes('com.example.accounts'));
    expect(terminations).toHaveLength(2);
    for (const pattern of terminations) {
      expect(pattern.source).toEqual(['es-retention.webhook', 'com.example.accounts']);
      expect(pattern.account).toEqual([{ Ref: 'AWS::AccountId' }, '111122223333']);
    }
  });

  test('has schedules in the time zone of the category, or else of the defaults', () => {
    const scheduled = scheduledIn(template.resources);
    expect(scheduled).toEqual(promisedBy(DEPLOYED_POLICY));
    expect(scheduled).toContainEqual(['console-configuration', 'cron(0 3 * * ? *)', 'Asia/Tokyo']);
    expect(scheduled).toContainEqual(['backend-logs', 'cron(0/15 * * * ? *)', 'Asia/Kolkata']);
  });

  test('sends terminations to exactly the categories with a termination rule', () => {
    const rules = template
      .ofType('AWS::Events::Rule')
      .filter(({ Properties }) => Properties.EventPattern['detail-type'].includes('Account Deleted'))
      .map(({ Properties: { Name, Targets } }) => [Name, template.named(Targets[0].Arn).Properties.FunctionName]);
    const functions = ['es-retention-dev-purge-console-configuration', 'es-retention-dev-purge-sdk-logs'];
    // The alarm on lost terminations names the first rule.
    expect(rules.sort()).toEqual(functions.map((name) => [`${name}-rule-1`, name]));
  });
});

describe('a printed service in observe mode, without time zone and cluster', () => {
  const text = daily(EXAMPLE_POLICY).replace('  timeZone: UTC\n', '');
  let printed: Loose;
  beforeAll(async () => {
    service.writePolicy(text);
    const args = asArguments({ enforceCluster: PARAMETERS.enforceCluster });
    printed = JSON.parse(await service.run(['print', '--format', 'json', ...args]));
    service.writePolicy(EXAMPLE_POLICY);
  });

  test('keeps alarms on promises silent, whatever the parameters', () => {
    const { Resources } = printed.resources;
    expect(Resources.PurgeUinsOverdueObserving.Properties.ActionsEnabled).toBe(false);
    expect(Resources).not.toHaveProperty('PurgeUinsOverdue');
  });

  test('has schedules in UTC', () => {
    const scheduled = scheduledIn(Object.values(printed.resources.Resources));
    expect(scheduled).toEqual(promisedBy(text));
    expect(scheduled).toContainEqual(['console-configuration', 'cron(0 3 * * ? *)', 'UTC']);
  });

  test('is refused before packaging, because it names no cluster', () => {
    const { service: name, provider, functions, params } = printed;
    const parts = { processedInput: { options: {} }, configurationInput: { params } };
    expect(() => checkInput({ service: { service: name, provider, functions }, ...parts })).toThrow(
      /the cluster in the parameter elasticsearchUrl; found nothing/,
    );
  });
});

describe('the list of packaged files', () => {
  /** In the service's folder, and with its policy read anew. */
  const packagedFiles = async (parameters: Parameters = {}): Promise<readonly string[]> => {
    const before = process.cwd();
    process.chdir(service.path);
    onTestFinished(() => process.chdir(before));
    const given: Readonly<Record<string, unknown>> = {
      'self:provider.tags': {},
      'self:service': 'es-retention',
      'sls:stage': 'dev',
      'param:secrets': 'es-retention/dev',
    };
    vi.resetModules();
    const stack = await import('../../deploy/stack.ts');
    return stack.packagedFiles({
      resolveVariable: async (name) => given[name] ?? parameters[name.replace('param:', '')] ?? '',
    });
  };

  beforeAll(() => service.writePolicy(EXAMPLE_POLICY));

  test('contains the policy, and the certificate of a private authority', async () => {
    const { elasticsearchCa } = PARAMETERS;
    expect(await packagedFiles()).toEqual(['retention-policy.yml']);
    expect(await packagedFiles({ elasticsearchCa })).toEqual(['retention-policy.yml', 'certificates/ca.pem']);
  });

  test.each([
    ['the text itself', CERTIFICATE, 'no such file'],
    ['a file elsewhere', '../ca.pem', 'a path that leads out of it'],
    ['a file without a certificate', 'package.json', 'a file without a certificate'],
    ['a file with a private key', 'certificates/pair.pem', 'a file with a private key in it'],
  ])('is refused with %s as the certificate authority', async (_, elasticsearchCa, found) => {
    const pair = `${CERTIFICATE}-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n`;
    writeFileSync(join(service.path, 'certificates', 'pair.pem'), pair);
    await expect(packagedFiles({ elasticsearchCa })).rejects.toThrow(`found ${found}.`);
  });

  test('is refused if no alarm could notice that runs have stopped', async () => {
    service.writePolicy(EXAMPLE_POLICY.replace('schedule: rate(1 hour)', 'schedule: rate(4 days)'));
    await expect(packagedFiles()).rejects.toThrow(
      'console-configuration.schedule: expected a schedule whose runs are never more than 3 d apart, found rate(4 days)',
    );
    service.writePolicy(EXAMPLE_POLICY);
  });

  test('is refused for a category without a function and for a function without a category', async () => {
    service.writePolicy(EXAMPLE_POLICY.replace(/^ {2}sdk-logs:$/m, '  sdk-log-files:'));
    await expect(packagedFiles()).rejects.toThrow(
      /no function purge-sdk-log-files; functions\/purge-sdk-logs\.ts without a category; purge-sdk-logs in serverless\.yml without a category/,
    );
    service.writePolicy(EXAMPLE_POLICY);
  });
});

describe('a wrong deployment', () => {
  test('is refused before packaging if it has an unknown parameter', async () => {
    await expect(service.package({ enforceClustr: 'x' })).rejects.toThrow(
      /found "enforceClustr" \(did you mean enforceCluster\?\)/,
    );
  });

  test('is refused if the policy is not valid', async () => {
    service.writePolicy(EXAMPLE_POLICY.replace('maxAge: P14D', 'maxAge: P14'));
    await expect(service.package()).rejects.toThrow(/retention-policy\.yml:\d+.*P14/s);
    service.writePolicy(EXAMPLE_POLICY);
  });

  test('is refused if the packager would leave out the certificate', async () => {
    const [one = ''] = EXAMPLE_POLICY.split('\n  backend-logs:');
    const small = serviceFolder(one);
    onTestFinished(() => small.remove());
    withoutCode(small);
    // A pattern that begins like this takes files out.
    writeFileSync(join(small.path, '!ca.pem'), CERTIFICATE);
    await expect(small.package({ elasticsearchCa: '!ca.pem' })).rejects.toThrow(
      /the file !ca\.pem in the zip of purge-/,
    );
  });
});
