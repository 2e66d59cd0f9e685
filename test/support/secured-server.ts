import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from '@elastic/elasticsearch';
import { afterAll, beforeAll, inject } from 'vitest';
import { createClient } from '../../lib/adapters/elasticsearch/client/client.ts';
import type { KeyPrivileges } from '../../lib/policy/key-privileges.ts';

/** The run's server with security, as the tests of one file find it: empty. */
export interface SecuredServer {
  readonly url: () => string;
  readonly version: () => string;
  /** The first user, who may do everything, as the command line takes it. */
  readonly user: () => { readonly ELASTICSEARCH_USERNAME: string; readonly ELASTICSEARCH_PASSWORD: string };
  readonly superuser: () => Client;
  readonly clientWith: (apiKey: string) => Client;
  /** A key that may do just this. */
  readonly keyThatMay: (granted: KeyPrivileges) => Promise<string>;
}

/** Everything that the tests of another file left. */
const wipe = async (client: Client): Promise<void> => {
  const there = Object.keys(await client.indices.get({ index: '*', features: ['aliases'] }));
  for (const index of there) {
    await client.indices.putSettings({ index, settings: { 'index.blocks.read_only_allow_delete': null } as object });
    await client.indices.delete({ index });
  }
  for (const name of ['es-retention/*', 'test', 'other'])
    await client.security.invalidateApiKey({ name }, { ignore: [404] });
};

const PAUSE_MS = 100;

/** Waits until no other file has the server. It is free again when the answer is called, or this process ends. */
const takeTurn = async (port: number): Promise<() => Promise<void>> => {
  for (;;) {
    const holder = createServer();
    const isOurs = await new Promise<boolean>((resolve) => {
      holder.once('error', () => resolve(false));
      holder.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (isOurs) return () => new Promise((resolve) => void holder.close(() => resolve()));
    await wait(PAUSE_MS);
  }
};

/** Lends the run's server to the tests of a file. Call it once, outside of any test. */
export const securedServer = (): SecuredServer => {
  const { url, version, username, password, turnPort } = inject('securedServer');
  const clients: Client[] = [];
  const open = (...given: Parameters<typeof createClient>): Client => {
    const client = createClient(...given);
    clients.push(client);
    return client;
  };
  const superuser = open({ url, user: { username, password } });
  let endTurn: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    endTurn = await takeTurn(turnPort);
    await wipe(superuser);
  });
  afterAll(async () => {
    for (const client of clients) await client.close();
    await endTurn?.();
  });
  return {
    url: () => url,
    version: () => version,
    user: () => ({ ELASTICSEARCH_USERNAME: username, ELASTICSEARCH_PASSWORD: password }),
    superuser: () => superuser,
    clientWith: (apiKey) => open({ url, apiKey }),
    keyThatMay: async ({ cluster, indices }) => {
      const index = indices.map(({ names, privileges }) => ({ names: [...names], privileges: [...privileges] }));
      const key = await superuser.security.createApiKey({
        name: 'test',
        role_descriptors: { test: { cluster: [...cluster], indices: index } },
      });
      return key.encoded;
    },
  };
};
