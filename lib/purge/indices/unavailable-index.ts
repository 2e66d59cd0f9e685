import type { Finding } from '../../criteria/finding.ts';
import { liftRequest } from '../../criteria/index-blocks.ts';
import type { IndexDescription } from '../../criteria/index-description.ts';
import { resetAdvice } from '../../criteria/script-settings.ts';
import { shadowFinding } from '../../rules/accounts/shadow-finding.ts';

const unavailable = (index: string, code: Finding['code'], expected: string, found: string, fix: string): Finding => ({
  code,
  severity: 'blocking',
  index,
  expected,
  found,
  fix,
});

/** Why the fields of an index are unknown, and the fix. */
const whyFieldsAreUntold = ({ name, blocks, refusesUnmapped }: IndexDescription): [found: string, fix: string] => {
  if (blocks.includes('metadata'))
    return [
      'index.blocks.metadata',
      `Remove the block: ${liftRequest(name, 'metadata')}. The next run purges the index.`,
    ];
  if (refusesUnmapped === true)
    return [
      'index.query.parse.allow_unmapped_fields: false, with which Elasticsearch refuses to tell a field in an object',
      `Set it back: PUT /${name}/_settings?reopen=true {"index.query.parse.allow_unmapped_fields": null}. This closes the index for a moment. The next run purges it.`,
    ];
  return ['no answer to _field_caps', `Look at its shards: GET /_cat/shards/${name}. The next run asks again.`];
};

/** Why an index cannot be searched, by its description; undefined if it can. */
export const unavailability = (index: IndexDescription): Finding | undefined => {
  const { name, open, health, answers, blocks } = index;
  if (!open)
    return unavailable(
      name,
      'closed',
      'an open index',
      'a closed one, whose documents nobody can count',
      `Open it: POST /${name}/_open. The next run purges it; no run opens an index by itself.`,
    );
  if (health === 'red')
    return unavailable(
      name,
      'red',
      'every primary shard assigned',
      'index health red',
      'Ask why a shard is not assigned: GET /_cluster/allocation/explain. Fix what it names. The next run purges the index.',
    );
  if (blocks.includes('read'))
    return unavailable(
      name,
      'read-blocked',
      'an index that can be searched',
      'index.blocks.read',
      `Remove the block: ${liftRequest(name, 'read')}. The next run purges the index.`,
    );
  const shadowed = shadowFinding(index);
  if (shadowed !== undefined) return shadowed;
  if (!answers) return unavailable(name, 'unanswered', 'an index that tells its fields', ...whyFieldsAreUntold(index));
  return undefined;
};

/** The fix for an index that did not answer, given the reason. */
const fixOfUnanswered = (index: string, why = ''): string => {
  const setting = /\b(?:(?:index|search|script)\.max|search\.allow|script\.allowed)_\w+/.exec(why)?.[0];
  return setting === undefined
    ? `The next run asks again. If it stays, do what the answer names, or look at the shards: GET /_cat/shards/${index}.`
    : `${resetAdvice(setting, index)} The next run counts again.`;
};

/** Finding for an index that was healthy when it was described, but of which not every shard answered the count. */
export const unansweredFinding = (index: string, why?: string): Finding =>
  unavailable(index, 'unanswered', 'an answer from every shard', why ?? 'no answer', fixOfUnanswered(index, why));
