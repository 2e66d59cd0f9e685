import { matchesPattern } from '../policy/index-pattern.ts';
import type { IndexDescription } from './document-store.ts';
import type { Plan } from './plan.ts';

/** One reason why a plan is refused as a whole, with its numbers and the way out. */
export interface Refusal {
  readonly code: 'system-index' | 'hidden-index' | 'foreign-index' | 'share';
  readonly expected: string;
  readonly found: string;
  readonly wayOut: string;
}

const percent = (share: number): string => `${(share * 100).toFixed(1).replace(/\.0$/, '')} %`;

const reachRefusal = (index: IndexDescription, patterns: readonly string[]): Refusal | undefined => {
  const ours = (name: string): boolean => patterns.some((pattern) => matchesPattern(name, pattern));
  const refuse = (code: Refusal['code'], found: string, wayOut: string): Refusal => ({
    code,
    expected: `only plain indices that match ${patterns.join(', ')}`,
    found,
    wayOut,
  });
  if (index.system)
    return refuse('system-index', `the system index "${index.name}"`, 'Narrow the pattern in the policy.');
  if (index.dataStream !== undefined)
    return ours(index.dataStream)
      ? undefined
      : refuse(
          'foreign-index',
          `"${index.name}" of the data stream "${index.dataStream}", which does not match`,
          'Narrow the pattern, or take the index out of the alias that matches it.',
        );
  if (!ours(index.name))
    return refuse(
      'foreign-index',
      `"${index.name}", reached through the alias ${index.aliases
        .map(({ name }) => name)
        .filter(ours)
        .map((name) => `"${name}"`)
        .join(', ')}`,
      'Rename the alias, or take the index out of it: a purge follows no alias out of its own indices.',
    );
  if (index.hidden || index.name.startsWith('.'))
    return refuse(
      'hidden-index',
      `the hidden index "${index.name}"`,
      'Unhide it if it is one of the category (index.hidden: false), or narrow the pattern.',
    );
  return undefined;
};

/** The indices that the patterns reach although they are not the category's own. Pure. */
export const reachRefusals = (plan: Plan): readonly Refusal[] =>
  plan.indices
    .map(({ description }) => reachRefusal(description, plan.category.indices))
    .filter((refusal) => refusal !== undefined);

/**
 * What a plan must never do. A plan that reaches a system, hidden or foreign index, or that would remove more than the
 * policy's share of the category's documents, is refused as a whole: nothing of it is executed. Pure.
 */
export const guard = (plan: Plan): readonly Refusal[] => {
  const refusals = [...reachRefusals(plan)];
  const { due, documents } = plan.totals;
  const { maxShare } = plan.category.guard;
  if (documents > 0 && due / documents > maxShare)
    refusals.push({
      code: 'share',
      expected: `at most ${percent(maxShare)} of the category's documents in one run (guard.maxShare)`,
      found: `${due} of ${documents} documents (${percent(due / documents)})`,
      wayOut: `If that is right (a backlog, say), raise guard.maxShare of "${plan.category.id}" in the policy for this run: the highest value is 1.`,
    });
  return refusals;
};
