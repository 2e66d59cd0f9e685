import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { TEST_RING_TEXT } from '../../../support/erasure/key-ring-text.ts';
import { temporaryFile } from '../../../support/run/temporary-file.ts';
import { aged, cli, cliFixture } from '../command-line.ts';

/** A category whose guard allows half, and a person with a key ring. */
const guarded = () => {
  const fixture = cliFixture();
  const environment = {
    ELASTICSEARCH_URL: inject('elasticsearchUrl'),
    RETENTION_POLICY: fixture.policyFileWith({ maxShare: 0.5 }),
    RETENTION_KEYS: TEST_RING_TEXT,
  };
  const folder = dirname(temporaryFile('somewhere', ''));
  const calls = fixture.categoryId('calls');
  const run = (...args: readonly string[]) => cli(args, environment);
  const file = (name: string) => join(folder, `${name}.jws`);
  return {
    ...fixture,
    run,
    file,
    calls,
    save: (name: string) => run('plan', '--category', calls, '--out', file(name)),
    carryOut: (name: string, ...more: readonly string[]) =>
      run('purge', '--plan', file(name), '--by', 'A. Engineer', '--reason', 'backlog', '--execute', ...more),
  };
};

test('a refused plan is saved and carried out; documents changed meanwhile stay', async () => {
  const { createIndex, add, left, client, run, save, carryOut, file, calls } = guarded();
  const old = await createIndex('calls-1', aged(20, 3));
  const mixed = await createIndex('calls-2', { ...aged(16, 3), ...aged(1, 2) });
  const remade = await createIndex('calls-3', aged(20, 2));
  const mapped = await createIndex('calls-4', aged(20, 2));
  const grown = await createIndex('calls-5', { ...aged(20, 2), ...aged(1) });
  expect((await run('purge', '--execute', '--category', calls)).stdout).toContain('refused as a whole: share');
  expect((await save('first')).stdout).toContain(`\nSaved: ${file('first')}. `);

  await add(mixed, aged(2));
  await client.indices.delete({ index: remade });
  await createIndex('calls-3', aged(20, 2));
  const date = { type: 'date', ignore_malformed: true } as const;
  await client.indices.putMapping({ index: mapped, properties: { '@timestamp': date } });
  await add(grown, aged(25));
  const added = await createIndex('calls-6', aged(20));

  const { code, stdout } = await carryOut('first', '--json');
  const { categories } = JSON.parse(stdout);
  expect(categories).toHaveLength(1);
  expect(categories[0].report).toMatchObject({
    outcome: 'incomplete',
    documentsRemoved: 6,
    indicesDropped: 1,
    refusals: [],
    savedPlan: { by: 'A. Engineer', reason: 'backlog', overridden: [{ code: 'share' }] },
  });
  const leftOut = categories[0].report.findings.filter((each: { code: string }) => each.code === 'not-in-saved-plan');
  expect(leftOut.map((each: { index: string }) => each.index)).toEqual([remade, mapped, grown, added]);
  expect([await left(old), await left(mixed)]).toEqual([undefined, ['1d0', '1d1', '2d0']]);
  expect((await Promise.all([remade, mapped, grown, added].map(left))).map((each) => each?.length)).toEqual([
    2, 2, 4, 1,
  ]);
  expect(code).toBe(3);

  // What the findings advise: save the plan again.
  expect((await carryOut('first')).stdout).toContain('plan-used');
  await save('second');
  expect((await carryOut('second')).stdout).toMatch(/purged: 8 documents/);
  expect((await Promise.all([remade, mapped, grown, added].map(left))).map((each) => each?.length ?? 0)).toEqual([
    0, 0, 1, 0,
  ]);
});

test('the report in the cluster says who carried a plan out, why, and what it overrode', async () => {
  const { createIndex, client, save, carryOut, calls, run } = guarded();
  await createIndex('calls-1', { ...aged(20, 3), ...aged(1) });
  await save('plan');
  await carryOut('plan');
  const index = `retention-reports.${calls}`;
  await client.indices.refresh({ index });
  const query = { term: { 'savedPlan.by': 'A. Engineer' } };
  const { hits } = await client.search<Record<string, unknown>>({ index, query });
  expect(hits.hits.map(({ _source }) => _source?.state).sort()).toEqual(['closed', 'open']);
  expect(hits.hits[0]?._source?.savedPlan).toMatchObject({ overridden: [{ found: '3 of 4 documents (75 %)' }] });
  expect((await run('history', '--category', calls)).code).toBe(0);
});

test('without signing keys nothing is saved, and the message says how to make them', async () => {
  const { createIndex, policyFileWith, file } = guarded();
  await createIndex('calls-1', aged(20));
  const environment = { ELASTICSEARCH_URL: inject('elasticsearchUrl'), RETENTION_POLICY: policyFileWith() };
  const { code, stderr } = await cli(['plan', '--out', file('none')], environment);
  expect(stderr).toContain('keys generate retention-keys.json');
  expect(() => readFileSync(file('none'))).toThrow('ENOENT');
  expect(code).toBe(2);
});
