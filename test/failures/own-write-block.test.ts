import { expect, test } from 'vitest';
import { ownIndices } from '../../lib/policy/own-indices.ts';
import { erasureFixture } from '../support/erasure/erasure-fixture.ts';

test('a write block that somebody else set on the ledger is reported with a working fix', async () => {
  const fixture = erasureFixture({ ownLedger: true });
  const { client, policy, category, tell } = fixture;
  const { ledger: index } = ownIndices(policy, category.id);
  await tell('account-deleted', { uin: '41' });
  await client.indices.putSettings({ index, settings: { 'index.blocks.write': true } });
  const fix = `Lift the block: PUT /${index}/_settings {"index.blocks.write": null}.`;
  await expect(tell('account-deleted', { uin: '42' })).rejects.toMatchObject({
    code: 'cluster_block_exception',
    explanation: { fix },
  });
  await client.indices.putSettings({ index, settings: { 'index.blocks.write': null } });
  expect((await tell('account-deleted', { uin: '42' })).entries).toHaveLength(1);
});
