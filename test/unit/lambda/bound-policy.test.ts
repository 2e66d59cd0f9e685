import { expect, test } from 'vitest';
import { boundPolicy } from '../../../lib/lambda/bound-policy.ts';
import { POLICY } from '../../support/purge/described-index.ts';

const CLUSTER = { uuid: 'prod-uuid', name: 'prod', version: '9.4.3' };

test('a deployment enforces in the cluster that it names', () => {
  expect(boundPolicy(POLICY, { enforceCluster: 'prod-uuid' }, CLUSTER).mode).toBe('enforce');
});

test('a deployment without a named cluster observes, whatever the policy says', () => {
  expect(boundPolicy(POLICY, { enforceCluster: '' }, CLUSTER).mode).toBe('observe');
});

test('a deployment that names another cluster is refused, with both uuids', () => {
  expect(() => boundPolicy(POLICY, { enforceCluster: 'dev-uuid' }, CLUSTER)).toThrow(
    /wrong-cluster: .*dev-uuid.*"prod" \(uuid prod-uuid\)/,
  );
});

test('a deployment that names the cluster still observes under mode: observe', () => {
  expect(boundPolicy({ ...POLICY, mode: 'observe' }, { enforceCluster: 'prod-uuid' }, CLUSTER).mode).toBe('observe');
});

test('without a deployment, the policy alone decides', () => {
  expect(boundPolicy(POLICY, {}, CLUSTER).mode).toBe('enforce');
});
