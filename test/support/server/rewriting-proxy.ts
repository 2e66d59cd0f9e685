import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** The answer to one request, which a test may change. */
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

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

const ask = async (url: URL, method: string, headers: IncomingHttpHeaders, body: Buffer): Promise<Answer> => {
  const answer = await fetch(url, {
    method,
    headers: passedOn(headers),
    // The client sends a GET with a body as a POST, so bodies of GET requests do not occur.
    ...(body.length > 0 && { body: new Uint8Array(body) }),
  });
  return {
    status: answer.status,
    type: answer.headers.get('content-type') ?? 'application/json',
    text: await answer.text(),
  };
};

/** A request with its instants replaced, so that it is the same at any time. */
const atAnyTime = (line: string, body: string): string =>
  `${line} ${body}`.replaceAll(/\d{4}-\d{2}-\d{2}T[\d:.]+Z|\b\d{13}\b/g, 'an instant');

/**
 * A proxy in front of an Elasticsearch, through which a test changes answers. It is closed when the test ends.
 * @param rewrite called with every answer before it is passed on; changes it in place.
 * @param isQuiet whether only the time changes behind the proxy. Then a repeated request gets the earlier answer.
 * @returns its address.
 */
export const rewritingProxy = async (
  target: string,
  rewrite: (passing: Passing) => void,
  isQuiet = false,
): Promise<string> => {
  const known = new Map<string, Answer>();
  const server = createServer(async (incoming, outgoing) => {
    const { method = 'GET', url = '/', headers } = incoming;
    const body = await buffer(incoming);
    const asked = atAnyTime(`${method} ${url}`, body.toString());
    const answer = known.get(asked) ?? (await ask(new URL(url, target), method, headers, body));
    if (isQuiet && !asked.includes('"to":"now"')) known.set(asked, answer);
    const passing: Passing = {
      line: `${method} ${decodeURIComponent(url)}`,
      status: answer.status,
      headers: {
        'content-type': answer.type,
        'x-elastic-product': 'Elasticsearch',
      },
      text: answer.text,
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
