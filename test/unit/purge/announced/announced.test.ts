import { describe, expect, test } from 'vitest';
import { TransientError } from '../../../../lib/base/errors.ts';
import type { Hold } from '../../../../lib/control/controls.ts';
import { DAY, HOUR, MINUTE } from '../../../../lib/policy/time/duration.ts';
import type { Instant } from '../../../../lib/policy/time/instant.ts';
import type { EarlierRun } from '../../../../lib/purge/announced/announcement.ts';
import { lastAnnouncement } from '../../../../lib/purge/announced/last-announcement.ts';
import type { PurgeRun } from '../../../../lib/purge/purge.ts';
import type { Report } from '../../../../lib/purge/report/report.ts';
import { NOW, PurgeInMemory } from '../../../support/in-memory/purge-in-memory.ts';
import type { InMemoryControls } from '../../../support/in-memory/records/in-memory-controls.ts';
import { CATEGORY, POLICY } from '../../../support/purge/described-index.ts';

/** At most half of the documents may be removed by surprise. */
const HALF = { ...CATEGORY, guard: { ...CATEGORY.guard, maxShare: 0.5 } };
const QUARTER = 15 * MINUTE;

/** The date of a document that falls due so long after {@link NOW}. */
const dueIn = (time: number): Instant => NOW - 14 * DAY + time;

class GuardedWorld extends PurgeInMemory {
  #revision = 0;

  override run(changes: Partial<PurgeRun> = {}): Promise<Report> {
    return super.run({ category: HALF, ...changes });
  }

  /** Runs every hour, and changes nothing, as during a pause. */
  async pauseFor(time: number): Promise<void> {
    for (const end = this.now + time; this.now < end; ) {
      this.now += HOUR;
      await this.run({ dryRun: true });
    }
  }

  /** Puts the whole category under a legal hold. */
  holdAll(): void {
    const at = { placedAt: this.now, reviewAt: this.now + 90 * DAY };
    this.#control([
      { id: 'hold_00000000-0000-4000-8000-000000000001', scope: 'category', reason: 'a court', by: 'somebody', ...at },
    ]);
  }

  release(): void {
    this.#control([]);
  }

  #control(holds: readonly Hold[]): void {
    this.#revision += 1;
    (this.ports.controls as InMemoryControls).edit(HALF.id, { made: 'm', revision: this.#revision, holds });
  }

  runLater(changes: Partial<PurgeRun> = {}): Promise<Report> {
    this.now += QUARTER;
    return this.run(changes);
  }
}

/** A category whose only documents fall due a few minutes after a complete run. */
const announcing = async (): Promise<GuardedWorld> => {
  const world = new GuardedWorld();
  world.fill('call-log-1', ...[1, 2, 3].map((minutes) => dueIn(minutes * MINUTE)));
  expect(await world.run()).toMatchObject({ outcome: 'complete' });
  return world;
};

describe('announced documents', () => {
  test('are removed without a refusal in a category that nobody writes to any more', async () => {
    const world = new GuardedWorld();
    const dates = Array.from({ length: 60 }, (_, at) => dueIn(-4 * HOUR + at * 5 * MINUTE));
    world.fill('call-log-1', ...dates.slice(0, 20));
    world.fill('call-log-2', ...dates.slice(20));
    world.now -= 4 * HOUR;
    let removed = 0;
    for (let run = 0; run < 24; run += 1) {
      const { outcome, refusals, documentsRemoved } = await world.runLater();
      expect({ outcome, refusals }).toEqual({ outcome: 'complete', refusals: [] });
      removed += documentsRemoved;
    }
    expect(removed).toBe(60);
  });

  test('are removed by one run after a long pause, and its report names the run that announced them', async () => {
    const world = new GuardedWorld();
    world.fill('call-log-1', ...Array.from({ length: 70 }, (_, at) => dueIn(at * 3 * HOUR + HOUR)));
    world.fill('call-log-2', ...Array.from({ length: 30 }, () => dueIn(13 * DAY)));
    const before = await world.run();
    await world.pauseFor(9 * DAY);
    expect(await world.runLater()).toMatchObject({
      outcome: 'complete',
      refusals: [],
      documentsRemoved: 70,
      announced: { documents: 70, runId: before.runId, startedAt: before.startedAt },
    });
  });

  test('are removed by the next run if a run ended before it removed all of them', async () => {
    const world = await announcing();
    world.fill('call-log-2', dueIn(MINUTE), dueIn(HOUR));
    await world.run();
    let asked = 0;
    const budget = { remaining: () => (++asked > 2 ? 0 : Number.POSITIVE_INFINITY) };
    const part = await world.runLater({ budget });
    expect(part.outcome).toBe('incomplete');
    expect(part).not.toHaveProperty('fallingDue');
    expect(await world.runLater()).toMatchObject({ outcome: 'complete', refusals: [] });
    expect([world.left('call-log-1'), world.left('call-log-2')]).toEqual([undefined, ['1']]);
  });

  test('are removed even if undatable documents make every run incomplete', async () => {
    const world = new GuardedWorld();
    world.fill('call-log-1', dueIn(MINUTE), dueIn(2 * MINUTE), dueIn(3 * MINUTE), 0);
    expect(await world.run()).toMatchObject({ outcome: 'incomplete' });
    expect(await world.runLater()).toMatchObject({ refusals: [], documentsRemoved: 3 });
  });

  test('are removed by the first run after the release of the hold that kept them', async () => {
    const world = await holding();
    expect(await world.runLater()).toMatchObject({ outcome: 'complete', found: { held: 3 } });
    world.release();
    expect(await world.runLater()).toMatchObject({
      outcome: 'complete',
      refusals: [],
      documentsRemoved: 3,
      announced: { documents: 3 },
    });
  });

  test('are not looked up in earlier reports if a run stays within its share', async () => {
    const world = new GuardedWorld();
    world.fill('call-log-1', dueIn(MINUTE), dueIn(DAY), dueIn(DAY));
    await world.run();
    const { reportStore } = world.ports;
    const refuse = () => Promise.reject(new Error('not to be asked'));
    world.ports = { ...world.ports, reportStore: { ...reportStore, earlierRuns: refuse } };
    const report = await world.runLater();
    expect(report).toMatchObject({ outcome: 'complete', documentsRemoved: 1 });
    expect(report).not.toHaveProperty('announced');
  });
});

/** A category whose documents are all due, and all under a hold. */
const holding = async (): Promise<GuardedWorld> => {
  const world = new GuardedWorld();
  world.fill('call-log-1', dueIn(-1), dueIn(-DAY), dueIn(-2 * DAY));
  world.holdAll();
  expect(await world.run()).toMatchObject({ outcome: 'complete', found: { held: 3 } });
  return world;
};

describe('the last announcement', () => {
  const runs = Array.from({ length: 30 }, (_, at) => ({
    runId: `run-${at}`,
    startedAt: NOW - at * HOUR,
    policyVersion: POLICY.version,
    plannedDue: 9,
    closed: { due: 9, documentsRemoved: 0 },
  }));

  /** What is announced if the last of some runs has announced nine documents. Each page holds one run. */
  const announcedBy = (last: number, between: Partial<EarlierRun> = {}, closed: Partial<EarlierRun['closed']> = {}) => {
    const fallingDue = [{ after: '1970-01-01T00:00:00Z', documents: 9 }];
    const announcing = { ...runs[last], closed: { due: 0, documentsRemoved: 5, fallingDue, ...closed } } as EarlierRun;
    const all = [...runs.slice(0, last).map((run) => ({ ...run, ...between })), announcing];
    const earlierRuns = async (_: string, before: Instant) =>
      all.filter(({ startedAt }) => startedAt < before).slice(0, 1);
    return lastAnnouncement({ policy: POLICY, category: HALF, now: NOW + 1 }, { earlierRuns });
  };

  test('is found within 25 pages of earlier runs, and not beyond', async () => {
    expect(await announcedBy(24)).toEqual({ runId: 'run-24', at: NOW - 24 * HOUR, documents: 9, held: 0 });
    expect(await announcedBy(25)).toBeUndefined();
  });

  test('does not count removed documents, even if answers to deletions were lost', async () => {
    expect(await announcedBy(2, { closed: { due: 9, documentsRemoved: 4 } })).toMatchObject({ documents: 1 });
    expect(await announcedBy(1, { closed: { due: 2, documentsRemoved: 4 } })).toMatchObject({ documents: 2 });
    expect(await announcedBy(3, { closed: { due: 2, documentsRemoved: 4 } })).toMatchObject({ documents: 0 });
  });

  test('is never taken from a run that left due documents', async () => {
    expect(await announcedBy(0, {}, { due: 1 })).toBeUndefined();
  });
});

describe('the guard refuses a surprise', () => {
  const expectRefused = async (
    world: GuardedWorld,
    changes: Partial<PurgeRun> = {},
    documents = 3,
  ): Promise<Report> => {
    const report = await world.runLater(changes);
    expect(report).toMatchObject({ outcome: 'refused', documentsRemoved: 0, refusals: [{ code: 'share' }] });
    expect(world.left('call-log-1')).toHaveLength(documents);
    return report;
  };

  test('if old documents are written besides those that a released hold had kept', async () => {
    const world = await holding();
    world.release();
    world.fill('call-log-2', ...Array.from({ length: 9 }, () => dueIn(-DAY)));
    const { refusals } = await expectRefused(world);
    expect(refusals[0]?.found).toContain('9 of 9 documents (100 %), beside 3 announced by the report of ');
  });

  test('if there is no earlier report', async () => {
    const world = new GuardedWorld();
    world.fill('call-log-1', dueIn(-1), dueIn(-1), dueIn(-1));
    await expectRefused(world);
  });

  test('again in each later run, because a refused run announces nothing', async () => {
    const world = new GuardedWorld();
    world.fill('call-log-1', dueIn(-1), dueIn(-1), dueIn(-1));
    for (let run = 0; run < 3; run += 1) await expectRefused(world);
  });

  test('if documents get older dates than they had in the last run', async () => {
    const world = new GuardedWorld();
    world.fill('call-log-1', dueIn(DAY), dueIn(2 * DAY), dueIn(3 * DAY));
    await world.run();
    world.fill('call-log-1', dueIn(-DAY), dueIn(-2 * DAY), dueIn(-300 * DAY));
    await expectRefused(world);
  });

  test('if dates change so that more documents are due than were announced', async () => {
    const world = new GuardedWorld();
    world.fill('call-log-1', dueIn(MINUTE), dueIn(DAY), dueIn(DAY), dueIn(DAY));
    await world.run();
    world.fill('call-log-1', dueIn(MINUTE), dueIn(MINUTE), dueIn(MINUTE));
    const { refusals } = await expectRefused(world, {}, 4);
    expect(refusals[0]?.found).toMatch(/^2 of 3 documents \(66.7 %\), beside 1 announced by the report of /);
  });

  test('if many old documents are written at once', async () => {
    const world = await announcing();
    world.fill('call-log-2', ...Array.from({ length: 9 }, () => dueIn(-DAY)));
    const { refusals } = await expectRefused(world);
    expect(refusals[0]?.found).toContain('9 of 9 documents (100 %), beside 3 announced by the report of ');
  });

  test('even if many documents were announced, since the share leaves announced ones out', async () => {
    const world = new GuardedWorld();
    const soon = Array.from({ length: 70 }, () => dueIn(MINUTE));
    world.fill('call-log-1', ...soon, ...Array.from({ length: 30 }, () => dueIn(10 * DAY)));
    await world.run();
    world.fill('call-log-1', ...soon, ...Array.from({ length: 20 }, () => dueIn(-DAY)));
    await expectRefused(world, {}, 100);
  });

  test('if a reindex loses the ingestion dates that kept documents from being due', async () => {
    const world = new GuardedWorld();
    for (const id of ['0', '1', '2'])
      world.cluster.write('call-log-1', id, { timestamps: [dueIn(-DAY)], ingested: [dueIn(MINUTE)] });
    await world.run();
    world.fill('call-log-1', dueIn(-DAY), dueIn(-DAY), dueIn(-DAY));
    await expectRefused(world);
  });

  test('if any part of the policy has changed since the announcement', async () => {
    const world = await announcing();
    await expectRefused(world, { policy: { ...POLICY, version: 'sha256:other' } });
  });

  test('if maxAge was shortened after the announcement, even under the same policy version', async () => {
    const world = new GuardedWorld();
    world.fill('call-log-1', dueIn(5 * DAY), dueIn(6 * DAY), dueIn(6 * DAY));
    await world.run();
    const week = { ...HALF, rules: { age: { ...HALF.rules.age, maxAge: { iso: 'P7D', milliseconds: 7 * DAY } } } };
    // Even if nobody noticed that this is another policy.
    await expectRefused(world, { category: week as typeof HALF });
  });

  test.each([
    ['a clock that is set ahead, or runs that stood still', 20 * DAY],
    ['a gap a little longer than two schedules and an hour', 76 * MINUTE],
  ])('if it comes after %s', async (_, time) => {
    const world = await announcing();
    world.now += time;
    await expectRefused(world);
    // The next run is in time, but the gap stays.
    await expectRefused(world);
  });

  test.each([
    ['a clock that disagreed', [6 * MINUTE]],
    ['a clock that disagreed only at its end', [0, 6 * MINUTE]],
    ['a clock that nobody could read', [undefined]],
  ])('if the last run had %s', async (_, skews) => {
    const world = new GuardedWorld();
    world.fill('call-log-1', dueIn(MINUTE), dueIn(MINUTE), dueIn(MINUTE));
    const { store } = world.ports;
    let asked = 0;
    const serverTime = async () => {
      const skew = skews[Math.min(asked++, skews.length - 1)];
      return skew === undefined ? undefined : world.now + skew;
    };
    world.ports = { ...world.ports, store: { ...store, serverTime } };
    expect(await world.run()).not.toHaveProperty('fallingDue');
    world.ports = { ...world.ports, store };
    await expectRefused(world);
  });

  test('if announced documents were in an index that no plan touches', async () => {
    const world = new GuardedWorld();
    world.fill('call-log-1', dueIn(DAY), dueIn(DAY), dueIn(DAY));
    world.cluster.create('other', { aliases: [{ name: 'call-log-all' }] });
    world.fill('other', dueIn(MINUTE), dueIn(MINUTE), dueIn(MINUTE));
    await world.run();
    world.fill('call-log-1', dueIn(MINUTE), dueIn(MINUTE), dueIn(MINUTE));
    await expectRefused(world);
  });

  test.each([
    ['a dry run', { dryRun: true }],
    ['a run that observes', { policy: { ...POLICY, mode: 'observe' as const } }],
  ])('if the only earlier run was %s', async (_, changes) => {
    const world = new GuardedWorld();
    world.fill('call-log-1', dueIn(MINUTE), dueIn(MINUTE), dueIn(MINUTE));
    expect(await world.run(changes)).not.toHaveProperty('fallingDue');
    await expectRefused(world);
  });

  test.each([
    ['a second time, after the announced ones were removed', false],
    ['after a run that died, which may have removed them', true],
  ])('if it comes %s', async (_, dies) => {
    const world = await announcing();
    world.fill('call-log-2', dueIn(DAY), dueIn(-1));
    const { reportStore } = world.ports;
    const close = dies ? () => Promise.reject(new Error('dead')) : reportStore.close;
    // A part is left, so that this run announces nothing itself.
    world.around(
      'deleteSlice',
      () => () => Promise.reject(new TransientError('busy', { expected: '', found: '', fix: '' })),
    );
    world.ports = { ...world.ports, reportStore: { ...reportStore, close } };
    await world.runLater().catch(() => undefined);
    expect(world.left('call-log-1')).toBeUndefined();
    world.ports = { ...world.ports, reportStore };
    world.fill('call-log-1', dueIn(MINUTE), dueIn(2 * MINUTE), dueIn(3 * MINUTE));
    await expectRefused(world);
  });

  test('if the announcing report or a later report is doubtful', async () => {
    for (const doubted of [0, 1]) {
      const world = await announcing();
      await world.runLater({ dryRun: true });
      const { reportStore } = world.ports;
      const earlierRuns: typeof reportStore.earlierRuns = async (...asked) =>
        (await reportStore.earlierRuns(...asked)).map((run, at) =>
          at === doubted ? { ...run, isDoubtful: true as const } : run,
        );
      world.ports = { ...world.ports, reportStore: { ...reportStore, earlierRuns } };
      await expectRefused(world);
    }
  });

  test('if earlier reports cannot be read', async () => {
    const world = await announcing();
    const { reportStore } = world.ports;
    const earlierRuns = () => Promise.reject(new TransientError('busy', { expected: '', found: '', fix: '' }));
    world.ports = { ...world.ports, reportStore: { ...reportStore, earlierRuns } };
    await expectRefused(world);
  });

  test('if the last run could not count what falls due, although it was complete', async () => {
    const world = new GuardedWorld();
    world.fill('call-log-1', dueIn(MINUTE), dueIn(MINUTE), dueIn(MINUTE));
    const { store } = world.ports;
    const fallingDue = () => Promise.reject(new TransientError('busy', { expected: '', found: '', fix: '' }));
    world.ports = { ...world.ports, store: { ...store, fallingDue } };
    expect(await world.run()).toMatchObject({ outcome: 'complete' });
    await expectRefused(world);
  });

  test('under a schedule that ends, since its largest gap is infinite', async () => {
    const world = new GuardedWorld();
    const category = { ...HALF, schedule: { ...HALF.schedule, expression: 'cron(0/15 * * * ? 2026)' } };
    world.fill('call-log-1', dueIn(MINUTE), dueIn(MINUTE), dueIn(MINUTE));
    await world.run({ category });
    await expectRefused(world, { category });
  });

  test('if the announcement is older than the age limit of reports', async () => {
    const world = await announcing();
    const reports = { ...POLICY.reports, maxAge: { iso: 'PT14M', milliseconds: 14 * MINUTE } };
    await expectRefused(world, { policy: { ...POLICY, reports } });
  });
});
