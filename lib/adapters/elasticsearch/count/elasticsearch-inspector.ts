import type { Client, estypes } from '@elastic/elasticsearch';
import { isRecord } from '../../../base/objects.ts';
import type { AgeCriteria } from '../../../criteria/due-criteria.ts';
import type { DocumentInspector, InspectedIndex } from '../../../purge/document-inspector.ts';
import { type RequestPolicy, request } from '../client/request.ts';
import { undated, unseen } from '../query/age-query.ts';
import { any } from '../query/bool-query.ts';
import { dateRuntime } from '../query/coarse-dates.ts';
import { fitting } from '../query/date-ranges.ts';

/** The value at a dotted path: nested objects, or keys with dots in them. */
const valueAt = (source: unknown, path: string): unknown => {
  if (!isRecord(source)) return undefined;
  if (Object.hasOwn(source, path)) return source[path];
  const parts = path.split('.');
  for (let at = parts.length - 1; at > 0; at -= 1) {
    const found = valueAt(source[parts.slice(0, at).join('.')], parts.slice(at).join('.'));
    if (found !== undefined) return found;
  }
  return undefined;
};

const valuesOf = async (
  client: Client,
  requests: RequestPolicy,
  [index, id]: readonly [string, string],
  fields: readonly string[],
): ReturnType<DocumentInspector['valuesOf']> => {
  // A document with a routing of its own is found by a search, but not by its id alone.
  const { hits } = await request(requests, `reading a document of ${index}`, (options) =>
    client.search(
      { index, size: 1, query: { ids: { values: [id] } }, _source: [...fields], allow_partial_search_results: false },
      options,
    ),
  );
  const [hit] = hits.hits;
  if (hit === undefined) return undefined;
  return new Map(
    fields.flatMap((field) => {
      const value = valueAt(hit._source, field);
      return value === undefined ? [] : [[field, value] as const];
    }),
  );
};

const undatableSearch = ({ usable }: InspectedIndex, criteria: AgeCriteria): estypes.SearchRequest => {
  const age = fitting(criteria, usable);
  const runtime = dateRuntime(age, usable);
  return {
    query: any(undated(age, usable), unseen(age, usable)),
    ...(Object.keys(runtime).length > 0 && { runtime_mappings: runtime }),
  };
};

/** The port that looks at single documents, on Elasticsearch. */
export const elasticsearchInspector = (client: Client, requests: RequestPolicy): DocumentInspector => ({
  valuesOf: (index, id, fields) => valuesOf(client, requests, [index, id], fields),
  undatable: async (index, age, most) => {
    const search = undatableSearch(index, age);
    const { hits } = await request(requests, `looking for documents without a date in ${index.name}`, (options) =>
      client.search(
        { index: index.name, size: most, _source: false, ...search, allow_partial_search_results: false },
        options,
      ),
    );
    return {
      ids: hits.hits.flatMap(({ _id }) => _id ?? []),
      request: `GET /${index.name}/_search ${JSON.stringify(search)}`,
    };
  },
});
