import { randomUUID } from 'node:crypto';
import { signPlan } from '../../adapters/crypto/plan-seal.ts';
import { writeNew } from '../../adapters/files/write-durably.ts';
import { InputError, messageOf } from '../../base/errors.ts';
import type { KeyVersions } from '../../erasure/subjects/key-ring.ts';
import type { Category } from '../../policy/retention-policy.ts';
import { savedPlanOf } from '../../purge/saved/saved-plan.ts';
import { type Failed, isFailed } from '../output/category-result.ts';
import { minute } from '../output/format.ts';
import type { Page } from '../output/page.ts';
import { shellWord } from '../output/shell-word.ts';
import type { PlannedCategory } from '../runs/plan-categories.ts';
import type { Session } from '../session.ts';

/** A plan that was written to a file, or the categories because of which it was not. */
export type SaveResult =
  | { readonly file: string; readonly expiresAt: string }
  | { readonly unplanned: readonly Category[] };

/**
 * Signs the plans and writes them to a new file. Writes nothing if a category could not be planned: a person would
 * carry out less than asked for, and not notice it.
 * @throws InputError `not-written`, for example if the file exists.
 */
export const savePlan = async (
  file: string,
  results: readonly (PlannedCategory | Failed)[],
  { cluster, policy }: Session,
  signing: KeyVersions,
): Promise<SaveResult> => {
  const unplanned = results.filter(isFailed).map(({ category }) => category);
  if (unplanned.length > 0) return { unplanned };
  const planned = results.flatMap((each) => (isFailed(each) ? [] : [each]));
  const saved = savedPlanOf(planned, cluster, policy.version, randomUUID);
  try {
    await writeNew(file, `${signPlan(saved, signing)}\n`);
  } catch (error) {
    throw new InputError(
      'not-written',
      {
        expected: `a new file ${file}`,
        found: messageOf(error),
        fix: 'Name another one with --out, or remove it first.',
      },
      error,
    );
  }
  return { file, expiresAt: saved.expiresAt };
};

/** What became of the file, and the command that carries the plan out. */
export const savedPage = (saved: SaveResult): Page =>
  'unplanned' in saved
    ? ['', `Not saved, because these could not be planned: ${saved.unplanned.map(({ id }) => id).join(', ')}.`]
    : [
        '',
        `Saved: ${saved.file}. It can be carried out once, until ${minute(Date.parse(saved.expiresAt))} UTC:`,
        `  node bin/es-retention.mjs purge --plan ${shellWord(saved.file)} --execute --by NAME --reason WHY`,
      ];

/** The same for programs. */
export const savedJson = (saved: SaveResult) =>
  'unplanned' in saved ? { unplanned: saved.unplanned.map(({ id }) => id) } : saved;
