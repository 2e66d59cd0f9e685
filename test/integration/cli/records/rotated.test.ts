import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rotateKeyRingFile } from '../../../../lib/adapters/files/key-ring-file.ts';
import { type ErasureCliFixture, erasureCliFixture, GONE } from '../erasure-command-line.ts';

/**
 * The ledger, or what else, is lost after the subject key was rotated; replay brings it back, and all is kept again.
 */
const replayed = async ({ client, names, archive, run }: ErasureCliFixture, lost: readonly ('ledger' | 'events')[]) => {
  await client.indices.delete({ index: lost.map((name) => names[name]) });
  expect((await run(['verify'])).code).toBe(3);
  const copies = readdirSync(join(archive, 'events'), { recursive: true }).length;
  const { stdout, code } = await run(['replay']);
  expect(code).toBe(0);
  expect(readdirSync(join(archive, 'events'), { recursive: true })).toHaveLength(copies);
  return stdout;
};

test.each([{ lost: ['ledger'] }, { lost: ['ledger', 'events'] }, { lost: ['events'] }] as const)(
  'after a key rotation, one replay restores $lost, and makes no new copy',
  async ({ lost }) => {
    const fixture = await erasureCliFixture();
    const index = await fixture.seed();
    await fixture.tell('account-deleted', { uin: GONE }, 4);
    for (const _ of [1, 2]) await rotateKeyRingFile(fixture.keys, 'subject', Date.now());
    expect(await replayed(fixture, lost)).toMatch(
      /^Replayed: 1 event · .*1 that the ledger had forgotten · 1 erasure owed/,
    );
    expect((await fixture.run(['verify'])).stdout).toMatch(/^Kept: 1 of 1/);
    for (const _ of [1, 2]) await fixture.run(['purge', '--execute']);
    expect(await fixture.left(index)).toEqual(['stays']);
  },
);

test('after a key rotation, a reinstatement in the archive still protects the account', async () => {
  const fixture = await erasureCliFixture();
  const index = await fixture.seed();
  await fixture.tell('account-deleted', { uin: GONE }, 8);
  await rotateKeyRingFile(fixture.keys, 'subject', Date.now());
  expect((await fixture.run(['reinstate', '--uin', GONE])).code).toBe(0);
  expect(await replayed(fixture, ['ledger'])).toMatch(/^Replayed: 2 events · .* · 0 erasures owed/);
  expect((await fixture.run(['verify'])).stdout).toMatch(/^Kept: 1 of 1/);
  await fixture.run(['purge', '--execute']);
  expect(await fixture.left(index)).toEqual(['gone-1', 'gone-2', 'stays']);
});
