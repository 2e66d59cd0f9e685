import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { PacedWork } from '../../../../lib/purge/pace/pace.ts';
import { Throttle } from '../../../../lib/purge/pace/throttle.ts';

const MINUTE = 60_000;
const BEGIN = Date.UTC(2026, 10, 29);
/** Milliseconds of the usual search, and of a request that deletes a batch. */
const SEARCH = 10;
const REQUEST = 100;
const BATCH = 2_000;

const wait = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
    signal?.addEventListener('abort', () => resolve());
  });

/** A run without an end in sight. */
const WORK: PacedWork = {
  budget: { remaining: () => Number.POSITIVE_INFINITY },
  documents: 1_000_000,
  keepLease: async () => undefined,
  brokenFrom: undefined,
};

/** A cluster in virtual time, whose searches are slower while a request of ours is at work. */
class BusyCluster {
  /** Milliseconds of a search that nobody disturbs. */
  usual = SEARCH;
  /** How many times as long a search takes meanwhile. */
  slower = 1;
  /** Whether searches are rejected. */
  rejects = false;
  /** The instants at which requests were sent. */
  readonly sent: number[] = [];
  #atWork = 0;
  /** The most requests at work at once. */
  most = 0;

  readonly throttle = new Throttle(
    {
      search: async () => {
        await wait(this.#atWork > 0 ? this.usual * this.slower : this.usual);
        if (this.rejects) throw new Error('429');
      },
    },
    { now: Date.now, wait },
    Date.now,
  );

  readonly send = async (deleted = BATCH): Promise<{ deleted: number }> => {
    this.sent.push(Date.now());
    this.#atWork += 1;
    this.most = Math.max(this.most, this.#atWork);
    await wait(REQUEST);
    this.#atWork -= 1;
    return { deleted };
  };

  paceOf(work: Partial<PacedWork> = {}) {
    return this.throttle.paceOf({ ...WORK, ...work });
  }

  /** Sends requests one after the other, and returns the times between them. */
  async gaps(count: number, pace = this.paceOf()): Promise<readonly number[]> {
    const from = this.sent.length;
    await timePasses(async () => {
      for (let at = 0; at < count; at++) await pace.request('call-log', () => this.send());
    });
    const sent = this.sent.slice(from);
    return sent.slice(1).map((instant, at) => instant - (sent[at] ?? 0));
  }
}

/** Lets virtual time pass until the work has ended. */
const timePasses = async <T>(work: () => Promise<T>): Promise<T> => {
  const result = work();
  await vi.runAllTimersAsync();
  return result;
};

beforeEach(() => void vi.useFakeTimers({ now: BEGIN, loopLimit: 1_000_000 }));
afterEach(() => void vi.useRealTimers());

/** The part of the time in which requests are at work. */
const share = (gaps: readonly number[]): number => (REQUEST * gaps.length) / gaps.reduce((sum, each) => sum + each, 0);

describe('the throttle', () => {
  test('sends the first three requests without a search or a rest', async () => {
    const cluster = new BusyCluster();
    cluster.slower = 100;
    expect(await cluster.gaps(3)).toEqual([REQUEST, REQUEST]);
  });

  test('does not rest when searches stay fast', async () => {
    const cluster = new BusyCluster();
    const gaps = await cluster.gaps(30);
    expect(Math.max(...gaps.slice(5))).toBeLessThan(REQUEST + 30);
  });

  test.each([
    [1.1, 1],
    [1.4, 0.5],
    [2, 0.2],
    [3, 0.1],
  ])('lets searches be a fifth slower on average if a deletion slows them %d times', async (slower, part) => {
    const cluster = new BusyCluster();
    cluster.slower = slower;
    const gaps = await cluster.gaps(40);
    expect(share(gaps.slice(15))).toBeGreaterThan(part * 0.7);
    expect(share(gaps.slice(15))).toBeLessThan(part * 1.2);
  });

  test.each([
    [1, 2],
    [2, 1],
    [5, 1.4],
    [1.4, 5],
  ])('finds its pace within ten requests when the slowdown goes from %d to %d', async (before, after) => {
    const cluster = new BusyCluster();
    const pace = cluster.paceOf();
    cluster.slower = before;
    await cluster.gaps(30, pace);
    cluster.slower = after;
    const gaps = await cluster.gaps(40, pace);
    const late = share(gaps.slice(10, 15));
    const inTheEnd = share(gaps.slice(30));
    expect(late).toBeGreaterThan(inTheEnd * 0.8);
    expect(late).toBeLessThan(inTheEnd * 1.2);
  });

  test('returns to its full pace within about a dozen requests after a short outage', async () => {
    const cluster = new BusyCluster();
    const pace = cluster.paceOf();
    await cluster.gaps(20, pace);
    cluster.rejects = true;
    const during = await cluster.gaps(10, pace);
    expect(Math.min(...during.slice(3))).toBeGreaterThan(1_000);
    cluster.rejects = false;
    const after = await cluster.gaps(25, pace);
    expect(Math.max(...after.slice(12))).toBeLessThan(REQUEST + 30);
  });

  test('does not mistake searches that its own requests slow down for the usual ones', async () => {
    const cluster = new BusyCluster();
    cluster.slower = 3;
    const gaps = await cluster.gaps(200);
    expect(share(gaps.slice(150))).toBeLessThan(0.12);
  });

  test('rests as usual in the hour after a pause, even with the backlog of a day', async () => {
    const cluster = new BusyCluster();
    cluster.slower = 2;
    const gaps = await cluster.gaps(40, cluster.paceOf({ documents: 24 * 20_000, brokenFrom: BEGIN + 60 * MINUTE }));
    expect(share(gaps.slice(15))).toBeLessThan(0.24);
  });

  test('begins a request only after its rest', async () => {
    const cluster = new BusyCluster();
    cluster.slower = 3;
    const pace = cluster.paceOf();
    await cluster.gaps(20, pace);
    const [asked] = await timePasses(() =>
      Promise.all([pace.request('call-log', async () => ({ deleted: 1, at: Date.now() })).then(({ at }) => at)]),
    );
    expect((asked ?? 0) - (cluster.sent.at(-1) ?? 0)).toBeGreaterThan(REQUEST * 5);
  });

  test('sends only one request at a time for all runs of the process', async () => {
    const cluster = new BusyCluster();
    const paces = [cluster.paceOf(), cluster.paceOf(), cluster.paceOf()];
    await timePasses(() =>
      Promise.all(paces.flatMap((pace) => [1, 2, 3].map(() => pace.request('call-log', () => cluster.send())))),
    );
    expect(cluster.sent).toHaveLength(9);
    expect(cluster.most).toBe(1);
  });

  test('continues after a failed request', async () => {
    const cluster = new BusyCluster();
    const pace = cluster.paceOf();
    await cluster.gaps(5, pace);
    const failed = timePasses(() => pace.request('call-log', () => Promise.reject(new Error('lost'))).catch(String));
    expect(await failed).toBe('Error: lost');
    expect(await cluster.gaps(2, pace)).toHaveLength(1);
  });
});

describe('a cluster that changes', () => {
  test('is measured again, so that slow searches at the beginning do not become the usual time', async () => {
    const cluster = new BusyCluster();
    const pace = cluster.paceOf();
    cluster.usual = 150;
    await cluster.gaps(10, pace);
    cluster.usual = SEARCH;
    cluster.slower = 3;
    await timePasses(() => wait(MINUTE));
    const gaps = await cluster.gaps(40, pace);
    expect(share(gaps.slice(15))).toBeLessThan(0.2);
  });

  test('gets no further search while a search has no answer', async () => {
    let open = 0;
    const search = () => {
      open += 1;
      return new Promise<void>(() => undefined);
    };
    const pace = new Throttle({ search }, { now: Date.now, wait }, Date.now).paceOf(WORK);
    await timePasses(async () => {
      for (let at = 0; at < 20; at++)
        await pace.request('call-log', async () => {
          await wait(REQUEST);
          return { deleted: BATCH };
        });
    });
    expect(open).toBe(1);
  });
});

test('a run that waits for its turn renews its lease at least every 20 seconds', async () => {
  const cluster = new BusyCluster();
  cluster.slower = 10;
  const kept: number[] = [];
  const waiting = cluster.paceOf({
    keepLease: async () => {
      kept.push(Date.now());
      throw new Error('lease-lost');
    },
  });
  const others = cluster.paceOf();
  await timePasses(async () => {
    const busy = [1, 2, 3, 4, 5, 6].map(() =>
      others.request('call-log', async () => {
        await wait(15_000);
        return { deleted: BATCH };
      }),
    );
    await waiting.request('call-log', () => cluster.send());
    await Promise.all(busy);
  });
  const between = kept.map((at, place) => at - (kept[place - 1] ?? BEGIN));
  expect(kept.length).toBeGreaterThanOrEqual(4);
  expect(Math.max(...between)).toBeLessThanOrEqual(20_000);
});

describe('a promise', () => {
  const needed = (documents: number, minutes: number) => ({ documents, brokenFrom: BEGIN + minutes * MINUTE });

  test('is kept by shorter rests, and the run reports that they were shortened', async () => {
    const cluster = new BusyCluster();
    cluster.slower = 10;
    const pace = cluster.paceOf(needed(BATCH * 10_000, 30));
    const gaps = await cluster.gaps(50, pace);
    expect(Math.max(...gaps.slice(5))).toBeLessThan((30 * MINUTE) / 10_000 + 30);
    expect(pace.rested).toMatchObject({ isShortened: true });
  });

  test('that leaves enough time shortens no rest', async () => {
    const cluster = new BusyCluster();
    cluster.slower = 3;
    const pace = cluster.paceOf(needed(BATCH * 100, 30));
    await cluster.gaps(50, pace);
    expect(pace.rested.isShortened).toBe(false);
    expect(pace.rested.milliseconds).toBeGreaterThan(1_000);
  });

  test('that is broken already is kept again within a quarter of an hour', async () => {
    const cluster = new BusyCluster();
    cluster.slower = 100;
    const pace = cluster.paceOf({ documents: BATCH * 1_000, brokenFrom: BEGIN - 60 * MINUTE });
    await cluster.gaps(1_000, pace);
    expect(Date.now() - BEGIN).toBeLessThan(15.5 * MINUTE);
    expect(Date.now() - BEGIN).toBeGreaterThan(10 * MINUTE);
  });

  test('that would be broken in five minutes is kept by shorter rests', async () => {
    const cluster = new BusyCluster();
    cluster.slower = 100;
    const pace = cluster.paceOf(needed(BATCH * 1_000, 5));
    await cluster.gaps(1_000, pace);
    expect(Date.now() - BEGIN).toBeLessThan(5.2 * MINUTE);
    expect(pace.rested.isShortened).toBe(true);
  });

  test.each([1, 3])('is kept for each of %d runs at the same time', async (runs) => {
    const cluster = new BusyCluster();
    cluster.slower = 100;
    const paces = Array.from({ length: runs }, () => cluster.paceOf(needed(BATCH * 300, 20)));
    await timePasses(() =>
      Promise.all(
        paces.map(async (pace) => {
          for (let at = 0; at < 300; at++) await pace.request('call-log', () => cluster.send());
          pace.end();
        }),
      ),
    );
    expect(Date.now() - BEGIN).toBeLessThan(20.5 * MINUTE);
  });

  test('is not needed for shorter rests if the function would run out of time', async () => {
    const cluster = new BusyCluster();
    cluster.slower = 100;
    const budget = { remaining: () => BEGIN + 5 * MINUTE - Date.now() };
    await cluster.gaps(500, cluster.paceOf({ documents: BATCH * 500, budget }));
    expect(Date.now() - BEGIN).toBeLessThan(5 * MINUTE);
  });
});

test('an interruption ends a rest at once', async () => {
  const cluster = new BusyCluster();
  cluster.rejects = true;
  let isInterrupted = false;
  const pace = cluster.paceOf({ budget: { remaining: () => (isInterrupted ? 0 : Number.POSITIVE_INFINITY) } });
  await cluster.gaps(20, pace);
  const begin = Date.now();
  const next = pace.request('call-log', () => cluster.send(0));
  await vi.advanceTimersByTimeAsync(1_000);
  isInterrupted = true;
  await vi.runAllTimersAsync();
  await next;
  expect(Date.now() - begin).toBeLessThan(1_000 + 200 + 4 * SEARCH + REQUEST + 50);
});
