import { join } from 'node:path';
import { expect, test } from 'vitest';
import { clusterOn } from '../../../../lib/app/cluster.ts';
import { TransientError } from '../../../../lib/base/errors.ts';
import type { OpenCluster } from '../../../../lib/cli/session.ts';
import { parseRetentionPolicy } from '../../../../lib/policy/parsing/parse-retention-policy.ts';
import { runInProcess } from '../../../support/command-line/in-process.ts';
import { TEST_RING_TEXT } from '../../../support/erasure/key-ring-text.ts';
import { inMemoryBackend } from '../../../support/in-memory/in-memory-backend.ts';
import { InMemoryCluster } from '../../../support/in-memory/in-memory-cluster.ts';
import { POLICY } from '../../../support/policy/policy-text.ts';
import { temporaryFolder } from '../../../support/receipts/archive-worlds.ts';

/** Notes each call of a port, also of a port in a port. */
const noting = <T extends object>(target: T, calls: string[], prefix = ''): T =>
  new Proxy(target, {
    get: (object, key) => {
      const value = Reflect.get(object, key);
      const name = `${prefix}${String(key)}`;
      if (typeof value === 'object' && value !== null) return noting(value, calls, `${name}.`);
      if (typeof value !== 'function' || name === 'close' || name === 'identify') return value;
      return (...args: unknown[]) => {
        calls.push(name);
        return Reflect.apply(value, object, args);
      };
    },
  });

/** A cluster that never answers; `calls` names the ports that were asked all the same. */
const silentCluster = () => {
  const calls: string[] = [];
  const backend = inMemoryBackend(new InMemoryCluster(), parseRetentionPolicy(POLICY, 'p.yml'), Date.now);
  const silent = {
    ...backend,
    identify: async () => {
      throw new TransientError('no-server', { expected: 'an answer', found: 'none', fix: 'Check the address.' });
    },
  };
  const open: OpenCluster = (policy, environment) =>
    clusterOn(noting(silent, calls), policy, { environment, clock: Date.now }, { host: 'memory' });
  return { calls, open };
};

const SUBJECT = ['--uin', '7'];
const CONTROL = ['--reason', 'case', '--by', 'A'];

test.each([
  ['audit'],
  ['backfill-dates', '--category', 'uins', '--ingested-at', '2026-01-01T00:00:00Z'],
  ['braked'],
  ['concept'],
  ['evidence', '--out', 'evidence.zip'],
  ['explain', '--index', 'call-log-a'],
  ['history'],
  ['hold', ...SUBJECT, ...CONTROL, '--review-at', '2999-01-01'],
  ['holds'],
  ['housekeeping'],
  ['init', 'new.yml'],
  ['pause', ...CONTROL],
  ['plan'],
  ['purge'],
  ['receipt', ...SUBJECT],
  ['reinstate', ...SUBJECT],
  ['replay'],
  ['report', '--html', 'report.html'],
  ['resume'],
  ['setup'],
  ['status'],
  ['terminate', ...SUBJECT],
  ['verify'],
])('%s makes no other call to a cluster that does not identify itself', async (...args) => {
  const { calls, open } = silentCluster();
  const environment = { ELASTICSEARCH_URL: 'https://memory.test', RETENTION_KEYS: TEST_RING_TEXT };
  const inFolder = args.map((arg) => (arg.includes('.') && args[0] === 'init' ? join(temporaryFolder(), arg) : arg));
  const { code, stderr } = await runInProcess(inFolder, environment, open);
  expect([code, stderr]).toEqual([1, expect.stringContaining('Failed: no-server')]);
  expect(calls).toEqual([]);
});
