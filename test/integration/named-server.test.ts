import { afterEach, expect, test, vi } from 'vitest';
import { openTestServer } from '../../embedded-elasticsearch/start.ts';
import { securedServer } from '../support/server/secured-server.ts';

const server = securedServer();

afterEach(() => vi.unstubAllEnvs());

/** The address of the server with its user in it. */
const named = (): URL => {
  const { ELASTICSEARCH_USERNAME, ELASTICSEARCH_PASSWORD } = server.user();
  return Object.assign(new URL(server.url()), { username: ELASTICSEARCH_USERNAME, password: ELASTICSEARCH_PASSWORD });
};

test('a server with security accepts its first user as a superuser, and nobody else', async () => {
  expect((await fetch(server.url())).status).toBe(401);
  const { username } = named();
  expect(await server.superuser().security.authenticate()).toMatchObject({ username, roles: ['superuser'] });
});

test('a named server with security is used while it is empty, and left running', async () => {
  vi.stubEnv('ES_RETENTION_TEST_URL', named().href);
  const opened = await openTestServer();
  expect(opened).toMatchObject({ url: named().href, version: server.version(), embedded: false });
  await opened.stop();
  expect((await fetch(server.url())).status).toBe(401);
});

test.each(['retention-ledger', 'trtc-prod-logs'])(
  'a named server is refused while it contains the index %s',
  async (index) => {
    vi.stubEnv('ES_RETENTION_TEST_URL', named().href);
    await server.superuser().indices.create({ index });
    await expect(openTestServer()).rejects.toThrow(`and it holds 1, such as "${index}"; name an empty server there`);
    await server.superuser().indices.delete({ index });
  },
);
