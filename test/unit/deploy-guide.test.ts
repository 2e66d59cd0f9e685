import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseRetentionPolicy } from '../../lib/policy/retention-policy.ts';

const [, guide = ''] = readFileSync('README.md', 'utf8').split('\n## Deploy\n');
const blocks = (language: string): readonly string[] =>
  [...guide.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(([, text = '']) => text);
const { categories } = parseRetentionPolicy(readFileSync('retention-policy.yml', 'utf8'), 'retention-policy.yml');

const OURS = ['retention-leases', 'retention-reports'];
const OURS_FOR_ERASING = ['retention-ledger', 'retention-ledger-events', 'retention-receipts'];

test('the deploy guide makes a key for each function, for its own indices and those of ours that it needs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'es-retention-guide-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const body of blocks('json')) writeFileSync(join(folder, `${JSON.parse(body).name}.json`), body);
  const copying = blocks('sh').find((block) => block.startsWith('while read')) ?? '';
  execFileSync('bash', ['-euc', copying], { cwd: folder });

  const bodies = readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')));
  expect(readdirSync(folder)).toEqual([...categories.keys()].map((id) => `purge-${id}.json`).sort());
  for (const [id, { indices, rules }] of categories) {
    const ours = rules.termination === undefined ? OURS : [...OURS, ...OURS_FOR_ERASING];
    expect(bodies.find(({ name }) => name === `purge-${id}`)).toEqual({
      name: `purge-${id}`,
      role_descriptors: {
        purge: {
          cluster: ['monitor'],
          index: [
            { names: indices, privileges: ['read', 'delete', 'manage'] },
            {
              names: ours,
              privileges: ['read', 'write', 'maintenance', 'view_index_metadata', 'indices:admin/settings/update'],
            },
          ],
        },
      },
    });
  }
});

test('the deploy guide makes a secret for each key', () => {
  const [, names = ''] = /for name in (.*); do\n/.exec(guide) ?? [];
  expect(names.split(' ').sort()).toEqual([...categories.keys()].sort());
});
