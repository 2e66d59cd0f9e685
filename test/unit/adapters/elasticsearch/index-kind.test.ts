import type { estypes } from '@elastic/elasticsearch';
import { expect, test } from 'vitest';
import { indexKindOf } from '../../../../lib/adapters/elasticsearch/inspect/describe-indices.ts';

const withSettings = (index: object) => ({ settings: { index } }) as estypes.IndicesIndexState;

// As `GET <index>` answers for these kinds of indices; the embedded server can make none of them.
test.each([
  ['a whole mounted snapshot', { store: { type: 'snapshot', snapshot: { index_name: 'a' } } }, 'searchable-snapshot'],
  ['a partial one', { store: { type: 'snapshot', snapshot: { partial: 'true' } } }, 'searchable-snapshot'],
  ['a follower', { xpack: { ccr: { following_index: 'true' } } }, 'follower-index'],
  ['a follower, told as a boolean', { xpack: { ccr: { following_index: true } } }, 'follower-index'],
  ['an index that follows no more', { xpack: { ccr: { following_index: 'false' } } }, undefined],
  ['an index of another store', { store: { type: 'hybridfs' } }, undefined],
  ['an ordinary index', {}, undefined],
] as const)('%s is recognized by its settings', (_, settings, kind) => {
  expect(indexKindOf(withSettings(settings))).toBe(kind);
});

test('an index without settings is an ordinary index', () => {
  expect(indexKindOf({})).toBeUndefined();
});
