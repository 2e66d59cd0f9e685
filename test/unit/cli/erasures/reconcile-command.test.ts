import { expect, test, vi } from 'vitest';
import { reconcileCommand } from '../../../../lib/cli/commands/erasure/reconcile-command.ts';
import { renderPage } from '../../../../lib/cli/output/page.ts';
import type { Session } from '../../../../lib/cli/session.ts';
import { newEntry } from '../../../../lib/erasure/ledger/apply-event.ts';
import type { LedgerEntry } from '../../../../lib/erasure/ledger/ledger-entry.ts';
import { readEntry } from '../../../../lib/erasure/stored/read-entry.ts';
import { type SubjectHash, subjectHashes } from '../../../../lib/erasure/subjects/subject-hash.ts';
import { erasureSession } from '../../../support/command-line/erasure-session.ts';
import { newRing, ringOf } from '../../../support/erasure/key-ring-text.ts';
import { describedIndex } from '../../../support/purge/described-index.ts';

interface Found {
  readonly uin: string;
  readonly sdkAppId?: string;
}

const asking = (found: readonly Found[]) => {
  const { session, ledger } = erasureSession();
  const accountReader = {
    describe: async () => [describedIndex({ name: 'settings-1' })],
    pages: async function* () {
      yield { accounts: found.map((each) => ({ ...each, documents: 1 })) };
    },
  };
  const ring = ringOf(newRing());
  const erasure = { ...session.erasure, accountReader, subjectKeys: async () => ring };
  return { session: { ...session, erasure } as unknown as Session, ledger };
};

const reconciled = async (session: Session, inUse: string) => {
  const { page, json } = await reconcileCommand(session, new Map([[inUse, 'all']]), false);
  return { json, lines: renderPage(page, { paint: (_, text) => text }).split('\n') };
};

test('reconcile reads the ledger once, and lists 1,000 subjects in text and all of them in JSON', async () => {
  const { session, ledger } = asking(Array.from({ length: 1_500 }, (_, at) => ({ uin: `${at}`, sdkAppId: '1' })));
  const read = vi.spyOn(ledger, 'read');
  const { json, lines } = await reconciled(session, '7');
  expect(lines[0]).toBe('Reconciled: 1,499 subjects neither active nor being erased, of 1,500 accounts with data');
  expect(lines.filter((line) => line.includes('nothing heard'))).toHaveLength(1_000);
  expect(lines).toContain('  … and 499 more: see --json');
  expect(json.leftBehind).toHaveLength(1_499);
  expect(read).toHaveBeenCalledTimes(1);
});

test('reconcile lists identifiers unambiguously, and reports those that cannot be terminated', async () => {
  const found = ['Jo Smith', 'José', 'Jose\u0301', 'all', '\u200b7', ' {a=1}', 'x'.repeat(129)].map((uin) => ({ uin }));
  const { session } = asking([{ uin: 'in-use', sdkAppId: '1' }, { uin: '7', sdkAppId: 'all' }, ...found]);
  const { json, lines } = await reconciled(session, 'in-use');
  const text = lines.join('\n');
  for (const shown of ['"Jo Smith"', ' José ', '"Jose\\u0301"', '"\\u200b7"', '" {a=1}"'])
    expect(text).toContain(shown);
  expect(text).toContain('One in quotation marks is written as JSON');
  expect(text).toContain('2 of them cannot be terminated');
  expect(text).not.toContain('No account of the file');
  const refused = (json.leftBehind as (Found & { canBeTerminated: boolean })[]).filter((each) => !each.canBeTerminated);
  expect(refused.map(({ uin }) => uin)).toEqual([' {a=1}', 'x'.repeat(129)]);
});

test('reconcile advises no termination if no listed text can be an account', async () => {
  const { lines } = await reconciled(asking([{ uin: 'a\nb' }]).session, '7');
  expect(lines.join('\n')).not.toContain('terminate --uin');
});

test('reconcile warns about a file in which no account has data', async () => {
  const { lines } = await reconciled(asking([{ uin: '42' }]).session, "'42'");
  expect(lines.join('\n')).toContain('No account of the file has data.');
});

test('reconcile reports accounts with edited entries as altered, not as erased', async () => {
  const { session, ledger } = asking([{ uin: '7' }, { uin: '8' }]);
  const ring = await session.erasure.subjectKeys();
  const [open, odd] = ['7', '8'].map((uin) =>
    newEntry('settings', 'account-deleted', { uin }, subjectHashes({ uin }, ring)[0] as SubjectHash),
  );
  const witness = { ...session.ports.witness, judge: async () => ({ believed: [], altered: new Map() }) };
  const entries = [{ ...open, uin: '7', state: 'pending' }, readEntry({}, odd?.id ?? '')] as readonly LedgerEntry[];
  await ledger.write(entries.map((entry) => ({ entry, read: undefined })));
  const { json, lines } = await reconciled(
    { ...session, ports: { ...session.ports, witness } } as unknown as Session,
    'x',
  );
  expect(json.leftBehind).toMatchObject([{ ledger: 'altered' }, { ledger: 'altered' }]);
  expect(lines.join('\n')).toMatch(/edited, not believed.*For what is not believed no run erases: .* verify/s);
});
