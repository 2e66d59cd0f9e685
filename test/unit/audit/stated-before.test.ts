import { expect, test } from 'vitest';
import { auditCommand } from '../../../lib/cli/commands/records/audit-command.ts';
import { renderPage } from '../../../lib/cli/output/page.ts';
import type { Session } from '../../../lib/cli/session.ts';
import { parseRetentionPolicy } from '../../../lib/policy/parsing/parse-retention-policy.ts';
import { POLICY } from '../../support/policy/policy-text.ts';

const NOON = Date.parse('2026-04-10T12:00:00Z');

const unseen = { unseen: 'not asked' };

/** Two audits of an empty cluster on one day. The archive keeps what is stated. */
const auditedTwice = async () => {
  const policy = parseRetentionPolicy(POLICY, 'p.yml');
  const [category] = policy.categories.values();
  const kept = new Map<string, object>();
  let now = NOON;
  const audit = {
    clock: () => now,
    wait: async () => undefined,
    reader: {
      indices: async () => [],
      records: async () => undefined,
      reports: async () => undefined,
      surroundings: async () => ({
        snapshots: unseen,
        jobs: unseen,
        followed: unseen,
        everyIndex: unseen,
        counts: unseen,
        clusterSettings: unseen,
        templates: unseen,
      }),
    },
    seal: async () => ({
      sign: async (statement: object) => JSON.stringify(statement),
      open: async (jws: string) => JSON.parse(jws),
      isReceipt: async () => true,
    }),
    archive: async () => ({
      ids: async function* () {},
      list: async function* () {
        for (const [id, content] of kept) yield { id, content };
      },
      put: async (_: string, id: string, content: object) => void kept.set(id, content),
    }),
  };
  const session = { policy, categories: [category], cluster: { uuid: 'u' }, audit } as unknown as Session;
  const said = async (): Promise<string> =>
    renderPage((await auditCommand(session, undefined)).page, {
      width: 200,
      paint: (_: unknown, text: string) => text,
    } as never);
  const first = await said();
  now += 60_000;
  return { first, second: await said() };
};

test('an audit says whether it has made the statement of the day or found it', async () => {
  const { first, second } = await auditedTwice();
  expect(first).toContain('Stated: 2026-04-10@call-logs');
  expect(second).not.toContain('Stated: ');
  expect(second).toContain('Stated before, by the first audit of the day.');
  expect(second).toMatch(/2026-04-10@call-logs, at 2026-04-10T12:00:00\.000Z, (no breach|\d+ breach)/);
});
