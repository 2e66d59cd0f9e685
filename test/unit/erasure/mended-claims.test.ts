import { expect, test } from 'vitest';
import { replayCommand } from '../../../lib/cli/commands/replay-command.ts';
import type { LedgerEntry, Obligation } from '../../../lib/erasure/ledger/ledger-entry.ts';
import { believedRequest } from '../../../lib/erasure/subjects/believed-request.ts';
import { ACCOUNTS, EditedReports } from '../../support/edited-reports.ts';

const due = ({ entries }: EditedReports): LedgerEntry => {
  const own = [...entries.values()].find(({ entry }) => entry.category === 'settings' && entry.uin === ACCOUNTS.due);
  if (own === undefined) throw new Error('no entry');
  return own.entry;
};

test('a replay proves no count and no request that somebody wrote into an entry', async () => {
  const reportStore = await EditedReports.open(false);
  const { session } = reportStore;
  const entry = due(reportStore);
  const forged: LedgerEntry = {
    ...entry,
    state: 'erasing',
    progress: { ...entry.progress, documentsErased: 4_711, firstErasedAt: 1 },
    obligation: { ...(entry.obligation as Obligation), requestId: 'forged' },
    events: entry.events.map((event) => ({ ...event, requestId: 'forged' })),
  };
  await session.erasure.ledger.write([{ entry: forged, read: reportStore.entries.get(entry.id) }]);
  const log = session.erasure.events('settings');
  const [kept] = await log.about([entry.subject.hash]);
  if (kept === undefined) throw new Error('no event');
  await log.mend([{ ...kept, requestId: 'forged' }]);
  await replayCommand(session);
  expect(due(reportStore).progress.documentsErased).toBe(0);
  expect(believedRequest(due(reportStore), await session.erasure.keyRing())).toBe('msg_due');
  await reportStore.run('settings');
  expect((await reportStore.run('settings')).kept).toBe(true);
  expect(reportStore.left('settings')).not.toContain(ACCOUNTS.due);
});
