import type { Client, estypes } from '@elastic/elasticsearch';
import type { Bearer, BearerStore } from '../../erasure/reconcile.ts';
import type { Category } from '../../policy/retention-policy.ts';
import { WorldError } from '../../purge/errors.ts';
import { describeIndices } from './describe-indices.ts';
import { type RequestPolicy, request } from './request.ts';

/** Pairs in one answer. */
const PAGE = 2_000;

/** A number beyond 2^53 would be another one in JSON: it is turned into text on the server. */
const asText = (field: string): estypes.MappingRuntimeField => ({
  type: 'keyword',
  script: {
    lang: 'painless',
    source: 'if (doc.containsKey(params.field)) for (def value : doc[params.field]) emit(value.toString());',
    params: { field },
  },
});

interface Bucket {
  readonly key: { readonly uin: string; readonly app: string | null };
  readonly documents: { readonly value: number };
}
interface Pairs {
  readonly buckets: readonly Bucket[];
  readonly after_key?: Record<string, estypes.FieldValue>;
}

const bearerOf = ({ key: { uin, app }, documents }: Bucket): Bearer => ({
  uin,
  ...(app !== null && { sdkAppId: app }),
  documents: documents.value,
});

const bodyOf = (category: Category, after: Pairs['after_key']): estypes.MsearchMultisearchBody => ({
  size: 0,
  track_total_hits: false,
  runtime_mappings: {
    es_retention_uin: asText(category.accountField),
    es_retention_app: asText(category.applicationField),
  },
  aggs: {
    pairs: {
      composite: {
        size: PAGE,
        sources: [
          { uin: { terms: { field: 'es_retention_uin' } } },
          { app: { terms: { field: 'es_retention_app', missing_bucket: true } } },
        ],
        ...(after !== undefined && { after }),
      },
      aggs: { documents: { value_count: { field: '_index' } } },
    },
  },
});

/** Whose documents there are, on Elasticsearch. */
export const elasticsearchBearers = (client: Client, policy: RequestPolicy): BearerStore => ({
  describe: (patterns, fields) => describeIndices(client, policy, patterns, fields),
  bearers: async function* (indices, category) {
    if (indices.length === 0) return;
    let after: Pairs['after_key'];
    do {
      // As one of several searches the names are in the body, where no request line limits them.
      const { responses } = await request(policy, `looking for the accounts of ${category.id}`, (options) =>
        client.msearch({ searches: [{ index: [...indices] }, bodyOf(category, after)] }, options),
      );
      const [answer] = responses;
      if (answer === undefined || 'error' in answer || answer._shards.failed > 0)
        throw new WorldError('partial-answer', {
          expected: `every index of ${category.id} to say whose documents it holds`,
          found: answer !== undefined && 'error' in answer ? answer.error.type : 'shards that failed',
          wayOut: 'Run it again; if it stays, look at the health of the indices.',
        });
      const { pairs } = answer.aggregations as unknown as { pairs: Pairs };
      yield pairs.buckets.map(bearerOf);
      after = pairs.buckets.length < PAGE ? undefined : pairs.after_key;
    } while (after !== undefined);
  },
});
