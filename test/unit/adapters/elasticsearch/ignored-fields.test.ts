import type { estypes } from '@elastic/elasticsearch';
import { expect, test } from 'vitest';
import { ignoredFields } from '../../../../lib/adapters/elasticsearch/inspect/ignored-fields.ts';

const INGESTED = 'event.ingested';
const event = (dynamic: boolean | string): estypes.MappingTypeMapping =>
  ({ properties: { event: { dynamic } } }) as estypes.MappingTypeMapping;
const limit = (settings: object): estypes.IndicesIndexState => ({ settings: { index: settings } });
const ignoring = (ignored: boolean | string) => ({
  mapping: { total_fields: { ignore_dynamic_beyond_limit: ignored } },
});

test.each<[string, estypes.IndicesIndexState, string | undefined]>([
  ['takes it by itself', {}, undefined],
  ['refuses it', { mappings: { dynamic: 'strict' } }, undefined],
  ['takes nothing', { mappings: { dynamic: false } }, 'always'],
  ['takes nothing, said as a text', { mappings: { dynamic: 'false' as 'strict' } }, 'always'],
  ['computes it', { mappings: { dynamic: 'runtime' } }, 'always'],
  ['has an object that takes nothing', { mappings: event(false) }, 'always'],
  ['has an object that takes it', { mappings: { ...event(true), dynamic: false } }, undefined],
  ['has an object that says nothing', { mappings: { dynamic: false, properties: { event: {} } } }, 'always'],
  ['may be full', limit(ignoring('true')), 'beyond-limit'],
  ['may be full, as logsdb is', limit({ mode: 'logsdb' }), 'beyond-limit'],
  ['may not be full, although it is logsdb', limit({ mode: 'logsdb', ...ignoring('false') }), undefined],
])('the mapping decides whether a date is ignored in an index that %s', (_, state, expected) => {
  expect(ignoredFields([INGESTED], state).get(INGESTED)).toBe(expected);
});
