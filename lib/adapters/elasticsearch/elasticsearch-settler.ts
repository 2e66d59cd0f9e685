import type { Client } from '@elastic/elasticsearch';
import { isoInstant } from '../../policy/instant.ts';
import { SLICE_DOCUMENTS } from '../../purge/document-store.ts';
import type { DocumentSettler } from '../../purge/settle.ts';
import { undatable } from './age-query.ts';
import { type RequestPolicy, request } from './request.ts';

/** Writes the field where the document has it, dotted or nested; leaves a document whose path holds another value. */
const SCRIPT = `
  if (ctx._source.containsKey(params.field)) { ctx._source[params.field] = params.at; return; }
  Map parent = ctx._source;
  for (int i = 0; i < params.path.size() - 1; i++) {
    def child = parent.get(params.path[i]);
    if (child == null) { child = new HashMap(); parent.put(params.path[i], child); }
    if (!(child instanceof Map)) { ctx.op = 'noop'; return; }
    parent = child;
  }
  parent.put(params.path[params.path.size() - 1], params.at);
`;

/** Dates undatable documents through update-by-query, in bounded requests on one concrete index. */
export const elasticsearchSettler = (client: Client, policy: RequestPolicy): DocumentSettler => ({
  mapIngested: async (index, field) => {
    await request(policy, `mapping ${field} in ${index}`, (options) =>
      client.indices.putMapping(
        { index, expand_wildcards: 'none', properties: nestedMapping(field.split('.')) },
        options,
      ),
    );
  },
  dateUndatable: async (target, criteria, ingestedAt) => {
    const answer = await request(policy, `dating documents of ${target.name}`, (options) =>
      client.updateByQuery(
        {
          index: target.name,
          expand_wildcards: 'none',
          query: undatable(criteria, target.dating),
          script: {
            source: SCRIPT,
            params: {
              field: criteria.ingestedField,
              path: criteria.ingestedField.split('.'),
              at: isoInstant(ingestedAt),
            },
          },
          max_docs: SLICE_DOCUMENTS,
          scroll_size: SLICE_DOCUMENTS,
          refresh: true,
        },
        options,
      ),
    );
    return answer.updated ?? 0;
  },
});

const nestedMapping = ([name = '', ...rest]: readonly string[]): Record<string, object> => ({
  [name]: rest.length === 0 ? { type: 'date' } : { properties: nestedMapping(rest) },
});
