import { beforeEach, expect, test } from 'vitest';
import { ownRecords } from '../../lib/adapters/elasticsearch/records/elasticsearch-records.ts';
import type { Ledger } from '../../lib/erasure/ledger/ledger.ts';
import { recordAccountEvent } from '../../lib/erasure/recording/record-account-event.ts';
import { ownIndices } from '../../lib/policy/own-indices.ts';
import type { Ports } from '../../lib/purge/purge.ts';
import { type ErasureFixture, erasureFixture, recordPortsOn } from '../support/erasure/erasure-fixture.ts';
import { NOW } from '../support/purge/purge-fixture.ts';
import { takeNothingOver } from '../support/server/reused-names.ts';

beforeEach(takeNothingOver);

const recordsOf = ({ client, policy }: ErasureFixture) => ownRecords(client, { timeout: () => 30_000 }, policy);

/** Copies the ledger, deletes it, and copies everything back, as somebody does who changes its number of shards. */
const makeAgain = async ({ client, policy, category }: ErasureFixture): Promise<void> => {
  const { ledger } = ownIndices(policy, category.id);
  const copy = `${ledger}.moved`;
  const shape = (await client.indices.get({ index: ledger }))[ledger];
  await client.indices.create({ index: copy, ...(shape?.mappings && { mappings: shape.mappings }) });
  await client.reindex({ source: { index: ledger }, dest: { index: copy }, refresh: true });
  await client.indices.delete({ index: ledger });
  await client.indices.create({ index: ledger, ...(shape?.mappings && { mappings: shape.mappings }) });
  await client.reindex({ source: { index: copy }, dest: { index: ledger }, refresh: true });
  await client.indices.delete({ index: copy });
};

const positionIn = async (ledger: Ledger, id: string) => {
  const { seqNo, primaryTerm } = (await ledger.read([id])).get(id) ?? {};
  return { seqNo, primaryTerm };
};

test('an account is not erased if a ledger recreated during the run has its reinstatement', async () => {
  const fixture = erasureFixture();
  const index = await fixture.createIndex('a', { one: { uin: '1' }, two: { uin: '2' } });
  await fixture.tell('account-deleted', { uin: '1' });
  const [{ id } = { id: '' }] = await fixture.entries();
  const positions: object[] = [];
  const before = async (): Promise<void> => {
    positions.push(await positionIn(fixture.ledger, id));
    await fixture.client.indices.refresh({ index: ownIndices(fixture.policy, fixture.category.id).ledger });
    await makeAgain(fixture);
    const records = recordsOf(fixture);
    const event = { requestId: 'msg_back', type: 'account-reinstated', subject: { uin: '1' }, at: NOW } as const;
    await recordAccountEvent(
      { ...event, immediate: false },
      [fixture.category],
      recordPortsOn(records, fixture.policy),
    );
    positions.push(await positionIn(records.ledger, id));
  };
  const run = fixture.runPurge({
    around: (ports: Ports) => ({
      ...ports,
      remover: {
        ...ports.remover,
        // The run has begun its erasures, and has not sent a request that erases.
        slices: async (...given) => {
          await before();
          return ports.remover.slices(...given);
        },
      },
    }),
  });
  await expect(run).rejects.toMatchObject({ code: 'own-index-missing' });
  // By its numbers, the entry is as the run has written it.
  expect(positions[1]).toEqual(positions[0]);
  expect(await fixture.left(index)).toEqual(['one', 'two']);
});
