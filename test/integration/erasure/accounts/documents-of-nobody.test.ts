import { expect, test } from 'vitest';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { erasureFixture, TERMINATED } from '../../../support/erasure/erasure-fixture.ts';

test.each([
  { type: 'keyword', null_value: '1' },
  { type: 'keyword', null_value: 'nobody' },
  { type: 'long', null_value: 1 },
] as const)('documents without an account are counted and stay if the mapping has %j', async (uin) => {
  const fixture = erasureFixture();
  const dated = { '@timestamp': isoInstant(TERMINATED) };
  const documents = {
    null: { ...dated, uin: null },
    nulls: { ...dated, uin: [null] },
    none: dated,
    'one-of-two': { ...dated, uin: [null, '7'] },
    theirs: { ...dated, uin: '1' },
  };
  const index = await fixture.createIndex('a', documents, { properties: { uin } });
  await fixture.tell('account-deleted', { uin: '1' });
  const { findings } = await fixture.runPurge({ dryRun: true });
  expect(findings.find(({ code }) => code === 'no-account')?.found).toBe('3 in which no search finds an account');
  for (const _ of [1, 2]) await fixture.runPurge();
  expect(await fixture.left(index)).toEqual(['none', 'null', 'nulls', 'one-of-two']);
});
