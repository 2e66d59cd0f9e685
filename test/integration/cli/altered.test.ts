import { beforeEach, expect, test } from 'vitest';
import type { KeptEvent } from '../../../lib/erasure/events/event-log.ts';
import type { LedgerEntry } from '../../../lib/erasure/ledger/ledger-entry.ts';
import { takeNothingOver } from '../../support/reused-names.ts';
import { type ErasureCliFixture, erasureCliFixture, GONE, STAYS } from './erasure-command-line.ts';

beforeEach(takeNothingOver);

/** An account whose deletion is eight days old, and overdue; its neighbour lives. */
const overdue = async (days = 8) => {
  const fixture = await erasureCliFixture();
  const index = await fixture.seed();
  await fixture.tell('account-deleted', { uin: GONE }, days);
  return { fixture, index };
};

/** Writes over the only document of an index of ours, as somebody does who has a key for it. */
const edit = async <T>({ client }: ErasureCliFixture, index: string, change: (source: T) => unknown): Promise<void> => {
  await client.indices.refresh({ index });
  const { hits } = await client.search<T>({ index });
  const [{ _id: id = '', _source } = {}] = hits.hits;
  const document = change(_source as T) as object;
  await client.index({ index, id, document, refresh: true });
};

/** Nothing is erased for it, and everybody says so; `replay` mends it, and then it is erased. */
const expectDistrust = async ({ run, left }: ErasureCliFixture, index: string, says: string): Promise<void> => {
  for (const args of [['verify'], ['purge', '--execute'], ['status']]) {
    const { code, stdout } = await run(args);
    expect(stdout).toContain(says);
    expect(stdout).not.toMatch(new RegExp(`Owed: nothing|${GONE}|${STAYS}`));
    expect(code).toBe(3);
  }
  expect(await left(index)).toEqual(['gone-1', 'gone-2', 'stays']);
};

const expectErased = async ({ run, left }: ErasureCliFixture, index: string): Promise<void> => {
  await run(['purge', '--execute']);
  expect((await run(['purge', '--execute'])).stdout).toMatch(/^Kept: 1 of 1/);
  expect(await left(index)).toEqual(['stays']);
  expect((await run(['verify'])).code).toBe(0);
};

test('an entry edited by hand erases nothing until a replay repairs it', async () => {
  const { fixture, index } = await overdue();
  await edit(fixture, fixture.names.ledger, (entry: LedgerEntry) => ({ ...entry, uin: STAYS }));
  await expectDistrust(fixture, index, '1 entry of the ledger not believed');
  const { stdout, code } = await fixture.run(['replay']);
  expect(stdout).toContain('1 entry worked out again');
  expect(code).toBe(0);
  await expectErased(fixture, index);
});

test('an event edited by hand is not believed, and replay restores it', async () => {
  const { fixture, index } = await overdue();
  await edit(fixture, fixture.names.events, (event: KeptEvent) => ({ ...event, type: 'account-reinstated' }));
  await expectDistrust(fixture, index, 'not believed');
  const { stdout, code } = await fixture.run(['replay']);
  expect(stdout).toContain('1 edited event written again');
  expect(code).toBe(0);
  await expectErased(fixture, index);
});
