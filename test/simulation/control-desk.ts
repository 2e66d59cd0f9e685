import { holdCommand } from '../../lib/cli/commands/control/hold-command.ts';
import { pauseCommand, resumeCommand } from '../../lib/cli/commands/control/pause-command.ts';
import { releaseCommand } from '../../lib/cli/commands/control/release-command.ts';
import type { CommandProcess } from '../../lib/cli/consent/terminal.ts';
import type { Result } from '../../lib/cli/output/result.ts';
import type { Session } from '../../lib/cli/session.ts';
import type { Hold } from '../../lib/control/controls.ts';
import type { HoldEvent, PauseEvent } from './history.ts';
import { Invocation, type Surroundings } from './invocations.ts';
import type { Keeping, PromiseKind } from './oracle.ts';
import type { Actor } from './port-calls.ts';
import { MINUTE, SKEW } from './promise.ts';
import type { Timeline } from './timeline.ts';

/** A person repeats a command every few minutes until it has done all. */
const AGAIN = 5 * MINUTE;
const MAX_TRIES = 100;

/** The parts of its world that the desk needs. */
interface Desk {
  readonly timeline: Timeline;
  readonly surroundings: Surroundings;
  readonly categoryOf: (promise: PromiseKind) => string;
  readonly indexName: (promise: PromiseKind, index: number) => string;
  readonly newActor: (promise: PromiseKind, what: string) => Actor;
  /** Follows a command to its end, and calls `again` if it fails or dies. */
  readonly follow: (actor: Actor, work: Promise<Result>, done: (result: Result) => void, again: () => void) => void;
  /** From now on, documents are kept. */
  readonly kept: (keeping: Keeping) => void;
}

const iso = (at: number): string => new Date(at).toISOString();

/** Whether a command has done its whole work, and no earlier request is destroying any more. */
const isWhole = ({ json }: Result): boolean => {
  const { stillDestroying = [], notAsked = [], ...others } = json as Readonly<Record<string, readonly unknown[]>>;
  const missing = [others.notHeld, others.notPaused, others.notReleased, others.notResumed].flatMap(
    (each) => each ?? [],
  );
  return stillDestroying.length + notAsked.length + missing.length === 0;
};

/** People who hold documents and pause runs, with the product's own commands. */
export class ControlDesk {
  readonly #desk: Desk;
  /** When controls were being changed, or a pause was in force. */
  readonly #changing: { readonly promise: PromiseKind; readonly from: number; until: number }[] = [];

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  /** Whether controls were changed, or a category paused, at any time since an instant. */
  isBusySince(promise: PromiseKind, from: number): boolean {
    return this.#changing.some((each) => each.promise === promise && each.until >= from);
  }

  hold(event: HoldEvent, name: string): void {
    const { promise, target, reviewAfter, releasedAfter } = event;
    const { now } = this.#desk.timeline;
    const keeping: Keeping = {
      promise,
      scope: target.scope,
      from: Number.POSITIVE_INFINITY,
      until: Number.POSITIVE_INFINITY,
      placedAt: now,
      releasedAt: Number.POSITIVE_INFINITY,
      ...(target.scope === 'account' && { account: target.account }),
      ...(target.scope === 'index' && { index: this.#desk.indexName(promise, target.index) }),
    };
    this.#desk.kept(keeping);
    const asked = {
      ...({ command: 'hold', reason: 'a reason', by: name, json: false } as const),
      reviewAt: iso(now + reviewAfter),
      ...(keeping.account !== undefined && { uin: keeping.account.uin }),
      ...(keeping.account?.app !== undefined && { app: keeping.account.app }),
      ...(keeping.index !== undefined && { index: keeping.index }),
    };
    this.#command(
      promise,
      `hold ${name}`,
      (session, process) => holdCommand(session, { ...asked, ...session.own }, process),
      () => {
        keeping.from = this.#desk.timeline.now;
        if (releasedAfter !== undefined)
          this.#desk.timeline.plan(this.#desk.timeline.now + releasedAfter, () =>
            this.#release(promise, name, keeping),
          );
      },
    );
  }

  #release(promise: PromiseKind, name: string, keeping: Keeping): void {
    keeping.until = this.#desk.timeline.now;
    const release = async (session: Own): Promise<Result> => {
      const found = await session.ports.controls.read(this.#desk.categoryOf(promise));
      const hold = found?.controls.holds.find(({ by }: Hold) => by === name);
      // It was released by an earlier try, whose answer was lost.
      if (hold === undefined) return { page: [], json: {}, exitCode: 0 };
      return releaseCommand(session, { command: 'release', id: hold.id, by: name, json: false, ...session.own });
    };
    this.#command(promise, `release ${name}`, release, () => {
      keeping.releasedAt = this.#desk.timeline.now;
    });
  }

  pause({ promise, lasts, resumedAfter }: PauseEvent, name: string): void {
    const { now } = this.#desk.timeline;
    const until = now + lasts;
    const keeping: Keeping = {
      promise,
      scope: 'pause',
      from: Number.POSITIVE_INFINITY,
      until: until - SKEW,
      placedAt: now,
      releasedAt: until + SKEW,
    };
    this.#desk.kept(keeping);
    const whole = { promise, from: now, until: until + SKEW };
    this.#changing.push(whole);
    const asked = { command: 'pause', reason: 'a reason', until: iso(until), json: false } as const;
    const pause = (session: Own, process: CommandProcess): Promise<Result> =>
      // If a command is repeated after the end of its pause, it has nothing to do.
      this.#desk.timeline.now + SKEW >= until
        ? Promise.resolve({ page: [], json: {}, exitCode: 0 })
        : pauseCommand(session, { ...asked, ...session.own }, process);
    this.#command(promise, `pause ${name}`, pause, () => {
      keeping.from = this.#desk.timeline.now;
    });
    if (resumedAfter !== undefined)
      this.#desk.timeline.plan(now + resumedAfter, () => {
        keeping.until = Math.min(keeping.until, this.#desk.timeline.now);
        const resume = (session: Own): Promise<Result> =>
          resumeCommand(session, { command: 'resume', despiteLost: false, json: false, ...session.own });
        this.#command(promise, `resume ${name}`, resume, () => undefined);
      });
  }

  /** Gives a command, and repeats it until it has done its whole work. */
  #command(
    promise: PromiseKind,
    name: string,
    work: (session: Own, process: CommandProcess) => Promise<Result>,
    done: () => void,
  ): void {
    const { timeline, newActor, follow, surroundings, categoryOf } = this.#desk;
    const busy = { promise, from: timeline.now, until: Number.POSITIVE_INFINITY };
    this.#changing.push(busy);
    const attempt = (tries: number): void => {
      const actor = newActor(promise, name);
      const invocation = new Invocation(actor, surroundings);
      const process = { wait: (milliseconds: number) => surroundings.wait(actor, milliseconds) } as CommandProcess;
      const category = surroundings.policy.categories.get(categoryOf(promise));
      const session = {
        policy: surroundings.policy,
        policyFile: 'retention-policy.yml',
        categories: [category],
        ports: invocation.ports,
        erasure: invocation.erasure,
        own: { selection: { category: [categoryOf(promise)] } },
      } as unknown as Own;
      const again = (): void => {
        if (tries < MAX_TRIES) timeline.plan(timeline.now + AGAIN, () => attempt(tries + 1));
      };
      const end = (result: Result): void => {
        if (isWhole(result)) {
          busy.until = timeline.now;
          done();
        } else again();
      };
      follow(actor, work(session, process), end, again);
    };
    attempt(0);
  }
}

/** A session of one category. */
type Own = Session & { readonly own: { readonly selection: { readonly category: readonly string[] } } };
