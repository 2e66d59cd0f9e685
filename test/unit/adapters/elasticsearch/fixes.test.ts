import { expect, test } from 'vitest';
import { errorText } from '../../../../lib/adapters/elasticsearch/client/error-text.ts';
import { fixOf, fixOfBusy } from '../../../../lib/adapters/elasticsearch/client/fixes.ts';
import { unansweredFinding } from '../../../../lib/purge/indices/unavailable-index.ts';

/** As Elasticsearch 9.4.3 answered. */
test.each([
  ['index [a] blocked by: [FORBIDDEN/8/index write (api)];', 'PUT /a/_settings {"index.blocks.write": null}'],
  ['index [a] blocked by: [FORBIDDEN/7/index read (api)];', 'PUT /a/_settings {"index.blocks.read": null}'],
  ['index [a] blocked by: [FORBIDDEN/5/index read-only (api)];', 'PUT /a/_settings {"index.blocks.read_only": null}'],
  ['index [a] blocked by: [FORBIDDEN/9/index metadata (api)];', 'PUT /a/_settings {"index.blocks.metadata": null}'],
  ['blocked by: [FORBIDDEN/6/cluster read-only (api)];', '{"persistent": {"cluster.blocks.read_only": null}}'],
  [
    'index [a] blocked by: [FORBIDDEN/6/cluster read-only (api), FORBIDDEN/5/index read-only (api)];',
    '{"persistent": {"cluster.blocks.read_only": null}}',
  ],
  [
    'blocked by: [FORBIDDEN/13/cluster read-only / allow delete (api)];',
    '{"persistent": {"cluster.blocks.read_only_allow_delete": null}}',
  ],
])('the fix of a block lifts the same block: %s', (reason, request) => {
  expect(fixOf({ type: 'cluster_block_exception', reason })).toContain(request);
});

test('the fix of a closed index opens it', () => {
  const cause = { type: 'index_closed_exception', reason: 'closed', index: 'retention-ledger' };
  expect(fixOf({ ...cause, root_cause: [cause] })).toBe('Open it: POST /retention-ledger/_open.');
});

test('the fix for too many shards is a setting of the cluster', () => {
  const reason = 'this action would add [6] shards, but this cluster currently has [0]/[1] maximum normal shards open';
  expect(fixOf({ type: 'validation_exception', reason })).toContain('cluster.max_shards_per_node, a setting of');
});

test.each([
  'Document contains at least one immense term in field="uin", prefix of the first immense term is: \'[57, 48]...\'',
  'Document contains an immense term: 9007199254740993',
  'field [uin] does not take the value [9007199254740993]',
  "failed to read value '9007199254740993'",
  'com.fasterxml.jackson.core.JsonParseException: Duplicate field \'uin\'\n at [Source: (byte[])"{"uin":"1"}"; line: 1]',
])('an error text leaves out a reason that quotes a stored value: %s', (reason) => {
  expect(errorText({ type: 'illegal_argument_exception', reason })).toBe('illegal_argument_exception');
});

test.each(['Limit of total fields [2] has been exceeded', 'Failed to parse value [x] for setting [index.priority]'])(
  'an error text shows a reason that quotes no stored value: %s',
  (reason) => expect(errorText({ type: 'illegal_argument_exception', reason })).toContain(reason),
);

test.each([
  ['of a shard', { root_cause: [{ type: 'too_many_buckets_exception', reason: '[search.max_buckets] is 0' }] }],
  ['of the whole', { caused_by: { type: 'too_many_buckets_exception', reason: '[search.max_buckets] is 0' } }],
])('too many buckets %s search are reported with the setting to reset', (_, more) => {
  const cause = { type: 'search_phase_execution_exception', reason: '', root_cause: [], ...more };
  expect(errorText(cause)).toContain('[search.max_buckets] is 0');
  expect(fixOf(cause)).toContain('PUT /_cluster/settings {"persistent": {"search.max_buckets": null}}');
});

test('the fix for a closed search context is to run the command again', () => {
  expect(fixOf({ type: 'search_context_missing_exception', reason: 'No search context found for id [1]' })).toContain(
    'Run it again.',
  );
});

/**
 * As Elasticsearch 9.4.3 answered of an index without an allocated shard: to a get, a search, a write and a
 * delete-by-query.
 */
test.each([
  { type: 'no_shard_available_action_exception', reason: 'No shard available for [get [a][1]: routing [null]]' },
  {
    type: 'search_phase_execution_exception',
    reason: 'all shards failed',
    root_cause: [{ type: 'no_shard_available_action_exception', reason: null }],
  },
  { type: 'unavailable_shards_exception', reason: '[a][0] primary shard is not active Timeout: [2s]' },
  {
    type: 'search_phase_execution_exception',
    reason: '',
    root_cause: [],
    caused_by: { type: 'search_phase_execution_exception', reason: 'Search rejected due to missing shards [[a][0]]' },
  },
])('the fix of an unallocated shard does not mention load: $type', (cause) => {
  expect(fixOfBusy(cause as Parameters<typeof fixOfBusy>[0])).toContain('cluster.routing.allocation.enable');
});

test('the fix of a busy cluster names its load', () => {
  const cause = { type: 'es_rejected_execution_exception', reason: 'rejected execution' };
  expect([fixOfBusy(cause), fixOfBusy(undefined)]).toEqual(Array(2).fill(expect.stringContaining('load')));
});

/** As Elasticsearch 9.4.3 answered. */
test.each([
  [
    'query_shard_exception',
    'failed to create query: The number of terms [3] used in the Terms Query request has exceeded the allowed maximum of [2]. This maximum can be set by changing the [index.max_terms_count] index level setting.',
    'over the limit of index.max_terms_count',
    'PUT /a/_settings {"index.max_terms_count": null}',
  ],
  [
    'too_many_scroll_contexts_exception',
    'Trying to create too many scroll contexts. Must be less than or equal to: [0]. This limit can be set by changing the [search.max_open_scroll_context] setting.',
    'search.max_open_scroll_context',
    'PUT /_cluster/settings {"persistent": {"search.max_open_scroll_context": null}}',
  ],
])('a limit that Elasticsearch names is shown with the request that resets it: %s', (type, reason, told, request) => {
  const cause = { type: 'search_phase_execution_exception', reason: '', root_cause: [{ type, reason, index: 'a' }] };
  expect(errorText(cause)).toContain(told);
  expect(fixOf(cause)).toContain(request);
  expect(fixOfBusy(cause)).toContain(request);
});

test('a setting that refuses a search is named with the request that resets it', () => {
  const reason =
    "failed to create query: Cannot search on field [t] since it is not indexed and 'search.allow_expensive_queries' is set to false.";
  const root = { type: 'query_shard_exception', reason, index: 'a' };
  const words = errorText({ type: 'search_phase_execution_exception', reason: '', root_cause: [root] });
  expect(words).toContain('search.allow_expensive_queries refuses it');
  expect(unansweredFinding('a', words).fix).toContain(
    'PUT /_cluster/settings {"persistent": {"search.allow_expensive_queries": null}, "transient": {"search.allow_expensive_queries": null}}',
  );
});

test.each([
  [
    `exceeded max allowed inline script size in bytes [10] with size [15188] for script [${'x'.repeat(15_000)}]`,
    'over the limit of script.max_size_in_bytes',
    'Set it back: PUT /_cluster/settings {"persistent": {"script.max_size_in_bytes": null}}',
  ],
  [
    'cannot execute [inline] scripts',
    'refused by script.allowed_types',
    'a setting of the nodes: take script.allowed_types out',
  ],
  [
    'cannot execute scripts using [boolean_field] context',
    'refused by script.allowed_contexts',
    'a setting of the nodes: take script.allowed_contexts out',
  ],
])('a refused script is reported by its setting and fix, and never quoted', (reason, words, fix) => {
  const cause = { type: 'illegal_argument_exception', reason };
  expect(errorText(cause)).toBe(`illegal_argument_exception: ${words}`);
  expect(fixOf(cause)).toContain(fix);
});

test('too many compiled scripts are reported with the setting that allows more', () => {
  const reason =
    '[script] Too many dynamic script compilations within, max: [1/60m]; please use indexed, or scripts with parameters instead; this limit can be changed by the [script.max_compilations_rate] setting';
  expect(fixOfBusy({ type: 'circuit_breaking_exception', reason })).toContain(
    '{"script.max_compilations_rate": "100000/1m"}',
  );
});

test('a long reason is shortened to its beginning and end', () => {
  const reason = `action [a] is unauthorized on indices [${'log,'.repeat(5_000)}], granted by [read]`;
  const words = errorText({ type: 'security_exception', reason });
  expect(words.length).toBeLessThan(700);
  expect(words).toMatch(/^security_exception: action \[a\].* … .*granted by \[read\]$/);
});
