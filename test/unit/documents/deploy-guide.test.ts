import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type KeyHolder, keyPrivileges } from '../../../lib/maintenance/key-privileges.ts';
import { ownIndices, ownStem } from '../../../lib/policy/own-indices.ts';
import { examplePolicy as policy } from '../../support/policy/example-policy.ts';

const ERASES = 'console-configuration';
const HOLDERS: readonly KeyHolder[] = [`purge-${ERASES}`, 'operator', 'housekeeping', 'audit', 'show-termination'];
const KINDS = ['leases', 'controls', 'reports', 'ledger', 'events', 'receipts'] as const;

const granted = (holder: KeyHolder, ...names: readonly string[]): readonly string[] =>
  (keyPrivileges(policy).get(holder)?.indices ?? []).flatMap((grant) =>
    names.some((name) => grant.names.includes(name)) ? grant.privileges : [],
  );
const byTarget = new Map<string, readonly (readonly string[])[]>([
  ['the cluster', HOLDERS.map((holder) => keyPrivileges(policy).get(holder)?.cluster ?? [])],
  ['every index', HOLDERS.map((holder) => granted(holder, '*'))],
  ['the data', HOLDERS.map((holder) => granted(holder, ...(policy.categories.get(ERASES)?.indices ?? [])))],
  ...KINDS.map((kind) => {
    const names = [ownIndices(policy, ERASES)[kind], `${ownStem(policy, kind)}*`];
    return [kind, HOLDERS.map((holder) => granted(holder, ...names))] as const;
  }),
]);

test('the page on keys lists exactly the privileges of each key', () => {
  const [, table = ''] = /\| on \| `purge-<category>`.*\n\|[- |]+\n((?:\|.*\n)+)/.exec(
    readFileSync('docs/keys.md', 'utf8'),
  ) ?? [''];
  const rows = table
    .trim()
    .split('\n')
    .map((line) => line.split('|').slice(1, -1))
    .map(([on = '', ...cells]) => [on.trim(), cells.map((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, x]) => x))]);
  expect(new Map(rows as [string, string[][]][])).toEqual(byTarget);
});

const pages = ['.', 'docs'].flatMap((folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.md'))
    .map((file) => join(folder, file)),
);

test.each(pages)('no command in %s has a secret among its arguments', (file) => {
  const text = readFileSync(file, 'utf8').replaceAll('\\\n', ' ');
  for (const [, value = ''] of text.matchAll(/--secret-string (\S+)/g)) expect(value).toMatch(/^"?file:\/\//);
  expect(text).not.toMatch(/curl[^\n]*(?:--user|-u) \S*:/);
  expect(text).not.toMatch(/--(?:password|api-key)[ =]/);
});
