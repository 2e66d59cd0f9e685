import type { Client } from '@elastic/elasticsearch';
import { afterAll, beforeAll } from 'vitest';
import { createClient } from '../../lib/adapters/elasticsearch/client.ts';
import type { KeyPrivileges } from '../../lib/policy/key-privileges.ts';
import { type EmbeddedServer, startEmbeddedElasticsearch } from './embedded-elasticsearch/start.ts';

/** A server with security, for the tests of one file. */
export interface SecuredServer {
  readonly url: () => string;
  /** The first user, who may do everything, as the command line takes it. */
  readonly user: () => { readonly ELASTICSEARCH_USERNAME: string; readonly ELASTICSEARCH_PASSWORD: string };
  readonly superuser: () => Client;
  readonly clientWith: (apiKey: string) => Client;
  /** A key that may do just this. */
  readonly keyThatMay: (granted: KeyPrivileges) => Promise<string>;
}

/** Starts one before the tests of a file, and stops it after them. Call it once, outside of any test. */
export const securedServer = (): SecuredServer => {
  let server: EmbeddedServer | undefined;
  const clients: Client[] = [];
  const open = (...given: Parameters<typeof createClient>): Client => {
    const client = createClient(...given);
    clients.push(client);
    return client;
  };
  const url = (): string => server?.url ?? '';
  let superuser: Client | undefined;
  beforeAll(async () => {
    server = await startEmbeddedElasticsearch({ security: true });
    superuser = open({ url: url(), ...(server.credentials && { user: server.credentials }) });
  });
  afterAll(async () => {
    for (const client of clients) await client.close();
    await server?.stop();
  });
  return {
    url,
    user: () => {
      const { username = '', password = '' } = server?.credentials ?? {};
      return { ELASTICSEARCH_USERNAME: username, ELASTICSEARCH_PASSWORD: password };
    },
    superuser: () => superuser as Client,
    clientWith: (apiKey) => open({ url: url(), apiKey }),
    keyThatMay: async ({ cluster, indices }) => {
      const index = indices.map(({ names, privileges }) => ({ names: [...names], privileges: [...privileges] }));
      const key = await (superuser as Client).security.createApiKey({
        name: 'test',
        role_descriptors: { test: { cluster: [...cluster], indices: index } },
      });
      return key.encoded;
    },
  };
};
