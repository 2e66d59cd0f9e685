import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A proxy in front of an Elasticsearch, with which a test can observe each request, or do something before it is passed
 * on.
 */
export interface WatchingProxy {
  readonly url: string;
  readonly close: () => void;
}

/** Called with `GET /path` before the request is passed on. A returned promise is awaited. */
export type Watch = (line: string) => Promise<void> | void;

/** Opens a proxy to the server at `target`, on a free port of the loopback interface. */
export const watchingProxy = async (target: string, watch: Watch): Promise<WatchingProxy> => {
  const pass = async (incoming: IncomingMessage): Promise<IncomingMessage> => {
    await watch(`${incoming.method} ${decodeURIComponent(incoming.url ?? '')}`);
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const { method = 'GET', headers } = incoming;
    incoming.pipe(request(new URL(incoming.url ?? '', target), { method, headers }, resolve).on('error', reject));
    return promise;
  };
  const server = createServer((incoming, outgoing) => {
    pass(incoming).then(
      (answer) => answer.pipe(outgoing.writeHead(answer.statusCode ?? 502, answer.headers)),
      () => outgoing.destroy(),
    );
  });
  // By default, idle connections are closed after five seconds, perhaps just when the next request is sent.
  server.keepAliveTimeout = 600_000;
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
};
