import { returnedEvents } from '../../../lib/erasure/intake/returned-event.ts';
import type { Category } from '../../../lib/policy/retention-policy.ts';
import { returnedAccounts } from '../account-audit.ts';
import type { ControlDesk } from '../control-desk.ts';
import { eventsOf } from '../history.ts';
import { Invocation, type Surroundings } from '../invocations.ts';
import type { PromiseKind } from '../oracle.ts';
import { DAY, HOUR, SKEW } from '../promise.ts';
import { fractionOf, hashOf } from '../random.ts';
import type { Actors } from './actors.ts';
import { type Functions, RETRIES } from './functions.ts';
import { endPart, type OpenSlot } from './slots.ts';
import { BETWEEN, categoryOf, POLICY, PREFIX, uuidOf, type WorldState } from './world-state.ts';

/** The schedules of the functions and of the audit. At the end of each slot, the oracle is asked. */
export class Schedules {
  readonly #state: WorldState;
  readonly #actors: Actors;
  readonly #functions: Functions;
  readonly #surroundings: Surroundings;
  readonly #desk: ControlDesk;
  /** Whether an erasure was closed. Before, the audit has nothing to find. */
  readonly #hasClosed: () => boolean;
  /** The slots by the id in the messages of an audit. */
  readonly #audits = new Map<string, OpenSlot>();
  readonly #blockedBefore = new Map<string, number>();

  constructor(
    state: WorldState,
    parts: { readonly actors: Actors; readonly functions: Functions; readonly desk: ControlDesk },
    surroundings: Surroundings,
    hasClosed: () => boolean,
  ) {
    this.#state = state;
    this.#actors = parts.actors;
    this.#functions = parts.functions;
    this.#desk = parts.desk;
    this.#surroundings = surroundings;
    this.#hasClosed = hasClosed;
  }

  /** Plans all runs of a category. */
  scheduleRuns(promise: PromiseKind): void {
    const phase = Math.floor(fractionOf(hashOf(this.#state.history.seed), promise.length) * BETWEEN[promise]);
    this.#scheduleEvery(BETWEEN[promise], phase, (number) =>
      this.#functions.invokeRun(promise, `run-${number}`, this.#newSlot(promise, number, 'run')),
    );
  }

  /** Plans all audits. */
  scheduleAudits(): void {
    const phase = Math.floor(fractionOf(hashOf(this.#state.history.seed), -1) * HOUR);
    this.#scheduleEvery(HOUR, phase, (number) => {
      if (this.#hasClosed()) this.#audit(this.#newSlot('erasure', number, 'audit'), 0);
    });
  }

  /** The slot of the audit that has published an event, which has one more part from now on. */
  auditOf(auditId: string): OpenSlot | undefined {
    const audit = this.#audits.get(auditId);
    if (audit !== undefined) audit.open += 1;
    return audit;
  }

  #scheduleEvery(between: number, phase: number, begin: (number: number) => void): void {
    const { history, timeline } = this.#state;
    for (let number = 0; number < history.slots; number++) {
      const gap = eventsOf('gap', history).find(({ from }) => from <= number * between);
      const at = history.start + phase + number * between + (gap === undefined ? 0 : gap.days * DAY);
      timeline.plan(at, () => begin(number));
    }
  }

  #newSlot(promise: PromiseKind, number: number, of: OpenSlot['of']): OpenSlot {
    const startedAt = this.#state.now;
    const nextAt = startedAt + (of === 'run' ? BETWEEN[promise] : HOUR);
    const onEnd = (slot: OpenSlot): void => this.#slotEnded(slot);
    return { of, promise, number, startedAt, nextAt, excuses: new Set(), actors: [], open: 1, onEnd };
  }

  #audit(slot: OpenSlot, tries: number): void {
    const { coverage, timeline } = this.#state;
    const actor = this.#actors.begin('erasure', `audit-${slot.number}`, slot.number);
    slot.actors.push(actor);
    const category = POLICY.categories.get(categoryOf('erasure')) as Category;
    const { publisher } = new Invocation(actor, this.#surroundings);
    const auditId = uuidOf(actor.name);
    const work = async (): Promise<void> => {
      const returned = await returnedAccounts(actor, this.#surroundings, category, PREFIX.erasure);
      if (returned.length > 0) coverage.hit('audit found erased data');
      const subjects = returned.map(({ entry, account }) => ({ entry, subject: account }));
      this.#audits.set(auditId, slot);
      for (const event of returnedEvents({ category: category.id, auditId, subjects })) await publisher.publish(event);
    };
    const again = (): void => {
      const wait = RETRIES[tries];
      if (wait === undefined) endPart(slot);
      else timeline.plan(timeline.now + wait, () => this.#audit(slot, tries + 1));
    };
    this.#actors.follow(actor, work(), again).then(() => endPart(slot), again);
  }

  #slotEnded(slot: OpenSlot): void {
    const { now, coverage, oracle } = this.#state;
    this.#excuse(slot);
    if (slot.of === 'audit') {
      coverage.hit(slot.excuses.size === 0 ? 'audit undisturbed' : 'audit disturbed');
      oracle.auditEnded(slot, now);
      return;
    }
    if (slot.actors.length === 1) coverage.hit(slot.excuses.size === 0 ? 'slot undisturbed' : 'slot disturbed');
    oracle.slotEnded(slot, now);
    if (slot.excuses.size === 0) this.#checkBlocks(slot, now);
  }

  /** Adds a reason why a slot cannot be expected to have done its work. */
  #excuse({ actors, excuses, promise, startedAt }: OpenSlot): void {
    if (actors.some(({ faults }) => faults.length > 0)) excuses.add('fault');
    if (actors.some(({ isShareLarge }) => isShareLarge)) excuses.add('share');
    if (Math.abs(this.#state.skewOf('function')) + Math.abs(this.#state.skewOf('cluster')) > SKEW) excuses.add('skew');
    if (actors.some(({ skew }) => Math.abs(skew) > SKEW)) excuses.add('skew');
    if (this.#state.isOut(promise)) excuses.add('outage');
    if (this.#desk.isBusySince(promise, startedAt)) excuses.add('control');
    if (this.#state.awaitsReplay) excuses.add('restore');
  }

  /** A block of ours must not stay over two undisturbed runs: nobody could write. */
  #checkBlocks({ promise }: OpenSlot, now: number): void {
    for (const [name, { description }] of this.#state.stores.cluster.indices) {
      if (!name.startsWith(PREFIX[promise])) continue;
      const isBlocked = description.blocks.includes('write') && !this.#state.isOut(promise);
      const times = isBlocked ? (this.#blockedBefore.get(description.uuid) ?? 0) + 1 : 0;
      this.#blockedBefore.set(description.uuid, times);
      if (times === 2) this.#state.oracle.complain('blocked', now, `${name} is still blocked for writes`);
    }
  }
}
