import { RetentionError } from '../../base/errors.ts';
import type { RetentionPolicy } from '../../policy/retention-policy.ts';
import type { Ledger } from '../ledger/ledger.ts';

/** A category whose records could not be read or written, and the reason. */
export interface Unreached {
  readonly category: string;
  readonly error: RetentionError;
  /** The category answered and its work is done, but some records could not be matched. */
  readonly isDoubted?: true;
}

/**
 * Works through categories one after the other, for one command of a person. A failing category does not stop the
 * others and is not asked again. The command names it, so that it does not look like a category without results.
 */
export class CategoryVisit {
  readonly #failed = new Map<string, RetentionError>();
  readonly #doubted = new Map<string, RetentionError>();

  /** @param unreached categories that did not answer before. */
  constructor(unreached: readonly Unreached[] = []) {
    this.note(unreached);
  }

  /** The failed categories with the first error of each, followed by the doubted ones. */
  get unreached(): readonly Unreached[] {
    return [
      ...[...this.#failed].map(([category, error]) => ({ category, error })),
      ...[...this.#doubted].flatMap(([category, error]) =>
        this.#failed.has(category) ? [] : [{ category, error, isDoubted: true } as const],
      ),
    ];
  }

  /** Notes that a category was not reached completely. Work on it continues. */
  doubt(category: string, error: RetentionError): void {
    if (!this.#doubted.has(category)) this.#doubted.set(category, error);
  }

  /**
   * Removes doubts that no longer apply.
   * @param isOver whether the doubt about a category no longer applies.
   */
  async clearDoubts(isOver: (category: string) => Promise<boolean>): Promise<void> {
    const over = await this.each([...this.#doubted.keys()], isOver);
    for (const [category, is] of over) if (is) this.#doubted.delete(category);
  }

  /** Marks categories as failed that did not answer elsewhere. */
  note(unreached: readonly Unreached[]): void {
    for (const { category, error, isDoubted } of unreached)
      if (isDoubted) this.doubt(category, error);
      else if (!this.#failed.has(category)) this.#failed.set(category, error);
  }

  /**
   * Calls `work` for each category that has not failed yet.
   * @returns the results by category, without failed categories.
   * @throws any error that is not a {@link RetentionError}.
   */
  async each<T>(categories: Iterable<string>, work: (category: string) => Promise<T>): Promise<ReadonlyMap<string, T>> {
    const found = new Map<string, T>();
    for (const category of categories) {
      if (this.#failed.has(category)) continue;
      try {
        found.set(category, await work(category));
      } catch (error) {
        if (!(error instanceof RetentionError)) throw error;
        this.#failed.set(category, error);
      }
    }
    return found;
  }
}

/**
 * The categories that a person's command works on: those of the policy with a termination rule, and every other
 * category with a ledger that the key may see.
 * @throws InputError | TransientError if the names of the ledgers cannot be read.
 */
export const ledgerCategories = async (
  { categories }: Pick<RetentionPolicy, 'categories'>,
  ledger: Pick<Ledger, 'categories'>,
): Promise<readonly string[]> => {
  const erasing = [...categories.values()].filter(({ rules }) => rules.termination !== undefined);
  return [...new Set([...erasing.map(({ id }) => id), ...(await ledger.categories())])];
};
