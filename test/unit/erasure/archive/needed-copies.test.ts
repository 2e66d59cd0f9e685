import { mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { folderArchive } from '../../../../lib/adapters/archive/folder-archive.ts';
import { TransientError } from '../../../../lib/base/errors.ts';
import { neededCopies } from '../../../../lib/erasure/archive/needed-copies.ts';
import type { AccountEvent } from '../../../../lib/erasure/events/account-event.ts';
import { recordAccountEvent } from '../../../../lib/erasure/recording/record-account-event.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { TEST_RING } from '../../../support/erasure/key-ring-text.ts';
import { inMemoryEventLogs, inMemoryLedger, NO_LIMITS } from '../../../support/in-memory/records/in-memory-ledger.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const SETTINGS = { id: 'settings', rules: { termination: RULE() } };

function RULE() {
  const period = (days: number) => ({ iso: `P${days}D`, milliseconds: days * DAY });
  return { triggers: ['account-deleted'] as const, deadline: period(7), cancelWindow: period(3) };
}

let ledger: ReturnType<typeof inMemoryLedger>;
let events: ReturnType<typeof inMemoryEventLogs>;
beforeEach(() => {
  [ledger, events] = [inMemoryLedger(), inMemoryEventLogs()];
});

// Never: the copy of an event removed while an erasure stands on it, since a restored cluster could not be told of it.
test('a folder archive keeps the copies of an open erasure, however old they are', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'es-retention-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const archive = folderArchive(folder, TEST_RING.archive);
  const tell = (type: AccountEvent['type'], uin: string, at: number) =>
    recordAccountEvent({ requestId: `msg_${uin}_${at}`, type, subject: { uin }, at, immediate: false }, [SETTINGS], {
      ledger,
      events,
      archiveEvent: (id, event) => archive.put('events', id, event),
      hashes: ({ uin: account }) => [{ kid: 'k', hash: `of-${account}` }],
      withProof: (entry) => entry,
      ...NO_LIMITS,
      clock: () => NOW,
    });
  await tell('account-reinstated', '1', NOW - DAY);
  await tell('account-deleted', '1', NOW + 300 * DAY);
  await tell('account-deleted', '2', NOW - DAY);
  await tell('account-reinstated', '2', NOW);
  const names = () => readdirSync(join(folder, 'events'));
  for (const name of names()) utimesSync(join(folder, 'events', name), 0, 0);
  expect(names()).toHaveLength(4);
  const needed = (more = {}) => neededCopies(['settings'], { ledger: { ...ledger, ...more }, events });

  const failure = new TransientError('no-server', { expected: 'an answer', found: 'none', fix: 'A test.' });
  const silent = () => needed({ find: () => Promise.reject(failure) });
  expect(await archive.removeOld('events', NOW, 'remove', silent)).toMatchObject({ removed: 0 });
  expect(await archive.removeOld('events', NOW, 'remove', needed)).toEqual({ removed: 2 });
  const kept = new Set([...events('settings').kept.values()].filter(({ hash }) => hash === 'of-1').map(({ id }) => id));
  expect(new Set(names())).toEqual(new Set([...kept].map((id) => `${id}.jwe`)));
});
