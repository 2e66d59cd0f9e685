import { expect, test } from 'vitest';
import { parseRetentionPolicy } from '../../../lib/policy/parsing/parse-retention-policy.ts';
import type { Category } from '../../../lib/policy/retention-policy.ts';
import { type PurgeRun, purge } from '../../../lib/purge/purge.ts';
import { InMemoryCluster } from '../../support/in-memory/in-memory-cluster.ts';
import { inMemoryPorts } from '../../support/in-memory/in-memory-ports.ts';
import { policyWith } from '../../support/policy/policy-text.ts';

const NOW = Date.parse('2026-11-24T14:00:00Z');
const POLICIES = (['observe', 'enforce'] as const).map((mode) =>
  parseRetentionPolicy(policyWith('mode: observe', `mode: ${mode}`), 'policy.yml'),
);

/** Ports in memory that write down who has the lease each time a list of events is written. */
const world = () => {
  const ports = inMemoryPorts(new InMemoryCluster(), () => NOW);
  const owners: (string | undefined)[] = [];
  const attest = async ({ id }: Category) => {
    owners.push((await ports.leases.owner(id))?.runId);
    return [];
  };
  return { owners, ports: { ...ports, erasureSource: { ...ports.erasureSource, attest } } };
};

const runOf = (policy: (typeof POLICIES)[number], runId = 'this-run'): PurgeRun => ({
  runId,
  trigger: { source: 'schedule' },
  dryRun: runId === 'dry-run',
  cluster: { uuid: 'u', name: 'n', version: '9.4.3' },
  policy,
  category: policy.categories.get('call-logs') as Category,
  budget: { remaining: () => Number.POSITIVE_INFINITY },
});

test.each(POLICIES)('a run writes its manifest while it has the lease ($mode)', async (policy) => {
  const { owners, ports } = world();
  await purge(runOf(policy), ports);
  await purge(runOf(policy, 'dry-run'), ports);
  expect(owners).toEqual(['this-run', 'dry-run']);
  expect(await ports.leases.owner('call-logs')).toBeUndefined();
});

test.each(POLICIES)('a run never writes a manifest while another run has the lease ($mode)', async (policy) => {
  const { owners, ports } = world();
  const other = await ports.leases.acquire('call-logs', 'another');
  await expect(purge(runOf(policy), ports)).rejects.toMatchObject({ code: 'lease-held' });
  expect(owners).toEqual([]);
  await other.release();
  await purge(runOf(policy), ports);
  expect(owners).toEqual(['this-run']);
});
