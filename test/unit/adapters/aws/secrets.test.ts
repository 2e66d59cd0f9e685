import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type AwsClientStub, mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { forgetSecrets, withSecret } from '../../../../lib/adapters/aws/secrets.ts';

const MINUTE = 60_000;

// Secrets Manager itself runs in the tests of the deployment.
let secrets: AwsClientStub<SecretsManagerClient>;

beforeEach(() => {
  secrets = mockClient(SecretsManagerClient);
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  vi.useFakeTimers({ toFake: ['Date'] });
  forgetSecrets();
});
afterEach(() => {
  secrets.restore();
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

const holds = (SecretString: string) => secrets.on(GetSecretValueCommand).resolves({ SecretString });
const keys = async () => (await withSecret('WEBHOOK_SECRETS', { WEBHOOK_SECRETS_SECRET: 'keys' })).WEBHOOK_SECRETS;

test('a secret is fetched once in five minutes, and later a rotated one is used', async () => {
  holds('old');
  expect(await keys()).toBe('old');
  holds('new');
  vi.setSystemTime(Date.now() + 5 * MINUTE - 1);
  expect(await keys()).toBe('old');
  vi.setSystemTime(Date.now() + 1);
  expect(await keys()).toBe('new');
  expect(await keys()).toBe('new');
  expect(secrets.commandCalls(GetSecretValueCommand)).toHaveLength(2);
});

test('an outdated secret is not used if a fresh one cannot be fetched', async () => {
  holds('old');
  await keys();
  vi.setSystemTime(Date.now() + 5 * MINUTE);
  secrets.on(GetSecretValueCommand).rejects(new Error('connect ECONNREFUSED'));
  await expect(keys()).rejects.toMatchObject({ code: 'secrets-unavailable' });
  holds('new');
  expect(await keys()).toBe('new');
});
