import { expect, test } from 'vitest';
import { GONE } from '../../../integration/cli/erasure-command-line.ts';
import { terminated } from '../../../support/command-line/erasure-cli-cases.ts';
import { erasureCliInMemory } from '../../../support/in-memory/erasure-cli-in-memory.ts';

test('the command receipt, given an account without a receipt, names its application that has one', async () => {
  const { run } = await terminated(await erasureCliInMemory(), 'feature-terminated', '1');
  const before = await run(['receipt', '--uin', GONE]);
  expect(before.stdout).not.toContain('An application of the account');
  for (let at = 0; at < 2; at += 1) await run(['purge', '--execute']);
  const { code, stdout } = await run(['receipt', '--uin', GONE]);
  expect(stdout).toContain(
    'An application of the account has one: node bin/es-retention.mjs receipt --uin … --app 1\n',
  );
  expect(code).toBe(3);
  expect(JSON.parse((await run(['receipt', '--uin', GONE, '--json'])).stdout).applications).toEqual(['1']);
  expect((await run(['receipt', '--uin', GONE, '--app', '1'])).stdout).toMatch(/^Receipts: 1\n/);
});

test('the command receipt names no application if the archive cannot be opened', async () => {
  const { run } = await terminated(await erasureCliInMemory(), 'feature-terminated', '1');
  const { code, stdout } = await run(['receipt', '--uin', GONE], { RETENTION_ARCHIVE: 'ftp://nowhere' });
  expect(stdout).toContain('There is none for this subject');
  expect(stdout).not.toContain('An application of the account');
  expect(code).toBe(3);
});
