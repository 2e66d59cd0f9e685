import { randomUUID } from 'node:crypto';
import type { Client } from '@elastic/elasticsearch';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { ownIndices } from '../../lib/policy/own-indices.ts';
import type { Ports } from '../../lib/purge/purge.ts';
import { erasureFixture, TERMINATED } from '../support/erasure/erasure-fixture.ts';
import { daysAgo } from '../support/purge/purge-fixture.ts';
import { takeNothingOver } from '../support/server/reused-names.ts';
import { sendAdvised } from './fixes/follow-advice.ts';

beforeEach(takeNothingOver);

const GONE = '9007199254740993';

/** One account that is owed its erasure, and reports of the test's own. */
const owing = async () => {
  const reportsIndex = `retention-runs-${randomUUID().slice(0, 8)}`;
  const fixture = erasureFixture({ reportsIndex });
  const names = ownIndices(fixture.policy, fixture.category.id);
  onTestFinished(async () => {
    await fixture.client.indices.delete({ index: names.reports }, { ignore: [404] });
    await fixture.client.indices.deleteIndexTemplate({ name: `es-retention-${names.reports}` }, { ignore: [404] });
  });
  const index = await fixture.createIndex('1', {
    gone: { '@timestamp': daysAgo(30), uin: GONE },
    stays: { '@timestamp': daysAgo(30), uin: '1' },
  });
  await fixture.tell('feature-terminated', { uin: GONE }, TERMINATED);
  return { fixture, names, index };
};
type Name = keyof Awaited<ReturnType<typeof owing>>['names'];

const isThere = (client: Client, index: string): Promise<boolean> => client.indices.exists({ index });
const mappingOf = async (client: Client, index: string) =>
  (await client.indices.getMapping({ index }))[index]?.mappings.dynamic;

/** Does something once, before a call of a port. */
const before = (port: 'remover' | 'reportStore', call: string, act: () => Promise<unknown>) => {
  let isDone = false;
  return (ports: Ports): Ports => ({
    ...ports,
    [port]: {
      ...ports[port],
      [call]: async (...given: unknown[]) => {
        if (!isDone) await act();
        isDone = true;
        return Reflect.apply(Reflect.get(ports[port], call) as () => unknown, undefined, given);
      },
    },
  });
};

test.each<[Name, 'remover' | 'reportStore', string]>([
  ['leases', 'remover', 'deleteSlice'],
  ['leases', 'reportStore', 'open'],
  ['ledger', 'remover', 'deleteSlice'],
  ['ledger', 'reportStore', 'open'],
  ['reports', 'reportStore', 'close'],
])('if somebody deletes %s before %s.%s, no write of that run creates it again', async (name, ...at) => {
  const { fixture, names, index } = await owing();
  const { client } = fixture;
  let said = '';
  const lost = () => client.indices.delete({ index: names[name] });
  try {
    const report = await fixture.runPurge({ around: before(...at, lost) });
    said = JSON.stringify(report);
    expect(report.outcome).toBe('incomplete');
  } catch (error) {
    said = (error as Error).message;
  }
  expect(said).toMatch(/own-index-missing|lease-lost/);
  expect(await isThere(client, names[name])).toBe(false);
  // Of a ledger that is lost, its events tell.
  expect((await fixture.runPurge()).outcome).toBe(name === 'ledger' ? 'incomplete' : 'complete');
  if (name !== 'ledger') expect(await fixture.left(index)).toEqual(['stays']);
  for (const each of [names.leases, names.reports]) expect(await mappingOf(client, each)).toBe('strict');
});

test('an alias with a filter on own indices has no effect', async () => {
  const { fixture, names, index } = await owing();
  const { client, ledger } = fixture;
  await fixture.runPurge({ dryRun: true });
  const filter = { match_none: {} };
  for (const [kind, name] of Object.entries(names)) {
    if (!(await isThere(client, name))) continue;
    // Named as anybody would, and as the index of another category.
    await client.indices.putAlias({ index: name, name: `${kind}-of-${fixture.id}`, filter, routing: 'elsewhere' });
    const asOurs = name.replace(/\.[^.]*$/, `.ghost-${fixture.id}`);
    await client.indices.putAlias({ index: name, name: asOurs, filter });
  }
  expect(await ledger.categories()).not.toContain(`ghost-${fixture.id}`);
  expect(await fixture.entries()).toHaveLength(1);

  const report = await fixture.runPurge();
  expect(report).toMatchObject({ outcome: 'complete', erasures: { due: 1, erased: 1, open: 0 } });
  expect(await fixture.left(index)).toEqual(['stays']);
  expect(await fixture.entries()).toMatchObject([{ state: 'erased' }]);
  await client.indices.refresh({ index: names.reports });
  const { hits } = await client.search<{ outcome?: string }>({ index: names.reports, q: `runId:"${report.runId}"` });
  expect(hits.hits.map(({ _source }) => _source?.outcome)).toContain('complete');
});

test('an alias to the ledger is reported as a foreign index, and no erasure is closed until the fix', async () => {
  const { fixture, names, index } = await owing();
  const { client } = fixture;
  await client.indices.putAlias({
    index: names.ledger,
    name: `${fixture.id}-entries`,
    filter: { term: { category: 'none' } },
  });
  const { outcome, findings } = await fixture.runPurge();
  expect([outcome, findings.map((each) => [each.code, each.index])]).toEqual([
    'incomplete',
    [['foreign-index', names.ledger]],
  ]);
  expect(await fixture.left(index)).toEqual(['stays']);
  expect(await fixture.entries()).toMatchObject([{ uin: GONE, state: 'erasing' }]);

  await sendAdvised(client, findings[0]?.fix ?? '');
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', erasures: { due: 1, open: 0 } });
  expect(await fixture.entries()).toMatchObject([{ state: 'erased' }]);
});
