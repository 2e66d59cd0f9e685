import { expect, test } from 'vitest';
import { daysAgo, type PurgeFixture, purgeFixture } from '../../../support/purge/purge-fixture.ts';

const old = { '@timestamp': daysAgo(20) };
const live = { '@timestamp': daysAgo(1) };

const uuidOf = async ({ client }: PurgeFixture, index: string) =>
  (await client.indices.getSettings({ index }))[index]?.settings?.index;

/** Purges twice; the index that is not the category's own must be what it was, and its neighbours purged. */
const expectOnlyItselfRefused = async (fixture: PurgeFixture, index: string, code: string) => {
  const expired = await fixture.createIndex('expired', { old });
  const mixed = await fixture.createIndex('mixed', { old, live });
  const before = await uuidOf(fixture, index);
  const report = await fixture.runPurge();
  expect(report).toMatchObject({ outcome: 'incomplete', kept: false, documentsRemoved: 2, refusals: [] });
  expect(report.findings).toMatchObject([{ code, severity: 'blocking', index }]);
  expect(report.indices.find((each) => each.index === index)).toMatchObject({
    planned: 'blocked',
    reason: code,
    documentsRemoved: 0,
    found: 'there',
  });
  expect(await fixture.left(expired)).toBeUndefined();
  expect(await fixture.left(mixed)).toEqual(['live']);
  await fixture.runPurge();
  expect(await uuidOf(fixture, index)).toEqual(before);
  return report;
};

test.each([
  ['all of it expired', { old, older: old }],
  ['some of it expired', { old, live }],
  ['nothing of it expired', { live }],
])('a run reports and skips a foreign index behind an alias (%s), and purges the others', async (_, documents) => {
  const fixture = purgeFixture();
  const alias = `${fixture.id}-alias`;
  const foreign = await fixture.createIndex('kept', documents, { foreign: true, aliases: { [alias]: {} } });
  const report = await expectOnlyItselfRefused(fixture, foreign, 'foreign-index');
  expect(report.findings[0]?.found).toContain(alias);
  expect(await fixture.left(foreign)).toEqual(Object.keys(documents).sort());
});

test('a run reports and skips a shrunk index behind an alias of its old name', async () => {
  const fixture = purgeFixture();
  const { client } = fixture;
  const index = await fixture.createIndex('1', { old }, { settings: { number_of_shards: 2 } });
  const shrunk = `foreign-${fixture.id}-shrink-1`;
  await client.indices.addBlock({ index, block: 'write' });
  await client.indices.shrink({ index, target: shrunk, settings: { 'index.blocks.write': null } });
  await client.indices.updateAliases({
    actions: [{ remove_index: { index } }, { add: { index: shrunk, alias: index } }],
  });
  await expectOnlyItselfRefused(fixture, shrunk, 'foreign-index');
  expect(await fixture.left(shrunk)).toEqual(['old']);
});

test('a run reports and skips a hidden index in the pattern, and purges the others', async () => {
  const fixture = purgeFixture();
  const hidden = await fixture.createIndex('hidden', { old }, { settings: { hidden: true } });
  await expectOnlyItselfRefused(fixture, hidden, 'hidden-index');
  expect(await fixture.left(hidden)).toEqual(['old']);
});

test('the share of a run is computed without the documents of foreign indices', async () => {
  const fixture = purgeFixture({ maxShare: 0.5 });
  const aliases = { [`${fixture.id}-alias`]: {} };
  await fixture.createIndex('kept', { a: live, b: live, c: live }, { foreign: true, aliases });
  await fixture.createIndex('mixed', { a: old, b: old, live });
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'refused', refusals: [{ code: 'share' }] });
});
