import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { rotateKeyRingFile } from '../../../../lib/adapters/files/key-ring-file.ts';
import { GONE, STAYS } from '../../../integration/cli/erasure-command-line.ts';
import { erasureCliInMemory } from '../../../support/in-memory/erasure-cli-in-memory.ts';
import { temporaryFile } from '../../../support/run/temporary-file.ts';

test('status --uin shows the entries of that account only', async () => {
  const { run, tell } = await erasureCliInMemory();
  await tell('account-deleted', { uin: GONE }, 8);
  await tell('account-deleted', { uin: STAYS }, 1);
  const { code, stdout } = await run(['status', '--uin', STAYS, '--json']);
  expect(JSON.parse(stdout)).toMatchObject({
    summary: expect.stringMatching(/^Owed: 1 erasure · nearest deadline [^,]*$/),
    exitCode: 0,
    categories: [{ pending: 1, overdue: 0, entries: [{ state: 'pending', due: false }] }],
  });
  expect(JSON.parse(stdout).categories[0].entries[0].hoursLeft).toBeCloseTo(6 * 24, 0);
  expect(code).toBe(0);
  await tell('feature-terminated', { uin: '6', sdkAppId: '7' }, 1);
  const other = await run(['status', '--uin', '6']);
  expect(other.stdout).toMatch(
    /^No erasure is recorded for this subject .* · 1 erasure owed in other scopes of this account\n/,
  );
  expect(other.stdout).toMatch(
    /Still owed: application 7 in .* node bin\/es-retention.mjs reinstate --uin 6 --app 7\n/,
  );
  const unknown = await run(['status', '--uin', '1']);
  expect(unknown.stdout).toMatch(
    /^No erasure is recorded for this subject \(looked up with the current key ring\)\nCluster .* at memory · .*\n$/,
  );
});

test('no command says that nothing is owed if the key ring lacks the newest key', async () => {
  const { run, seed, keys, consoleCategory } = await erasureCliInMemory();
  await seed();
  const old = temporaryFile('old.json', readFileSync(keys, 'utf8'));
  const { kid } = await rotateKeyRingFile(keys, 'subject', Date.now());
  await run(['terminate', '--uin', GONE]);
  const active = temporaryFile('active.txt', `${STAYS}\n`);
  const says = `The key ring has no subject key ${kid}, under which ${consoleCategory.id} owes erasures: `;
  for (const args of [
    ['status', '--uin', GONE],
    ['receipt', '--uin', GONE],
    ['reconcile', '--active', active],
  ]) {
    const { code, stdout } = await run(args, { RETENTION_KEYS: old });
    expect(stdout).toContain(says);
    expect(stdout).not.toContain('No erasure is recorded');
    expect(code).toBe(3);
    expect((await run(args)).stdout).not.toContain(says);
  }
});
