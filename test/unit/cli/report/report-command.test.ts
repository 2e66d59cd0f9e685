import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TransientError } from '../../../../lib/base/errors.ts';
import { DAY, HOUR } from '../../../../lib/policy/time/duration.ts';
import { HOSTILE, REPORT_TIME, reportOf, reportService, SECRETS } from '../../../support/report/report-world.ts';

test('the data of a report contain promise states, what falls due, holds and pauses', async () => {
  const { data, code } = await reportOf({ categories: 3, days: 90, overdue: 'all' });
  expect([code, data.exitCode, data.kept, data.of]).toEqual([3, 3, 0, 3]);
  expect(data.summary).toMatch(/^Kept: 0 of 3 · 1 paused · logs-0 overdue by 3 d/);
  const [logs] = data.categories;
  expect(logs).toMatchObject({
    category: 'logs-0',
    state: 'not kept',
    rule: 'P14D, overdue P1D later',
    schedule: 'rate(6 hours)',
    promise: { quote: 'Stored for 14 days.', source: 'Privacy policy' },
    now: { documents: 5, due: 1, overdue: 1, oldest: { age: 18 * DAY, limit: 14 * DAY, overdueFrom: 15 * DAY } },
  });
  // In a day, that of 13.5 days; in a week, that of 9 days too; in 90 days, all.
  expect(logs?.now?.fallingDue).toEqual([2, 3, 5]);
  expect(data.holds).toEqual([
    ...['logs-0', 'logs-1', 'settings'].map((category) =>
      expect.objectContaining({ category, scope: 'account', reviewAt: '2027-01-01T00:00:00.000Z' }),
    ),
  ]);
  expect(data.pauses).toEqual([
    { category: 'settings', since: '2026-04-10T12:00:00.000Z', until: '2026-04-10T18:00:00.000Z' },
  ]);
});

test('a report adds up each day, and names gaps and refused plans', async () => {
  const { data } = await reportOf({ categories: 2, days: 90 });
  const past = data.categories[0]?.past;
  expect(data.since).toBe('2026-01-11');
  expect([past?.days[0]?.day, past?.days.at(-1)?.day, past?.days.length]).toEqual(['2026-01-11', '2026-04-10', 89]);
  const removed = past?.days.reduce((sum, { documentsRemoved }) => sum + documentsRemoved, 0);
  const { stdout } = await (await reportService({ categories: 2, days: 90 })).run(
    ...['history', '--category', 'logs-0', '--since', '2026-01-11', '--json'],
  );
  const [history] = JSON.parse(stdout).categories;
  expect([removed, past?.runs, past?.largestLag]).toEqual([
    history.documentsRemoved,
    history.runs,
    history.largestLag.milliseconds,
  ]);
  expect(past?.recentLag).toBeLessThanOrEqual(past?.largestLag ?? 0);
  expect(past?.refused).toEqual([{ at: new Date(REPORT_TIME - 73 * HOUR).toISOString(), codes: ['too-much'] }]);
  expect(past?.gaps).toEqual([{ from: '2026-04-03T11:00:00.000Z', to: '2026-04-05T17:00:00.000Z' }]);
});

test('a report shows open erasures with the time left, and how late closed ones were', async () => {
  const overdue = (await reportOf({ categories: 2, days: 2, overdue: 'all' })).data.erasures;
  expect(overdue).toEqual([
    expect.objectContaining({
      category: 'settings',
      open: [expect.objectContaining({ state: 'pending', left: -2 * DAY, isOverdue: true })],
      closed: [expect.objectContaining({ outcome: 'erased', lateBy: 3 * DAY - 3 * HOUR, inTime: false })],
    }),
  ]);
  const [{ open } = { open: [] }] = (await reportOf({ categories: 2, days: 2 })).data.erasures;
  expect(open).toEqual([expect.objectContaining({ left: 6 * DAY, isOverdue: false })]);
});

test('the HTML report loads nothing, runs no script, and names no account', async () => {
  const { page, data } = await reportOf({ categories: 2, days: 3, overdue: 'all', hostile: HOSTILE });
  expect(page).not.toMatch(/https?:\/\/|<(?:img|script|link|iframe)|@import|url\(|<[a-z][^<>]* on\w+=/);
  expect(page.match(/<style>/g)).toHaveLength(1);
  expect(page).toContain('&lt;img src=x onerror=&quot;document.title=1&quot;&gt; &amp; &quot;Logs&quot; \\u{202e}');
  for (const secret of SECRETS) expect(`${page}${JSON.stringify(data)}`).not.toContain(secret);
});

test('a report without any data says that nothing can be judged', async () => {
  const { page, data, code } = await reportOf({ categories: 2, days: 0 });
  expect([code, data.of, data.empty]).toEqual([3, 0, 2]);
  expect(page).toContain('No category has an index, so no promise can be judged');
  expect(page).toContain('No run has ended in this time.');
});

test('report names a category that cannot be read, and ends with exit code 1', async () => {
  const { run, backend, folder } = await reportService({ categories: 2, days: 1 });
  backend.history.runs = async () => {
    throw new TransientError('no-server', { expected: 'an answer', found: 'none', fix: 'Look at the load.' });
  };
  const { code, stdout } = await run('report', '--html', join(folder, 'report.html'));
  expect([code, stdout]).toEqual([1, expect.stringContaining('Not read: logs-0 (no-server).')]);
});

test('report requires an output option, and refuses a path that it cannot write to', async () => {
  const { run, folder } = await reportService({ categories: 2, days: 0 });
  expect(await run('report')).toMatchObject({ code: 2, stderr: expect.stringContaining('--html report.html') });
  const place = join(folder, 'taken');
  mkdirSync(place);
  const { code, stderr } = await run('report', '--html', place);
  expect([code, stderr]).toEqual([2, expect.stringContaining('Failed: not-written')]);
});
