import type { TestProject } from 'vitest/node';
import { openTestServer, type TestServer } from './embedded-elasticsearch/start.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the one server of this test run. */
    elasticsearchUrl: string;
  }
}

/** Every project loads this module anew, in one process: what they share stands outside of it. */
const shared = globalThis as { esRetentionTestServer?: { users: number; opened: Promise<TestServer> } };

/** Opens the one server of a test run, provides its address as `elasticsearchUrl`, and returns what stops it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  shared.esRetentionTestServer ??= { users: 0, opened: openTestServer() };
  const server = shared.esRetentionTestServer;
  server.users += 1;
  const { url, stop } = await server.opened;
  project.provide('elasticsearchUrl', url);
  return async () => {
    server.users -= 1;
    if (server.users === 0) await stop();
  };
}
