import { expect, test } from 'vitest';
import { eventId } from '../../../lib/erasure/events/event-id.ts';
import type { KeptEvent } from '../../../lib/erasure/ledger/ledger.ts';
import { ownIndices } from '../../../lib/policy/own-indices.ts';
import { isoInstant } from '../../../lib/policy/time/instant.ts';
import { type ErasureFixture, erasureFixture, TERMINATED } from '../../support/erasure-fixture.ts';
import { overlong, putBytes, putUnindexed } from '../../support/overlong.ts';
import { NOW } from '../../support/purge-fixture.ts';

/** Version 8 reads a byte too many away, and indexes what it reads. */
const keepsBytes = async ({ client }: ErasureFixture): Promise<boolean> =>
  !(await client.info()).version.number.startsWith('8.');

const withEntries = async () => {
  const fixture = erasureFixture();
  for (const uin of ['7', '8']) await fixture.tell('account-deleted', { uin });
  const { ledger, client, category, policy } = fixture;
  const index = ownIndices(policy, category.id).ledger;
  const [{ id } = { id: '' }] = await fixture.entries();
  const { _source: source = {} } = await client.get<object>({ index, id });
  const hidden = async () => {
    const reads = [...(await ledger.read((await fixture.entries()).map((each) => each.id).concat(id))).values()];
    return [...new Set([...(await ledger.hidden(category.id)), ...(await ledger.hidden(category.id, reads))])];
  };
  return { fixture, index, id, source, hidden };
};

test.each(['state', 'category', 'trigger', 'subject.hash', 'subject.kid'])(
  'an entry that is not indexed by its %s is found out, and no other',
  async (field) => {
    const { fixture, index, id, source, hidden } = await withEntries();
    expect(await hidden()).toEqual([]);
    await putUnindexed(fixture.client, index, { id, source, field });
    expect(await hidden()).toEqual([id]);
  },
);

test.each(['"state":"', '"category":"', '"trigger":"', '"hash":"', '"kid":"'])(
  'an entry that is indexed by other bytes than it reads is found out: %s',
  async (before) => {
    const { fixture, index, id, source, hidden } = await withEntries();
    await putBytes(fixture.client, index, id, overlong(source, before));
    expect(await hidden()).toEqual((await keepsBytes(fixture)) ? [id] : []);
  },
);

test('an entry that was changed after it was read is not taken for a hidden one', async () => {
  const { fixture, id } = await withEntries();
  const { ledger, category } = fixture;
  const reads = await ledger.read([id]);
  const read = reads.get(id);
  if (read) await ledger.write([{ entry: { ...read.entry, state: 'cancelled' }, read }]);
  expect(await ledger.hidden(category.id, [...reads.values()])).toEqual(new Set());
});

const withEvents = async () => {
  const fixture = erasureFixture();
  const { category, policy, recordPorts, client } = fixture;
  const log = recordPorts.events(category.id);
  const kept = (hash: string): KeptEvent => {
    const [type, immediate] = ['account-deleted' as const, false];
    const id = eventId({ kid: 'k', hash }, { type, at: TERMINATED, immediate });
    const [at, heardAt] = [isoInstant(TERMINATED), isoInstant(NOW)];
    return { id, type, kid: 'k', hash, alsoUnder: [], at, immediate, requestId: 'msg_1', heardAt };
  };
  const [event, other] = [kept('h1'), kept('h2')];
  for (const each of [event, other]) await log.keep(each);
  const index = ownIndices(policy, category.id).events;
  const hidden = async (ids: readonly string[] = []) => (await log.hidden([event, other], ids)).map(({ id }) => id);
  return { fixture, client, index, event, other, hidden };
};

test.each(['type', 'hash'])('an event that is not indexed by its %s is found out, and no other', async (field) => {
  const { client, index, event, other, hidden } = await withEvents();
  expect(await hidden([event.id, other.id])).toEqual([]);
  await putUnindexed(client, index, { id: event.id, source: event, field });
  expect(await hidden()).toEqual([event.id]);
});

test.each(['"type":"', '"hash":"'])('an event that is indexed by other bytes is found out: %s', async (before) => {
  const { fixture, client, index, event, hidden } = await withEvents();
  await putBytes(client, index, event.id, overlong(event, before));
  expect(await hidden()).toEqual((await keepsBytes(fixture)) ? [event.id] : []);
});

test('a copy of the archive that stands in the log as a decision is found out', async () => {
  const { client, index, event, other, hidden } = await withEvents();
  await client.index({ index, id: event.id, document: { ...event, type: 'erasure-braked' }, refresh: true });
  expect(await hidden([event.id, other.id])).toEqual([event.id]);
});
