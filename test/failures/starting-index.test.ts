import { randomUUID } from 'node:crypto';
import { beforeEach, expect, inject, onTestFinished, test } from 'vitest';
import { createClient } from '../../lib/adapters/elasticsearch/client/client.ts';
import { elasticsearchLedger } from '../../lib/adapters/elasticsearch/ledger/elasticsearch-ledger.ts';
import { newEntry } from '../../lib/erasure/ledger/apply-event.ts';
import { openWire, rewrites } from '../support/server/faulty-connection.ts';
import { takeNothingOver } from '../support/server/reused-names.ts';

beforeEach(takeNothingOver);

const ENTRY = newEntry('rooms', 'account-deleted', { uin: '9007199254740993' }, { kid: 'k1', hash: 'a' });

/**
 * What the server says of a document whose shard has not started yet (seen on 9.4.3 when two runs made the index at
 * once).
 */
const starting = (type: string) =>
  rewrites(({ docs }) => {
    for (const doc of docs) {
      for (const key of ['found', '_source', '_seq_no', '_primary_term', '_version']) delete doc[key];
      doc.error = { type, reason: 'CurrentState[RECOVERING]', root_cause: [{ type, reason: 'scripted' }] };
    }
  });

const ledgerBehind = async (type: string, times: number) => {
  const wire = openWire();
  const client = createClient({ url: inject('elasticsearchUrl') }, { Connection: wire.Connection });
  const index = `retention-${randomUUID().slice(0, 8)}-ledger`;
  onTestFinished(async () => {
    await client.indices.delete({ index, ignore_unavailable: true });
    await client.indices.deleteIndexTemplate({ name: `es-retention-${index}` }, { ignore: [404] });
    await client.close();
  });
  const ledger = elasticsearchLedger(client, { timeout: () => 30_000, firstWait: 20, retries: 2 }, index);
  await ledger.write([{ entry: ENTRY, read: undefined }]);
  wire.on(/_mget/, starting(type), { times });
  return ledger;
};

test.each(['no_shard_available_action_exception', 'illegal_index_shard_state_exception'])(
  'a ledger that is just starting (%s) is read after it has started',
  async (type) => {
    const ledger = await ledgerBehind(type, 2);
    expect([...(await ledger.read([ENTRY.id])).keys()]).toEqual([ENTRY.id]);
  },
);

test('a ledger that does not start causes an error, and is not read as empty', async () => {
  const ledger = await ledgerBehind('no_shard_available_action_exception', 3);
  await expect(ledger.read([ENTRY.id])).rejects.toMatchObject({ code: 'store-busy' });
});

test('a read that fails for any other reason is not repeated', async () => {
  const ledger = await ledgerBehind('scripted_exception', 1);
  await expect(ledger.read([ENTRY.id])).rejects.toMatchObject({ code: 'scripted_exception' });
});
