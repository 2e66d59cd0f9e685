import { expect, test } from 'vitest';
import { overlong, putBytes, putUnindexed } from '../../../support/documents/overlong.ts';
import { erasureCliFixture, GONE } from '../erasure-command-line.ts';

/** An account whose deletion is overdue, and the only document of an index of ours. */
const overdue = async (own: 'ledger' | 'events') => {
  const fixture = await erasureCliFixture();
  const data = await fixture.seed();
  await fixture.tell('account-deleted', { uin: GONE }, 8);
  const { client, names } = fixture;
  const index = names[own];
  await client.indices.refresh({ index });
  const { hits } = await client.search<object>({ index });
  const [{ _id: id = '', _source: source = {} } = {}] = hits.hits;
  return { fixture, client, data, index, id, source };
};
type Overdue = Awaited<ReturnType<typeof overdue>>;

const WAYS: readonly (readonly [string, 'ledger' | 'events', (of: Overdue) => Promise<void>])[] = [
  [
    'an entry by ignore_above',
    'ledger',
    ({ client, ...of }) => putUnindexed(client, of.index, { ...of, field: 'state' }),
  ],
  [
    'an entry by a byte too many',
    'ledger',
    ({ client, index, id, source }) => putBytes(client, index, id, overlong(source, '"state":"')),
  ],
  [
    'an event by ignore_above',
    'events',
    ({ client, ...of }) => putUnindexed(client, of.index, { ...of, field: 'hash' }),
  ],
];

test.each(WAYS)('records hidden from searches are reported, and a replay repairs them: %s', async (_, own, hide) => {
  const all = await overdue(own);
  const { fixture, data } = all;
  await hide(all);
  const says = own === 'ledger' ? '1 entry of the ledger not believed' : 'not believed';
  for (const args of [['verify'], ['purge', '--execute'], ['status']]) {
    const { code, stdout } = await fixture.run(args);
    expect(stdout).toContain(says);
    expect(code).toBe(3);
  }
  // An event is read all the same, so that what it ends is erased.
  expect(await fixture.left(data)).toEqual(own === 'ledger' ? ['gone-1', 'gone-2', 'stays'] : ['stays']);
  const { code, stdout } = await fixture.run(['replay']);
  expect(stdout).toContain(own === 'ledger' ? '1 entry worked out again' : '1 edited event written again');
  expect(code).toBe(0);
  await fixture.run(['purge', '--execute']);
  expect((await fixture.run(['purge', '--execute'])).stdout).toMatch(/^Kept: 1 of 1/);
  expect(await fixture.left(data)).toEqual(['stays']);
});

test('a reinstatement hidden from searches still protects its account', async () => {
  const { fixture, client, data, index, id, source } = await overdue('ledger');
  await fixture.tell('account-reinstated', { uin: GONE }, 1);
  const { events } = fixture.names;
  await client.indices.refresh({ index: events });
  const { hits } = await client.search<object>({ index: events, query: { term: { type: 'account-reinstated' } } });
  const [{ _id: eventId = '', _source: event = {} } = {}] = hits.hits;
  await putUnindexed(client, events, { id: eventId, source: event, field: 'hash' });
  await client.index({ index, id, document: source, refresh: true });
  for (let run = 0; run < 2; run += 1) expect((await fixture.run(['purge', '--execute'])).code).toBe(3);
  expect(await fixture.left(data)).toEqual(['gone-1', 'gone-2', 'stays']);
  expect((await fixture.run(['replay'])).code).toBe(0);
  expect((await fixture.run(['purge', '--execute'])).code).toBe(0);
  expect(await fixture.left(data)).toEqual(['gone-1', 'gone-2', 'stays']);
});
