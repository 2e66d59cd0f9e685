import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clusterOn } from '../../../lib/app/cluster.ts';
import type { OpenCluster } from '../../../lib/cli/session.ts';
import { parseRetentionPolicy } from '../../../lib/policy/parsing/parse-retention-policy.ts';
import type { Clock } from '../../../lib/policy/time/instant.ts';
import { runInProcess, runOnFullDisk, startAtTerminal } from '../command-line/in-process.ts';
import { TEST_RING_TEXT } from '../erasure/key-ring-text.ts';
import { policyWith } from '../policy/policy-text.ts';
import { temporaryFolder } from '../receipts/archive-worlds.ts';
import { inMemoryBackend } from './in-memory-backend.ts';
import { InMemoryCluster } from './in-memory-cluster.ts';

const POLICY = policyWith(
  'rules: {}',
  'rules: { termination: { triggers: [feature-terminated, account-deleted], deadline: P7D, cancelWindow: P3D } }\n    guard: { maxShare: 1 }',
)
  .replace('mode: observe', 'mode: enforce')
  .replace('schedule: rate(15 minutes)', 'schedule: rate(15 minutes)\n    guard: { maxShare: 1 }');

/**
 * The command line, as `lib/cli/main.ts` runs it, on a store in memory: no server, no client of one.
 * @param policyText the policy; default: a policy with an age rule and a termination rule.
 */
export const serviceInMemory = (folder = temporaryFolder(), clock: Clock = Date.now, policyText = POLICY) => {
  const file = join(folder, 'policy.yml');
  writeFileSync(file, policyText);
  const store = new InMemoryCluster();
  store.templates = ['call-log-*', 'settings-*'];
  const backend = inMemoryBackend(store, parseRetentionPolicy(policyText, 'policy.yml'), clock);
  const open: OpenCluster = (policy, environment, { wait } = {}) =>
    clusterOn(backend, policy, { environment, clock, ...(wait !== undefined && { wait }) }, { host: 'memory' });
  const environment = {
    ELASTICSEARCH_URL: 'https://memory.test',
    RETENTION_KEYS: TEST_RING_TEXT,
    RETENTION_ARCHIVE: join(folder, 'archive'),
  };
  return {
    store,
    backend,
    folder,
    run: (...args: string[]) => runInProcess([...args, '--policy', file], environment, open),
    runOnFullDisk: (...args: string[]) => runOnFullDisk([...args, '--policy', file], environment, open),
    startAtTerminal: (...args: string[]) => startAtTerminal([...args, '--policy', file], environment, open),
  };
};

/** A service whose command line runs on a store in memory. */
export type ServiceInMemory = ReturnType<typeof serviceInMemory>;
