import { expect, test } from 'vitest';
import { DAY, MINUTE } from '../../../../lib/policy/time/duration.ts';
import { serviceInMemory } from '../../../support/in-memory/service-in-memory.ts';
import { pastReport, storeRuns } from '../../../support/purge/past-run.ts';

const NOW = Date.parse('2026-04-10T12:00:00Z');

/** The first line of a plan, if the last run of each category began so long ago. */
const planAfter = async (ago?: number, ...before: string[]): Promise<string | undefined> => {
  const { run, store, backend } = serviceInMemory(undefined, () => NOW);
  for (const index of ['call-log-a', 'settings-a']) store.write(index, 'a', { timestamps: [NOW], ingested: [] });
  if (ago !== undefined)
    for (const category of ['call-logs', 'settings'])
      await storeRuns(backend.reportStore, [pastReport(category, NOW - ago)]);
  if (before.length > 0) await run(...before);
  return (await run('plan', '--category', 'call-logs')).stdout.split('\n')[0];
};

test('a plan names the next run only if the last run followed the schedule', async () => {
  expect(await planAfter(20 * MINUTE)).toMatch(/ · next run by 12:15 UTC$/);
  expect(await planAfter(DAY)).toMatch(/ · last run 2026-04-09 12:00 UTC$/);
  expect(await planAfter()).toMatch(/ · no run yet$/);
});

test('a plan names no next run while its category is paused', async () => {
  const paused = await planAfter(20 * MINUTE, 'pause', '--reason', 'case', '--by', 'A');
  expect(paused).toContain('1 paused');
  expect(paused).not.toContain('next run');
});
