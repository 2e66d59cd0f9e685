import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** The answer of a loopback server. */
export interface LoopbackAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A server on a free port of the loopback interface. */
export interface Loopback {
  readonly url: string;
  /** Stops the server. */
  readonly close: () => void;
}

const failed = (): LoopbackAnswer => ({ status: 500, headers: {}, body: '' });

/**
 * Opens an HTTP server that answers every request with this function.
 * @param port the port to listen on; 0 for a free one.
 */
export const openLoopback = async (
  answer: (request: IncomingMessage, body: Buffer) => Promise<LoopbackAnswer>,
  port = 0,
): Promise<Loopback> => {
  const server = createServer(async (request, response) => {
    const { status, headers, body } = await buffer(request)
      .then((received) => answer(request, received))
      .catch(failed);
    response.writeHead(status, headers).end(body);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
};
