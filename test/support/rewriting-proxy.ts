import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** What came back for one request, as a test may change it. */
export interface Passing {
  readonly line: string;
  status: number;
  headers: Record<string, string>;
  text: string;
}

const passedOn = ({ 'content-type': type, accept, authorization }: IncomingHttpHeaders): Record<string, string> => ({
  ...(type !== undefined && { 'content-type': type }),
  ...(accept !== undefined && { accept }),
  ...(authorization !== undefined && { authorization }),
});

/**
 * A proxy in front of an Elasticsearch, through which a test changes answers; closed when the test ends.
 * @param rewrite called with every answer before it is given back; changes it in place.
 * @returns its address.
 */
export const rewritingProxy = async (target: string, rewrite: (passing: Passing) => void): Promise<string> => {
  const server = createServer(async (incoming, outgoing) => {
    const { method = 'GET', url = '/', headers } = incoming;
    const body = await buffer(incoming);
    const answer = await fetch(new URL(url, target), {
      method,
      headers: passedOn(headers),
      // A GET with a body is sent as a POST by the client, never here.
      ...(body.length > 0 && { body: new Uint8Array(body) }),
    });
    const passing: Passing = {
      line: `${method} ${decodeURIComponent(url)}`,
      status: answer.status,
      headers: {
        'content-type': answer.headers.get('content-type') ?? 'application/json',
        'x-elastic-product': 'Elasticsearch',
      },
      text: await answer.text(),
    };
    rewrite(passing);
    outgoing.writeHead(passing.status, passing.headers).end(method === 'HEAD' ? undefined : passing.text);
  });
  server.keepAliveTimeout = 600_000;
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
