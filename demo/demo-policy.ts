import { readFileSync } from 'node:fs';
import { parseRetentionPolicy } from '../lib/policy/parsing/parse-retention-policy.ts';
import type { Category, RetentionPolicy } from '../lib/policy/retention-policy.ts';
import { CONFIGURATION, SEEDED_CATEGORIES } from './seed-catalogue.ts';

const SHIPPED = new URL('../retention-policy.yml', import.meta.url);

/** The shipped policy, enforced. */
export interface DemoPolicy {
  readonly text: string;
  readonly policy: RetentionPolicy;
}

const isErasedWithinSevenDays = (category: Category | undefined): boolean => {
  const { age, termination } = category?.rules ?? {};
  return age === undefined && termination?.cancelWindow.iso === 'P3D' && termination.deadline.iso === 'P7D';
};

const isKeptForFourteenDays = (category: Category | undefined): boolean =>
  category?.rules.age?.maxAge.iso === 'P14D' && category.rules.termination === undefined;

/** Of the demo's names only: on a server that somebody else uses too, an enforced pattern of theirs would be purged. */
const isAsShipped = ({ categories, reports }: RetentionPolicy): boolean =>
  reports.index.startsWith('retention-') &&
  categories.size === SEEDED_CATEGORIES.length + 1 &&
  isErasedWithinSevenDays(categories.get(CONFIGURATION.id)) &&
  SEEDED_CATEGORIES.every(({ id }) => isKeptForFourteenDays(categories.get(id))) &&
  [...categories.values()].every(({ indices }) => indices.every((pattern) => /^trtc-[^*]+-\*$/.test(pattern)));

/**
 * A copy of the repository's policy with `mode: enforce`.
 * @throws Error when its categories, patterns or rules are not the shipped ones.
 */
export const enforcedPolicy = (): DemoPolicy => {
  const text = readFileSync(SHIPPED, 'utf8').replace(/^mode: observe$/m, 'mode: enforce');
  const policy = parseRetentionPolicy(text, 'retention-policy.yml');
  if (isAsShipped(policy) && policy.mode === 'enforce') return { text, policy };
  throw new Error(
    'The demo seeds and purges what the shipped retention-policy.yml describes (seven categories in indices called trtc-…; fourteen days for six of them, three and seven after the end of an account for one), and this one says otherwise; run the demo in a checkout with the shipped file.',
  );
};

/** The index of a category for one day: its pattern with the date in the place of the `*`. */
export const indexName = (policy: RetentionPolicy, category: string, suffix: string): string => {
  const [pattern] = policy.categories.get(category)?.indices ?? [];
  if (pattern === undefined) throw new Error(`The policy has no category "${category}".`);
  return pattern.replace('*', suffix);
};
