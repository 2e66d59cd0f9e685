import { TransientError } from '../../lib/base/errors.ts';
import { fateByCode } from '../support/in-memory/in-memory-cluster.ts';
import type { Coverage } from './coverage.ts';
import type { Fault, FaultEvent, When } from './history.ts';
import { fractionOf, hashOf } from './random.ts';
import type { Timeline } from './timeline.ts';

/** One invocation of a function, or one command of a person, from its start to its end or crash. */
export class Actor {
  readonly name: string;
  readonly promise: 'age' | 'erasure';
  readonly slot: number;
  readonly startedAt: number;
  /** How far its clock is ahead. */
  readonly skew: number;
  readonly salt: number;
  /** A person has started the run. */
  readonly isByHand: boolean;
  isDead = false;
  endedAt = Number.POSITIVE_INFINITY;
  calls = 0;
  readonly stepCalls = new Map<string, number>();
  /** The faults that happened in it. */
  readonly faults: string[] = [];
  /** When it last listed indices, and counted documents in them, by the world's clock. */
  listedAt = Number.NEGATIVE_INFINITY;
  countedAt = Number.NEGATIVE_INFINITY;
  firstCountedAt = Number.POSITIVE_INFINITY;
  /** When it looked at the ledger. */
  readonly looks: number[] = [];
  /** When it last asked the archive for events. */
  archiveLookedAt = Number.NEGATIVE_INFINITY;
  /** Indices that it has blocked and not yet dropped or unblocked. */
  readonly blocked = new Set<string>();
  /** Whether so many documents may be due that the run refuses its plan. */
  isShareLarge = false;

  constructor(name: string, about: Pick<Actor, 'promise' | 'slot' | 'startedAt' | 'skew'>, seed: string) {
    this.name = name;
    this.promise = about.promise;
    this.slot = about.slot;
    this.startedAt = about.startedAt;
    this.skew = about.skew;
    this.isByHand = name.startsWith('by-hand');
    this.salt = hashOf(`${seed} ${name}`);
  }
}

interface Anchored {
  readonly when: Extract<When, { step: string }>;
  readonly happen: () => void;
}

/** Requests to Elasticsearch end after a minute. */
const LONGEST = 60_000;
const NEVER = new Promise<never>(() => undefined);

const CODES = { archive: 'archive-failed', queue: 'queue-unavailable', bus: 'bus-refused' } as const;
const FATES = ['timeout', 'no-server', 'store-busy'] as const;
/** The cluster has decided not to do it. */
const REFUSAL = 'cluster_block_exception';

const failureOf = (step: string, choice: number, fault: Fault): TransientError => {
  const [port = ''] = step.split('.');
  const isRefused = fault === 'lost' && port === 'remover' && choice % 4 === 0;
  // A cluster that says it is busy has answered: it deletes nothing more.
  const fates = fault !== 'lost' && step === 'remover.deleteSlice' ? FATES.slice(0, 2) : FATES;
  const fate = isRefused ? REFUSAL : (fates[choice % fates.length] ?? 'timeout');
  const code = CODES[port as keyof typeof CODES] ?? fate;
  return new TransientError(
    code,
    { expected: `an answer to ${step}`, found: 'none', fix: 'It is a simulation.' },
    { requestFate: fateByCode(code) },
  );
};

/** Steps whose adapters turn a missing answer into "unknown". */
const UNKNOWN: Readonly<Record<string, () => unknown>> = {
  'store.serverTime': () => undefined,
  'store.operations': () => new Map(),
  'remover.operations': () => undefined,
  'lease.release': () => undefined,
};

/**
 * Every call of every port, in the order of the virtual time. Each takes a moment, and each may go wrong as the history
 * says.
 */
export class PortCalls {
  readonly #timeline: Timeline;
  readonly #coverage: Coverage;
  readonly #faults: Map<string, FaultEvent[]>;
  readonly #anchored = new Map<string, Anchored[]>();
  readonly #trace: ((line: string) => void) | undefined;
  /** The invocation whose call has its effect now; undefined while a writer writes. */
  acting: Actor | undefined;
  /** Whether no call of a port is answered at this moment. */
  isOut: (port: string) => boolean = () => false;
  onFault: (actor: Actor, fault: Fault) => void = () => undefined;
  /** The number of actions so far, in their order. */
  fingerprint = 0;
  /** Called before a call has its effect. */
  onEffect: (actor: Actor, step: string, given: readonly unknown[]) => void = () => undefined;

  constructor(
    timeline: Timeline,
    coverage: Coverage,
    faults: readonly FaultEvent[],
    trace: ((line: string) => void) | undefined,
  ) {
    this.#timeline = timeline;
    this.#coverage = coverage;
    this.#faults = Map.groupBy(faults, ({ step }) => step);
    this.#trace = trace;
  }

  /** Lets something happen before a call. */
  anchor(when: Anchored['when'], happen: () => void): void {
    const there = this.#anchored.get(when.step) ?? [];
    this.#anchored.set(when.step, there);
    there.push({ when, happen });
  }

  /** A port whose calls an invocation makes through the timeline. Members that are no functions are not changed. */
  port<T extends object>(actor: Actor, name: string, port: T): T {
    const wrapped: Record<string, unknown> = {};
    for (const key of Object.keys(port)) {
      const { get, value: member } = Object.getOwnPropertyDescriptor(port, key) ?? {};
      // A getter may take long, and only tests read it.
      if (get !== undefined) Object.defineProperty(wrapped, key, { get });
      else if (typeof member !== 'function') wrapped[key] = member;
      else
        wrapped[key] = (...given: unknown[]) =>
          this.call(actor, `${name}.${key}`, () => Reflect.apply(member, port, given), given);
    }
    return wrapped as T;
  }

  /**
   * One call.
   * @param does the effect, at one instant.
   * @param given its arguments.
   */
  call<T>(actor: Actor, step: string, does: () => T | Promise<T>, given: readonly unknown[] = []): Promise<T> {
    if (actor.isDead) return NEVER;
    const effect = (): T | Promise<T> => {
      this.onEffect(actor, step, given);
      return does();
    };
    const nth = actor.stepCalls.get(step) ?? 0;
    actor.stepCalls.set(step, nth + 1);
    const count = actor.calls++;
    this.#happenBefore(actor, step, nth);
    const fault = this.isOut(step) ? 'lost' : this.#faultOf(actor, step, nth, count);
    const chance = fractionOf(actor.salt, count);
    // Most requests take milliseconds, some of them seconds.
    const takes = 1 + Math.floor(chance < 0.97 ? chance * 60 : (chance - 0.97) * 100_000);
    if (fault === undefined) return this.#effectIn(actor, step, takes, effect, chance);
    actor.faults.push(`${step} ${fault}`);
    this.#coverage.hit(`${fault} ${step}`);
    this.onFault(actor, fault);
    return this.#disturbed(actor, step, fault, takes, effect);
  }

  #happenBefore(actor: Actor, step: string, nth: number): void {
    const anchored = this.#anchored.get(step);
    if (anchored === undefined) return;
    for (const each of anchored.filter(({ when }) => when.slot <= actor.slot && when.nth === nth)) {
      anchored.splice(anchored.indexOf(each), 1);
      this.#timeline.plan(this.#timeline.now + each.when.after, each.happen);
    }
  }

  #faultOf(actor: Actor, step: string, nth: number, count: number): Fault | undefined {
    for (const [key, number] of [
      [step, nth],
      ['*', count],
    ] as const) {
      const faults = this.#faults.get(key);
      const found = faults?.find((each) => each.slot <= actor.slot && each.nth === number);
      if (faults === undefined || found === undefined) continue;
      faults.splice(faults.indexOf(found), 1);
      return found.fault;
    }
    return undefined;
  }

  /** Carries out the effect after so many milliseconds, and passes its answer on. */
  #effectIn<T>(actor: Actor, step: string, takes: number, effect: () => T | Promise<T>, chance: number): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#timeline.plan(this.#timeline.now + takes, () => {
        // A request that was sent before a crash may still be carried out.
        if (actor.isDead && chance < 0.5) return undefined;
        this.#trace?.(`${this.#timeline.now} ${actor.name} ${step}`);
        const answer = this.#now(actor, effect);
        return actor.isDead ? answer.catch(() => undefined) : answer.then(resolve, reject);
      });
    });
  }

  /** Carries out an effect at this instant. */
  async #now<T>(actor: Actor, effect: () => T | Promise<T>): Promise<T> {
    this.acting = actor;
    this.fingerprint = (Math.imul(this.fingerprint ^ actor.salt, 0x01000193) + this.#timeline.now) | 0;
    return effect();
  }

  #disturbed<T>(actor: Actor, step: string, fault: Fault, takes: number, effect: () => T | Promise<T>): Promise<T> {
    const choice = Math.floor(fractionOf(actor.salt, ~actor.calls) * 1_000);
    const { now } = this.#timeline;
    const long = Math.floor(LONGEST * fractionOf(actor.salt, -actor.calls - 1_000));
    return new Promise((resolve, reject) => {
      const fail = (at: number): void =>
        this.#timeline.plan(at, () => {
          if (actor.isDead) return;
          const unknown = UNKNOWN[step];
          if (unknown !== undefined) resolve(unknown() as T);
          else reject(failureOf(step, choice, fault));
        });
      const happenAt = (at: number, then: (answer: Promise<T>) => unknown): void =>
        this.#timeline.plan(at, () => {
          this.#trace?.(`${this.#timeline.now} ${actor.name} ${step} (${fault})`);
          return then(this.#now(actor, effect));
        });
      const ignore = (answer: Promise<T>): Promise<unknown> => answer.catch(() => undefined);
      const pass = (answer: Promise<T>): Promise<unknown> => answer.then(resolve, reject);
      const crash = (): void => {
        actor.isDead = true;
        actor.endedAt = this.#timeline.now;
      };
      this.#trace?.(`${now} ${actor.name} ${step}: ${fault}`);
      switch (fault) {
        case 'lost':
          return fail(now + takes);
        case 'answer-lost':
          happenAt(now + takes, ignore);
          return fail(now + takes + 1);
        case 'late':
          happenAt(now + Math.max(takes, long), ignore);
          return fail(now + Math.min(takes, long));
        case 'slow':
          return happenAt(now + long, (answer) => (actor.isDead ? ignore(answer) : pass(answer)));
        case 'twice':
          happenAt(now + takes, ignore);
          // A drop is sent once. Only its answer may come twice.
          return happenAt(now + (step === 'remover.drop' ? takes : 2 * takes), pass);
        case 'crash-before':
          return this.#timeline.plan(now + takes, crash);
        case 'crash-after':
          return happenAt(now + takes, (answer) => {
            crash();
            return ignore(answer);
          });
      }
    });
  }
}
