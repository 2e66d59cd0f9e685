import type { CategoryResult } from '../../../lib/cli/output/category-result.ts';
import type { Finding } from '../../../lib/criteria/finding.ts';
import { parseRetentionPolicy } from '../../../lib/policy/parsing/parse-retention-policy.ts';
import type { Category } from '../../../lib/policy/retention-policy.ts';
import { parseDuration } from '../../../lib/policy/time/duration.ts';
import { POLICY } from '../policy/policy-text.ts';

const [template, settings] = [...parseRetentionPolicy(POLICY, 'policy.yml').categories.values()] as [
  Category,
  Category,
];

/** A category of fourteen days and an hour, purged every fifteen minutes. */
export const agedCategory = (id: string, changes: Partial<Category> = {}): Category => ({
  ...template,
  id,
  ...changes,
});

/** A category without a rule. */
export const AGELESS: Category = settings;

/** A category that erases between three and seven days after a termination, and has no age rule. */
export const TERMINATED: Category = {
  ...settings,
  id: 'console',
  rules: {
    termination: {
      triggers: ['feature-terminated', 'account-deleted'],
      cancelWindow: parseDuration('P3D'),
      deadline: parseDuration('P7D'),
    },
  },
};

/** A category whose promise is kept, unless the caller changes it. */
export const status = (id: string, changes: Partial<CategoryResult> = {}): CategoryResult => ({
  category: agedCategory(id),
  kept: true,
  isEmpty: false,
  totals: { indices: 3, documents: 100, due: 0, held: 0, overdue: 0, undatable: 0, behindIngestion: 0 },
  overdueBy: 0,
  refusals: [],
  findings: [],
  left: 0,
  ...changes,
});

/** A finding that keeps a category from being complete. */
export const blocking = (code: Finding['code'], index: string): Finding => ({
  code,
  severity: 'blocking',
  index,
  expected: 'e',
  found: `f of ${index}`,
  fix: 'w',
});
