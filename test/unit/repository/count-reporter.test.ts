import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { TestModule } from 'vitest/node';
import CountReporter from '../../support/run/count-reporter.ts';
import { temporaryFile } from '../../support/run/temporary-file.ts';

/** A module with tests in these states. */
const moduleWith = (...states: readonly string[]): TestModule =>
  ({
    children: { allTests: () => states.map((state) => ({ result: () => ({ state }) })) },
    errors: () => [],
  }) as unknown as TestModule;

test('a run of tests adds the counts of its earlier part, and writes the sum', () => {
  const earlier = temporaryFile('earlier.json', JSON.stringify({ passed: 5, failed: 1, skipped: 2 }));
  const written = join(dirname(earlier), 'folder', 'sum.json');
  onTestFinished(() => void vi.restoreAllMocks());
  const atExit = vi.spyOn(process, 'on').mockReturnValue(process);
  const log = vi.spyOn(console, 'log').mockReturnValue();
  new CountReporter({ adds: earlier, writes: written }).onTestRunEnd(
    [moduleWith('passed', 'failed'), moduleWith('passed', 'skipped', 'pending')],
    [new Error('an unhandled one')],
  );
  expect(JSON.parse(readFileSync(written, 'utf8'))).toEqual({ passed: 7, failed: 3, skipped: 4 });
  const [, print] = atExit.mock.calls.find(([event]) => event === 'exit') ?? [];
  (print as (() => void) | undefined)?.();
  expect(log.mock.calls).toEqual([['7 passed, 3 failed, 4 skipped']]);
});

test('a run of tests without the earlier counts fails before its first test', () => {
  expect(() => new CountReporter({ adds: '/no-such-folder/count.json' })).toThrow('/no-such-folder/count.json');
});
