import { expect, test } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { type ServiceInMemory, serviceInMemory } from '../../../support/in-memory/service-in-memory.ts';
import { pastReport, storeRuns } from '../../../support/purge/past-run.ts';

const NOW = Date.parse('2026-04-10T12:00:00Z');
const daysAgo = (days: number): number => NOW - days * DAY;

const log = (days: number, more: object = {}) => ({ timestamps: [daysAgo(days)], ingested: [], ...more });

/** A service whose runs are at work, as their reports say. */
const service = async (): Promise<ServiceInMemory> => {
  const world = serviceInMemory(undefined, () => NOW);
  for (const category of ['call-logs', 'settings'])
    await storeRuns(world.backend.reportStore, [pastReport(category, NOW - 10 * MINUTE)]);
  return world;
};

const explain = async ({ run }: ServiceInMemory, ...args: string[]) => {
  const { code, stdout, stderr } = await run('explain', ...args, '--json');
  expect(stderr).toBe('');
  return { code, ...JSON.parse(stdout) };
};

test('explain shows which date decides for a live document, and when it will be deleted', async () => {
  const world = await service();
  world.store.write('call-log-a', 'x/1', { timestamps: [daysAgo(10)], ingested: [daysAgo(4)] });
  const { code, summary, answers } = await explain(world, '--document', 'call-log-a/x/1');
  expect([code, summary]).toEqual([0, expect.stringContaining('call-log-a/x/1 is not due yet (call-logs, P14D')]);
  expect(answers).toEqual([
    expect.objectContaining({
      state: 'live',
      category: 'call-logs',
      decidedAt: isoInstant(daysAgo(4)),
      decidedBy: 'event.ingested, the later of its dates',
      goes: {
        dueAt: isoInstant(daysAgo(-10)),
        overdueAt: isoInstant(daysAgo(-10) + HOUR),
        runAt: isoInstant(daysAgo(-10) + 15 * MINUTE),
      },
      dates: { '@timestamp': isoInstant(daysAgo(10)), 'event.ingested': isoInstant(daysAgo(4)) },
      obstacles: [],
    }),
  ]);
});

test('explain --document answers only for the named document', async () => {
  const world = await service();
  world.store.write('call-log-a', 'old', log(30));
  world.store.write('call-log-b', 'new', log(40));
  world.store.write('call-log-a', 'new', log(1));
  const { answers } = await explain(world, '--document', 'call-log-a/new');
  expect(answers[0]).toMatchObject({ state: 'live', decidedAt: isoInstant(daysAgo(1)) });
  const old = await explain(world, '--document', 'call-log-a/old');
  expect([old.code, old.answers[0]]).toEqual([3, expect.objectContaining({ state: 'overdue' })]);
});

test('explain shows since when a hold exists, and the date that would decide without it', async () => {
  const world = await service();
  world.store.write('call-log-a', 'held', log(30, { uin: ['7'] }));
  await world.run('hold', '--uin', '7', '--reason', 'case 12', '--by', 'A', '--review-at', '2027-01-01');
  const { answers } = await explain(world, '--document', 'call-log-a/held');
  expect(answers[0]).toMatchObject({ state: 'held', decidedAt: isoInstant(daysAgo(30)) });
  expect(answers[0].obstacles).toContainEqual(
    expect.objectContaining({
      code: 'held',
      found: expect.stringMatching(/^the legal hold hold_/),
      since: isoInstant(NOW),
    }),
  );
  expect(JSON.stringify(answers)).not.toContain('case 12');
});

test('explain names only the holds that hold the document', async () => {
  const world = await service();
  const hold = async (...target: string[]): Promise<string> => {
    const asked = ['--reason', 'case', '--by', 'A', '--review-at', '2027-01-01', '--json'];
    return JSON.parse((await world.run('hold', ...target, ...asked)).stdout).id;
  };
  const of7 = await hold('--uin', '7');
  const of8 = await hold('--uin', '8');
  const of9 = await hold('--uin', '9');
  const holdsOn = async (id: string): Promise<string[]> => {
    const { answers } = await explain(world, '--document', `call-log-a/${id}`);
    return answers[0].obstacles.map(({ found }: { found: string }) => found.replace('the legal hold ', ''));
  };
  world.store.write('call-log-a', 'one', log(30, { uin: ['8'] }));
  world.store.write('call-log-a', 'two', log(30, { uin: ['7', '9'] }));
  world.store.write('call-log-a', 'free', log(30, { uin: ['5'] }));
  expect(await holdsOn('one')).toEqual([of8]);
  expect(await holdsOn('two')).toEqual([of7, of9]);
  expect(await holdsOn('free')).toEqual([]);
  const index = await hold('--index', 'call-log-a');
  expect(await holdsOn('one')).toEqual([index]);
});

test('explain shows since when an obstacle has blocked the runs', async () => {
  const world = await service();
  world.store.write('call-log-a', 'old', log(30));
  world.store.write('call-log-a', 'new', log(1));
  world.store.describe('call-log-a', { blocks: ['write'] });
  const blocked = { code: 'write-blocked', severity: 'blocking', index: 'call-log-a' } as const;
  const finding = { ...blocked, expected: 'e', found: 'f', fix: 'x' };
  await storeRuns(world.backend.reportStore, [
    pastReport('call-logs', NOW - 3 * HOUR, { findings: [finding] }),
    pastReport('call-logs', NOW - 2 * HOUR),
    pastReport('call-logs', NOW - HOUR, { findings: [finding] }),
    pastReport('call-logs', NOW - 5 * MINUTE, { findings: [finding] }),
  ]);
  // The run of ten minutes ago found nothing in the way.
  const index = await explain(world, '--index', 'call-log-a');
  expect(index.code).toBe(3);
  expect(index.answers[0].action).toBe('blocked');
  expect(index.answers[0].obstacles).toEqual([
    expect.objectContaining({ code: 'write-blocked', since: isoInstant(NOW - 5 * MINUTE), isOlder: false }),
  ]);
  const { answers } = await explain(world, '--document', 'call-log-a/old');
  expect(answers[0].obstacles).toEqual(index.answers[0].obstacles);
});

test('explain reports that no runs take place if the last one was a day ago', async () => {
  const world = serviceInMemory(undefined, () => NOW);
  world.store.write('call-log-a', 'old', log(15));
  await storeRuns(world.backend.reportStore, [pastReport('call-logs', NOW - DAY)]);
  const { code, answers } = await explain(world, '--document', 'call-log-a/old');
  expect([code, answers[0].obstacles]).toEqual([3, [expect.objectContaining({ code: 'no-run' })]]);
});

test('explain --index shows the ids of undatable documents, and a request for them', async () => {
  const world = await service();
  world.store.write('call-log-a', 'undated', { timestamps: [], ingested: [] });
  world.store.write('call-log-a', 'live', log(2));
  const { code, answers } = await explain(world, '--index', 'call-log-a');
  expect(code).toBe(3);
  expect(answers[0].undatable).toEqual({ ids: ['undated'], request: expect.stringContaining('call-log-a') });
  expect(answers[0]).toMatchObject({ oldestAt: isoInstant(daysAgo(2)), goesLast: { dueAt: isoInstant(daysAgo(-12)) } });
  const { stdout } = await world.run('explain', '--index', 'call-log-a');
  expect(stdout).toContain('GET /call-log-a/_search {"query":{"ids":{"values":["undated"]}}}');
  expect(stdout).not.toContain('everything without a date');
  const one = await explain(world, '--document', 'call-log-a/undated');
  expect([one.code, one.answers[0].state, one.answers[0].goes]).toEqual([3, 'undatable', null]);
});

test('explain lists what all categories owe to an account, and changes nothing', async () => {
  const world = await service();
  world.store.write('call-log-a', 'a', log(2, { uin: ['7'] }));
  world.store.write('settings-a', 'b', log(2, { uin: ['7'] }));
  world.store.write('settings-a', 'other', log(2, { uin: ['8'] }));
  await world.run('terminate', '--uin', '7', '--account-deleted', '--at', isoInstant(daysAgo(1)));
  const { answers } = await explain(world, '--uin', '7');
  expect(answers).toEqual([
    expect.objectContaining({ category: 'call-logs', documents: 1, erasures: [] }),
    expect.objectContaining({
      category: 'settings',
      documents: 1,
      erasures: [expect.stringMatching(/^account-deleted of the account: pending, terminated /)],
    }),
  ]);
  const { stdout } = await world.run('explain', '--uin', '7');
  expect(stdout).toContain(`by age: what is there now, by ${isoInstant(NOW + 14 * DAY)}`);
  expect(stdout).toContain(`by erasure, with the first run from ${isoInstant(daysAgo(-2))} on`);
  expect(world.store.indices.get('settings-a')?.documents.size).toBe(2);
});

test('explain names the indices in which an account could not be searched', async () => {
  const world = await service();
  world.store.create('call-log-a', {
    fields: new Map([['@timestamp', { type: 'date', searchable: true, aggregatable: true }]]),
  });
  world.store.write('call-log-a', 'a', log(2));
  world.store.write('call-log-b', 'a', log(2, { uin: ['7'] }));
  const { answers } = await explain(world, '--uin', '7');
  expect(answers[0]).toMatchObject({ category: 'call-logs', isWhole: false, unsearched: ['call-log-a'] });
  const { stdout } = await world.run('explain', '--uin', '7');
  expect(stdout).toMatch(/unsearched {2}call-log-a\n +fix +These indices must answer, and map "uin"/);
});

test('explain reports an index of no category, and refuses an index that does not exist', async () => {
  const world = await service();
  world.store.write('calllog-2025', 'a', log(30));
  world.store.write('call-log-a', 'a', log(3));
  const unowned = await explain(world, '--index', 'calllog-2025');
  expect([unowned.code, unowned.summary]).toEqual([3, expect.stringContaining('belongs to no category')]);
  world.store.create('clickstream', { fields: new Map() });
  const stranger = await world.run('explain', '--index', 'clickstream');
  expect([stranger.code, stranger.stdout]).toEqual([
    3,
    expect.stringMatching(/fix +If it contains personal data, add/),
  ]);
  for (const asked of [
    ['--index', 'call-log-z'],
    ['--document', 'call-log-a/none'],
  ]) {
    const { code, stderr } = await world.run('explain', ...asked);
    expect([code, stderr]).toEqual([2, expect.stringContaining('nothing-to-explain')]);
  }
});

test.each([[[]], [['--uin', '7', '--index', 'a']], [['--document', 'no-slash']], [['--document', '/id']]])(
  'explain refuses the options %j',
  async (options) => {
    const { run } = serviceInMemory();
    expect((await run('explain', ...options)).code).toBe(2);
  },
);
