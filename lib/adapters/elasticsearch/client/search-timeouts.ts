import type { Client } from '@elastic/elasticsearch';

import type { Options, Params, Send } from './transport-request.ts';

const timed = (body: unknown, timeout: string): unknown =>
  typeof body === 'object' && body !== null && !Array.isArray(body) ? { timeout, ...body } : body;

/** The same request with a timeout for every search: as long as the request may take. */
const withTimeout = (params: Params, { requestTimeout }: NonNullable<Options> = {}): Params => {
  if (typeof requestTimeout !== 'number') return params;
  const timeout = `${Math.max(1, Math.floor(requestTimeout))}ms`;
  if (params.path.endsWith('/_search')) return { ...params, body: timed(params.body ?? {}, timeout) as object };
  if (!params.path.endsWith('/_msearch') || !Array.isArray(params.bulkBody)) return params;
  // Headers and searches alternate.
  return {
    ...params,
    bulkBody: params.bulkBody.map((line, at) => (at % 2 === 0 ? line : timed(line, timeout))) as object[],
  };
};

/**
 * Sets a timeout for every search of a client. Without one, the cluster's `search.default_search_timeout` applies,
 * which may be too short. It does not apply to counts and by-query requests (tried on 9.4.3).
 */
export const timingSearches = (client: Client): Client => {
  const send = client.transport.request.bind(client.transport) as (params: Params, options?: Options) => unknown;
  client.transport.request = ((params: Params, options?: Options) =>
    send(withTimeout(params, options), options)) as unknown as Send;
  return client;
};
