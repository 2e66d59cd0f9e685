import type { Clock, Instant } from '../../policy/time/instant.ts';
import type { Pace, PacedWork, Probe, Rested } from './pace.ts';

/** Time that only moves forward, in milliseconds, and a way to let it pass. */
export interface Stopwatch {
  now(): number;
  /** @param signal ends the wait early. It never throws. */
  wait(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** Documents of one request. Whoever else needs the shard or the processor waits for one such request at most. */
const BATCH = 2_000;

/** The requests that are sent before anything is measured: a few requests need no throttle. */
const UNMEASURED = 3;

/** By which part searches of others may become slower on average. They hurt when they are twice as slow. */
const TOLERATED = 0.2;

/** By which part a search counts as slower if the cluster rejected it. */
const REJECTED = 10;

/** The weight of the latest request. After ten requests, everything before them counts less than 1 %. */
const WEIGHT = 0.4;

/** The longest rest. It must be short, so that the throttle soon notices the end of an outage. */
const LONGEST_REST = 5_000;

/** The time in which a promise is kept again that is already broken. */
const AGAIN_WITHIN = 15 * 60_000;

/** A rest is waited out in parts, so that an interruption ends it. */
const PART_OF_REST = 200;

/** The searches that are sent before the first measured request, to learn how fast the cluster is without us. */
const FIRST_IDLE = 5;

/** The number of such searches that is remembered: the latest ones. */
const LAST_IDLE = 15;

/** After this time without such a search, some are sent again: the cluster may be faster or slower by now. */
const IDLE_LASTS = 30_000;

/** How often a run that waits for its turn keeps its lease. A lease lasts four times as long or longer. */
const KEEP_LEASE_EVERY = 20_000;

/** The milliseconds between two searches. */
const BETWEEN_SEARCHES = 20;

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

/** A search that was sent, and whether it was answered or failed. */
interface OpenSearch {
  readonly begin: number;
  readonly answered: Promise<boolean>;
}

/** One run, as the throttle sees it. */
interface PacedRun {
  readonly work: PacedWork;
  /** When all documents must be deleted. */
  readonly endBy: Instant;
  documentsLeft: number;
  rested: Rested;
}

/**
 * Slows down deletions when they slow down others. The runs of one process share it, and one request of them is at work
 * at a time. During a request and between requests, it measures the time of small searches of its own. The longer the
 * former take, compared with the latter, the longer it rests after the request. See decision 0024.
 */
export class Throttle {
  readonly #probe: Probe;
  readonly #stopwatch: Stopwatch;
  readonly #clock: Clock;
  readonly #runs = new Set<PacedRun>();
  #lastTurn: Promise<unknown> = Promise.resolve();
  #sent = 0;
  #restUntil = Number.NEGATIVE_INFINITY;
  #isShortened = false;
  /** The times of the latest searches while no request of ours was at work. */
  #idle: readonly number[] = [];
  #idleAt = Number.NEGATIVE_INFINITY;
  /** A search that has no answer yet. Only one is at work, so that they never pile up. */
  #open: OpenSearch | undefined;
  /** By which part a search is slower while a request of ours is at work. */
  #slowdown = 0;

  /**
   * @param stopwatch measures and waits.
   * @param clock tells how far away the end of a promise is.
   */
  constructor(probe: Probe, stopwatch: Stopwatch, clock: Clock) {
    this.#probe = probe;
    this.#stopwatch = stopwatch;
    this.#clock = clock;
  }

  /** The pace of a run that begins now. The run must call its `end`. */
  paceOf(work: PacedWork): Pace {
    const run: PacedRun = {
      work,
      endBy: this.#endOf(work),
      documentsLeft: work.documents,
      rested: { milliseconds: 0, isShortened: false },
    };
    this.#runs.add(run);
    return {
      batch: BATCH,
      // Others would only wait for their turn, while their lease runs out.
      atOnce: 1,
      request: (index, send) => this.#inTurn(run, () => this.#paced(index, run, send)),
      expect: (documents) => {
        run.documentsLeft += documents;
      },
      get rested() {
        return run.rested;
      },
      end: () => void this.#runs.delete(run),
    };
  }

  /** When all documents of a run must be deleted. */
  #endOf({ brokenFrom = Number.POSITIVE_INFINITY }: PacedWork): Instant {
    const now = this.#clock();
    return brokenFrom > now ? brokenFrom : now + AGAIN_WITHIN;
  }

  async #inTurn<T>(run: PacedRun, work: () => Promise<T>): Promise<T> {
    const before = this.#lastTurn;
    const { promise, resolve: end } = Promise.withResolvers<void>();
    this.#lastTurn = promise;
    try {
      await this.#keepingLease(run, before);
      return await work();
    } finally {
      end();
    }
  }

  /** Waits for the turn of a run. If others take long, its lease would run out meanwhile. */
  async #keepingLease({ work }: PacedRun, turn: Promise<unknown>): Promise<void> {
    const begun = new AbortController();
    void turn.then(() => begun.abort());
    await this.#stopwatch.wait(0, begun.signal);
    while (!begun.signal.aborted) {
      await this.#stopwatch.wait(KEEP_LEASE_EVERY, begun.signal);
      // If it is lost, the permission of the next request says so.
      if (!begun.signal.aborted) await work.keepLease().catch(() => undefined);
    }
  }

  async #paced<T extends { readonly deleted: number }>(
    index: string,
    run: PacedRun,
    send: () => Promise<T>,
  ): Promise<T> {
    this.#sent += 1;
    if (this.#sent <= UNMEASURED) return send();
    await this.#rest(index, run);
    const begin = this.#stopwatch.now();
    const answer = await this.#measured(index, send);
    run.documentsLeft = Math.max(0, run.documentsLeft - answer.deleted);
    this.#planRest(this.#stopwatch.now() - begin, answer.deleted);
    return answer;
  }

  /** Waits until the rest is over, and measures meanwhile. */
  async #rest(index: string, run: PacedRun): Promise<void> {
    const { budget } = run.work;
    const begin = this.#stopwatch.now();
    const isOld = this.#stopwatch.now() - this.#idleAt > IDLE_LASTS;
    if (isOld) this.#idle = [];
    for (let at = 0; isOld && at < FIRST_IDLE; at++) {
      await this.#searchIdle(index);
      await this.#stopwatch.wait(BETWEEN_SEARCHES);
    }
    while (budget.remaining() > 0) {
      const left = this.#restUntil - this.#stopwatch.now();
      if (left <= 0) break;
      await this.#stopwatch.wait(Math.min(PART_OF_REST, left));
      await this.#searchIdle(index);
    }
    run.rested = {
      milliseconds: run.rested.milliseconds + this.#stopwatch.now() - begin,
      isShortened: run.rested.isShortened || this.#isShortened,
    };
  }

  async #searchIdle(index: string): Promise<void> {
    const time = await this.#search(index, this.#stopwatch.wait(PART_OF_REST));
    if (time === undefined) return;
    this.#idle = [...this.#idle.slice(1 - LAST_IDLE), time];
    this.#idleAt = this.#stopwatch.now();
  }

  /**
   * The time of one search, or the time until we stop waiting for it; undefined if it was rejected or not answered.
   */
  async #search(index: string, patience: Promise<unknown>): Promise<number | undefined> {
    const open = this.#open ?? this.#begin(index);
    const isAnswered = await Promise.race([open.answered, patience]);
    return isAnswered === false ? undefined : this.#stopwatch.now() - open.begin;
  }

  #begin(index: string): OpenSearch {
    const end = (isAnswered: boolean) => (): boolean => {
      this.#open = undefined;
      return isAnswered;
    };
    const answered = this.#probe.search(index).then(end(true), end(false));
    this.#open = { begin: this.#stopwatch.now(), answered };
    return this.#open;
  }

  /** Sends a request, and measures how fast searches are until it ends, even if it fails. */
  async #measured<T>(index: string, send: () => Promise<T>): Promise<T> {
    let isAtWork = true;
    const sent = send();
    const onEnd = (): void => {
      isAtWork = false;
    };
    const ended = sent.then(onEnd, onEnd);
    const usual = median(this.#idle);
    const times: (number | undefined)[] = [];
    while (isAtWork) {
      const time = await this.#search(index, ended);
      // A search that was cut short tells something only if it was already slow.
      if (isAtWork || time === undefined || time > usual) times.push(time);
      await Promise.race([this.#stopwatch.wait(BETWEEN_SEARCHES), ended]);
    }
    this.#learn(times, usual);
    return sent;
  }

  #learn(times: readonly (number | undefined)[], usual: number): void {
    if (times.length === 0 || usual === 0) return;
    const rejected = times.includes(undefined);
    const measured = rejected ? REJECTED : median(times.flatMap((time) => time ?? [])) / usual - 1;
    this.#slowdown += WEIGHT * (Math.min(REJECTED, Math.max(0, measured)) - this.#slowdown);
  }

  /** Rests so long that searches are slower by the tolerated part on average, but not longer than promises allow. */
  #planRest(took: number, deleted: number): void {
    const wanted = Math.min(LONGEST_REST, took * Math.max(0, this.#slowdown / TOLERATED - 1));
    // A request that deleted nothing says nothing about the rate.
    const allowed = Math.max(0, (deleted === 0 ? BATCH : deleted) / this.#neededRate() - took);
    this.#isShortened = allowed < wanted;
    this.#restUntil = this.#stopwatch.now() + Math.min(wanted, allowed);
  }

  /** The documents for each millisecond that all runs together must delete, so that no promise is broken. */
  #neededRate(): number {
    let rate = 0;
    for (const { work, endBy, documentsLeft } of this.#runs)
      rate += documentsLeft / Math.max(1, Math.min(work.budget.remaining(), endBy - this.#clock()));
    return rate;
  }
}
