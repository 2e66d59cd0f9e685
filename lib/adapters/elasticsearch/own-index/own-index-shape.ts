import type { estypes } from '@elastic/elasticsearch';
import { hasOurMark, isOfLaterVersion, isRebuilding, MARK } from './own-index-mark.ts';
import { type FoundIndex, isChangeable, unfitSettings } from './own-index-settings.ts';

/** The intended form of one of our own indices. */
export interface OwnIndexShape {
  readonly name: string;
  /** All fields. */
  readonly mappings: estypes.MappingTypeMapping;
}

/** Sets everything explicitly, so that the template of somebody else cannot change it. */
export const settingsOf = (): estypes.IndicesIndexSettings => ({
  'index.number_of_shards': 1,
  'index.auto_expand_replicas': '0-1',
  'index.default_pipeline': '_none',
  'index.final_pipeline': '_none',
  'index.mode': 'standard',
});

/** The whole mapping, including the mark. */
export const mappingsOf = ({ mappings }: OwnIndexShape): estypes.MappingTypeMapping => ({
  ...mappings,
  dynamic: 'strict',
  _meta: MARK,
  _source: { enabled: true },
  _routing: { required: false },
});

export const templateName = (index: string): string => `es-retention-${index}`;

/**
 * The template of an own index. It outranks every other template. It also prevents that a write to a missing index
 * creates the index with a guessed mapping.
 */
export const templateOf = (shape: OwnIndexShape) => ({
  name: templateName(shape.name),
  index_patterns: [shape.name],
  priority: Number.MAX_SAFE_INTEGER,
  allow_auto_create: false,
  _meta: MARK,
  template: { settings: settingsOf(), mappings: mappingsOf(shape) },
});

/** The values that these settings must have if they are set. */
const REQUIRED: Readonly<Record<string, string>> = {
  'index.default_pipeline': '_none',
  'index.final_pipeline': '_none',
  'index.mode': 'standard',
  'index.mapping.source.mode': 'stored',
  'index.mapping.ignore_malformed': 'false',
  'index.mapping.coerce': 'true',
  'index.routing_partition_size': '1',
  'index.query.parse.allow_unmapped_fields': 'true',
};
/** Mapping settings that we do not set, and that the server may add by itself. */
const BY_SERVER = new Set(['index.mapping.exclude_source_vectors']);
/** This setting deletes an index by its age, whatever it contains. */
const LIFECYCLE = 'index.lifecycle.name';

/** Whether a mapping setting is not ours and can only be removed by rebuilding the index. */
const isStrange = (name: string): boolean =>
  name.startsWith('index.mapping.') && !Object.hasOwn(REQUIRED, name) && !BY_SERVER.has(name) && !isChangeable(name);

const settingDifferences = ({ settings }: FoundIndex): readonly string[] => [
  ...Object.entries(REQUIRED).flatMap(([name, required]) =>
    settings[name] === undefined || String(settings[name]) === required ? [] : [`${name} is not ${required}`],
  ),
  ...Object.entries(settings).flatMap(([name, value]) =>
    isStrange(name) ? [`${name} is ${value}, and is not ours`] : [],
  ),
  ...(settings[LIFECYCLE] === undefined || settings[LIFECYCLE] === '' ? [] : [`${LIFECYCLE} is set`]),
];

const isPlainSource = ({ enabled, mode, includes, excludes }: estypes.MappingSourceField = {}): boolean =>
  enabled !== false &&
  (mode === undefined || mode === 'stored') &&
  (includes?.length ?? 0) === 0 &&
  (excludes?.length ?? 0) === 0;

/** Whether an index can return its documents as they were written. */
export const holdsSource = ({ mappings, settings }: FoundIndex): boolean =>
  isPlainSource(mappings._source) &&
  ['stored', 'undefined'].includes(String(settings['index.mapping.source.mode'])) &&
  ['standard', 'undefined'].includes(String(settings['index.mode']));

type Properties = Readonly<Record<string, estypes.MappingProperty>>;

/** A mapping in comparable form: the server may write numbers and booleans as text, and keys in any order. */
const written = (field: estypes.MappingProperty): string =>
  JSON.stringify(
    Object.entries(field)
      .filter(([key, value]) => key !== 'properties' && !(key === 'type' && value === 'object'))
      .map(([key, value]) => [key, String(value)])
      .sort(([a = ''], [b = '']) => (a < b ? -1 : 1)),
  );

/**
 * Parameters of a field that only takes values from documents. Documents without such a field are written unchanged.
 */
const PLAIN = new Set(['type', 'format', 'index', 'doc_values', 'enabled']);

/** Whether an unknown field does not affect what we write. A script or a `copy_to` would affect our documents too. */
const isPlain = (field: estypes.MappingProperty): boolean =>
  Object.entries(field).every(([key, value]) =>
    key === 'properties' ? Object.values(value as Properties).every(isPlain) : PLAIN.has(key),
  ) && !['alias', 'constant_keyword', 'join', 'passthrough'].includes(String(field.type));

/**
 * Fields that are not ours. They were added by somebody else, unless the mark says that a later version of es-retention
 * made the mapping.
 */
const strangeFields = (made: Properties, found: Properties, isLater: boolean, path: string): readonly string[] =>
  Object.entries(found).flatMap(([name, field]) =>
    Object.hasOwn(made, name) || (isLater && isPlain(field)) ? [] : [`field "${path}${name}" is not ours`],
  );

const fieldDifferences = (made: Properties, found: Properties, isLater: boolean, path = ''): readonly string[] => [
  ...strangeFields(made, found, isLater, path),
  ...Object.entries(made).flatMap(([name, field]) => {
    const existing = found[name];
    if (existing === undefined) return [];
    if (written(field) !== written(existing)) return [`field "${path}${name}" is mapped otherwise`];
    const [inner, innerFound] = [field, existing].map((each) => ('properties' in each ? (each.properties ?? {}) : {}));
    return fieldDifferences(inner ?? {}, innerFound ?? {}, isLater, `${path}${name}.`);
  }),
];

/** Fields that an index lacks, because an earlier version of es-retention made it. */
export const missingFields = (made: Properties, found: Properties, path = ''): readonly string[] =>
  Object.entries(made).flatMap(([name, field]) => {
    const existing = found[name];
    if (existing === undefined) return [`${path}${name}`];
    if (!('properties' in field)) return [];
    return missingFields(
      field.properties ?? {},
      ('properties' in existing && existing.properties) || {},
      `${path}${name}.`,
    );
  });

/**
 * How an own index differs from what we create, one clause each. Missing fields do not count, and neither do plain
 * fields of a later version.
 */
export const differencesOf = ({ mappings: made }: OwnIndexShape, found: FoundIndex): readonly string[] => {
  const { mappings } = found;
  return [
    ...(isRebuilding(found) ? ['it is being made anew, and may lack documents'] : []),
    ...settingDifferences(found),
    ...unfitSettings(found).map(({ clause }) => clause),
    ...(isPlainSource(mappings._source) ? [] : ['_source is not kept whole']),
    ...(mappings._routing?.required === true ? ['_routing is required'] : []),
    ...(Object.keys(mappings.runtime ?? {}).length === 0 ? [] : ['it has runtime fields']),
    ...(mappings.dynamic === 'strict' ? [] : ['dynamic is not strict']),
    ...(hasOurMark(found) ? [] : ['_meta is not ours']),
    ...fieldDifferences(made.properties ?? {}, mappings.properties ?? {}, isOfLaterVersion(mappings)),
  ];
};
