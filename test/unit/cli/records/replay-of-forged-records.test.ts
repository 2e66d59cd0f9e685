import { expect, test } from 'vitest';
import { replayCommand } from '../../../../lib/cli/commands/records/replay-command.ts';
import { believedRequest } from '../../../../lib/erasure/ledger/believed-request.ts';
import type { LedgerEntry, Obligation } from '../../../../lib/erasure/ledger/ledger-entry.ts';
import { ACCOUNTS, EditedRecords } from '../../../support/erasure/edited-records.ts';

const due = ({ entries }: EditedRecords): LedgerEntry => {
  const own = [...entries.values()].find(({ entry }) => entry.category === 'settings' && entry.uin === ACCOUNTS.due);
  if (own === undefined) throw new Error('no entry');
  return own.entry;
};

test('replay gives no proof to a forged document count or request id', async () => {
  const records = await EditedRecords.open(false);
  const { session } = records;
  const entry = due(records);
  const forged: LedgerEntry = {
    ...entry,
    state: 'erasing',
    progress: { ...entry.progress, documentsErased: 4_711, firstErasedAt: 1 },
    obligation: { ...(entry.obligation as Obligation), requestId: 'forged' },
    events: entry.events.map((event) => ({ ...event, requestId: 'forged' })),
  };
  await session.erasure.ledger.write([{ entry: forged, read: records.entries.get(entry.id) }]);
  const log = session.erasure.events('settings');
  const [kept] = await log.about([entry.subject.hash]);
  if (kept === undefined) throw new Error('no event');
  await log.restore([{ ...kept, requestId: 'forged' }]);
  await replayCommand(session);
  expect(due(records).progress.documentsErased).toBe(0);
  expect(believedRequest(due(records), await session.erasure.subjectKeys())).toBe('msg_due');
  await records.run('settings');
  expect((await records.run('settings')).kept).toBe(true);
  expect(records.left('settings')).not.toContain(ACCOUNTS.due);
});
