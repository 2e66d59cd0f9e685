import type { Client, estypes } from '@elastic/elasticsearch';
import { matchesPattern } from '../../policy/index-pattern.ts';
import { type RequestPolicy, request } from './request.ts';

type Template = estypes.IndicesGetIndexTemplateIndexTemplateItem['index_template'];
type Properties = Readonly<Record<string, estypes.MappingProperty>>;

const TEMPLATES = ['index_patterns', 'priority', 'composed_of', 'data_stream', 'template.mappings.properties'].map(
  (part) => `index_templates.index_template.${part}`,
);
const COMPONENTS = ['component_templates.name', 'component_templates.component_template.template.mappings.properties'];

interface Templates {
  readonly templates: readonly Template[];
  readonly components: ReadonlyMap<string, Properties>;
}

const ask = async (client: Client, policy: RequestPolicy): Promise<Templates> => {
  const doing = 'asking for index templates';
  const [{ index_templates = [] }, { component_templates = [] }] = await Promise.all([
    request(policy, doing, (options) => client.indices.getIndexTemplate({ filter_path: TEMPLATES }, options)),
    request(policy, doing, (options) => client.cluster.getComponentTemplate({ filter_path: COMPONENTS }, options)),
  ]);
  return {
    templates: index_templates.map(({ index_template }) => index_template),
    components: new Map(
      component_templates.map(({ name, component_template: { template } = { template: {} } }) => [
        name,
        template?.mappings?.properties ?? {},
      ]),
    ),
  };
};

/** The template that Elasticsearch would take: of those that match, the one of the highest priority. Two of one priority it refuses. */
const chosen = (templates: readonly Template[], name: string): Template | undefined =>
  templates
    .filter(({ index_patterns }) => [index_patterns].flat().some((pattern) => matchesPattern(name, pattern)))
    .sort((a, b) => Number(b.priority ?? 0) - Number(a.priority ?? 0))[0];

const isMapped = (properties: Properties, field: string): boolean => {
  if (field in properties) return true;
  return Object.entries(properties).some(
    ([name, property]) =>
      field.startsWith(`${name}.`) &&
      'properties' in property &&
      isMapped(property.properties ?? {}, field.slice(name.length + 1)),
  );
};

/**
 * Which of these fields the index template of each name maps, in itself or in a component. Composable templates only (`_index_template`): the older
 * `_template` is not looked at, and one that makes data streams makes no such index. Empty where they cannot be asked: for a key
 * without `monitor` on the cluster, say. An index is emptied then where it would be dropped.
 */
export const templateFields = async (
  client: Client,
  policy: RequestPolicy,
  names: readonly string[],
  fields: readonly string[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> => {
  try {
    const { templates, components } = await ask(client, policy);
    return new Map(
      names.flatMap((name) => {
        const template = chosen(templates, name);
        if (template === undefined || template.data_stream !== undefined) return [];
        const mappings = [
          template.template?.mappings?.properties ?? {},
          ...[template.composed_of ?? []].flat().map((component) => components.get(component) ?? {}),
        ];
        return [[name, new Set(fields.filter((field) => mappings.some((each) => isMapped(each, field))))] as const];
      }),
    );
  } catch {
    return new Map();
  }
};
