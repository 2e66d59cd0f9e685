import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from '@elastic/elasticsearch';
import { afterAll, beforeAll, inject } from 'vitest';
import { createClient } from '../../../lib/adapters/elasticsearch/client/client.ts';
import type { KeyPrivileges } from '../../../lib/maintenance/key-privileges.ts';
import type { FixtureServer } from './fixture-server.ts';

/** The server with security for the tests of one file. It is empty at the start. */
export interface SecuredServer {
  readonly url: () => string;
  readonly version: () => string;
  /** The first user, who has all permissions, as environment of the command line. */
  readonly user: () => { readonly ELASTICSEARCH_USERNAME: string; readonly ELASTICSEARCH_PASSWORD: string };
  readonly superuser: () => Client;
  /** The settings with which fixtures use this server as its first user. */
  readonly connection: () => FixtureServer;
  readonly clientWith: (apiKey: string) => Client;
  /** Creates a key with exactly these privileges. */
  readonly keyThatMay: (granted: KeyPrivileges) => Promise<string>;
}

/** Removes everything that the tests of another file left. */
const wipe = async (client: Client): Promise<void> => {
  const there = Object.keys(await client.indices.get({ index: '*', features: ['aliases'] }));
  for (const index of there) {
    await client.indices.putSettings({ index, settings: { 'index.blocks.read_only_allow_delete': null } as object });
    await client.indices.delete({ index });
  }
  await client.indices.deleteIndexTemplate({ name: 'es-retention-*' }, { ignore: [404] });
  for (const name of ['es-retention/*', 'test', 'other'])
    await client.security.invalidateApiKey({ name }, { ignore: [404] });
};

const PAUSE_MS = 100;

/**
 * Waits until no other file uses the server.
 * @returns a function that releases it; the end of this process does so too.
 */
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

/** Lends the server to the tests of a file. Call it once, outside of any test. */
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
    connection: () => ({ url, user: { username, password } }),
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
