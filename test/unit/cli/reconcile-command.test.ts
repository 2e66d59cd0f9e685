import { expect, it, vi } from 'vitest';
import { renderPage } from '../../../lib/cli/page.ts';
import { reconcileCommand } from '../../../lib/cli/reconcile-command.ts';
import type { Session } from '../../../lib/cli/session.ts';
import { describedIndex } from '../../support/described-index.ts';
import { newRing, ringOf } from '../../support/key-ring-text.ts';
import { erasureSession } from './erasure-session.ts';

it('asks the ledger once for however many, lists a thousand for people, and all of them for programs', async () => {
  const { session, ledger } = erasureSession();
  const read = vi.spyOn(ledger, 'read');
  const bearers = {
    describe: async () => [describedIndex({ name: 'settings-1' })],
    bearers: async function* () {
      yield { bearers: Array.from({ length: 1_500 }, (_, at) => ({ uin: `${at}`, sdkAppId: '1', documents: 1 })) };
    },
  };
  const erasure = { ...session.erasure, bearers, keyRing: async () => ringOf(newRing()) };
  const asked = { ...session, erasure } as unknown as Session;
  const { page, json } = await reconcileCommand(asked, new Map([['7', 'all']]), false);
  const lines = renderPage(page, { paint: (_, text) => text }).split('\n');
  expect(lines[0]).toBe('Reconciled: 1,499 subjects neither active nor being erased, of 1,500 accounts with data');
  expect(lines.filter((line) => line.includes('nothing heard'))).toHaveLength(1_000);
  expect(lines).toContain('  … and 499 more: see --json');
  expect(json.forgotten).toHaveLength(1_499);
  expect(read).toHaveBeenCalledTimes(1);
});
