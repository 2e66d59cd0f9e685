import type { Finding } from '../../criteria/finding.ts';
import type { IndexDescription } from '../../criteria/index-description.ts';
import { matchesPattern } from '../../policy/index-pattern.ts';
import { findingInPattern } from '../../policy/parsing/pattern-check.ts';

/**
 * The aliases through which the patterns match an index, and the requests that remove them. Empty if the patterns match
 * its own name.
 */
const reachedThrough = (
  { name, aliases }: IndexDescription,
  ours: (name: string) => boolean,
): { readonly way: string; readonly remove: string } => {
  const matching = aliases.map((alias) => alias.name).filter(ours);
  return {
    way: matching.length === 0 ? '' : `, reached through the alias ${matching.map((alias) => `"${alias}"`).join(', ')}`,
    remove: matching.map((alias) => takeOutOf(name, alias)).join(' and '),
  };
};

const takeOutOf = (index: string, alias: string): string =>
  `POST /_aliases {"actions":[{"remove":{"index":"${index}","alias":"${alias}"}}]}`;

/** The finding for an index whose own name matches no pattern, but which an alias or a data stream leads to. */
const foreignIndex = (index: IndexDescription, ours: (name: string) => boolean): Pick<Finding, 'found' | 'fix'> => {
  const { name, dataStream } = index;
  const { way, remove } = reachedThrough(index, ours);
  if (dataStream === undefined) {
    const belongs =
      findingInPattern(name) === undefined
        ? `(a shrunk or an upgraded index, say) and no other category claims it, add "${name}" to "indices" of the category in the policy`
        : '(an upgraded index, say), reindex it to a name that matches, and delete this one: no policy can name it';
    return {
      found: `an index of another name${way}`,
      fix: `If its documents belong to the category ${belongs}. If not, take it out of the alias: ${remove}.`,
    };
  }
  return {
    found: `an index of the data stream "${dataStream}", which does not match${way}`,
    fix: remove === '' ? 'Narrow the pattern in the policy.' : `Take the index out of the alias: ${remove}.`,
  };
};

const systemIndex = (index: IndexDescription, ours: (name: string) => boolean): Pick<Finding, 'found' | 'fix'> => {
  const { way, remove } = reachedThrough(index, ours);
  return {
    found: `a system index${way}`,
    fix: remove === '' ? 'Narrow the pattern in the policy.' : `Take the index out of the alias: ${remove}.`,
  };
};

/**
 * Why an index does not belong to the category although the patterns match it: it is a system index, it has another
 * name, or it is hidden. Such an index is never changed or dropped, and none of its documents is deleted. Undefined if
 * it belongs to the category.
 */
export const reachFinding = (index: IndexDescription, patterns: readonly string[]): Finding | undefined => {
  const ours = (name: string): boolean => patterns.some((pattern) => matchesPattern(name, pattern));
  const refuse = (code: Finding['code'], { found, fix }: Pick<Finding, 'found' | 'fix'>): Finding => ({
    code,
    severity: 'blocking',
    index: index.name,
    expected: `only plain indices that match ${patterns.join(', ')}`,
    found,
    fix,
  });
  if (index.system) return refuse('system-index', systemIndex(index, ours));
  if (!ours(index.dataStream ?? index.name)) return refuse('foreign-index', foreignIndex(index, ours));
  if (index.dataStream === undefined && (index.hidden || index.name.startsWith('.')))
    return refuse('hidden-index', {
      found: 'a hidden index',
      fix: index.name.startsWith('.')
        ? 'Narrow the pattern in the policy: an index whose name begins with a dot is never one of a category.'
        : `If it belongs to the category, unhide it: PUT /${index.name}/_settings {"index.hidden": false}. If not, narrow the pattern in the policy.`,
    });
  return undefined;
};
