import type { Client, estypes } from '@elastic/elasticsearch';
import { expect, test } from 'vitest';
import { changeControls, withHold } from '../../../../lib/control/change-controls.ts';
import { realPorts } from '../../../support/purge/ports-at.ts';
import { daysAgo, NOW, PROPERTIES, type PurgeFixture, purgeFixture } from '../../../support/purge/purge-fixture.ts';

const EXPIRED = { '@timestamp': daysAgo(20) };
const { uin: _, ...DATES } = PROPERTIES;

const holdAccount = async ({ client, policy, category }: PurgeFixture, uin: string): Promise<void> => {
  const { controls: store } = realPorts(client, policy, { timeout: () => 10_000 }, () => NOW);
  const hold = { id: 'hold_00000000-0000-4000-8000-000000000001', scope: 'account', uin } as const;
  const changing = {
    store,
    memory: { controlsSeen: async () => [], rememberControls: async () => undefined },
    newIdentity: () => 'another',
  };
  const more = { reason: 'case', by: 'me', placedAt: NOW, reviewAt: NOW + 86_400_000 };
  await changeControls(changing, category.id, withHold({ ...hold, ...more }));
};

const ODD: readonly (readonly [
  string,
  estypes.MappingTypeMapping,
  (client: Client, index: string) => Promise<unknown>,
])[] = [
  [
    'ignored new fields, and maps them now',
    { dynamic: false },
    (client, index) => client.indices.putMapping({ index, dynamic: true }),
  ],
  [
    'ignored new fields, and refuses them now',
    { dynamic: false },
    (client, index) => client.indices.putMapping({ index, dynamic: 'strict' }),
  ],
  [
    'had a run-time field for it',
    { dynamic: 'runtime' as never },
    (client, index) => client.indices.putMapping({ index, dynamic: 'strict', runtime: { uin: null as never } }),
  ],
];

/** Documents that name an account, expired, in an index without a field for it. */
const written = async (mapping: estypes.MappingTypeMapping, settings: estypes.IndicesIndexSettings = {}) => {
  const fixture = purgeFixture({ template: false });
  await fixture.createIndex('99', { live: { '@timestamp': daysAgo(1), uin: '8' } });
  const options = { mappings: { ...mapping, properties: DATES }, settings };
  const index = await fixture.createIndex('1', {}, options);
  await fixture.add(index, {
    held: { ...EXPIRED, uin: '7' },
    listed: { ...EXPIRED, uin: ['8', 7] },
    other: { ...EXPIRED, uin: '8' },
    nobody: EXPIRED,
  });
  return { fixture, index };
};

test.each(ODD)('a hold of an account keeps every document of an index that %s', async (_, mapping, change) => {
  const { fixture, index } = await written(mapping);
  await change(fixture.client, index);
  await holdAccount(fixture, '7');
  const report = await fixture.runPurge();
  expect(await fixture.left(index)).toEqual(['held', 'listed', 'nobody', 'other']);
  expect(report.findings).toContainEqual(expect.objectContaining({ code: 'hold-not-examined', index }));
});

test('a held account is found in _source if a field limit kept it out of the index', async () => {
  const { fixture, index } = await written(
    {},
    { 'index.mapping.total_fields.limit': 5, 'index.mapping.total_fields.ignore_dynamic_beyond_limit': true },
  );
  await fixture.client.indices.putSettings({
    index,
    settings: {
      'index.mapping.total_fields.limit': 1_000,
      'index.mapping.total_fields.ignore_dynamic_beyond_limit': false,
    },
  });
  await holdAccount(fixture, '7');
  await fixture.runPurge();
  expect(await fixture.left(index)).toEqual(['held', 'listed']);
});
