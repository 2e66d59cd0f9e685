import type { TestProject } from 'vitest/node';
import { openTestServer } from './embedded-elasticsearch/start.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the one server of this test run. */
    elasticsearchUrl: string;
  }
}

/** Opens the one server of a test run, provides its address as `elasticsearchUrl`, and returns what stops it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await openTestServer();
  project.provide('elasticsearchUrl', server.url);
  return () => server.stop();
}
