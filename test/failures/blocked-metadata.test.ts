import { expect, onTestFinished, test } from 'vitest';
import { daysAgo, purgeFixture } from '../support/purge/purge-fixture.ts';
import { openWire } from '../support/server/faulty-connection.ts';

const OLD = { '@timestamp': daysAgo(20) };

test.each([1, 3])('%i indices whose settings cannot be read cost a run only a few requests', async (blocked) => {
  const fixture = purgeFixture();
  const { client } = fixture;
  const names: string[] = [];
  for (let at = 0; at < 24; at += 1) names.push(await fixture.createIndex(`logs-${at}`, { old: OLD }));
  const mute = names.slice(5, 5 + blocked);
  await client.indices.putSettings({ index: mute, settings: { 'index.blocks.metadata': true } });
  onTestFinished(() =>
    client.indices
      .putSettings({ index: mute, settings: { 'index.blocks.metadata': null } })
      .then(() => fixture.cleanUp()),
  );
  const wire = openWire();
  const report = await fixture.runPurge({ client: fixture.newClient({ Connection: wire.Connection }) });
  expect(report).toMatchObject({ outcome: 'incomplete', documentsRemoved: 24 - blocked });
  expect(report.findings.map(({ code, index }) => [code, index])).toEqual(
    mute.sort().map((name) => ['unanswered', name]),
  );
  // Two looks of four requests each: two describe the indices, two compare their mappings after the count.
  const overAll = wire.sent(/GET \S+features=.*mappings/).filter((line) => /expand_wildcards=all/.test(line));
  expect(overAll.length).toBeLessThanOrEqual(8);
});
