import { expect, test } from 'vitest';
import { daysAgo, erasureCliFixture, GONE } from '../erasure-command-line.ts';

// Never: an account that is called erased, or a category kept, since a pattern finds no index.

test('a category without an index keeps its erasures open until --allow-empty is given', async () => {
  const { run, consoleCategory } = await erasureCliFixture();
  const recorded = await run(['terminate', '--uin', GONE, '--account-deleted', '--at', daysAgo(4)]);
  expect(recorded.stdout).toContain('no index is there to look into');

  for (const command of [['plan'], ['verify'], ['purge'], ['purge', '--execute']]) {
    const { code, stdout } = await run(command);
    expect([command, code, stdout]).toEqual([command, 3, expect.stringContaining('Kept: 0 of 1')]);
    expect(stdout).toContain(`purge --execute --allow-empty --category ${consoleCategory.id} closes`);
  }
  expect((await run(['status'])).stdout).toContain('Owed: 1 erasure');

  expect(await run(['verify', '--allow-empty'])).toMatchObject({ code: 0 });
  const { code, stdout } = await run(['purge', '--execute', '--allow-empty', '--category', consoleCategory.id]);
  expect([code, stdout]).toEqual([0, expect.stringContaining('1 erasure due: 0 closed as erased, 1 as nothing found')]);
  expect((await run(['status'])).stdout).toContain('Owed: nothing');
});
