import { describe, expect, test } from 'vitest';
import type { IndexDescription } from '../../../../lib/criteria/index-description.ts';
import { unansweredFinding, unavailability } from '../../../../lib/purge/indices/unavailable-index.ts';
import { describedIndex } from '../../../support/purge/described-index.ts';

const why = (changes: Partial<IndexDescription>) => unavailability(describedIndex(changes));

describe('an index that cannot be searched', () => {
  test.each<[string, Partial<IndexDescription>, string, RegExp]>([
    ['it is closed', { open: false }, 'closed', /POST \/call-log-1\/_open/],
    ['it is red', { health: 'red' }, 'red', /allocation\/explain/],
    ['searches are blocked', { blocks: ['read'] }, 'read-blocked', /"index\.blocks\.read": null/],
    [
      'its metadata are blocked',
      { answers: false, blocks: ['metadata'] },
      'unanswered',
      /"index\.blocks\.metadata": null/,
    ],
    [
      'it refuses to tell fields',
      { answers: false, refusesUnmapped: true },
      'unanswered',
      /allow_unmapped_fields": null/,
    ],
    ['it tells no field', { answers: false }, 'unanswered', /_cat\/shards\/call-log-1/],
    ['a field stands before metadata', { shadows: ['_index'] }, 'shadowed-metadata', /"runtime":\{"_index":null\}/],
  ])('is reported as blocking, with the fix: %s', (_, changes, code, fix) => {
    const finding = why(changes);
    expect(finding).toMatchObject({ code, severity: 'blocking', index: 'call-log-1' });
    expect(finding?.fix).toMatch(fix);
  });

  test('is never one that is yellow, or blocked only for writes', () => {
    for (const health of ['green', 'yellow'] as const) expect(why({ health })).toBeUndefined();
    expect(why({ blocks: ['write', 'read_only', 'read_only_allow_delete'] })).toBeUndefined();
    expect(why({ shadows: [] })).toBeUndefined();
  });

  test('has a fix that removes blocks before fields that hide metadata', () => {
    const fix = (changes: Partial<IndexDescription>) => why({ shadows: ['_id', '_index'], ...changes })?.fix;
    expect(fix({ blocks: ['write', 'read_only'] })).toContain(
      'PUT /call-log-1/_settings {"index.blocks.read_only":null}, then PUT /call-log-1/_mapping {"runtime":{"_id":null,"_index":null}}',
    );
    expect(fix({})).not.toContain('_settings');
  });
});

describe('an index that did not answer the count', () => {
  test.each([
    ['a setting of the index', 'index.max_terms_count is 5', 'PUT /a/_settings {"index.max_terms_count": null}'],
    ['a setting of the cluster', 'see search.max_buckets', '"persistent": {"search.max_buckets": null}'],
    ['a setting of the nodes', 'script.allowed_types forbids it', 'elasticsearch.yml'],
    ['no setting', 'a shard failed', 'GET /_cat/shards/a'],
    ['no reason', undefined, 'GET /_cat/shards/a'],
  ])('has a fix that fits what the answer names: %s', (_, reason, fix) => {
    const finding = unansweredFinding('a', reason);
    expect(finding).toMatchObject({ code: 'unanswered', severity: 'blocking', found: reason ?? 'no answer' });
    expect(finding.fix).toContain(fix);
  });
});
