import { shared } from '../../base/batch-calls.ts';
import { RefusedError, RetentionError } from '../../base/errors.ts';
import type { ControlStore, StoredControls } from '../../control/control-store.ts';
import type { Clock, Instant } from '../../policy/time/instant.ts';
import { UNANSWERED_MILLISECONDS } from '../destruction.ts';

/** Why a run destroys nothing more. */
export interface Stopped {
  readonly why: string;
  /** The controls could not be read, so it is not known whether they changed. */
  readonly isUnread: boolean;
}

const changed = (category: string): RefusedError =>
  new RefusedError('controls-changed', {
    expected: `the controls of "${category}" as the plan read them`,
    found: 'that somebody placed or released a hold, or paused or resumed the category',
    fix: 'Nothing more is destroyed by this run. The next run plans anew.',
  });

const unread = (category: string, { code, explanation }: RetentionError): RefusedError =>
  new RefusedError('controls-unread', {
    expected: `the controls of "${category}" before each destructive request`,
    found: `${code}: ${explanation.found}`,
    fix: `Nothing more is destroyed by this run. ${explanation.fix}`,
  });

/**
 * Compares the controls with the controls of the plan before each destructive request of one run. Once they differ or
 * cannot be read, the run destroys nothing more. Also notes requests that got no answer.
 */
export class ControlCheck {
  readonly #store: Pick<ControlStore, 'version'>;
  readonly #category: string;
  readonly #planned: StoredControls;
  readonly #clock: Clock;
  #error: RefusedError | undefined;
  #unansweredUntil: Instant | undefined;

  /** @param planned the controls that the plan was made with. */
  constructor(store: Pick<ControlStore, 'version'>, category: string, planned: StoredControls, clock: Clock) {
    this.#store = store;
    this.#category = category;
    this.#planned = planned;
    this.#clock = clock;
  }

  /** Indices that are dropped by one request share one check, which begins after all of them have asked for it. */
  readonly #look = shared(async (): Promise<RefusedError | undefined> => {
    try {
      const version = await this.#store.version(this.#category);
      return version === this.#planned.version ? undefined : changed(this.#category);
    } catch (error) {
      if (!(error instanceof RetentionError)) throw error;
      return unread(this.#category, error);
    }
  });

  /**
   * Reads the controls. Called right before each destructive request.
   * @throws RefusedError `controls-changed`, `controls-unread`; the same again at each later call.
   */
  assertUnchanged = async (): Promise<void> => {
    // Another check may have found a change meanwhile, even if it began later.
    const found = this.#error ?? (await this.#look());
    this.#error ??= found;
    if (this.#error !== undefined) throw this.#error;
  };

  /** A destructive request, or the block before a drop, got no answer: the cluster may still be executing it. */
  onUnanswered = (): void => {
    this.#unansweredUntil = this.#clock() + UNANSWERED_MILLISECONDS;
  };

  /** Until when requests without an answer may still be executed; undefined if all were answered. */
  get unansweredUntil(): Instant | undefined {
    return this.#unansweredUntil;
  }

  /** Why the run destroys nothing more; undefined if it may continue. */
  get stopped(): Stopped | undefined {
    if (this.#error === undefined) return undefined;
    const { code, explanation } = this.#error;
    return { why: explanation.found, isUnread: code === 'controls-unread' };
  }
}
