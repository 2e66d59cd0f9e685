import { expect, test } from 'vitest';
import { type KeyHolder, keyPrivileges } from '../../../lib/maintenance/key-privileges.ts';
import { ownIndices } from '../../../lib/policy/own-indices.ts';
import { parseRetentionPolicy } from '../../../lib/policy/parsing/parse-retention-policy.ts';
import { EXAMPLE_POLICY, examplePolicy as policy } from '../../support/policy/example-policy.ts';

const categories = [...policy.categories.values()];
const privileges = keyPrivileges(policy);

const grantsOf = (holder: KeyHolder) => privileges.get(holder)?.indices ?? [];
const namesOf = (holder: KeyHolder) => grantsOf(holder).flatMap(({ names }) => names);
const on = (holder: KeyHolder, index: string): readonly string[] =>
  grantsOf(holder).flatMap(({ names, privileges: granted }) => (names.includes(index) ? granted : []));

test('every function except the receiver of terminations has a key, and so does the operator', () => {
  const functions = categories.map(({ id }) => `purge-${id}`);
  expect([...privileges.keys()].sort()).toEqual(
    [...functions, 'audit', 'housekeeping', 'operator', 'show-termination'].sort(),
  );
});

test.each(categories)('the key of purge-$id names exactly the indices of its category', (category) => {
  const { id, indices, rules } = category;
  const { leases, controls, reports, ledger, events, receipts } = ownIndices(policy, id);
  const every = [leases, controls, reports];
  const ours = rules.termination === undefined ? every : [...every, ledger, events, receipts];
  expect([...namesOf(`purge-${id}`)].sort()).toEqual([...indices, ...ours].sort());
});

test('the keys of purge functions cannot change or delete reports, events or receipts', () => {
  for (const { id } of categories) {
    const { reports, events, receipts } = ownIndices(policy, id);
    for (const index of [reports, events, receipts])
      for (const granted of on(`purge-${id}`, index))
        expect([
          'read',
          'view_index_metadata',
          'maintenance',
          'indices:data/write/bulk',
          'indices:data/write/index:op_type/create',
          ...(index === reports ? ['indices:admin/settings/update*'] : []),
        ]).toContain(granted);
  }
});

test('purge keys cannot delete own records, and the housekeeping key has no access to data', () => {
  for (const { id } of categories)
    for (const index of Object.values(ownIndices(policy, id))) {
      expect(on(`purge-${id}`, index)).not.toContain('delete');
      expect(on(`purge-${id}`, index)).not.toContain('delete_index');
    }
  expect(new Set(grantsOf('housekeeping').flatMap((grant) => grant.privileges))).toEqual(
    new Set(['read', 'view_index_metadata', 'maintenance', 'delete']),
  );
  for (const { indices } of categories)
    for (const index of indices) expect(namesOf('housekeeping')).not.toContain(index);
});

test('the audit key cannot write, and reads only indices of categories and own indices', () => {
  const READS = ['read', 'view_index_metadata', 'maintenance', 'indices:monitor/stats'];
  for (const { privileges: granted } of grantsOf('audit')) for (const each of granted) expect(READS).toContain(each);
  const readable = grantsOf('audit').filter((grant) => grant.privileges.includes('read'));
  const own = categories.flatMap(({ id }) => Object.values(ownIndices(policy, id)));
  const known = new Set([...categories.flatMap(({ indices }) => indices), ...own]);
  for (const name of readable.flatMap(({ names }) => names)) expect(known).toContain(name);
});

test('the key of show-termination reads only ledgers and event logs', () => {
  const { cluster, indices } = privileges.get('show-termination') ?? { cluster: ['?'], indices: [] };
  expect(cluster).toEqual(['cluster:monitor/main']);
  const erasing = categories.filter(({ rules }) => rules.termination !== undefined);
  const own = erasing.flatMap(({ id }) => [ownIndices(policy, id).ledger, ownIndices(policy, id).events]);
  expect(indices).toEqual([{ names: own, privileges: ['read', 'view_index_metadata', 'maintenance'] }]);
  const ageOnly = new Map([...policy.categories].filter(([, { rules }]) => rules.termination === undefined));
  expect(keyPrivileges({ ...policy, categories: ageOnly }).has('show-termination')).toBe(false);
});

test('the key of a function never allows it to change a mapping, even indirectly', () => {
  const BRING_MAPPINGS = /^(?:all|manage|write|index|create|create_doc|indices:\*|indices:admin\/(?:\*|mapping.*))$/;
  for (const [holder, { indices }] of privileges)
    if (holder !== 'operator')
      for (const granted of indices.flatMap((grant) => grant.privileges)) expect(granted).not.toMatch(BRING_MAPPINGS);
});

test('no key can create indices, keys or templates, or see the requests of others', () => {
  const BROAD = /^(?:all|manage.*|monitor|write|create_index|auto_configure|cluster:monitor\/\*|.*tasks.*)$/;
  for (const { cluster, indices } of privileges.values())
    for (const granted of [...cluster, ...indices.flatMap((grant) => grant.privileges)])
      expect(granted).not.toMatch(BROAD);
});

test("the names of indices in a key use the policy's prefix and report index", () => {
  const other = parseRetentionPolicy(
    EXAMPLE_POLICY.replace('mode: observe', 'mode: observe\nindexPrefix: retention-other-').replace(
      'index: retention-reports',
      'index: retention-proofs',
    ),
    'retention-policy.yml',
  );
  const names = [...keyPrivileges(other).values()].flatMap(({ indices }) => indices.flatMap((each) => each.names));
  expect(names.filter((name) => /^retention-(?!other-|proofs(?:-copy$|\.|$))/.test(name))).toEqual([]);
  expect(names).toContain('retention-proofs.uins');
  expect(names).toContain('retention-other-ledger.console-configuration');
});
