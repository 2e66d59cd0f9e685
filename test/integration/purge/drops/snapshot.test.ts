import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createClient } from '../../../../lib/adapters/elasticsearch/client/client.ts';
import { type Documents, daysAgo, type PurgeFixture, purgeFixture } from '../../../support/purge/purge-fixture.ts';

const old = { '@timestamp': daysAgo(20) };

/** About two megabytes that nothing compresses. */
const bulky = (): Documents =>
  Object.fromEntries(
    Array.from({ length: 40 }, (_, at) => [`old-${at}`, { ...old, payload: randomBytes(40_000).toString('base64') }]),
  );

const repositoryPath = async ({ client }: PurgeFixture): Promise<string | undefined> => {
  const { nodes } = await client.nodes.info({ metric: 'settings' });
  const [node] = Object.values(nodes);
  const repo = (node?.settings as { path?: { repo?: string | string[] } } | undefined)?.path?.repo;
  return [repo ?? []].flat()[0];
};

test('an index in a running snapshot stays writable, and a later run drops it', async (context) => {
  const fixture = purgeFixture();
  const path = await repositoryPath(fixture);
  if (path === undefined) return context.skip('the server has no path.repo');
  const index = await fixture.createIndex('logs', bulky(), {
    properties: { payload: { type: 'keyword', index: false, doc_values: false } },
  });
  const client = createClient({ url: String(fixture.client.connectionPool.connections[0]?.url) });
  const repository = { name: fixture.id };
  await client.snapshot.createRepository({
    ...repository,
    repository: { type: 'fs', settings: { location: `${path}/${fixture.id}`, max_snapshot_bytes_per_sec: '20kb' } },
  });
  const snapshot = { repository: fixture.id, snapshot: 'slow' };
  await client.snapshot.create({ ...snapshot, indices: index, wait_for_completion: false });

  const report = await fixture.runPurge();
  const { snapshots } = await client.snapshot.status(snapshot);
  expect(snapshots[0]?.state).toBe('STARTED');
  expect(report).toMatchObject({
    outcome: 'incomplete',
    indices: [{ index, planned: 'drop', did: 'left', note: expect.stringContaining('snapshot'), dueAfter: 40 }],
  });
  await fixture.add(index, { afterwards: old });

  await client.snapshot.delete(snapshot);
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', indicesDropped: 1, documentsRemoved: 41 });
  await client.snapshot.deleteRepository(repository);
  await client.close();
});
