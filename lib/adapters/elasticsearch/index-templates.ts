import type { Client, estypes } from '@elastic/elasticsearch';
import { matchesPattern } from '../../policy/index-pattern.ts';
import type { RuleFields } from '../../purge/document-store.ts';
import { EXACT_TYPES } from '../../purge/identifier-field.ts';
import { type RequestPolicy, request } from './request.ts';

type Template = estypes.IndicesGetIndexTemplateIndexTemplateItem['index_template'];
type Properties = Readonly<Record<string, estypes.MappingProperty>>;

const MAPPINGS = ['template.mappings.properties', 'template.mappings._source'];
const TEMPLATES = ['index_patterns', 'priority', 'composed_of', 'data_stream', ...MAPPINGS].map(
  (part) => `index_templates.index_template.${part}`,
);
const COMPONENTS = ['name', ...MAPPINGS.map((part) => `component_template.${part}`)].map(
  (part) => `component_templates.${part}`,
);

interface Templates {
  readonly templates: readonly Template[];
  readonly components: ReadonlyMap<string, estypes.MappingTypeMapping>;
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
        template?.mappings ?? {},
      ]),
    ),
  };
};

/** The template that Elasticsearch would take: of those that match, the one of the highest priority. Two of one priority it refuses. */
const chosen = (templates: readonly Template[], name: string): Template | undefined =>
  templates
    .filter(({ index_patterns }) => [index_patterns].flat().some((pattern) => matchesPattern(name, pattern)))
    .sort((a, b) => Number(b.priority ?? 0) - Number(a.priority ?? 0))[0];

const propertyOf = (properties: Properties, field: string): estypes.MappingProperty | undefined =>
  properties[field] ??
  Object.entries(properties)
    .filter(([name, { type }]) => field.startsWith(`${name}.`) && (type === undefined || type === 'object'))
    .map(([name, property]) => ({ name, inner: 'properties' in property ? property.properties : undefined }))
    .map(({ name, inner = {} }) => propertyOf(inner, field.slice(name.length + 1)))
    .find((property) => property !== undefined);

const DATES = new Set(['date', 'date_nanos']);

/** Parameters that keep the rules from reading a field of the right type: switched off, or filled with what is not the document's own. */
const isPlain = (property: object): boolean =>
  ['normalizer', 'script', 'null_value'].every((name) => !(name in property)) &&
  ['index', 'doc_values'].every((name) => !(name in property) || String(property[name as never]) === 'true');

/** The definition of a field that counts: that of the last mapping that has one. */
const isReadable = (mappings: readonly estypes.MappingTypeMapping[], field: string, types: ReadonlySet<string>) => {
  const property = mappings.map(({ properties = {} }) => propertyOf(properties, field)).findLast(Boolean);
  return property !== undefined && types.has(property.type ?? 'object') && isPlain(property);
};

const keepsNoSource = ({ _source }: estypes.MappingTypeMapping): boolean => String(_source?.enabled) === 'false';

/**
 * Which of these fields the index template of each name maps so that the rules can read them, in itself or in a component. None where it
 * switches `_source` off. Composable templates only (`_index_template`): the older
 * `_template` is not looked at, and one that makes data streams makes no such index. Empty where they cannot be asked: for a key
 * without `monitor` on the cluster, say. An index is emptied then where it would be dropped.
 */
export const templateFields = async (
  client: Client,
  policy: RequestPolicy,
  names: readonly string[],
  { dates, identifiers }: RuleFields,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> => {
  try {
    const { templates, components } = await ask(client, policy);
    return new Map(
      names.flatMap((name) => {
        const template = chosen(templates, name);
        if (template === undefined || template.data_stream !== undefined) return [];
        // The later stands before the earlier, and the template's own before its components'.
        const mappings = [
          ...[template.composed_of ?? []].flat().map((component) => components.get(component) ?? {}),
          template.template?.mappings ?? {},
        ];
        if (mappings.some(keepsNoSource)) return [[name, new Set<string>()] as const];
        const readable = [
          ...dates.filter((field) => isReadable(mappings, field, DATES)),
          ...identifiers.filter((field) => isReadable(mappings, field, EXACT_TYPES)),
        ];
        return [[name, new Set(readable)] as const];
      }),
    );
  } catch {
    return new Map();
  }
};
