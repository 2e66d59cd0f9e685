import { beforeEach, expect, test } from 'vitest';
import type { KeptEvent } from '../../../../lib/erasure/events/event-log.ts';
import type { LedgerEntry } from '../../../../lib/erasure/ledger/ledger-entry.ts';
import { expectDistrust, expectErased, overdue } from '../../../support/command-line/erasure-cli-cases.ts';
import { takeNothingOver } from '../../../support/server/reused-names.ts';
import { type ErasureCliFixture, erasureCliFixture, STAYS } from '../erasure-command-line.ts';

beforeEach(takeNothingOver);

/** Writes over the only document of an index of ours, as somebody does who has a key for it. */
const edit = async <T>({ client }: ErasureCliFixture, index: string, change: (source: T) => unknown): Promise<void> => {
  await client.indices.refresh({ index });
  const { hits } = await client.search<T>({ index });
  const [{ _id: id = '', _source } = {}] = hits.hits;
  const document = change(_source as T) as object;
  await client.index({ index, id, document, refresh: true });
};

test('nothing is erased for an entry edited by hand until a replay repairs it', async () => {
  const { fixture, index } = await overdue(await erasureCliFixture());
  await edit(fixture, fixture.names.ledger, (entry: LedgerEntry) => ({ ...entry, uin: STAYS }));
  await expectDistrust(fixture, index, '1 entry of the ledger not believed');
  const { stdout, code } = await fixture.run(['replay']);
  expect(stdout).toContain('1 entry worked out again');
  expect(code).toBe(0);
  await expectErased(fixture, index);
});

test('an event edited by hand is not believed, and replay restores it', async () => {
  const { fixture, index } = await overdue(await erasureCliFixture());
  await edit(fixture, fixture.names.events, (event: KeptEvent) => ({ ...event, type: 'account-reinstated' }));
  await expectDistrust(fixture, index, 'not believed');
  const { stdout, code } = await fixture.run(['replay']);
  expect(stdout).toContain('1 edited event written again');
  expect(code).toBe(0);
  await expectErased(fixture, index);
});
