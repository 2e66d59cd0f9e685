import { expect, test } from 'vitest';
import { erasureCliFixture, GONE } from '../erasure-command-line.ts';

// Never: somebody erased who came back, and whose return stands in the archive alone, since its recording died after
// the first write.

test('a reinstatement in an unread archive copy protects its account, before and after replay', async () => {
  const { run, seed, tell, left, client, names } = await erasureCliFixture();
  const index = await seed();
  await tell('feature-terminated', { uin: GONE }, 4);
  await client.indices.refresh({ index: names.ledger });
  const { hits } = await client.search({ index: names.ledger, size: 10 });
  const entry = hits.hits[0];
  expect((await run(['reinstate', '--uin', GONE])).code).toBe(0);
  // As a death between copy and event leaves it.
  await client.index({ index: names.ledger, id: entry?._id ?? '', document: entry?._source, refresh: true });
  await client.indices.refresh({ index: names.events });
  const query = { term: { type: 'account-reinstated' } };
  expect(await client.deleteByQuery({ index: names.events, query, refresh: true })).toMatchObject({ deleted: 1 });

  const held = await run(['purge', '--execute']);
  expect(held.stdout).toContain('1 event known to the archive only');
  expect(held.stdout).toContain('a reinstatement may be among them');
  expect(held.code).toBe(3);
  expect(await left(index)).toEqual(['gone-1', 'gone-2', 'stays']);

  await run(['replay']);
  const after = await run(['purge', '--execute']);
  expect([after.code, await left(index)]).toEqual([0, ['gone-1', 'gone-2', 'stays']]);
});
