import { ERASED_DATA_RETURNED, PURGE_UNFINISHED } from '../../lib/erasure/events/bus-sources.ts';
import type { PublishedEvent } from '../../lib/erasure/events/event-publisher.ts';
import { ControlDesk } from './control-desk.ts';
import type { Event, History, PauseEvent, When } from './history.ts';
import type { Surroundings } from './invocations.ts';
import type { Complaint } from './oracle.ts';
import { AccountSystem } from './world/account-system.ts';
import { Actors } from './world/actors.ts';
import { Functions } from './world/functions.ts';
import { Indices } from './world/indices.ts';
import { People } from './world/people.ts';
import { Records } from './world/records.ts';
import { Schedules } from './world/schedules.ts';
import { categoryOf, POLICY, promiseOf, uuidOf, WorldState } from './world/world-state.ts';

/** The result of a world. */
export interface Course {
  readonly complaints: readonly Complaint[];
  /** Runs from lease to report. */
  readonly runs: number;
  readonly coverage: ReadonlyMap<string, number>;
  /** It is equal for equal courses. */
  readonly fingerprint: string;
}

/**
 * One world: a cluster, functions on their schedules, an account system, people, and everything of a history that
 * happens to them. Time passes only as things happen.
 */
class World {
  readonly #state: WorldState;
  readonly #indices: Indices;
  readonly #functions: Functions;
  readonly #schedules: Schedules;
  readonly #accounts: AccountSystem;
  readonly #people: People;
  readonly #records: Records;
  readonly #desk: ControlDesk;
  #holds = 0;

  constructor(history: History, trace?: (line: string) => void) {
    const state = new WorldState(history, trace);
    const actors = new Actors(state);
    const surroundings: Surroundings = {
      policy: POLICY,
      stores: state.stores,
      calls: state.calls,
      now: () => state.now,
      clusterNow: () => state.now + state.skewOf('cluster'),
      publish: (event) => this.#published(event),
      wait: (actor, milliseconds) =>
        new Promise((resolve) => state.timeline.plan(state.now + milliseconds, () => void (actor.isDead || resolve()))),
    };
    this.#state = state;
    this.#records = new Records(state, actors);
    this.#indices = new Indices(state);
    this.#functions = new Functions(state, actors, surroundings);
    this.#accounts = new AccountSystem(state, actors, this.#functions, surroundings);
    this.#people = new People(state, actors, this.#functions, surroundings);
    this.#desk = new ControlDesk({
      timeline: state.timeline,
      surroundings,
      categoryOf,
      indexName: (promise, index) => state.indexName(promise, index),
      newActor: (promise, what) => actors.begin(promise, what),
      follow: (actor, work, done, again) => void actors.follow(actor, work, again).then(done, again),
      kept: (keeping) => state.oracle.keepings.push(keeping),
    });
    this.#schedules = new Schedules(
      state,
      { actors, functions: this.#functions, desk: this.#desk },
      surroundings,
      () => this.#records.hasClosed,
    );
  }

  /** Runs the whole history. */
  async run(): Promise<Course> {
    const { history, timeline, coverage, oracle, calls } = this.#state;
    this.#indices.createAll();
    for (const event of history.events) this.#plan(event);
    for (const promise of history.promises) {
      this.#schedules.scheduleRuns(promise);
      if (promise === 'erasure') this.#schedules.scheduleAudits();
    }
    await null;
    await timeline.run(Number.POSITIVE_INFINITY);
    coverage.hit('erased again', oracle.erasedAgain);
    return {
      complaints: oracle.complaints,
      runs: this.#functions.runs,
      coverage: coverage.counts,
      fingerprint: (calls.fingerprint >>> 0).toString(16),
    };
  }

  #at(when: When, happen: () => unknown): void {
    const { timeline, calls, history } = this.#state;
    if ('at' in when) timeline.plan(history.start + when.at, happen);
    else calls.anchor(when, () => void happen());
  }

  #plan(event: Event): void {
    const { timeline, history } = this.#state;
    switch (event.kind) {
      case 'write':
        // Documents from before the start are there when it begins.
        if ('at' in event.when && event.when.at < 0) this.#indices.write(event, history.start + event.when.at);
        else this.#at(event.when, () => this.#indices.writeNow(event));
        break;
      case 'message':
        this.#at(event.when, () => this.#accounts.tell(event));
        break;
      case 'run':
        this.#at(event.when, () => this.#runAgain(event));
        break;
      case 'hold':
        this.#at(event.when, () => this.#desk.hold(event, `${event.target.scope} ${this.#holds++}`));
        break;
      case 'pause':
        this.#at(event.when, () => this.#pause(event));
        break;
      case 'housekeeping':
        this.#at(event.when, () => this.#people.keepHouse());
        break;
      case 'restore':
        this.#planRestore(event);
        break;
      case 'outage':
        timeline.plan(history.start + event.from, () => this.#indices.break(event));
        timeline.plan(history.start + event.until, () => this.#indices.repair(event));
        break;
    }
  }

  #pause(event: PauseEvent): void {
    const { now, oracle, coverage } = this.#state;
    const end = now + Math.min(event.lasts, event.resumedAfter ?? event.lasts);
    if (oracle.hasDeadline(event.promise, now, end)) coverage.hit('pause across a deadline');
    this.#desk.pause(event, `${this.#holds++}`);
  }

  #runAgain({ by, promise }: Extract<Event, { kind: 'run' }>): void {
    if (by === 'person') this.#people.runByHand(promise);
    else this.#functions.invokeRun(promise, 'run-again', undefined);
  }

  #planRestore({ what, index, takenAt, when }: Extract<Event, { kind: 'restore' }>): void {
    const { timeline, history } = this.#state;
    let restore: () => void = () => undefined;
    timeline.plan(history.start + takenAt, () => {
      restore =
        what === 'index' ? this.#indices.snapshot(index) : this.#records.snapshot(what, () => this.#people.replay());
    });
    this.#at(when, () => restore());
  }

  /** The bus gives an event of the service to the function that it is for. */
  #published(event: PublishedEvent): void {
    const { coverage, timeline } = this.#state;
    coverage.hit(event.detailType);
    const what = { [PURGE_UNFINISHED]: 'hop', [ERASED_DATA_RETURNED]: 'returned' }[event.detailType];
    if (what === undefined) return;
    const promise = promiseOf(String(event.detail.category));
    const { now } = timeline;
    const audit = this.#schedules.auditOf(String(event.detail.auditId));
    const busEvent = {
      ...event,
      'detail-type': event.detailType,
      id: uuidOf(`bus ${now}`),
      time: new Date(now).toISOString(),
    };
    timeline.plan(now + 500, () => this.#functions.deliver(promise, busEvent, what, audit));
  }
}

/**
 * Runs a history from its start to its end.
 * @param trace called with each step.
 */
export const simulate = (history: History, trace?: (line: string) => void): Promise<Course> =>
  new World(history, trace).run();
