import type { TestProject } from 'vitest/node';
import { getJson } from '../../../embedded-elasticsearch/request.ts';
import { openTestServer, type TestServer } from '../../../embedded-elasticsearch/start.ts';
import { createClient } from '../../../lib/adapters/elasticsearch/client/client.ts';
import { deleteIndices } from '../server/delete-indices.ts';
import { beginTogether, begunOnce } from './begin-together.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of the only server of this test run. */
    elasticsearchUrl: string;
    /** How far its clock is ahead of ours, in milliseconds; negative if it is behind. */
    serverAhead: number;
  }
}

/**
 * The duration of the request is not counted: the server's clock is ahead only if it shows a later time than our clock
 * after the request.
 */
const readAhead = async (url: string): Promise<number> => {
  const before = Date.now();
  const { nodes } = (await getJson(url, '/_nodes/_local/stats/os?filter_path=nodes.*.timestamp')) as {
    readonly nodes: Readonly<Record<string, { readonly timestamp: number }>>;
  };
  const [{ timestamp } = { timestamp: Number.NaN }] = Object.values(nodes);
  if (!Number.isFinite(timestamp)) throw new Error(`${url} does not tell its time`);
  return Math.min(0, timestamp - before) + Math.max(0, timestamp - Date.now());
};

/** Removes indices that tests keep for each other, on a server that stays after the run. */
const removeWhatIsOurs = async (url: string): Promise<void> => {
  const client = createClient({ url });
  const found = await client.indices.get({ index: 'retention-*', expand_wildcards: 'all', features: ['aliases'] });
  await deleteIndices(client, Object.keys(found));
  await client.indices.deleteIndexTemplate({ name: 'es-retention-retention-*' }, { ignore: [404] });
  await client.close();
};

/** Every project loads this module again in the same process, so shared values are global. */
const shared = globalThis as {
  esRetentionTestServer?: { users: number; ahead?: Promise<number> };
};

export const begin = (): Promise<TestServer> => begunOnce('the server', openTestServer);

/**
 * Opens the only server of a test run, and provides its URL as `elasticsearchUrl`.
 * @returns a function that stops it.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await beginTogether(project);
  shared.esRetentionTestServer ??= { users: 0 };
  const server = shared.esRetentionTestServer;
  server.users += 1;
  const { url, embedded, stop } = await begin();
  server.ahead ??= readAhead(url);
  project.provide('elasticsearchUrl', url);
  project.provide('serverAhead', await server.ahead);
  return async () => {
    server.users -= 1;
    if (server.users > 0) return;
    if (!embedded) await removeWhatIsOurs(url);
    await stop();
  };
}
