import type { Client } from '@elastic/elasticsearch';

type Send = Client['transport']['request'];
type Params = Parameters<Send>[0];
type Options = Parameters<Send>[1];

const timed = (body: unknown, timeout: string): unknown =>
  typeof body === 'object' && body !== null && !Array.isArray(body) ? { timeout, ...body } : body;

/** The same request, in which every search has a time of its own: as long as the request may take. */
const withTimeout = (params: Params, { requestTimeout }: NonNullable<Options> = {}): Params => {
  if (typeof requestTimeout !== 'number') return params;
  const timeout = `${Math.max(1, Math.floor(requestTimeout))}ms`;
  if (params.path.endsWith('/_search')) return { ...params, body: timed(params.body ?? {}, timeout) as object };
  if (!params.path.endsWith('/_msearch') || !Array.isArray(params.bulkBody)) return params;
  // Headers and searches take turns.
  return {
    ...params,
    bulkBody: params.bulkBody.map((line, at) => (at % 2 === 0 ? line : timed(line, timeout))) as object[],
  };
};

/**
 * Gives every search of a client a timeout: `search.default_search_timeout` of the cluster, which may be too short for any answer,
 * holds for searches without one. Counts and requests by query do not know that setting (tried on 9.4.3).
 */
export const timingSearches = (client: Client): Client => {
  const send = client.transport.request.bind(client.transport) as (params: Params, options?: Options) => unknown;
  client.transport.request = ((params: Params, options?: Options) =>
    send(withTimeout(params, options), options)) as unknown as Send;
  return client;
};
