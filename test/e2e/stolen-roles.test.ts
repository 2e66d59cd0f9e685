import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { clientOptions } from '../support/deployment/client-options.ts';
import { type DeployedService, deployedService } from '../support/deployment/deployed-service.ts';
import { pythonEnvironment } from '../support/deployment/python-environment.ts';
import { type ServiceFolder, serviceFolder } from '../support/deployment/service-folder.ts';
import { withoutCode } from '../support/deployment/without-code.ts';
import { withoutMetricMath } from '../support/deployment/without-metric-math.ts';
import { optionalTool, skipWithout } from '../support/run/optional-tool.ts';

const available = skipWithout(await optionalTool(pythonEnvironment)) !== undefined;
const ACCOUNT = '000000000000';
const SECRETS = [
  'keys/subject',
  'keys/signing',
  'keys/archive',
  'webhook',
  'elasticsearch/purge-uins',
  'elasticsearch/purge-console-configuration',
  'elasticsearch/show-termination',
];

let service: ServiceFolder;
let deployed: DeployedService;
let folder: string;
let resources: ReadonlyMap<string, string>;

/** Anybody of the account may take the role on now: its credentials have been stolen. */
const OPEN = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'sts:AssumeRole' }],
});

beforeAll(async () => {
  if (!available) return;
  service = serviceFolder();
  withoutMetricMath(service);
  withoutCode(service);
  deployed = await deployedService(service, true);
  await deployed.deploy({ elasticsearchUrl: 'https://es.example.org:9200' });
  await Promise.all(SECRETS.map((name) => deployed.putSecret(name, `what ${name} holds`)));
  const sqs = new SQSClient(clientOptions(deployed.ministack));
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'somebody' }));
  resources = new Map([...(await deployed.resources()), ['somebody', QueueUrl]]);
  const iam = new IAMClient(clientOptions(deployed.ministack));
  await iam.send(new CreateRoleCommand({ RoleName: 'admin', AssumeRolePolicyDocument: OPEN }));
  const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
  const PolicyDocument = JSON.stringify(everything);
  await iam.send(new PutRolePolicyCommand({ RoleName: 'admin', PolicyName: 'everything', PolicyDocument }));
  const roles = [...resources].filter(([id]) => id.endsWith('Role'));
  for (const [, RoleName] of roles)
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: OPEN }));
  folder = mkdtempSync(join(tmpdir(), 'es-retention-roles-'));
  const profiles = [...roles, ['admin', 'admin']].map(
    ([id, name]) =>
      `[profile ${id}]\nrole_arn = arn:aws:iam::${ACCOUNT}:role/${name}\nsource_profile = root\nregion = eu-west-1\n`,
  );
  const root = '[profile root]\naws_access_key_id = test\naws_secret_access_key = test\nregion = eu-west-1\n';
  writeFileSync(join(folder, 'config'), [root, ...profiles].join('\n'));
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'));
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
  vi.stubEnv('AWS_ENDPOINT_URL', deployed.ministack.url);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await deployed?.ministack.stop();
  service?.remove();
  if (folder) rmSync(folder, { recursive: true });
});

/** As a client over TLS: the emulator takes its proxy's word for it. */
const overTls = <Client extends { readonly middlewareStack: { add: (...given: never[]) => void } }>(
  client: Client,
): Client => {
  const add = client.middlewareStack.add as (middleware: unknown, options: object) => void;
  const middleware = (next: (args: unknown) => unknown) => (args: { request: { headers: Record<string, string> } }) => {
    args.request.headers['x-forwarded-proto'] = 'https';
    return next(args);
  };
  add.call(client.middlewareStack, middleware, { step: 'build', name: 'overTls' });
  return client;
};

/** `done`, or the name of what AWS answers. */
const tried = (work: Promise<unknown>): Promise<string> => work.then(() => 'done').catch((error: Error) => error.name);
const isDenied = (name: string): boolean => /AccessDenied/.test(name);

const as = (profile: string) => {
  const options = { profile, region: 'eu-west-1' };
  const sqs = overTls(new SQSClient({ ...options, useQueueUrlAsEndpoint: false }));
  return {
    reads: (name: string) =>
      tried(
        overTls(new SecretsManagerClient(options)).send(
          new GetSecretValueCommand({ SecretId: `es-retention/dev/${name}` }),
        ),
      ),
    sends: (queue: string) =>
      tried(sqs.send(new SendMessageCommand({ QueueUrl: resources.get(queue), MessageBody: 'forged' }))),
    receives: (queue: string) =>
      tried(sqs.send(new ReceiveMessageCommand({ QueueUrl: resources.get(queue), VisibilityTimeout: 0 }))),
    invokes: (name: string) =>
      tried(
        new LambdaClient(options).send(
          new InvokeCommand({ FunctionName: `es-retention-dev-${name}`, InvocationType: 'DryRun' }),
        ),
      ),
    bucket: (command: 'put' | 'get' | 'delete', Key: string) => {
      const client = overTls(new S3Client({ ...options, forcePathStyle: true }));
      const input = { Bucket: resources.get('Archive'), Key };
      if (command === 'put')
        return tried(client.send(new PutObjectCommand({ ...input, Body: 'forged', IfNoneMatch: '*' })));
      return tried(client.send(command === 'get' ? new GetObjectCommand(input) : new DeleteObjectCommand(input)));
    },
  };
};

describe.skipIf(!available)('permissions of stolen credentials, as the emulator evaluates IAM', () => {
  test('a function without a termination rule reads only its own API key', async () => {
    const thief = as('PurgeUinsRole');
    expect(await thief.reads('elasticsearch/purge-uins')).toBe('done');
    for (const name of SECRETS.filter((each) => each !== 'elasticsearch/purge-uins'))
      expect([name, isDenied(await thief.reads(name))]).toEqual([name, true]);
  });

  test('a function with a termination rule can read the key ring, but no secret of others', async () => {
    const thief = as('PurgeConsoleConfigurationRole');
    for (const name of ['keys/subject', 'keys/signing', 'keys/archive']) expect(await thief.reads(name)).toBe('done');
    for (const name of ['webhook', 'elasticsearch/purge-uins']) expect(isDenied(await thief.reads(name))).toBe(true);
  });

  test('the webhook function can read only the webhook secret', async () => {
    const thief = as('ReceiveTerminationRole');
    expect(await thief.reads('webhook')).toBe('done');
    for (const name of SECRETS.filter((each) => each !== 'webhook'))
      expect(isDenied(await thief.reads(name))).toBe(true);
  });

  test('show-termination can read only its own two secrets', async () => {
    const thief = as('ShowTerminationRole');
    const own = ['webhook', 'elasticsearch/show-termination'];
    for (const name of own) expect(await thief.reads(name)).toBe('done');
    for (const name of SECRETS.filter((each) => !own.includes(each)))
      expect(isDenied(await thief.reads(name))).toBe(true);
  });

  // The emulator takes a role's session for aws:PrincipalArn, where AWS has the role: that the right roles get through
  // is tested on the template (test/template/queue-policy.test.ts).
  test("a function can neither send to another function's queue nor read from it", async () => {
    expect(isDenied(await as('PurgeUinsRole').sends('PurgeConsoleConfigurationFailures'))).toBe(true);
    expect(isDenied(await as('PurgeUinsRole').receives('PurgeConsoleConfigurationFailures'))).toBe(true);
    expect(isDenied(await as('ReceiveTerminationRole').sends('PurgeConsoleConfigurationFailures'))).toBe(true);
    expect(await as('PurgeUinsRole').receives('PurgeUinsFailures')).toBe('done');
  });

  test('even an administrator cannot send a forged message to the queues of the service', async () => {
    for (const queue of ['PurgeConsoleConfigurationFailures', 'DeadLetters'])
      expect(isDenied(await as('admin').sends(queue))).toBe(true);
    expect(await as('admin').receives('DeadLetters')).toBe('done');
    expect(await as('admin').sends('somebody')).toBe('done');
  });

  test('the redrive role can receive dead letters, but cannot read any secret', async () => {
    const person = as('RedriveRole');
    expect(await person.receives('DeadLetters')).toBe('done');
    expect(isDenied(await person.sends('DeadLetters'))).toBe(true);
    for (const name of SECRETS) expect(isDenied(await person.reads(name))).toBe(true);
  });

  test('no role can write to the archive of another category, or read or delete a copy', async () => {
    for (const role of ['PurgeUinsRole', 'ReceiveTerminationRole', 'RedriveRole'])
      expect(isDenied(await as(role).bucket('put', 'console-configuration/events/x.jwe'))).toBe(true);
    const thief = as('PurgeConsoleConfigurationRole');
    expect(isDenied(await thief.bucket('put', 'uins/events/x.jwe'))).toBe(true);
    for (const command of ['get', 'delete'] as const)
      expect(isDenied(await thief.bucket(command, 'console-configuration/events/x.jwe'))).toBe(true);
  });

  test('no function calls another', async () => {
    for (const role of ['PurgeUinsRole', 'ReceiveTerminationRole', 'RedriveRole', 'PurgeUinsScheduleRole'])
      expect([role, isDenied(await as(role).invokes('purge-console-configuration'))]).toEqual([role, true]);
    expect(isDenied(await as('PurgeUinsScheduleRole').invokes('purge-uins'))).toBe(false);
  });
});
