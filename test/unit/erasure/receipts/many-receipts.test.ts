import { expect, test } from 'vitest';
import type { Ledger } from '../../../../lib/erasure/ledger/ledger.ts';
import { issueReceipts } from '../../../../lib/erasure/receipts/issue-receipts.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { closed, cluster, NOW, policy, rooms, settings, world } from '../../../support/receipts/receipts-due.ts';

test('a run with enough time issues one receipt for each of ten thousand closed entries', {
  timeout: 60_000,
}, async () => {
  const { ports, add, kept } = world();
  let most = 0;
  const find: Ledger['find'] = async (query, ...given) => {
    const found = await ports.ledger.find(query, ...given);
    most = Math.max(most, found.entries.length);
    return found;
  };
  const uins = Array.from({ length: 10_000 }, (_, at) => `${at}`);
  await add(...uins.flatMap((uin) => [closed(settings, uin, NOW + DAY), closed(rooms, uin, NOW + DAY)]));
  const context = { policy, category: settings, cluster };
  const issued = await issueReceipts(context, { ...ports, ledger: { ...ports.ledger, find } });
  expect(issued).toEqual({ issued: 10_000, left: 0 });
  expect(await issueReceipts(context, ports)).toEqual({ issued: 0, left: 0 });
  expect(kept.size).toBe(10_000);
  // No more are in memory at a time than a page.
  expect(most).toBe(500);
});
