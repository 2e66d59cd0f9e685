import type { Client, estypes } from '@elastic/elasticsearch';
import { ownValue } from '../../../base/objects.ts';
import type { DateForm, RewriteFacts } from '../../../maintenance/backfill-obstacle.ts';
import { type Instant, isoInstant } from '../../../policy/time/instant.ts';
import { type RequestPolicy, request } from '../client/request.ts';
import { fitRequestLines } from '../client/request-line.ts';
import { EVERY_STATE } from '../inspect/index-states.ts';
import { type FlatBranch, flatUpdate, isFlat } from '../query/subobjects.ts';

const WANTED = [
  '*.mappings._source',
  '*.settings.index.mapping.source.mode',
  '*.settings.index.final_pipeline',
  '*.settings.index.mapping.exclude_source_vectors',
  '*.defaults.index.mapping.exclude_source_vectors',
  '*.mappings.properties',
  '*.mappings.subobjects',
];

/** The value by which Elasticsearch says that no pipeline is set. */
const NO_PIPELINE = '_none';

const isNamed = (list: string | readonly string[] | undefined): boolean =>
  list !== undefined && [list].flat().length > 0;

const VECTORS = new Set(['dense_vector', 'rank_vectors', 'sparse_vector']);

const holdsVectors = (properties: Record<string, estypes.MappingProperty> | undefined): boolean =>
  Object.values(properties ?? {}).some(
    (property) =>
      VECTORS.has(property.type ?? '') ||
      holdsVectors('properties' in property ? property.properties : undefined) ||
      holdsVectors('fields' in property ? property.fields : undefined),
  );

/**
 * Whether vectors are kept out of `_source`, which is the default since 9.2. They are restored from the index. Tried on
 * 9.4.3: writing a document again changes the vectors that it shows.
 */
const isWithoutVectors = ({ mappings, settings, defaults }: estypes.IndicesIndexState): boolean => {
  const setting = [settings, defaults].map(
    (each) =>
      (each?.index?.mapping as { readonly exclude_source_vectors?: unknown } | undefined)?.exclude_source_vectors,
  );
  return `${setting.find((value) => value !== undefined)}` === 'true' && holdsVectors(mappings?.properties);
};

/**
 * Synthetic source is rebuilt at each read. Tried on 9.4.3: writing a document again loses no more than the first write
 * lost.
 */
const lossySource = (state: estypes.IndicesIndexState): string | undefined => {
  const { mappings, settings } = state;
  const source = mappings?._source;
  if (source?.enabled === false || source?.mode === 'disabled') return '_source is disabled';
  if (settings?.index?.mapping?.source?.mode === 'disabled') return 'index.mapping.source.mode is disabled';
  if (isNamed(source?.excludes)) return '_source.excludes';
  if (isNamed(source?.includes)) return '_source.includes';
  return isWithoutVectors(state) ? 'vectors that are not in _source (index.mapping.exclude_source_vectors)' : undefined;
};

interface Branch extends FlatBranch {
  readonly format?: string;
  readonly copy_to?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Branch>>;
}

/** The children of an object on the path of a dotted name, each with the rest of the name. */
const childrenOnPath = ({ properties = {} }: Branch, name: string): readonly (readonly [string, Branch, string])[] =>
  Object.entries(properties)
    .filter(([each]) => name.startsWith(`${each}.`))
    .map(([each, child]) => [each, child, name.slice(each.length + 1)] as const);

const fieldOf = (branch: Branch, name: string): Branch | undefined =>
  ownValue(branch.properties, name) ??
  childrenOnPath(branch, name)
    .map(([, child, rest]) => fieldOf(child, rest))
    .find((found) => found !== undefined);

/** The first parent part of a dotted name that is not mapped as an object. */
const holderOf = (branch: Branch, name: string, above = ''): string | undefined => {
  // Without subobjects, a dotted name can be mapped beside its own prefix.
  if (isFlat(branch) || ownValue(branch.properties, name) !== undefined) return undefined;
  return childrenOnPath(branch, name)
    .map(([each, child, rest]) => {
      const { type = 'object' } = child;
      const isObject = type === 'object' || type === 'passthrough';
      return isObject ? holderOf(child, rest, `${above}${each}.`) : `"${above}${each}" mapped as ${type}`;
    })
    .find((found) => found !== undefined);
};

const ISO = /^(?:strict_)?(?:date_optional_time(?:_nanos)?|date_time)$|^iso8601$/;

/**
 * The form in which a field with that format accepts an instant. All alternatives are tried from left to right, because
 * a number that is read in another unit would be a different date.
 */
const formOf = (format: string): DateForm | undefined => {
  const alternatives = format.split('||').map((each) => each.trim());
  if (alternatives.some((each) => ISO.test(each))) return 'iso';
  return alternatives.find((each) => each === 'epoch_millis' || each === 'epoch_second') as DateForm | undefined;
};

/** By default, a date field has the format `strict_date_optional_time||epoch_millis`. */
const USUAL_FORMAT = 'strict_date_optional_time';

/** The fields into which values of the field are copied, and the mapping update that stops the copying. */
const copiedBy = (mapping: Branch, name: string) => {
  const field = fieldOf(mapping, name);
  const to = [field?.copy_to ?? []].flat();
  const leaf = { ...field, copy_to: [] };
  const without =
    flatUpdate(name, mapping, leaf) ??
    name.split('.').reduceRight<object>((inner, part) => ({ properties: { [part]: inner } }), leaf);
  return to.length === 0 ? undefined : { to, without };
};

const factsOf = (state: estypes.IndicesIndexState, ingestedField: string): RewriteFacts => {
  const lossy = lossySource(state);
  const pipeline = state.settings?.index?.final_pipeline;
  const mapping = (state.mappings ?? {}) as Branch;
  const field = fieldOf(mapping, ingestedField);
  const { format = USUAL_FORMAT } = field ?? {};
  const copied = copiedBy(mapping, ingestedField);
  const form = formOf(format);
  const heldBy = holderOf(mapping, ingestedField);
  return {
    format,
    ...(form !== undefined && { form }),
    ...(heldBy !== undefined && { heldBy }),
    ...(copied !== undefined && { copied }),
    ...(lossy !== undefined && { lossySource: lossy }),
    ...(pipeline !== undefined && pipeline !== NO_PIPELINE && { finalPipeline: pipeline }),
  };
};

/**
 * An instant in the form that a field accepts, as text: Elasticsearch may print a large number in a form that no format
 * accepts.
 */
export const dateTextFor = (at: Instant, form: DateForm): string => {
  if (form === 'iso') return isoInstant(at);
  return form === 'epoch_millis' ? `${at}` : `${at / 1_000}`;
};

/**
 * For each of these indices, the facts about writing a document again.
 * @throws InputError | TransientError if the cluster does not answer.
 */
export const rewriteFacts = async (
  client: Client,
  requests: RequestPolicy,
  names: readonly string[],
  ingestedField: string,
): Promise<ReadonlyMap<string, RewriteFacts>> => {
  const facts = new Map<string, RewriteFacts>();
  for (const index of fitRequestLines(names)) {
    const states = await request(requests, 'asking how documents are written', (options) =>
      client.indices.get(
        {
          index: [...index],
          ...EVERY_STATE,
          features: ['mappings', 'settings'],
          include_defaults: true,
          filter_path: [...WANTED, '*.settings.index.uuid'],
        },
        options,
      ),
    );
    for (const [name, state] of Object.entries(states)) facts.set(name, factsOf(state, ingestedField));
  }
  return facts;
};
