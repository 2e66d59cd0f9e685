import { expect, test } from 'vitest';
import { elasticsearchAccounts } from '../../../../lib/adapters/elasticsearch/count/elasticsearch-accounts.ts';
import { reconcile } from '../../../../lib/erasure/consistency/reconcile.ts';
import { CategoryVisit } from '../../../../lib/erasure/recording/category-visit.ts';
import { sendAsYaml } from '../../../support/documents/send-as-yaml.ts';
import { erasureFixture, testHashes } from '../../../support/erasure/erasure-fixture.ts';
import { PROPERTIES } from '../../../support/purge/purge-fixture.ts';

test('reconcile lists accounts of an index without _source, and reports the index as unlisted', async () => {
  const fixture = erasureFixture();
  const index = `${fixture.id}-lost`;
  await fixture.client.indices.create({
    index,
    mappings: {
      _source: { enabled: false },
      properties: { ...PROPERTIES, uin: { type: 'keyword', ignore_above: 3 } },
    },
  });
  await fixture.add(index, { seen: { uin: '7', sdkAppId: '1' }, ignored: { uin: 'acct1400', sdkAppId: '1' } });
  const store = elasticsearchAccounts(fixture.client, { timeout: () => 30_000 });
  const found = await reconcile([fixture.category], new Map(), {
    store,
    ledger: fixture.ledger,
    hashes: testHashes,
    judge: async (_, __, believed) => ({ believed, altered: new Map() }),
    visit: new CategoryVisit(),
  });
  expect(found.leftBehind.map(({ uin }) => uin)).toEqual(['7']);
  expect(found.unanswered).toEqual([{ index, why: expect.stringContaining('_source') }]);
});

test('reconcile reports an index with an unreadable document, and lists the other accounts', async () => {
  const fixture = erasureFixture();
  const odd = await fixture.createIndex('odd', { ours: { uin: '7', sdkAppId: '1' } });
  await fixture.createIndex('plain', { other: { uin: '8', sdkAppId: '1' } });
  await sendAsYaml(fixture.client, odd, 'unknown', { note: 'of nobody' });
  await sendAsYaml(fixture.client, odd, 'indexed', { uin: '9' });
  const store = elasticsearchAccounts(fixture.client, { timeout: () => 30_000 });
  const found = await reconcile([fixture.category], new Map(), {
    store,
    ledger: fixture.ledger,
    hashes: testHashes,
    judge: async (_, __, believed) => ({ believed, altered: new Map() }),
    visit: new CategoryVisit(),
  });
  expect(found.leftBehind.map(({ uin }) => uin).sort()).toEqual(['7', '8', '9']);
  expect(found.unanswered).toEqual([{ index: odd, why: expect.stringContaining('cannot read') }]);
});
