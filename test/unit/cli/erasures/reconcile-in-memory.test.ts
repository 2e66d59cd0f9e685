import { expect, test } from 'vitest';
import { configuration, GONE } from '../../../integration/cli/erasure-command-line.ts';
import { erasureCliInMemory } from '../../../support/in-memory/erasure-cli-in-memory.ts';
import { temporaryFile } from '../../../support/run/temporary-file.ts';

test('an account that a restored index brought back is erased after a new termination', async () => {
  const { seed, run, tell, left, add } = await erasureCliInMemory();
  const index = await seed();
  await tell('account-deleted', { uin: GONE }, 4);
  for (let runs = 0; runs < 2; runs++) await run(['purge', '--execute']);
  expect(await left(index)).toEqual(['stays']);
  await add(index, { back: configuration(GONE, '1') });
  await run(['purge', '--execute']);
  expect(await left(index)).toEqual(['back', 'stays']);

  await run(['terminate', '--uin', GONE, '--account-deleted', '--immediate']);
  await run(['purge', '--execute']);
  expect(await left(index)).toEqual(['stays']);
});

test('reconcile without any index ends with exit code 3, unless --allow-empty is set', async () => {
  const { run, seed } = await erasureCliInMemory();
  const args = ['reconcile', '--active', temporaryFile('active.txt', '7\n')];
  const { code, stdout } = await run(args);
  expect(stdout).toMatch(
    /^Reconciled: 0 subjects .*, of 0 accounts with data · 1 category without any index\nCluster .*\nNo index of these/,
  );
  expect(code).toBe(3);
  expect((await run([...args, '--allow-empty'])).code).toBe(0);
  await seed();
  expect((await run(args)).stdout).toMatch(/^Reconciled: 2 subjects .*, of 2 accounts with data\n/);
});

test('names in documents are escaped on a terminal', async () => {
  const { createIndex, run } = await erasureCliInMemory();
  await createIndex('1', { hostile: configuration('1\u001b[2J', '2\u202e') });
  const { stdout } = await run(['reconcile', '--active', temporaryFile('active.txt', '7\n')]);
  expect(stdout).toContain('"1\\u001b[2J"');
  expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});
