import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { backfillDates } from '../../../../lib/maintenance/backfill-dates.ts';
import { asPolyglot, foundOnEveryPage, NOTHING_FOUND } from '../../../support/documents/odd-bytes.ts';
import { sendAs } from '../../../support/documents/other-encodings.ts';
import { sendAsYaml } from '../../../support/documents/send-as-yaml.ts';
import { portsAt } from '../../../support/purge/ports-at.ts';
import { daysAgo, NOW, purgeFixture } from '../../../support/purge/purge-fixture.ts';

const old = { '@timestamp': daysAgo(20) };

test('an unreadable document stays and is reported as undatable if _source may contain dates', async () => {
  const fixture = purgeFixture({ category: { ingestedField: 'arrived' } });
  const index = await fixture.createIndex('logs', { old });
  await fixture.client.indices.putMapping({ index, dynamic: false });
  await sendAsYaml(fixture.client, index, 'odd', old);

  const report = await fixture.runPurge();
  expect(await fixture.left(index)).toEqual(['odd']);
  expect(report.documentsRemoved).toBe(1);
  expect(report.findings.map(({ code }) => code)).toEqual(['undatable']);
});

test('in an unreadable document, a text like 2026-11 is dated by the end of that month', async () => {
  const fixture = purgeFixture();
  const month = daysAgo(14).slice(0, 7);
  const arrived = daysAgo(90).replace('00:00.000', '00:01.000');
  const index = await fixture.createIndex('logs', { old });
  await sendAsYaml(fixture.client, index, 'odd', { '@timestamp': month, 'event.ingested': arrived });
  await sendAsYaml(fixture.client, index, 'gone', { '@timestamp': arrived, 'event.ingested': arrived });

  await fixture.runPurge();
  expect(await fixture.left(index)).toEqual(['odd']);
});

test('backfill-dates skips an unreadable document and dates the others', async () => {
  const fixture = purgeFixture({ category: { ingestedField: 'arrived' } });
  const { client, policy, category } = fixture;
  const index = await fixture.createIndex('logs', { undated: {} });
  await sendAsYaml(client, index, 'odd', { note: 'no date' });
  const version = async () => (await client.get({ index, id: 'odd', _source: false }))._version;
  const before = await version();
  const run = { runId: randomUUID(), dryRun: false, policy, category };
  const ports = portsAt(client, policy, { timeout: () => 30_000, firstWait: 20 }, () => NOW);
  const backfilled = await backfillDates(run, ports, { ingestedAt: Date.parse(daysAgo(20)) });
  expect(backfilled).toMatchObject({ dated: 1 });
  expect(await version()).toBe(before);
});

test.each([
  ['hides the others', NOTHING_FOUND],
  ['gives another answer on every page', foundOnEveryPage(500)],
])('backfill-dates is not misled by a document that %s', async (_, tail) => {
  const fixture = purgeFixture({ category: { ingestedField: 'arrived' } });
  const { client, policy, category } = fixture;
  const index = await fixture.createIndex('logs', { first: {}, last: {} });
  await client.indices.putMapping({ index, dynamic: false });
  await sendAs(client, 'application/json', index, { lost: '{"n":1.10}' });
  const { type, body } = asPolyglot({ type: 'x' }, tail);
  await sendAs(client, type, index, { odd: body });
  const run = { runId: randomUUID(), dryRun: false, policy, category };
  const ports = portsAt(client, policy, { timeout: () => 30_000, firstWait: 20 }, () => NOW);
  const backfilled = await backfillDates(run, ports, { ingestedAt: Date.parse(daysAgo(20)) });
  expect(backfilled).toMatchObject({ dated: 2, left: 2 });
});
