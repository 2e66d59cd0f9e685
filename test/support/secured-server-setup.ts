import type { TestProject } from 'vitest/node';
import { startEmbeddedElasticsearch } from './embedded-elasticsearch/start.ts';
import { freePort } from './free-port.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The one server with security of this test run, and its first user, who may do everything. */
    securedServer: {
      readonly url: string;
      readonly version: string;
      readonly username: string;
      readonly password: string;
      /** Whoever listens on this port of the loopback interface has the server. */
      readonly turnPort: number;
    };
  }
}

/** Starts the one server with security of a test run, and returns what stops it. Its files run one after the other. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { url, version, credentials, stop } = await startEmbeddedElasticsearch({ security: true });
  const turnPort = await freePort();
  project.provide('securedServer', { url, version, turnPort, ...(credentials ?? { username: '', password: '' }) });
  return stop;
}
