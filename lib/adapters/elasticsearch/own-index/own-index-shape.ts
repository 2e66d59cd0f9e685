import type { estypes } from '@elastic/elasticsearch';
import type { FoundIndex } from '../inspect/found-index.ts';
import { hasOurMark, isOfLaterVersion, isRebuilding, MARK } from './own-index-mark.ts';
import { isChangeable, unfitSettings } from './own-index-settings.ts';

/** An index of ours as we make it. */
export interface OwnIndexShape {
  readonly name: string;
  /** Every field. */
  readonly mappings: estypes.MappingTypeMapping;
}

/** Nothing that a template of somebody else could add is left to chance. */
export const settingsOf = (): estypes.IndicesIndexSettings => ({
  'index.number_of_shards': 1,
  'index.auto_expand_replicas': '0-1',
  'index.default_pipeline': '_none',
  'index.final_pipeline': '_none',
  'index.mode': 'standard',
});

/** The whole mapping, the mark among it. */
export const mappingsOf = ({ mappings }: OwnIndexShape): estypes.MappingTypeMapping => ({
  ...mappings,
  dynamic: 'strict',
  _meta: MARK,
  _source: { enabled: true },
  _routing: { required: false },
});

/** What the template of an own index is called. */
export const templateName = (index: string): string => `es-retention-${index}`;

/**
 * The template of an own index: it outranks every other, and keeps a write that meets no index from making one with a guessed
 * mapping.
 */
export const templateOf = (shape: OwnIndexShape) => ({
  name: templateName(shape.name),
  index_patterns: [shape.name],
  priority: Number.MAX_SAFE_INTEGER,
  allow_auto_create: false,
  _meta: MARK,
  template: { settings: settingsOf(), mappings: mappingsOf(shape) },
});

/** What each of these settings must be, where it is set at all. */
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
/** Settings of mappings that we set not, and that the server may add by itself. */
const BY_SERVER = new Set(['index.mapping.exclude_source_vectors']);
/** Deletes an index by its age, whatever it holds. */
const LIFECYCLE = 'index.lifecycle.name';

/** A setting of a mapping that we do not set, and that only making the index anew takes away. */
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

/** Whether the documents of an index can be had back as they were written. */
export const holdsSource = ({ mappings, settings }: FoundIndex): boolean =>
  isPlainSource(mappings._source) &&
  ['stored', 'undefined'].includes(String(settings['index.mapping.source.mode'])) &&
  ['standard', 'undefined'].includes(String(settings['index.mode']));

type Properties = Readonly<Record<string, estypes.MappingProperty>>;

/** As the server writes a mapping: numbers and booleans may be texts, keys come in any order. */
const written = (field: estypes.MappingProperty): string =>
  JSON.stringify(
    Object.entries(field)
      .filter(([key, value]) => key !== 'properties' && !(key === 'type' && value === 'object'))
      .map(([key, value]) => [key, String(value)])
      .sort(([a = ''], [b = '']) => (a < b ? -1 : 1)),
  );

/** What a field may say that takes its values from documents alone, so that documents without it are written as ever. */
const PLAIN = new Set(['type', 'format', 'index', 'doc_values', 'enabled']);

/** Whether a field that we do not know changes nothing of what we write. A script or a `copy_to` acts on documents of ours too. */
const isPlain = (field: estypes.MappingProperty): boolean =>
  Object.entries(field).every(([key, value]) =>
    key === 'properties' ? Object.values(value as Properties).every(isPlain) : PLAIN.has(key),
  ) && !['alias', 'constant_keyword', 'join', 'passthrough'].includes(String(field.type));

/** Fields beyond ours: somebody else's, unless the mark says that a later version of es-retention made the mapping. */
const strangeFields = (made: Properties, found: Properties, isLater: boolean, path: string): readonly string[] =>
  Object.entries(found).flatMap(([name, field]) =>
    Object.hasOwn(made, name) || (isLater && isPlain(field)) ? [] : [`field "${path}${name}" is not ours`],
  );

const fieldDifferences = (made: Properties, found: Properties, isLater: boolean, path = ''): readonly string[] => [
  ...strangeFields(made, found, isLater, path),
  ...Object.entries(made).flatMap(([name, field]) => {
    const there = found[name];
    if (there === undefined) return [];
    if (written(field) !== written(there)) return [`field "${path}${name}" is mapped otherwise`];
    const [inner, innerFound] = [field, there].map((each) => ('properties' in each ? (each.properties ?? {}) : {}));
    return fieldDifferences(inner ?? {}, innerFound ?? {}, isLater, `${path}${name}.`);
  }),
];

/** Fields that an index lacks: of a later version of es-retention. */
export const missingFields = (made: Properties, found: Properties, path = ''): readonly string[] =>
  Object.entries(made).flatMap(([name, field]) => {
    const there = found[name];
    if (there === undefined) return [`${path}${name}`];
    if (!('properties' in field)) return [];
    return missingFields(field.properties ?? {}, ('properties' in there && there.properties) || {}, `${path}${name}.`);
  });

/**
 * How an index of ours differs from what we make, one clause each. Fields that it lacks do not count, nor plain ones of a later version. Pure.
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
