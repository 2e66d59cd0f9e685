import { RetentionError } from '../../../lib/base/errors.ts';
import type { Fault } from '../history.ts';
import type { PromiseKind } from '../oracle.ts';
import { Actor } from '../port-calls.ts';
import { BETWEEN, type WorldState } from './world-state.ts';

/** All actors that are at work in a world, each followed to its end or crash. */
export class Actors {
  readonly #state: WorldState;
  readonly #all: Actor[] = [];
  readonly #names = new Map<string, number>();
  readonly #onCrash = new Map<Actor, () => void>();

  constructor(state: WorldState) {
    this.#state = state;
    state.calls.onFault = (actor, fault) => this.#faultHappened(actor, fault);
  }

  /** Begins a new actor. */
  begin(promise: PromiseKind, what: string, slot = this.#slotNow(promise)): Actor {
    const { now, history } = this.#state;
    const about = { promise, slot, startedAt: now, skew: this.#state.skewOf('function') };
    const before = this.#names.get(what) ?? 0;
    this.#names.set(what, before + 1);
    // The name decides how long its requests take. It must not depend on other events of the history.
    const name = `${what} of ${promise}${before === 0 ? '' : `, ${before + 1}`}`;
    const actor = new Actor(name, about, history.seed);
    this.#all.push(actor);
    return actor;
  }

  #slotNow(promise: PromiseKind): number {
    return Math.floor((this.#state.now - this.#state.history.start) / BETWEEN[promise]);
  }

  /** Follows work to its end. If the actor crashes, the work never ends, and `crashed` is called. */
  async follow<T>(actor: Actor, work: Promise<T>, crashed?: () => void): Promise<T> {
    if (crashed !== undefined) this.#onCrash.set(actor, crashed);
    const { oracle } = this.#state;
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof RetentionError))
        oracle.complain('bug', this.#state.now, `${actor.name} threw ${error instanceof Error ? error.stack : error}`);
      throw error;
    } finally {
      actor.endedAt = this.#state.now;
    }
  }

  /** Lambda ends a function that is still at work when its time is over. */
  endAt(instant: number, actor: Actor, crashed: () => void): void {
    this.#state.timeline.plan(instant, () => {
      if (actor.isDead || actor.endedAt <= this.#state.now) return;
      actor.isDead = true;
      actor.endedAt = this.#state.now;
      this.#state.coverage.hit('timed out');
      crashed();
    });
  }

  /** Whether this is true of any actor of the world. */
  some(is: (actor: Actor) => boolean): boolean {
    return this.#all.some(is);
  }

  #faultHappened(actor: Actor, fault: Fault): void {
    if (!fault.startsWith('crash')) return;
    const { coverage, timeline } = this.#state;
    if (actor.blocked.size > 0) coverage.hit('crash between block and drop');
    const look = (): void => {
      if (actor.isDead) this.#onCrash.get(actor)?.();
      else timeline.plan(timeline.now + 1_000, look);
    };
    timeline.plan(timeline.now + 1_000, look);
  }
}
