import { expect, test } from 'vitest';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { erasureFixture, TERMINATED } from '../../../support/erasure/erasure-fixture.ts';
import { PROPERTIES } from '../../../support/purge/purge-fixture.ts';

const of = (uin: string) => ({ uin, '@timestamp': isoInstant(TERMINATED - 1_000) });

// An index template matches every index here: for a register that changes nothing.
test.each([
  ['beside one that stays', true],
  ['as the only one', false],
])('a register with documents of only one erased account is emptied, not dropped: %s', async (_, beside) => {
  const fixture = erasureFixture();
  const index = await fixture.createIndex('tenant7', { a: of('42'), b: of('42') });
  if (beside) await fixture.createIndex('tenant8', { c: of('9') });
  await fixture.tell('account-deleted', { uin: '42' });
  const report = await fixture.runPurge();
  expect(report).toMatchObject({ outcome: 'complete', documentsRemoved: 2, indicesDropped: 0 });
  expect(report.indices[0]).toMatchObject({ planned: 'delete', reason: expect.stringContaining('register') });
  expect(await fixture.left(index)).toEqual([]);
  const [mapped] = Object.values(await fixture.client.indices.getMapping({ index }));
  expect(mapped?.mappings.properties).toEqual(PROPERTIES);
});

test('a register is dropped after its alias writes to another index', async () => {
  const fixture = erasureFixture();
  const alias = `register-${fixture.id}`;
  const aliases = (isWriteIndex: boolean) => ({ aliases: { [alias]: { is_write_index: isWriteIndex } } });
  const before = await fixture.createIndex('1', { a: of('42') }, aliases(false));
  const now = await fixture.createIndex('2', { b: of('42') }, aliases(true));
  await fixture.tell('account-deleted', { uin: '42' });
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', documentsRemoved: 2, indicesDropped: 1 });
  expect(await fixture.left(before)).toBeUndefined();
  expect(await fixture.left(now)).toEqual([]);
});
