import type { Client, estypes } from '@elastic/elasticsearch';
import { matchesPattern } from '../../../policy/index-pattern.ts';
import type { RuleFields } from '../../../purge/document-store.ts';
import { type RequestPolicy, request } from '../client/request.ts';
import type { ClusterSettings } from './cluster-settings.ts';
import { readableFields, type TemplatePart } from './template-fields.ts';

type Template = estypes.IndicesGetIndexTemplateIndexTemplateItem['index_template'];

const MAKES = ['template.mappings', 'template.settings.index'];
const TEMPLATES = ['index_patterns', 'priority', 'composed_of', 'data_stream', 'allow_auto_create', ...MAKES].map(
  (part) => `index_templates.index_template.${part}`,
);
const COMPONENTS = ['name', ...MAKES.map((part) => `component_template.${part}`)].map(
  (part) => `component_templates.${part}`,
);

interface Templates {
  readonly templates: readonly Template[];
  readonly components: ReadonlyMap<string, TemplatePart>;
  /** Whether the cluster creates an index when somebody writes to a missing name, unless a template says otherwise. */
  readonly createsAll: boolean;
}

const ask = async (client: Client, requests: RequestPolicy, settings: ClusterSettings): Promise<Templates> => {
  const doing = 'asking for index templates';
  const [{ index_templates = [] }, { component_templates = [] }, isForAll] = await Promise.all([
    request(requests, doing, (options) => client.indices.getIndexTemplate({ filter_path: TEMPLATES }, options)),
    request(requests, doing, (options) => client.cluster.getComponentTemplate({ filter_path: COMPONENTS }, options)),
    settings.createsIndices(),
  ]);
  return {
    templates: index_templates.map(({ index_template }) => index_template),
    components: new Map(
      component_templates.map(({ name, component_template: { template } = { template: {} } }) => [
        name,
        template ?? {},
      ]),
    ),
    createsAll: isForAll,
  };
};

/**
 * The template that Elasticsearch would use: the matching template of the highest priority. It does not allow two with
 * the same priority.
 */
const chosen = (templates: readonly Template[], name: string): Template | undefined =>
  templates
    .filter(({ index_patterns }) => [index_patterns].flat().some((pattern) => matchesPattern(name, pattern)))
    .sort((a, b) => Number(b.priority ?? 0) - Number(a.priority ?? 0))[0];

/**
 * For each name, the fields that its index template maps, itself or by a component, so that the rules can read them. A
 * name is missing if no index would be created for it: its template makes data streams, or template or cluster do not
 * create indices for writers. Only composable templates (`_index_template`) count, not the older `_template`. Empty if
 * templates cannot be read, for example because the key may not. Then an index is emptied instead of dropped.
 */
export const templateFields = async (
  client: Client,
  requests: RequestPolicy,
  settings: ClusterSettings,
  names: readonly string[],
  fields: RuleFields,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> => {
  try {
    const { templates, components, createsAll } = await ask(client, requests, settings);
    return new Map(
      names.flatMap((name) => {
        const template = chosen(templates, name);
        const makesIndex = template?.data_stream === undefined && (template?.allow_auto_create ?? createsAll);
        if (template === undefined || !makesIndex) return [];
        // Later parts override earlier ones, and the template overrides its components.
        const composed = [
          ...[template.composed_of ?? []].flat().map((component) => components.get(component) ?? {}),
          template.template ?? {},
        ];
        return [[name, readableFields(composed, fields)] as const];
      }),
    );
  } catch {
    return new Map();
  }
};
