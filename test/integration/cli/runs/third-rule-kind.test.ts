import { expect, inject, test } from 'vitest';
import { ownIndices } from '../../../../lib/policy/own-indices.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { withFlagRule } from '../../../support/purge/flag-rule.ts';
import { type Documents, purgeFixture } from '../../../support/purge/purge-fixture.ts';
import { temporaryFile } from '../../../support/run/temporary-file.ts';
import { namesOfOthers } from '../../../support/server/names-of-others.ts';
import { serverNow } from '../../../support/server/server-clock.ts';
import { cli } from '../command-line.ts';

// The proof that a kind of rule is a module: test/support/purge/flag-rule.ts is all of it. What it must never do: end a
// document that its field does not name, in an index whose mapping it cannot believe.

const DELETABLE = { properties: { deletable: { type: 'boolean' } } } as const;
const FLAG = { flag: { field: 'deletable', value: true } };
const AGE = { age: { maxAge: 'P14D', allowedLateness: 'PT1H' } };

const dated = (days: number, deletable?: boolean): object => ({
  '@timestamp': new Date(serverNow() - days * DAY).toISOString(),
  ...(deletable !== undefined && { deletable }),
});

const DOCUMENTS: Documents = { flagged: dated(2, true), denied: dated(2, false), silent: dated(2), old: dated(40) };

/** A category with these rules, its policy file and the command line, against the run's server. */
const categoryWith = (rules: Readonly<Record<string, unknown>>) => {
  withFlagRule();
  const fixture = purgeFixture({ category: { rules } });
  const { id, category } = fixture;
  const fileWith = (written: object): string =>
    temporaryFile(
      'policy.yml',
      JSON.stringify({
        mode: 'enforce',
        earliest: '2015-01-01T00:00:00Z',
        reports: { index: 'retention-reports', maxAge: 'P1095D' },
        ignoredIndices: namesOfOthers(id),
        categories: {
          [category.id]: {
            title: 'Logs',
            fields: ['room'],
            dataSubjects: 'participants',
            purpose: 'Troubleshooting.',
            legalBasis: 'Contract.',
            promise: { quote: 'Gone when flagged.', source: 'Privacy policy', sourceDate: '2023-09-08' },
            indices: [`${id}-*`],
            records: 'dated',
            rules: written,
            schedule: 'rate(15 minutes)',
            guard: { maxShare: 1 },
          },
        },
      }),
    );
  const enforced = fileWith(rules);
  const run = (...args: readonly string[]) =>
    cli(args, { ELASTICSEARCH_URL: inject('elasticsearchUrl'), RETENTION_POLICY: enforced });
  return { ...fixture, run, fileWith };
};

const row = (stdout: string, index: string): string | undefined =>
  stdout.split('\n').find((line) => line.includes(` ${index} `));

test('plan counts flagged documents, names the third kind of rule, and destroys nothing', async () => {
  const { createIndex, run, left, category } = categoryWith(FLAG);
  const index = await createIndex('1', DOCUMENTS, DELETABLE);
  const { stdout, code } = await run('plan');
  expect(stdout).toContain(
    `${category.id} · Logs · purged when deletable is true\n  removes what says deletable: true\n`,
  );
  expect(row(stdout, index)).toMatch(/ delete +4 +1 +0 .*some documents flagged$/);
  expect(await left(index)).toHaveLength(4);
  expect(code).toBe(0);
});

test('purge deletes exactly the flagged documents, verifies, and reports it', async () => {
  const { createIndex, run, left, client, policy, category } = categoryWith(FLAG);
  const index = await createIndex('1', DOCUMENTS, DELETABLE);
  const { stdout, code } = await run('purge', '--execute');
  expect(stdout).toMatch(/^Kept: 1 of 1 · purged: 1 document /);
  expect(row(stdout, index)).toMatch(/ delete +deleted +1 +4 +3 +0 +some documents flagged$/);
  expect(await left(index)).toEqual(['denied', 'old', 'silent']);
  expect(code).toBe(0);
  const { reports } = ownIndices(policy, category.id);
  await client.indices.refresh({ index: reports });
  const { hits } = await client.search<Record<string, unknown>>({ index: reports });
  const closed = hits.hits.map(({ _source }) => _source).find((report) => report?.state === 'closed');
  expect(closed).toMatchObject({ outcome: 'complete', documentsRemoved: 1, kept: true, planned: { due: 1 } });
});

test('an index with flagged documents only is dropped', async () => {
  const { createIndex, run, left } = categoryWith({ ...FLAG, ...AGE });
  const spent = await createIndex('1', { a: dated(3, true), b: dated(4, true) }, DELETABLE);
  const young = await createIndex('2', { stays: dated(1) }, DELETABLE);
  const { stdout, code } = await run('purge', '--execute');
  expect(row(stdout, spent)).toMatch(/ drop +dropped +2 +2 +gone +– +every document due$/);
  expect([await left(spent), await left(young)]).toEqual([undefined, ['stays']]);
  expect(code).toBe(0);
});

test('with an age rule as well, documents due by either rule are deleted', async () => {
  const { createIndex, run, left, category } = categoryWith({ ...FLAG, ...AGE });
  const index = await createIndex('1', DOCUMENTS, DELETABLE);
  const { stdout } = await run('purge', '--execute');
  expect(stdout).toContain(`${category.id} · Logs · P14D, overdue PT1H later · purged when deletable is true\n`);
  expect(await left(index)).toEqual(['denied', 'silent']);
});

test('verify shows the limit, and flagged documents that still exist', async () => {
  const { createIndex, run, category } = categoryWith(FLAG);
  await createIndex('1', DOCUMENTS, DELETABLE);
  const { stdout, code } = await run('verify');
  const line = stdout.split('\n').find((each) => each.includes(`${category.id} `) && each.includes('until deletable'));
  expect(line).toMatch(/ kept +1 +4 +1 +– +– +– +until deletable /);
  expect(code).toBe(0);
  const { stdout: json } = await run('verify', '--json');
  expect(JSON.parse(json).categories[0]).toMatchObject({
    state: 'kept',
    flag: { field: 'deletable', value: true },
    maxAge: null,
    deadline: null,
    totals: { documents: 4, due: 1 },
  });
});

test.for([
  ['text', { type: 'text' }],
  ['a keyword', { type: 'keyword' }],
  ['a boolean with a null_value', { type: 'boolean', null_value: true }],
  ['a boolean that is not indexed', { type: 'boolean', index: false, doc_values: false }],
] as const)('if the flag is mapped as %s, nothing is deleted, and the run reports it', async ([, deletable]) => {
  const { createIndex, run, left } = categoryWith(FLAG);
  const index = await createIndex(
    '1',
    { flagged: dated(2, true), silent: { ...dated(2), deletable: null } },
    {
      properties: { deletable },
    },
  );
  const { stdout, code } = await run('purge', '--execute');
  expect(stdout).toContain('"deletable" mapped as boolean, with the documents\' own values');
  expect(await left(index)).toEqual(['flagged', 'silent']);
  expect(code).toBe(3);
});

test('a wrong key of a rule is refused at its place, with the allowed keys of the new kind', async () => {
  const { run, fileWith, category } = categoryWith(FLAG);
  const file = fileWith({ flag: { field: 'deletable', value: true, valeu: false } });
  const { stdout, stderr, code } = await run('plan', '--policy', file);
  expect(`${stdout}${stderr}`).toContain(
    `✗ ${file}:1  categories.${category.id}.rules.flag.valeu\n      expected  one of the keys field, value\n      found     'valeu'`,
  );
  expect(code).toBe(2);
});
