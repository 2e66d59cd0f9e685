import type { TestProject } from 'vitest/node';
import { startEmbeddedElasticsearch } from '../../embedded-elasticsearch/start.ts';
import { freePort } from './free-port.ts';

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

/**
 * Starts the only server with security of a test run. Its test files run one after the other.
 * @returns a function that stops it.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { url, version, credentials, stop } = await startEmbeddedElasticsearch({ security: true });
  const turnPort = await freePort();
  project.provide('securedServer', { url, version, turnPort, ...(credentials ?? { username: '', password: '' }) });
  return stop;
}
