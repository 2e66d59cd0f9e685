import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../lib/adapters/elasticsearch/client/client.ts';
import { identifyCluster } from '../../lib/adapters/elasticsearch/client/identify-cluster.ts';

const PATIENCE = { timeout: () => 5_000, retries: 1, firstWait: 10 };
const ELASTICSEARCH = { 'x-elastic-product': 'Elasticsearch' };

/** A server that gives one answer to everything; returns its address. */
const serverThatAnswers = async (status: number, headers: Record<string, string>, body: object): Promise<string> => {
  const server = createServer((_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const identify = async (url: string) => {
  const client = createClient({ url });
  onTestFinished(() => client.close());
  return identifyCluster(client, PATIENCE);
};

const about = (number: string, version = {}) => ({
  name: 'node',
  cluster_name: 'logs',
  cluster_uuid: 'u',
  version: { number, ...version },
});

test("without a listener, the error names ELASTICSEARCH_URL and the network's reason", async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  await expect(identify(`http://127.0.0.1:${port}`)).rejects.toMatchObject({
    name: 'TransientError',
    code: 'no-server',
    message: expect.stringMatching(/ECONNREFUSED.*Check ELASTICSEARCH_URL/),
  });
});

/** A server that takes connections and never answers. */
const silentServer = async (): Promise<number> => {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => sockets.add(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
};

// Both wait at the same time.
test.concurrent.each(['http', 'https'])(
  'an %s server that never answers is given up after ten seconds',
  async (scheme) => {
    const port = await silentServer();
    const startedAt = performance.now();
    const client = createClient({ url: `${scheme}://127.0.0.1:${port}` });
    onTestFinished(() => client.close());
    await expect(identifyCluster(client, { timeout: () => 60_000 })).rejects.toMatchObject({
      code: 'no-server',
      explanation: {
        found: 'no answer',
        fix: expect.stringMatching(/^Check host and port in ELASTICSEARCH_URL.*firewall/),
      },
    });
    expect(performance.now() - startedAt).toBeLessThan(12_000);
  },
);

test('https to a server that speaks http is explained without the text of OpenSSL', async () => {
  const url = await serverThatAnswers(200, ELASTICSEARCH, about('9.4.3'));
  const failed = expect(identify(url.replace('http:', 'https:'))).rejects;
  await failed.toMatchObject({
    code: 'no-server',
    explanation: {
      found: 'a server that does not speak TLS, at an address that begins with https://',
      fix: expect.stringContaining('write http:// into ELASTICSEARCH_URL'),
    },
  });
});

test('http to a server that closes such connections is explained', async () => {
  const server = createTcpServer((socket) => socket.on('data', () => socket.destroy())).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  await expect(identify(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)).rejects.toMatchObject({
    code: 'no-server',
    explanation: {
      found: 'that the server closed the connection without an answer',
      fix: expect.stringContaining('may expect https://'),
    },
  });
});

test('a host that does not exist is reported as no server', async () => {
  await expect(identify('http://elasticsearch.invalid:9200')).rejects.toMatchObject({ code: 'no-server' });
});

test('for OpenSearch, the message says that it is not supported', async () => {
  const url = await serverThatAnswers(200, {}, about('3.1.0', { distribution: 'opensearch' }));
  await expect(identify(url)).rejects.toMatchObject({
    name: 'InputError',
    code: 'unsupported-server',
    message: expect.stringContaining('OpenSearch and other forks are not supported'),
  });
});

test.each(['8.18.4', '8.9.0', '7.17.29', '10.0.0'])(
  'for Elasticsearch %s, the message says that it is not supported',
  async (version) => {
    const url = await serverThatAnswers(200, ELASTICSEARCH, about(version));
    await expect(identify(url)).rejects.toMatchObject({
      name: 'InputError',
      code: 'unsupported-server',
      message: expect.stringContaining(`found version ${version}`),
    });
  },
);

test.each([
  [400, 'Accept version must be either version 7 or 6, but found 8'],
  [406, 'Content-Type header [application/vnd.elasticsearch+json; compatible-with=8] is not supported'],
])('a server that answers %i to a client of version 8 is reported as unsupported', async (status, reason) => {
  const error = { type: 'media_type_header_exception', reason, root_cause: [{ reason }] };
  const url = await serverThatAnswers(status, ELASTICSEARCH, { status, error });
  await expect(identify(url)).rejects.toMatchObject({
    name: 'InputError',
    code: 'unsupported-server',
    message: expect.stringContaining(reason),
  });
});

test.each([
  ['8.19.0', '8.19.0'],
  ['9.4.3', '9.4.3'],
])('Elasticsearch %s is supported', async (version, expected) => {
  const url = await serverThatAnswers(200, ELASTICSEARCH, about(version));
  expect(await identify(url)).toEqual({ uuid: 'u', name: 'logs', version: expected });
});

test('a proxy without a server is reported as no server, not as unsupported', async () => {
  const url = await serverThatAnswers(502, {}, { message: 'bad gateway' });
  await expect(identify(url)).rejects.toMatchObject({ name: 'TransientError', code: 'no-server' });
});
