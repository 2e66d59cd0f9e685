import type { TestProject } from 'vitest/node';
import { createClient } from '../../lib/adapters/elasticsearch/client/client.ts';
import { deleteIndices } from './delete-indices.ts';
import { getJson } from './embedded-elasticsearch/request.ts';
import { openTestServer, type TestServer } from './embedded-elasticsearch/start.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the one server of this test run. */
    elasticsearchUrl: string;
    /** Milliseconds by which its clock is ahead of ours; negative when it is behind. */
    serverAhead: number;
  }
}

/** As far as the time of the request leaves open: a clock that shows any time between both looks at ours is not ahead. */
const readAhead = async (url: string): Promise<number> => {
  const before = Date.now();
  const { nodes } = (await getJson(url, '/_nodes/_local/stats/os?filter_path=nodes.*.timestamp')) as {
    readonly nodes: Readonly<Record<string, { readonly timestamp: number }>>;
  };
  const [{ timestamp } = { timestamp: Number.NaN }] = Object.values(nodes);
  if (!Number.isFinite(timestamp)) throw new Error(`${url} does not tell its time`);
  return Math.min(0, timestamp - before) + Math.max(0, timestamp - Date.now());
};

/** What tests have left for each other to take over, on a server that is not ended with the run. */
const removeWhatIsOurs = async (url: string): Promise<void> => {
  const client = createClient({ url });
  const found = await client.indices.get({ index: 'retention-*', expand_wildcards: 'all', features: ['aliases'] });
  await deleteIndices(client, Object.keys(found));
  await client.indices.deleteIndexTemplate({ name: 'es-retention-retention-*' }, { ignore: [404] });
  await client.close();
};

/** Every project loads this module anew, in one process: what they share stands outside of it. */
const shared = globalThis as {
  esRetentionTestServer?: { users: number; opened: Promise<TestServer>; ahead?: Promise<number> };
};

/** Opens the one server of a test run, provides its address as `elasticsearchUrl`, and returns what stops it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  shared.esRetentionTestServer ??= { users: 0, opened: openTestServer() };
  const server = shared.esRetentionTestServer;
  server.users += 1;
  const { url, stop } = await server.opened;
  server.ahead ??= readAhead(url);
  project.provide('elasticsearchUrl', url);
  project.provide('serverAhead', await server.ahead);
  return async () => {
    server.users -= 1;
    if (server.users > 0) return;
    if (!(await server.opened).embedded) await removeWhatIsOurs(url);
    await stop();
  };
}
