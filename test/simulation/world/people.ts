import { replay } from '../../../lib/cli/commands/records/replay-archive.ts';
import type { Session } from '../../../lib/cli/session.ts';
import { finishErasures } from '../../../lib/erasure/due/finish-erasures.ts';
import { runHousekeeping } from '../../../lib/maintenance/housekeeping.ts';
import { purge } from '../../../lib/purge/purge.ts';
import type { Report } from '../../../lib/purge/report/report.ts';
import { FUNCTION_TIME, Invocation, type Surroundings } from '../invocations.ts';
import type { PromiseKind } from '../oracle.ts';
import { MINUTE } from '../promise.ts';
import type { Actors } from './actors.ts';
import type { Functions } from './functions.ts';
import { categoryOf, MAX_TRIES, POLICY, uuidOf, type WorldState } from './world-state.ts';

/** People who run commands by hand, and the daily housekeeping. */
export class People {
  readonly #state: WorldState;
  readonly #actors: Actors;
  readonly #functions: Functions;
  readonly #surroundings: Surroundings;

  constructor(state: WorldState, actors: Actors, functions: Functions, surroundings: Surroundings) {
    this.#state = state;
    this.#actors = actors;
    this.#functions = functions;
    this.#surroundings = surroundings;
  }

  /** `purge --execute` for one category. */
  runByHand(promise: PromiseKind): void {
    const actor = this.#actors.begin(promise, 'by-hand');
    const invocation = new Invocation(actor, this.#surroundings).forFunction(categoryOf(promise), FUNCTION_TIME);
    const { ports, category, policy, erasure, clock } = invocation;
    const work = async (): Promise<Report> => {
      const cluster = await invocation.identify();
      const runId = uuidOf(actor.name);
      const budget = { remaining: () => Number.POSITIVE_INFINITY };
      const trigger = { source: 'command-line' } as const;
      const report = await purge({ runId, trigger, dryRun: false, cluster, policy, category, budget }, ports);
      await finishErasures({ policy, category, cluster }, erasure, clock());
      return report;
    };
    this.#actors.follow(actor, work()).then(
      ({ outcome }) => this.#functions.ended(outcome),
      () => undefined,
    );
  }

  keepHouse(): void {
    const actor = this.#actors.begin('erasure', 'housekeeping');
    const { housekeeping } = new Invocation(actor, this.#surroundings);
    this.#actors.follow(actor, runHousekeeping(POLICY, housekeeping, 'remove')).then(
      ({ categories }) => {
        const removed = categories.some((each) => Object.values(each.removed).some((count) => count > 0));
        this.#state.coverage.hit(removed ? 'housekeeping removed' : 'housekeeping');
      },
      () => undefined,
    );
  }

  /** `replay`, again and again until it has recorded everything. */
  replay(tries = 0): void {
    const { coverage, timeline } = this.#state;
    const again = (): void => {
      if (tries < MAX_TRIES) timeline.plan(timeline.now + 5 * MINUTE, () => this.replay(tries + 1));
    };
    const actor = this.#actors.begin('erasure', 'replay');
    const invocation = new Invocation(actor, this.#surroundings);
    const session = { policy: POLICY, ports: invocation.ports, erasure: invocation.erasure } as unknown as Session;
    this.#actors.follow(actor, replay(session, [], false)).then(({ unreached, withheld }) => {
      if (unreached.length + withheld > 0) return again();
      this.#state.awaitsReplay = false;
      this.#state.replayedAt = timeline.now;
      coverage.hit('replayed');
    }, again);
  }
}
