import { randomUUID } from 'node:crypto';
import { expect, inject, test } from 'vitest';
import { createClient } from '../../lib/adapters/elasticsearch/client/client.ts';
import { elasticsearchEventLog } from '../../lib/adapters/elasticsearch/ledger/elasticsearch-event-log.ts';
import { eventId } from '../../lib/erasure/events/event-id.ts';
import { isoInstant } from '../../lib/policy/time/instant.ts';

// Never: a list in the archive that names an event which is forgotten before the list, and so holds back every replay.

test('an event with two instants is neither listed nor removed by the older one', async () => {
  const client = createClient({ url: inject('elasticsearchUrl') });
  const index = `retention-contract-events.two-${randomUUID().slice(0, 8)}`;
  const log = elasticsearchEventLog(client, { timeout: () => 30_000 }, index);
  const keptAt = (at: number) => {
    const event = { type: 'account-reinstated', kid: 'k', hash: randomUUID(), immediate: false } as const;
    const dates = { at: isoInstant(at), heardAt: isoInstant(at) };
    return { ...event, ...dates, requestId: 'm', id: eventId(event, { ...event, at }) };
  };
  const [old, young, two] = [keptAt(5), keptAt(100), keptAt(6)];
  await log.keep([old, young]);
  const document = { ...two, heardAt: [isoInstant(100), isoInstant(6)] };
  await client.create({ index, id: two.id, document, refresh: true });
  expect((await log.heardBetween(0, undefined, 10)).map(({ id }) => id)).toEqual([old.id, young.id]);
  expect(await log.removeOld(50, 'remove')).toBe(1);
  expect(await log.missing([old.id, young.id, two.id])).toEqual(new Set([old.id]));
  await client.indices.delete({ index });
});
