import type { Client } from '@elastic/elasticsearch';
import { isRecord } from '../../../base/objects.ts';

import type { Options, Params, Send } from './transport-request.ts';

/** The name of a field that no document has. */
const NO_SUCH_FIELD = 'es_retention_nobodys_field';

/**
 * The `context` of a request that reads each source in the form in which it was sent. A document can then forge any
 * part of the answer, so its reader must not trust it.
 */
export const AS_SENT = Object.freeze({ sources: 'as they were sent' });

/** Requests that return sources and accept no filter that makes Elasticsearch rewrite them. */
const UNFILTERED = /^\/[^/]+\/_(?:source|explain)\/|\/_(?:async_search|sql|eql\/search|search\/template)$/;

const isFilled = (names: unknown): boolean => (Array.isArray(names) ? names.length > 0 : names !== undefined);

/** Whether the requested part of `_source` makes Elasticsearch parse it. Also true if no part is requested. */
const isParsed = (source: unknown): boolean => {
  if (source === false || typeof source === 'string') return true;
  if (Array.isArray(source)) return source.length > 0;
  return isRecord(source) && [source.includes, source.include, source.excludes, source.exclude].some(isFilled);
};

/** A search without hits returns no source. */
const parsedIn = (body: unknown): unknown => {
  if (!isRecord(body)) return body ?? { _source: { excludes: [NO_SUCH_FIELD] } };
  if (body.size === 0 || isParsed(body._source)) return body;
  return { ...body, _source: { ...(isRecord(body._source) ? body._source : {}), excludes: [NO_SUCH_FIELD] } };
};

const filteredLine = (querystring: Params['querystring']): Params['querystring'] => {
  if (typeof querystring === 'string') return `${querystring}&_source_excludes=${NO_SUCH_FIELD}`;
  const { _source, _source_includes: includes, _source_excludes: excludes } = querystring ?? {};
  const isLeftOut = _source === false || _source === 'false' || (Array.isArray(_source) && _source.length > 0);
  if (isLeftOut || isFilled(includes) || isFilled(excludes)) return querystring;
  return { ...querystring, _source_excludes: NO_SUCH_FIELD };
};

/** The same request, with a source filter in every part. */
const withFilter = (params: Params): Params => {
  const { path, method } = params;
  if (UNFILTERED.test(path)) throw new TypeError(`${path.split('/').at(-1)} gives sources as they were sent`);
  if (path.endsWith('/_search') && method !== 'DELETE') return { ...params, body: parsedIn(params.body) as object };
  // Headers and searches alternate.
  if (path.endsWith('/_msearch') && Array.isArray(params.bulkBody))
    return {
      ...params,
      bulkBody: params.bulkBody.map((line, at) => (at % 2 === 0 ? line : parsedIn(line))) as object[],
    };
  const gives = path.endsWith('/_mget') || (method === 'GET' && /\/_doc\/[^/]+$/.test(path));
  return gives ? { ...params, querystring: filteredLine(params.querystring) as object } : params;
};

/**
 * Makes Elasticsearch parse and rewrite every document that a client reads. Otherwise Elasticsearch copies a source
 * whose first byte is `{` unchanged into the answer, even if it is not JSON. In YAML, a quote can be written so that
 * JSON does not see it. The text after it can end the answer and begin another answer (tried on 8.19.13 and 9.4.3).
 * With any `_source` filter, even one that removes nothing, the source is parsed first, and a source that cannot be
 * parsed is an error. This is the only place that adds the filter. It adds it to every read except those with {@link
 * AS_SENT}.
 */
export const parsingSources = (client: Client): Client => {
  const send = client.transport.request.bind(client.transport) as (params: Params, options?: Options) => unknown;
  client.transport.request = ((params: Params, options?: Options) =>
    send(options?.context === AS_SENT ? params : withFilter(params), options)) as unknown as Send;
  return client;
};
