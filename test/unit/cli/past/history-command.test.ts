import { expect, test } from 'vitest';
import { TransientError } from '../../../../lib/base/errors.ts';
import { DAY, HOUR, MINUTE } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { type ServiceInMemory, serviceInMemory } from '../../../support/in-memory/service-in-memory.ts';
import { openedReport, pastReport, storeRuns } from '../../../support/purge/past-run.ts';

const NOW = Date.parse('2026-04-10T12:00:00Z');
const MARCH = Date.parse('2026-03-01T00:00:00Z');

const service = (): ServiceInMemory => serviceInMemory(undefined, () => NOW);

/** A run every quarter of an hour in a time. */
const runsBetween = (from: number, to: number, changes = {}) =>
  Array.from({ length: (to - from) / (15 * MINUTE) }, (_, at) =>
    pastReport('call-logs', from + at * 15 * MINUTE, changes),
  );

const ask = async ({ run }: ServiceInMemory, ...args: string[]) => {
  const ended = await run('history', '--category', 'call-logs', ...args, '--json');
  expect([ended.code, ended.stderr]).toEqual([0, '']);
  return JSON.parse(ended.stdout);
};

test('history says that nothing is known of the promises in a period without a run', async () => {
  const { summary } = await ask(service(), '--since', '2026-03-01', '--until', '2026-03-02');
  expect(summary).toMatch(/^History: 0 runs from .* · nothing is known of the promises · 1 gap$/);
});

test('history adds up the findings and removals of all runs in the period', async () => {
  const world = service();
  const quiet = runsBetween(MARCH, MARCH + DAY, { retentionLagMilliseconds: 9 * MINUTE, oldestAgeMilliseconds: DAY });
  const late = pastReport('call-logs', MARCH + DAY, {
    outcome: 'incomplete',
    kept: false,
    retentionLagMilliseconds: 3 * HOUR,
    oldestAgeMilliseconds: 15 * DAY,
    found: { ...pastReport('call-logs', 0).found, overdue: 4 },
    erasures: { due: 3, erased: 2, nothingFound: 1, cancelled: 0, open: 0, braked: 0, held: 0 },
  });
  const refused = pastReport('call-logs', MARCH + DAY + 15 * MINUTE, { outcome: 'refused', indicesDropped: 2 });
  await storeRuns(world.backend.reportStore, [...quiet, late, refused]);
  await world.backend.reportStore.open(openedReport(pastReport('call-logs', MARCH + DAY + 30 * MINUTE)));
  const { categories, summary } = await ask(world, '--since', '2026-03-01', '--until', '2026-03-02');
  expect(categories).toEqual([
    expect.objectContaining({
      category: 'call-logs',
      limit: 'P14D',
      runs: 99,
      unfinished: 1,
      notKept: 1,
      withOverdue: 1,
      erasures: 3,
      outcomes: { complete: 96, incomplete: 1, refused: 1, observed: 0 },
      largestLag: { milliseconds: 3 * HOUR, runId: late.runId, at: late.finishedAt },
      oldest: { milliseconds: 15 * DAY, runId: late.runId, at: late.finishedAt },
      documentsRemoved: 980,
      indicesDropped: 2,
      doubtful: [],
      firstAt: '2026-03-01T00:00:00.000Z',
      lastAt: '2026-03-02T00:30:00.000Z',
    }),
  ]);
  expect(categories[0].days.map(({ day, runs }: { day: string; runs: number }) => [day, runs])).toEqual([
    ['2026-03-01', 96],
    ['2026-03-02', 3],
  ]);
  expect(summary).toContain('99 runs from 2026-03-01 00:00 to 2026-03-03 00:00 UTC · 1 run found a promise not kept');
});

test('history names the gaps without a run, including those at both ends of the period', async () => {
  const world = service();
  await storeRuns(world.backend.reportStore, [
    ...runsBetween(MARCH + HOUR, MARCH + 4 * HOUR),
    ...runsBetween(MARCH + 5 * HOUR, MARCH + DAY - HOUR),
  ]);
  const { categories } = await ask(world, '--since', '2026-03-01', '--until', '2026-03-01');
  expect(categories[0].gaps).toEqual([
    { from: isoInstant(MARCH), to: isoInstant(MARCH + HOUR) },
    { from: isoInstant(MARCH + 4 * HOUR - 15 * MINUTE), to: isoInstant(MARCH + 5 * HOUR) },
    { from: isoInstant(MARCH + DAY - HOUR - 15 * MINUTE), to: isoInstant(MARCH + DAY) },
  ]);
  const { stdout } = await world.run(
    'history',
    '--category',
    'call-logs',
    '--since',
    '2026-03-01',
    '--until',
    '2026-03-01',
  );
  expect(stdout).toContain('call-logs: 2026-03-01 22:45 to 2026-03-02 00:00 UTC (1 h 15 min)');
});

test('a gap is longer than two intervals, and a run without a closed report does not end it', async () => {
  const world = service();
  const [first, second, third] = [0, 30, 60].map((minutes) => pastReport('call-logs', MARCH + minutes * MINUTE));
  await storeRuns(
    world.backend.reportStore,
    [first, third].flatMap((each) => each ?? []),
  );
  if (second !== undefined) await world.backend.reportStore.open(openedReport(second));
  const asked = ['--since', '2026-03-01T00:00:00Z', '--until', '2026-03-01T01:30:00Z'];
  const { categories } = await ask(world, ...asked);
  expect(categories[0].gaps).toEqual([{ from: isoInstant(MARCH), to: isoInstant(MARCH + HOUR) }]);
});

test('history prints only CSV: a header, and one line for each day', async () => {
  const world = service();
  await storeRuns(world.backend.reportStore, [
    pastReport('call-logs', MARCH, { retentionLagMilliseconds: 90_400 }),
    pastReport('call-logs', MARCH + DAY),
  ]);
  const asked = ['--category', 'call-logs', '--since', '2026-03-01', '--until', '2026-03-02'];
  const { code, stdout } = await world.run('history', ...asked, '--daily', '--csv');
  const lines = stdout.split('\r\n');
  expect([code, lines.length, lines.at(-1)]).toEqual([0, 4, '']);
  const [header = '', first = '', second = ''] = lines;
  const cells = Object.fromEntries(header.split(',').map((name, at) => [name, first.split(',')[at]]));
  expect(cells).toMatchObject({ category: 'call-logs', day: '2026-03-01', runs: '1', largest_lag_seconds: '90' });
  expect(second).toMatch(/^call-logs,2026-03-02,1,1,0,/);
});

test('history covers the last 30 days by default, and accepts durations before now', async () => {
  const world = service();
  expect(await ask(world)).toMatchObject({ since: isoInstant(NOW - 30 * DAY), until: isoInstant(NOW) });
  const { since, until } = await ask(world, '--since', 'P90D', '--until', '2099-01-01');
  expect([since, until]).toEqual([isoInstant(NOW - 90 * DAY), isoInstant(NOW)]);
});

test('history asks for an earlier --since if the period ends before it begins', async () => {
  const { stderr } = await service().run('history', '--until', '2025-01-01');
  expect(stderr).toContain('Give --since an earlier instant than --until.');
});

test.each([
  ['--since', 'yesterday'],
  ['--since', '2026-02-30'],
  ['--since', '2026-04-11'],
  ['--until', '2025-01-01'],
])('history refuses a period with %s %s', async (option, value) => {
  const { code, stderr } = await service().run('history', option, value);
  expect([code, stderr]).toEqual([2, expect.stringContaining('Failed: bad-period')]);
});

test('history shows the other categories if one cannot be read, and ends with exit code 1', async () => {
  const world = service();
  await storeRuns(world.backend.reportStore, [pastReport('call-logs', NOW - HOUR)]);
  const { runs } = world.backend.history;
  world.backend.history.runs = async (category, since, until) => {
    if (category === 'call-logs') return runs(category, since, until);
    throw new TransientError('no-server', { expected: 'an answer', found: 'none', fix: 'Look at the load.' });
  };
  const { code, stdout } = await world.run('history', '--json');
  const { categories, unreached } = JSON.parse(stdout);
  expect([code, categories.length]).toEqual([1, 1]);
  expect(unreached).toEqual([expect.objectContaining({ category: 'settings' })]);
});
