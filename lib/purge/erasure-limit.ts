import { mayHaveDocuments, type SubjectCounts } from '../criteria/counts.ts';
import type { DueSubject } from '../criteria/due-criteria.ts';
import type { Guard } from '../policy/retention-policy.ts';
import { wholeSearch } from '../rules/accounts/whole-search.ts';
import type { DocumentStore } from './document-store.ts';
import type { DueErasures } from './erasure-source.ts';
import { isTouchable } from './indices/untouched-index.ts';
import type { Plan } from './plan.ts';

const NOBODY: ReadonlySet<string> = new Set();

/**
 * How many accounts one run may erase.
 * @param accounts number of accounts in the category; undefined if its indices cannot tell. Then only the minimum
 *   counts.
 */
export const mostAccounts = (
  { maxAccountShare, minAccounts }: Pick<Guard, 'maxAccountShare' | 'minAccounts'>,
  accounts: number | undefined,
): number =>
  maxAccountShare === 1
    ? Number.POSITIVE_INFINITY
    : Math.max(minAccounts, Math.floor(maxAccountShare * (accounts ?? 0)));

const countAccounts = (
  { category, survey }: Plan,
  store: Pick<DocumentStore, 'accounts'>,
): Promise<number | undefined> =>
  store.accounts(
    survey.indices.flatMap((index) => {
      const { counts, usable, description } = index;
      // Accounts in other indices must not make the share look smaller.
      if (counts === undefined || usable.account === undefined || !isTouchable(index, category)) return [];
      return [{ name: description.name, account: usable.account }];
    }),
    category.accountField,
  );

/**
 * The subjects that a plan must not erase, because they are more accounts than the policy allows in one run. All of
 * them are braked, since nobody can distinguish forged terminations from true terminations. Only subjects that have or
 * may have documents count. Subjects that a person has confirmed neither count nor are braked.
 * @returns their keys; empty if the plan is within the limit.
 * @throws TransientError if the store does not answer.
 */
export const beyondLimit = async (
  plan: Plan,
  { subjects, confirmed }: Pick<DueErasures, 'subjects' | 'confirmed'>,
  store: Pick<DocumentStore, 'accounts'>,
): Promise<ReadonlySet<string>> => {
  const { category, survey } = plan;
  const counts = (subject: DueSubject): SubjectCounts | undefined => survey.subjects?.get(subject.key);
  const unconfirmed = subjects.filter(({ key }) => !confirmed.has(key));
  const toErase = new Set(unconfirmed.flatMap((each) => ((counts(each)?.due ?? 0) > 0 ? [each.uin] : [])));
  if (toErase.size <= mostAccounts(category.guard, undefined)) return NOBODY;
  if (toErase.size <= mostAccounts(category.guard, await countAccounts(plan, store))) return NOBODY;
  const isWhole = wholeSearch(survey);
  const braked = unconfirmed.filter((each) => {
    const found = counts(each);
    return (found !== undefined && mayHaveDocuments(found)) || !isWhole(each);
  });
  return new Set(braked.map(({ key }) => key));
};
