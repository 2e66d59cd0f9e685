import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DescribeEventBusCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Backend } from '../../../../lib/app/backend.ts';
import { clusterOn } from '../../../../lib/app/cluster.ts';
import { InputError, TransientError } from '../../../../lib/base/errors.ts';
import { doctorCommand } from '../../../../lib/cli/commands/start/doctor-command.ts';
import type { Examined } from '../../../../lib/cli/doctor/examination.ts';
import type { OpenCluster } from '../../../../lib/cli/session.ts';
import { parseRetentionPolicy } from '../../../../lib/policy/parsing/parse-retention-policy.ts';
import { TEST_RING_TEXT } from '../../../support/erasure/key-ring-text.ts';
import { inMemoryBackend } from '../../../support/in-memory/in-memory-backend.ts';
import { InMemoryCluster } from '../../../support/in-memory/in-memory-cluster.ts';
import { policyWith } from '../../../support/policy/policy-text.ts';
import { temporaryFolder } from '../../../support/receipts/archive-worlds.ts';

const NOW = Date.parse('2026-11-24T14:00:00Z');
const TERMINATION = 'rules: { termination: { triggers: [account-deleted], deadline: P7D, cancelWindow: P3D } }';
const POLICY = policyWith('rules: {}', TERMINATION);

interface Setup {
  readonly policy?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly backend?: (usual: Backend) => Partial<Backend>;
  readonly arrange?: (cluster: InMemoryCluster) => void;
  readonly within?: number;
  readonly apiKeyExpiresAt?: number;
}

/** A service in which everything is well, but for what is planted. */
const examined = async (planted: Setup = {}) => {
  const folder = temporaryFolder();
  const text = planted.policy ?? POLICY;
  const policyFile = join(folder, 'policy.yml');
  writeFileSync(policyFile, text);
  const cluster = new InMemoryCluster();
  cluster.write('call-log-1', 'a', { timestamps: [NOW], ingested: [NOW] });
  cluster.write('settings-1', 'a', { timestamps: [NOW], ingested: [], uin: ['1'] });
  planted.arrange?.(cluster);
  const usual = inMemoryBackend(cluster, parseRetentionPolicy(POLICY, 'policy.yml'), () => NOW);
  const own = {
    missingPrivileges: async () => [],
    ownIndices: async () => [{ index: 'retention-leases.call-logs', state: 'ready' as const }],
  };
  const backend = { ...usual, diagnosis: own };
  const environment = {
    ELASTICSEARCH_URL: 'https://es.example.org',
    RETENTION_KEYS: TEST_RING_TEXT,
    RETENTION_ARCHIVE: join(folder, 'archive'),
    ...planted.environment,
  };
  const open: OpenCluster = (policy) =>
    clusterOn(
      { ...backend, ...planted.backend?.(backend) },
      policy,
      { environment, clock: () => NOW },
      { host: 'memory', ...(planted.apiKeyExpiresAt !== undefined && { apiKeyExpiresAt: planted.apiKeyExpiresAt }) },
    );
  const { json, exitCode, page } = await doctorCommand({
    policyFile,
    environment,
    open,
    within: planted.within ?? 5_000,
  });
  const checks = json.checks as readonly Examined[];
  return { exitCode, page, summary: json.summary, of: (name: string) => checks.find(({ check }) => check === name) };
};

test('doctor reports that all is well in a service without faults', async () => {
  const { exitCode, summary, of } = await examined();
  expect(summary).toBe('Doctor: all well');
  expect(exitCode).toBe(0);
  expect(of('cluster')).toMatchObject({ state: 'well', note: 'in memory, Elasticsearch 9.4.3, at memory' });
  for (const check of ['settings', 'policy', 'privileges', 'own indices', 'clock', 'mappings', 'coverage', 'keys'])
    expect(of(check)).toMatchObject({ state: 'well', findings: [] });
});

const failing = (code: string): never => {
  throw new TransientError(code, { expected: 'an answer', found: 'none', fix: 'Check ELASTICSEARCH_URL.' });
};

const FAULTS: readonly (readonly [fault: string, check: string, code: string, planted: Setup, exitCode: number])[] = [
  ['an address without https', 'settings', 'no-server-named', { environment: { ELASTICSEARCH_URL: 'es:9200' } }, 3],
  ['http to another machine', 'settings', 'plain-http', { environment: { ELASTICSEARCH_URL: 'http://es:9200' } }, 3],
  ['a key with quotes', 'settings', 'bad-key', { environment: { ELASTICSEARCH_API_KEY: '"x"' } }, 3],
  ['no certificate', 'settings', 'no-certificate', { environment: { ELASTICSEARCH_CA: '/no/such.pem' } }, 3],
  ['a broken policy', 'policy', 'policy', { policy: policyWith('mode: observe', 'mode: enforced') }, 3],
  ['no answer', 'cluster', 'no-server', { backend: () => ({ identify: async () => failing('no-server') }) }, 3],
  ['a key that expires', 'cluster', 'key-expires', { apiKeyExpiresAt: NOW + 86_400_000 }, 0],
  ['a key that has expired', 'cluster', 'key-expires', { apiKeyExpiresAt: NOW - 1 }, 3],
  [
    'a missing privilege',
    'privileges',
    'missing-privilege',
    {
      backend: ({ diagnosis }) => ({
        diagnosis: { ...diagnosis, missingPrivileges: async () => ['delete on call-log-*'] },
      }),
    },
    3,
  ],
  [
    'no indices of ours',
    'own indices',
    'own-index-missing',
    {
      backend: ({ diagnosis }) => ({
        diagnosis: { ...diagnosis, ownIndices: async () => [{ index: 'retention-ledger.settings', state: 'missing' }] },
      }),
    },
    0,
  ],
  [
    'an altered index of ours',
    'own indices',
    'own-index-altered',
    {
      backend: ({ diagnosis }) => ({
        diagnosis: {
          ...diagnosis,
          ownIndices: async () => [{ index: 'i', state: 'altered', note: 'n', fix: 'Rebuild it.' }],
        },
      }),
    },
    3,
  ],
  [
    'a clock that is wrong',
    'clock',
    'clock-skew',
    { backend: ({ store }) => ({ store: { ...store, serverTime: async () => NOW + 600_000 } }) },
    3,
  ],
  [
    'a timestamp that is text',
    'mappings',
    'timestamp-mapping',
    {
      arrange: (cluster) =>
        cluster.describe('call-log-1', {
          fields: new Map([['@timestamp', { type: 'text', searchable: true, aggregatable: false }]]),
        }),
    },
    3,
  ],
  [
    'an account that is text',
    'mappings',
    'account-mapping',
    {
      arrange: (cluster) =>
        cluster.describe('settings-1', {
          fields: new Map([['uin', { type: 'text', searchable: true, aggregatable: false }]]),
        }),
    },
    3,
  ],
  [
    'a closed index',
    'mappings',
    'closed',
    { arrange: (cluster) => cluster.describe('call-log-1', { open: false }) },
    3,
  ],
  [
    'a category without an index',
    'mappings',
    'no-index',
    { arrange: ({ indices }) => indices.delete('call-log-1') },
    0,
  ],
  ['no index at all', 'mappings', 'no-index', { arrange: ({ indices }) => indices.clear() }, 3],
  [
    'an index of no category',
    'coverage',
    'unclaimed-index',
    { arrange: (cluster) => cluster.write('call-logs-old', 'a', { timestamps: [NOW], ingested: [] }) },
    3,
  ],
  ['no keys', 'keys', 'no-keys', { environment: { RETENTION_KEYS: '' } }, 0],
  ['a key ring that is none', 'keys', 'bad-keys', { environment: { RETENTION_KEYS: '{}' } }, 3],
  ['no archive', 'archive', 'no-archive', { environment: { RETENTION_ARCHIVE: '' } }, 0],
  ['an archive below a file', 'archive', 'archive-refused', { environment: { RETENTION_ARCHIVE: '/dev/null/x' } }, 3],
  ['an archive of another kind', 'archive', 'bad-archive', { environment: { RETENTION_ARCHIVE: 'ftp://x' } }, 3],
];

describe('a planted fault', () => {
  test.each(FAULTS)('is reported with its fix: %s', async (_, check, code, planted, exitCode) => {
    const found = await examined(planted);
    expect(found.of(check)?.findings).toContainEqual(
      expect.objectContaining({ code, expected: expect.any(String), fix: expect.stringMatching(/\S.*\S/) }),
    );
    expect(found.exitCode).toBe(exitCode);
    expect(JSON.stringify(found.page)).toContain(code);
  });

  test('is reported beside those of other kinds', async () => {
    const { of, summary } = await examined({
      policy: policyWith('mode: observe', 'mode: enforced'),
      environment: {
        ELASTICSEARCH_URL: 'es:9200',
        ELASTICSEARCH_API_KEY: '"x"',
        ELASTICSEARCH_CA: '/no/such.pem',
        RETENTION_KEYS: '{}',
        RETENTION_ARCHIVE: 'ftp://x',
        DEAD_LETTER_QUEUE_URL: 'dead-letters',
      },
    });
    expect(of('settings')?.findings.map(({ code }) => code)).toEqual(['no-server-named', 'bad-key', 'no-certificate']);
    for (const check of ['settings', 'policy', 'keys', 'archive', 'queues']) expect(of(check)?.state).toBe('wrong');
    expect(summary).toMatch(/^Doctor: 5 wrong · settings, policy, keys, archive, queues · not checked: privileges/);
  });
});

test.each([
  ['there', /Make them: node bin\/es-retention\.mjs setup/, () => undefined],
  [
    'missing',
    /^Nothing yet: no category of this policy has an index here/,
    (cluster: InMemoryCluster) => cluster.indices.clear(),
  ],
])('doctor suggests setup only if a category has an index (%s)', async (_, fix, arrange) => {
  const { of } = await examined({
    arrange,
    backend: ({ diagnosis }) => ({
      diagnosis: { ...diagnosis, ownIndices: async () => [{ index: 'retention-ledger.settings', state: 'missing' }] },
    }),
  });
  expect(of('own indices')?.findings[0]?.fix).toMatch(fix);
});

test('doctor names a check that does not answer in time, and does the other checks', async () => {
  const startedAt = performance.now();
  const { of, exitCode } = await examined({
    within: 60,
    backend: ({ store }) => ({ store: { ...store, describe: () => new Promise(() => undefined) } }),
  });
  expect(of('mappings')).toMatchObject({ state: 'not checked', findings: [{ code: 'timeout' }] });
  expect(of('coverage')?.state).toBe('well');
  expect(exitCode).toBe(3);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});

test('doctor checks cluster, keys and archive even if the policy cannot be read', async () => {
  const { of } = await examined({ policy: 'mode: [' });
  expect(of('policy')?.state).toBe('wrong');
  for (const check of ['cluster', 'keys', 'archive']) expect(of(check)?.state).toBe('well');
  for (const check of ['privileges', 'mappings', 'coverage'])
    expect(of(check)).toMatchObject({ state: 'not checked', note: 'needs a policy that can be read' });
});

describe('bus and queues', () => {
  const onAws = () => {
    const [bus, queues] = [mockClient(EventBridgeClient), mockClient(SQSClient)];
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    onTestFinished(() => {
      bus.restore();
      queues.restore();
      vi.unstubAllEnvs();
    });
    return { bus, queues };
  };
  const DEPLOYED = { EVENT_BUS_NAME: 'retention', DEAD_LETTER_QUEUE_URL: 'https://sqs/dead' };

  test('are well if they exist and no dead letter waits', async () => {
    const { bus, queues } = onAws();
    bus.on(DescribeEventBusCommand).resolves({});
    queues.on(GetQueueAttributesCommand).resolves({ Attributes: { ApproximateNumberOfMessages: '0' } });
    const { of, exitCode } = await examined({ environment: DEPLOYED });
    expect([of('bus')?.state, of('queues')?.state, exitCode]).toEqual(['well', 'well', 0]);
    expect(bus.commandCalls(DescribeEventBusCommand)[0]?.args[0].input).toEqual({ Name: 'retention' });
    expect(bus.calls()).toHaveLength(1);
  });

  test('have a notice if a dead letter waits', async () => {
    const { bus, queues } = onAws();
    bus.on(DescribeEventBusCommand).resolves({});
    queues.on(GetQueueAttributesCommand).resolves({ Attributes: { ApproximateNumberOfMessages: '2' } });
    const { of, exitCode } = await examined({ environment: DEPLOYED });
    expect(of('queues')).toMatchObject({ state: 'notice', findings: [{ code: 'dead-letters' }] });
    expect(exitCode).toBe(0);
  });

  test('are reported if they do not exist', async () => {
    const { bus, queues } = onAws();
    const gone = (name: string) => Object.assign(new Error('x'), { name });
    bus.on(DescribeEventBusCommand).rejects(gone('ResourceNotFoundException'));
    queues.on(GetQueueAttributesCommand).rejects(gone('QueueDoesNotExist'));
    const { of, exitCode } = await examined({ environment: DEPLOYED });
    expect(of('bus')?.findings).toMatchObject([{ code: 'bus-unavailable', found: 'ResourceNotFoundException' }]);
    expect(of('queues')?.findings).toMatchObject([{ code: 'queue-unavailable', found: 'QueueDoesNotExist' }]);
    expect(exitCode).toBe(3);
  });
});

test('doctor reports a cluster that never answers once, with what to check', async () => {
  const { of, exitCode } = await examined({
    within: 600,
    backend: () => ({ identify: () => new Promise(() => undefined) }),
  });
  expect(of('cluster')?.findings).toMatchObject([{ code: 'no-server', fix: expect.stringContaining('firewall') }]);
  for (const check of ['privileges', 'own indices', 'clock', 'mappings', 'coverage'])
    expect(of(check)).toMatchObject({ state: 'not checked', note: 'needs a cluster that answers', findings: [] });
  expect(exitCode).toBe(3);
});

test('a cluster that refuses the key is reported with the fix', async () => {
  const { of } = await examined({
    backend: () => ({
      identify: async () => {
        throw new InputError('wrong-key', { expected: 'a key', found: '401', fix: 'Check the key.' });
      },
    }),
  });
  expect(of('cluster')?.findings).toMatchObject([{ code: 'wrong-key', fix: 'Check the key.' }]);
  expect(of('mappings')).toMatchObject({ state: 'not checked', note: 'needs a cluster that answers' });
});
