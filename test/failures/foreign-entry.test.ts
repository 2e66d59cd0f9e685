import { randomUUID } from 'node:crypto';
import { beforeEach, expect, inject, onTestFinished, test } from 'vitest';
import { createClient } from '../../lib/adapters/elasticsearch/client/client.ts';
import { elasticsearchLedger } from '../../lib/adapters/elasticsearch/ledger/elasticsearch-ledger.ts';
import { newEntry } from '../../lib/erasure/ledger/apply-event.ts';
import { takeNothingOver } from '../support/server/reused-names.ts';

beforeEach(takeNothingOver);

test('foreign documents in the ledger do not prevent an entry from being found', async () => {
  const client = createClient({ url: inject('elasticsearchUrl') });
  const index = `retention-${randomUUID().slice(0, 8)}-ledger`;
  onTestFinished(async () => {
    await client.indices.delete({ index, ignore_unavailable: true });
    await client.indices.deleteIndexTemplate({ name: `es-retention-${index}` }, { ignore: [404] });
    await client.close();
  });
  const ledger = elasticsearchLedger(client, { timeout: () => 30_000, firstWait: 20 }, index);
  const subject = { kid: 'k1', hash: 'a' };
  const entry = { ...newEntry('rooms', 'account-deleted', { uin: '9' }, subject), state: 'pending' as const };
  await ledger.write([{ entry, read: undefined }]);
  await client.index({ index, id: 'odd', document: { state: 'pending', category: 'rooms' }, refresh: true });
  const { entries } = await ledger.find({ category: 'rooms', states: ['pending'] }, 10);
  expect(entries.map((read) => [read.entry.id, read.entry.state])).toEqual([
    [entry.id, 'pending'],
    ['odd', 'malformed'],
  ]);
});
