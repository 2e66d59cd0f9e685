import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ownIndices, ownStem } from '../../lib/policy/own-indices.ts';
import { parseRetentionPolicy } from '../../lib/policy/retention-policy.ts';

const [, guide = ''] = readFileSync('README.md', 'utf8').split('\n## Deploy\n');
const blocks = (language: string): readonly string[] =>
  [...guide.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(([, text = '']) => text);
const policy = parseRetentionPolicy(readFileSync('retention-policy.yml', 'utf8'), 'retention-policy.yml');
const oursOf = (id: string, erases: boolean): readonly string[] => {
  const { leases, reports, ledger, events, receipts } = ownIndices(policy, id);
  return erases ? [leases, reports, ledger, events, receipts] : [leases, reports];
};
const { categories } = policy;

test('the deploy guide makes a key for each function, for its own indices and those of ours that it needs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'es-retention-guide-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const body of blocks('json')) writeFileSync(join(folder, `${JSON.parse(body).name}.json`), body);
  const copying = blocks('sh').find((block) => block.startsWith('while read')) ?? '';
  execFileSync('bash', ['-euc', copying], { cwd: folder });

  const bodies = readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')));
  expect(readdirSync(folder).sort()).toEqual(
    ['housekeeping.json', ...[...categories.keys()].map((id) => `purge-${id}.json`)].sort(),
  );
  for (const [id, { indices, rules }] of categories) {
    const ours = oursOf(id, rules.termination !== undefined);
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

test('the deploy guide gives housekeeping our own records of every category, and nothing that a category purges', () => {
  const body = blocks('json').find((text) => JSON.parse(text).name === 'housekeeping') ?? '{}';
  const [granted] = JSON.parse(body).role_descriptors.housekeeping.index;
  const kinds = ['reports', 'ledger', 'events', 'receipts'] as const;
  expect(granted.names).toEqual(kinds.map((kind) => `${ownStem(policy, kind)}*`));
  expect(granted.privileges).toEqual(['read', 'delete', 'maintenance', 'view_index_metadata']);
});

test('the deploy guide makes a secret for each key', () => {
  const [, names = ''] = /for name in ([^;]*); do\n/.exec(guide) ?? [];
  const functions = ['housekeeping', ...[...categories.keys()].map((id) => `purge-${id}`)];
  expect(names.split(/[\s\\]+/).sort()).toEqual(functions.sort());
});
