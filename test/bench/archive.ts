import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderArchive } from '../../lib/adapters/archive/folder-archive.ts';
import { seal } from '../../lib/adapters/archive/seal-copy.ts';
import { number } from '../../lib/base/number-text.ts';
import type { AccountEvent } from '../../lib/erasure/events/account-event.ts';
import { eventId } from '../../lib/erasure/events/event-id.ts';
import { subjectHashes } from '../../lib/erasure/subjects/subject-hash.ts';
import { DAY, MINUTE } from '../../lib/policy/time/duration.ts';
import { TEST_RING } from '../support/erasure/key-ring-text.ts';
import { type Bench, clearIndices, emptyArchive, inTurn } from './harness.ts';
import { uinOf, unlimitedPolicy } from './owed-accounts.ts';
import type { Comparison } from './page/found.ts';

// An archive in a folder: listing it, and replaying its events after the ledger was lost.

/** One in ten of the accounts has come back. */
const RETURNED = 10;

const eventAt = (at: number, now: number): AccountEvent => {
  const isReturn = at % RETURNED === RETURNED - 1;
  // One a minute, so that the hourly limit brakes none.
  const instant = now - DAY - ((at * MINUTE) % (20 * DAY));
  return {
    requestId: `msg_${at}`,
    type: isReturn ? 'account-reinstated' : 'account-deleted',
    immediate: false,
    subject: { uin: uinOf(isReturn ? at - 1 : at) },
    at: isReturn ? instant + 2 * MINUTE : instant,
    source: 'webhook',
    arrivedAt: instant,
  };
};

const fill = (bench: Bench, count: number): void => {
  emptyArchive(bench);
  const folder = join(bench.archive, 'events');
  mkdirSync(folder, { mode: 0o700 });
  const now = Date.now();
  for (let at = 0; at < count; at++) {
    const event = eventAt(at, now);
    const [hash] = subjectHashes(event.subject, TEST_RING);
    if (hash === undefined) throw new Error('no key');
    const id = eventId(hash, event);
    writeFileSync(join(folder, `${id}.jwe`), seal(event, { kind: 'events', id }, TEST_RING.archive));
  }
};

/** Measures how long an archive takes to be listed, and to be replayed into an empty ledger. */
export const archive = async (bench: Bench, count: number, rounds: number): Promise<Comparison> => {
  bench.usePolicy(unlimitedPolicy());
  fill(bench, count);
  const list = async (): Promise<void> => {
    let opened = 0;
    for await (const copy of folderArchive(bench.archive, TEST_RING.archive).list('events'))
      if ('content' in copy) opened += 1;
    if (opened !== count) throw new Error(`${opened} of ${count} copies opened`);
  };
  return inTurn(
    `Archive: ${number(count)} copies of events in a folder`,
    rounds,
    { 'opening all copies': () => bench.requests(list), replay: () => bench.command('replay') },
    async () => {
      await clearIndices(bench.client);
      await bench.command('setup');
    },
    async () => undefined,
  );
};
