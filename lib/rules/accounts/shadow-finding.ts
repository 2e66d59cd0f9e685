import type { Finding } from '../../criteria/finding.ts';
import type { IndexDescription } from '../../criteria/index-description.ts';

const named = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');

/** Blocks that prevent a change of the mapping. `metadata` also hides the mapping. */
const BLOCKS = ['read_only', 'read_only_allow_delete'] as const;

/** The requests that remove the hiding run-time fields, so that queries read the metadata fields again. */
const removal = ({ name, blocks }: IndexDescription, shadows: readonly string[]): string => {
  const inTheWay = BLOCKS.filter((block) => blocks.includes(block));
  const settings = Object.fromEntries(inTheWay.map((block) => [`index.blocks.${block}`, null]));
  const runtime = Object.fromEntries(shadows.map((field) => [field, null]));
  const unblock = inTheWay.length === 0 ? '' : `PUT /${name}/_settings ${JSON.stringify(settings)}, then `;
  return `${unblock}PUT /${name}/_mapping ${JSON.stringify({ runtime })}`;
};

/**
 * Why an index cannot be queried: run-time fields of its mapping hide metadata fields, so that its answers cannot be
 * believed. Undefined if there are none.
 */
export const shadowFinding = (index: IndexDescription): Finding | undefined => {
  const { name, shadows = [] } = index;
  if (shadows.length === 0) return undefined;
  return {
    code: 'shadowed-metadata',
    severity: 'blocking',
    index: name,
    expected: 'a mapping without run-time fields whose names begin with "_", as those of metadata fields do',
    found: `${shadows.length === 1 ? 'the run-time field' : 'the run-time fields'} ${named(shadows)}: queries read the result of a script in the mapping instead of metadata`,
    fix: `Nothing there is counted, deleted, dropped or dated, and erasures stay open. Remove ${shadows.length === 1 ? 'it' : 'them'}: ${removal(index, shadows)}. The next run purges the index.`,
  };
};
