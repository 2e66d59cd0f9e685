import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type AwsClientStub, mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { forgetSecrets } from '../../../../lib/adapters/aws/secrets.ts';
import { keyVariable } from '../../../../lib/adapters/crypto/read-key-ring.ts';
import { createClient } from '../../../../lib/adapters/elasticsearch/client/client.ts';
import type { ErasurePorts } from '../../../../lib/app/erasure-ports.ts';
import { buildReceipt } from '../../../../lib/erasure/receipts/receipt.ts';
import { KEY_KINDS } from '../../../../lib/erasure/subjects/key-ring.ts';
import { newRing } from '../../../support/erasure/key-ring-text.ts';
import { erasurePortsAt } from '../../../support/purge/ports-at.ts';
import { temporaryFolder } from '../../../support/receipts/archive-worlds.ts';
import { receiptFacts } from '../../../support/receipts/receipt-facts.ts';

let secrets: AwsClientStub<SecretsManagerClient>;

beforeEach(() => {
  const ring = newRing();
  secrets = mockClient(SecretsManagerClient);
  for (const kind of KEY_KINDS)
    secrets.on(GetSecretValueCommand, { SecretId: kind }).resolves({ SecretString: JSON.stringify(ring[kind]) });
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  forgetSecrets();
});
afterEach(() => {
  secrets.restore();
  vi.unstubAllEnvs();
});

const portsWith = (environment: Readonly<Record<string, string>>): ErasurePorts =>
  erasurePortsAt(createClient({ url: 'http://127.0.0.1:1' }), { timeout: () => 1 }, Date.now, environment, {
    indexPrefix: 'retention-',
    reports: { index: 'retention-reports' },
    terminations: { immediate: false, maxPerHour: 100 },
  });

/** Each kind of key is named as a secret of its own, as functions have it. */
const portsWithSecrets = (): ErasurePorts =>
  portsWith({
    ...Object.fromEntries(KEY_KINDS.map((kind) => [`${keyVariable(kind)}_SECRET`, kind])),
    RETENTION_ARCHIVE: temporaryFolder(),
  });

const fetched = () => secrets.commandCalls(GetSecretValueCommand).map(({ args }) => args[0].input.SecretId);

test('recording fetches the subject and archive keys, and not the signing keys', async () => {
  const { hashes } = await portsWithSecrets().openRecord();
  expect(hashes({ uin: '1' })).toHaveLength(2);
  expect(fetched().sort()).toEqual(['archive', 'subject']);
});

test('signing a receipt fetches the signing keys, and not the subject keys', async () => {
  const { sign } = await portsWithSecrets().openEvidence();
  expect(await sign(buildReceipt(receiptFacts()))).toMatchObject({ jws: expect.any(String) });
  expect(fetched().sort()).toEqual(['archive', 'signing']);
});

test('looking up subjects fetches the subject keys only', async () => {
  await portsWithSecrets().subjectKeys();
  expect(fetched()).toEqual(['subject']);
});

test('evidence exists only if a key of every kind is configured', () => {
  const hasEvidence = (kinds: readonly string[]) =>
    portsWith({
      ...Object.fromEntries(kinds.map((kind) => [`RETENTION_${kind.toUpperCase()}_KEYS_SECRET`, kind])),
      RETENTION_ARCHIVE: 'somewhere',
    }).hasEvidence;
  expect([hasEvidence(KEY_KINDS), hasEvidence(['subject', 'archive'])]).toEqual([true, false]);
});
