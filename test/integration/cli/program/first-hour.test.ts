import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import { createClient } from '../../../../lib/adapters/elasticsearch/client/client.ts';
import { parseRetentionPolicy } from '../../../../lib/policy/parsing/parse-retention-policy.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { temporaryFile } from '../../../support/run/temporary-file.ts';
import { serverNow } from '../../../support/server/server-clock.ts';
import { cli } from '../command-line.ts';

/** Three indices of a service that knows nothing of es-retention: two months of orders, and a register of profiles. */
const otherService = async () => {
  const id = `svc${randomUUID().slice(0, 8)}`;
  const client = createClient({ url: inject('elasticsearchUrl') });
  const [october, november, profiles] = [`${id}-orders-2026.10`, `${id}-orders-2026.11`, `${id}-profiles`];
  onTestFinished(async () => {
    await client.indices.delete({ index: [october, november, profiles] });
    await client.close();
  });
  const orders = {
    properties: { created_at: { type: 'date' }, customer: { properties: { id: { type: 'keyword' } } } },
  };
  for (const index of [october, november])
    await client.indices.create({ index, mappings: orders as object, settings: { number_of_replicas: 0 } });
  await client.indices.create({
    index: profiles,
    mappings: { properties: { user_id: { type: 'keyword' }, name: { type: 'text' } } },
    settings: { number_of_replicas: 0 },
  });
  const at = (days: number) => new Date(serverNow() - days * DAY).toISOString();
  for (const [index, days] of [
    [october, 40],
    [october, 35],
    [november, 2],
    [november, 3],
    [november, 4],
  ] as const)
    await client.index({ index, document: { created_at: at(days), customer: { id: '7' } } });
  await client.index({ index: profiles, document: { user_id: '7', name: 'Seven' } });
  await client.indices.refresh({ index: `${id}-*` });
  const file = join(dirname(temporaryFile('x', '')), 'my-policy.yml');
  const run = (...args: string[]) => cli(args, { ELASTICSEARCH_URL: inject('elasticsearchUrl') });
  return { id, file, run, october };
};

test('init, policy check, doctor and plan lead from nothing to a plan', async () => {
  const { id, file, run, october } = await otherService();
  const drafted = await run('init', file, '--index', `${id}-*`);
  expect(drafted.stdout).toMatch(/^Written: .* · 2 categories · mode observe\n/);
  expect(drafted.code).toBe(0);

  const text = readFileSync(file, 'utf8');
  expect(text).toMatch(/# 2 indices, 5 documents, [\d.]+ kB, \d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d\n/);
  expect(text).toContain('timestampField: created_at');
  const { categories } = parseRetentionPolicy(text, file);
  expect([...categories.values()].map(({ indices }) => indices)).toEqual([[`${id}-orders-*`], [`${id}-profiles`]]);
  expect((await run('policy', 'check', file)).code).toBe(0);

  // What a person does next: write the rule where the file says so.
  const ruled = text
    .replace(/rules: \{\}.*/, 'rules: { age: { maxAge: P30D, allowedLateness: P1D } }')
    // Own indices of other tests are not looked at.
    .replace(/^mode: observe.*$/m, `$&\nindexPrefix: retention-${id}-`)
    .replace('index: retention-reports', `index: retention-${id}-reports`);
  const mine = temporaryFile('mine.yml', ruled);
  const plan = await run('plan', '--policy', mine, '--category', `${id}-orders`);
  expect(plan.stdout).toContain('to purge: 2 documents');
  expect(plan.stdout).toContain(october);

  const { stdout } = await run('doctor', '--policy', mine, '--json');
  const states = new Map(
    (JSON.parse(stdout).checks as { check: string; state: string }[]).map(({ check, state }) => [check, state]),
  );
  for (const check of ['policy', 'cluster', 'clock', 'mappings'])
    expect([check, states.get(check)]).toEqual([check, 'well']);
  expect(states.get('own indices')).toBe('notice');
});
