import type { Instant } from '../../lib/policy/time/instant.ts';

interface Planned {
  readonly at: Instant;
  readonly order: number;
  readonly happen: () => unknown;
}

const isBefore = (a: Planned, b: Planned): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/**
 * Waits until every promise that can continue has continued: a tick that a microtask requests comes after all
 * microtasks.
 */
const everythingHasGoneOn = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

/**
 * The virtual time of one world. Time passes only from one planned event to the next. Happenings of the same instant
 * keep the order in which they were planned, so that the same world always takes the same course.
 */
export class Timeline {
  now: Instant;
  #order = 0;
  /** A binary heap: each happening comes before its two children. */
  readonly #heap: Planned[] = [];

  constructor(start: Instant) {
    this.now = start;
  }

  /**
   * Plans something.
   * @param at not before now.
   * @param happen may return a promise that depends on no other happening.
   */
  plan(at: Instant, happen: () => unknown): void {
    const planned = { at: Math.max(at, this.now), order: this.#order++, happen };
    const heap = this.#heap;
    let place = heap.push(planned) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = heap[parent] as Planned;
      if (isBefore(above, planned)) break;
      heap[place] = above;
      place = parent;
    }
    heap[place] = planned;
  }

  #next(): Planned | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Planned, heap[child] as Planned)) child += 1;
      if (isBefore(last, heap[child] as Planned)) break;
      heap[place] = heap[child] as Planned;
      place = child;
    }
    heap[place] = last;
    return first;
  }

  /** Carries out all events that are planned before an instant, one after the other. */
  async run(until: Instant): Promise<void> {
    for (;;) {
      const planned = this.#heap[0];
      if (planned === undefined || planned.at > until) return;
      this.#next();
      this.now = planned.at;
      const happened = planned.happen();
      if (happened instanceof Promise) await happened;
      await everythingHasGoneOn();
    }
  }
}
