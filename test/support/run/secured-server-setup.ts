import type { TestProject } from 'vitest/node';
import { type EmbeddedServer, startEmbeddedElasticsearch } from '../../../embedded-elasticsearch/start.ts';
import { freePort } from '../server/free-port.ts';
import { beginTogether, begunOnce } from './begin-together.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The only server with security in this test run, and its first user, who has all permissions. */
    securedServer: {
      readonly url: string;
      readonly version: string;
      readonly username: string;
      readonly password: string;
      /** Whoever listens on this port of the loopback interface may use the server. */
      readonly turnPort: number;
    };
  }
}

/** Every project loads this module again in the same process, so shared values are global. */
const shared = globalThis as {
  esRetentionSecuredServer?: { users: number; turnPort: Promise<number> };
};

export const begin = (): Promise<EmbeddedServer> =>
  begunOnce('the server with security', () => startEmbeddedElasticsearch({ security: true }));

/**
 * Starts the only server with security of a test run. Its test files run one after the other.
 * @returns a function that stops it after its last project.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await beginTogether(project);
  shared.esRetentionSecuredServer ??= { users: 0, turnPort: freePort() };
  const server = shared.esRetentionSecuredServer;
  server.users += 1;
  const { url, version, credentials, stop } = await begin();
  const turnPort = await server.turnPort;
  project.provide('securedServer', { url, version, turnPort, ...(credentials ?? { username: '', password: '' }) });
  return async () => {
    server.users -= 1;
    if (server.users === 0) await stop();
  };
}
