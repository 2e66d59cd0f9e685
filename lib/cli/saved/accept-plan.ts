import { readFileSync } from 'node:fs';
import { openPlan } from '../../adapters/crypto/plan-seal.ts';
import { reasonOf, shownPath } from '../../adapters/files/secret-file.ts';
import { InputError } from '../../base/errors.ts';
import type { Category } from '../../policy/retention-policy.ts';
import type { SavedPlan, SavedRun } from '../../purge/saved/saved-plan.ts';
import { assertApplies } from '../../purge/saved/saved-plan-check.ts';
import { readText } from '../controls/control-values.ts';
import type { Session } from '../session.ts';
import { planKeys } from './plan-keys.ts';

/** The values of `--plan`, `--by` and `--reason`. */
export interface SavedPlanOptions {
  readonly file: string;
  readonly by: string;
  readonly reason: string;
}

/** A saved plan that was checked, and who carries it out and why. */
export type AcceptedPlan = Omit<SavedRun, 'category'>;

const badPlan = (file: string, found: string): InputError =>
  new InputError('bad-plan', {
    expected: `a plan in ${shownPath(file)}, as plan --out has saved and signed it`,
    found,
    fix: 'Nothing was destroyed. Name the file that plan --out has written, and set RETENTION_KEYS to the key ring that signed it; or save the plan again.',
  });

const textOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw badPlan(file, `nothing that can be read (${reasonOf(error)})`);
  }
};

const notInPlan = (id: string, { categories }: SavedPlan): InputError =>
  new InputError('not-in-plan', {
    expected: `categories of the saved plan: ${categories.map(({ category }) => category).join(', ')}`,
    found: `"${id}"`,
    fix: 'Nothing was destroyed. Leave --category out, or save a plan of this category.',
  });

/**
 * The part of a saved plan about a category, with the statements of the person who carries it out.
 * @throws InputError `not-in-plan`
 */
export const savedRunOf = ({ plan, by, reason }: AcceptedPlan, { id }: Pick<Category, 'id'>): SavedRun => {
  const category = plan.categories.find((each) => each.category === id);
  if (category === undefined) throw notInPlan(id, plan);
  return { plan, category, by, reason };
};

/**
 * Reads and checks a saved plan before anything else is done.
 * @param chosen the values of `--category`; undefined: every category of the plan.
 * @returns the plan, and the session with its categories.
 * @throws InputError `bad-control`, `bad-plan`, `no-signing-keys`, `plan-of-another-cluster`, `plan-of-another-policy`,
 *   `plan-expired`, `not-in-plan`
 */
export const acceptPlan = async (
  session: Session,
  { file, by, reason }: SavedPlanOptions,
  chosen: readonly string[] | undefined,
): Promise<{ readonly session: Session; readonly saved: AcceptedPlan }> => {
  const statements = { by: readText('--by', by), reason: readText('--reason', reason) };
  const plan = await openPlan(textOf(file), await planKeys(session));
  if (plan === undefined)
    throw badPlan(file, 'a text that no signing key of this ring has signed as a plan, or that was changed');
  assertApplies(plan, { ...session, now: session.ports.clock() });
  const saved = { plan, ...statements };
  if (chosen !== undefined) for (const each of session.categories) savedRunOf(saved, each);
  const named = new Set(plan.categories.map(({ category }) => category));
  return { session: { ...session, categories: session.categories.filter(({ id }) => named.has(id)) }, saved };
};
