import type { RetentionPolicy } from '../policy/retention-policy.ts';
import { RetentionError } from '../purge/errors.ts';
import type { Ledger } from './ledger/ledger.ts';

/** A category whose records could not be read or written, and why. */
export interface Unreached {
  readonly category: string;
  readonly error: RetentionError;
  /** It answered, and what was done there stands; something of it could not be matched. */
  readonly isDoubted?: true;
}

/**
 * Works on categories one after the other, for one command of a person. One that fails does not keep the others from being worked on, is not
 * asked again, and is never taken for one in which nothing was found: the command names it.
 */
export class Gathering {
  readonly #failed = new Map<string, RetentionError>();
  readonly #doubted = new Map<string, RetentionError>();

  /** @param unreached categories that did not answer before. */
  constructor(unreached: readonly Unreached[] = []) {
    this.note(unreached);
  }

  /** The categories that failed, the first error of each, then those that are only doubted. */
  get unreached(): readonly Unreached[] {
    return [
      ...[...this.#failed].map(([category, error]) => ({ category, error })),
      ...[...this.#doubted].flatMap(([category, error]) =>
        this.#failed.has(category) ? [] : [{ category, error, isDoubted: true } as const],
      ),
    ];
  }

  /** Says of a category that it is not wholly reached. It is worked on all the same. */
  doubt(category: string, error: RetentionError): void {
    if (!this.#doubted.has(category)) this.#doubted.set(category, error);
  }

  /** Takes doubts back that are over. @param isOver whether that of a category is. */
  async clearDoubts(isOver: (category: string) => Promise<boolean>): Promise<void> {
    const over = await this.each([...this.#doubted.keys()], isOver);
    for (const [category, is] of over) if (is) this.#doubted.delete(category);
  }

  /** Takes others for failed that did not answer elsewhere. */
  note(unreached: readonly Unreached[]): void {
    for (const { category, error, isDoubted } of unreached)
      if (isDoubted) this.doubt(category, error);
      else if (!this.#failed.has(category)) this.#failed.set(category, error);
  }

  /**
   * Does something for each category that has not failed yet.
   * @returns what came of it, by category, without those that failed.
   * @throws whatever is no {@link RetentionError}.
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
 * The categories that a person's command asks: those of the policy that erase, and every other that has a ledger, as far as the key may see.
 * @throws InputError | TransientError when the names of the ledgers cannot be read.
 */
export const ledgerCategories = async (
  { categories }: Pick<RetentionPolicy, 'categories'>,
  ledger: Pick<Ledger, 'categories'>,
): Promise<readonly string[]> => {
  const erasing = [...categories.values()].filter(({ rules }) => rules.termination !== undefined);
  return [...new Set([...erasing.map(({ id }) => id), ...(await ledger.categories())])];
};
