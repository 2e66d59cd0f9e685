import type { Client, estypes } from '@elastic/elasticsearch';
import { ownValue } from '../../../base/objects.ts';
import { BLOCKS, type Block } from '../../../criteria/index-blocks.ts';
import type { IndexDescription, IndexState } from '../../../criteria/index-description.ts';
import { type RequestPolicy, request } from '../client/request.ts';
import { fitRequestLines } from '../client/request-line.ts';
import { waitsForCopies } from '../client/waits-for-copies.ts';
import { flatUpdates } from '../query/subobjects.ts';
import { assertSeesAll } from './assert-sees-all.ts';
import { fieldCapabilities, fieldCapabilitiesByName } from './field-capabilities.ts';
import { fieldFacts } from './field-facts.ts';
import { ignoredFields } from './ignored-fields.ts';
import { sourceFacts } from './index-source.ts';
import { EVERY_STATE, fieldMappings, indexStates, resolvedNames } from './index-states.ts';
import { mappingDigest } from './mapping-digest.ts';
import { searchedFields } from './searched-fields.ts';
import { shadowedMetadata } from './shadowed-metadata.ts';

const settingsOf = (state: estypes.IndicesIndexState): estypes.IndicesIndexSettings => state.settings?.index ?? {};

/** The setting is fixed when an index is created, or while it is closed. */
const refusesUnmapped = (settings: estypes.IndicesIndexSettings): boolean =>
  `${(settings.query as { readonly parse?: { readonly allow_unmapped_fields?: unknown } } | undefined)?.parse?.allow_unmapped_fields}` ===
  'false';

const isSet = (value: unknown): boolean => value === true || value === 'true';

const isUnnumbered = (settings: estypes.IndicesIndexSettings): boolean =>
  isSet((settings as { readonly disable_sequence_numbers?: unknown }).disable_sequence_numbers);

/**
 * Whether the documents of an index are copies, by its settings. Sources: `index.store.type` of mounted snapshots,
 * whole or partial; `index.xpack.ccr.following_index`, a private setting of follower indices.
 */
export const indexKindOf = (state: estypes.IndicesIndexState): IndexDescription['kind'] => {
  const { store, xpack } = settingsOf(state) as {
    readonly store?: { readonly type?: string };
    readonly xpack?: { readonly ccr?: { readonly following_index?: unknown } };
  };
  if (store?.type === 'snapshot') return 'searchable-snapshot';
  return isSet(xpack?.ccr?.following_index) ? 'follower-index' : undefined;
};

/** Uuid, blocks and aliases of one index, from the aliases and settings in `GET <index>`. */
export const indexStateOf = (state: estypes.IndicesIndexState): IndexState => {
  const settings = settingsOf(state);
  const blocks = (settings.blocks ?? {}) as Partial<Record<Block, unknown>>;
  return {
    uuid: settings.uuid ?? '',
    blocks: BLOCKS.filter((block) => isSet(blocks[block])),
    aliases: Object.entries(state.aliases ?? {}).map(([name, { is_write_index }]) => ({
      name,
      ...(is_write_index === undefined ? {} : { isWriteIndex: is_write_index }),
    })),
    ...(state.data_stream === undefined ? {} : { dataStream: state.data_stream }),
  };
};

/** Adds the parent objects of each field, or the parent of a sub-field: `uin` of `uin.keyword`. */
const withParents = (fields: readonly string[]): readonly string[] => [
  ...new Set(fields.flatMap((field) => field.split('.').map((_, at, parts) => parts.slice(0, at + 1).join('.')))),
];

const asWildcard = (name: string): string => (name.includes('*') ? name : `${name}*`);

interface Described {
  readonly resolved: estypes.IndicesResolveIndexResponse;
  /** Attributes of each index: open, hidden, system index. */
  readonly attributes: ReadonlyMap<string, readonly string[]>;
  readonly states: estypes.IndicesGetResponse;
  readonly health: estypes.ClusterHealthResponse;
  /** One answer, or several if some index cannot be asked together with the others. */
  readonly capabilities: readonly estypes.FieldCapsResponse[];
  readonly mappings: estypes.IndicesGetFieldMappingResponse;
  readonly refusesScripts: boolean;
}

/**
 * The attributes of every resolved index. The answer to the pattern lacks the attributes of an index behind an alias or
 * data stream, so that index is asked by name.
 */
const attributesOf = async (
  client: Client,
  requests: RequestPolicy,
  resolved: estypes.IndicesResolveIndexResponse,
): Promise<Described['attributes']> => {
  const resolvedIndices = new Set(resolved.indices.map(({ name }) => name));
  const found = [...resolved.indices];
  for (const name of fitRequestLines(resolvedNames(resolved).filter((each) => !resolvedIndices.has(each)))) {
    const answer = await request(requests, `describing ${name.join(', ')}`, (options) =>
      client.indices.resolveIndex({ name: [...name], ...EVERY_STATE }, options),
    );
    found.push(...answer.indices);
  }
  return new Map(found.map(({ name, attributes }) => [name, attributes]));
};

const statusOf = (health: estypes.ClusterHealthResponse, index: string): IndexDescription['health'] =>
  (ownValue(health.indices, index)?.status.toLowerCase() as IndexDescription['health'] | undefined) ?? 'red';

/**
 * Sends seven requests for any number of indices: requests contain the patterns, and only answers contain the indices.
 * Sends a few more if an index that cannot be searched must be left out, or if an alias leads to an index.
 */
const ask = async (
  client: Client,
  requests: RequestPolicy,
  patterns: readonly string[],
  fields: readonly string[],
  refusesScripts: () => Promise<boolean>,
): Promise<Described> => {
  const index = [...patterns];
  const named = withParents(fields);
  // A field with sub-fields is an object. The answer names it only if its sub-fields are requested too.
  const capable = [...named, ...fields.map((field) => `${field}.*`)];
  const doing = `describing ${patterns.join(', ')}`;
  const resolving = request(requests, doing, (options) =>
    client.indices.resolveIndex({ name: index, ...EVERY_STATE }, options),
  );
  const reading = indexStates(client, requests, patterns, fields, async () => resolvedNames(await resolving));
  const [resolved, states, health, together, mappings, areScriptsRefused] = await Promise.all([
    resolving,
    reading,
    request(requests, doing, (options) =>
      // The request would wait for a named index that does not exist, so the names are given as wildcards. Other
      // indices that match are ignored.
      client.cluster.health({ index: index.map(asWildcard), level: 'indices', expand_wildcards: 'all' }, options),
    ),
    // Runs after the states were read. If something changes in between, the digest is outdated and equals no later
    // digest.
    reading.then(() => fieldCapabilities(client, requests, index, capable)),
    reading.then((read) => fieldMappings(client, requests, patterns, named, async () => Object.keys(read))),
    refusesScripts(),
    assertSeesAll(client, requests, patterns),
  ]);
  const askable = Object.entries(states)
    .filter(([name, state]) => statusOf(health, name) !== 'red' && !indexStateOf(state).blocks.includes('read'))
    .map(([name]) => name);
  return {
    resolved,
    attributes: await attributesOf(client, requests, resolved),
    states,
    health,
    capabilities:
      together === undefined ? await fieldCapabilitiesByName(client, requests, askable, capable) : [together],
    mappings,
    refusesScripts: areScriptsRefused,
  };
};

const fieldsOf = (
  { capabilities, mappings }: Described,
  index: string,
  state: estypes.IndicesIndexState,
  asked: readonly string[],
) =>
  searchedFields(
    asked,
    fieldFacts(
      index,
      capabilities.find(({ indices }) => [indices].flat().includes(index)),
      ownValue(mappings, index)?.mappings,
      state.mappings,
    ),
    ownValue(mappings, index)?.mappings,
    state.mappings,
  );

/** The known facts about an index that refuses to return its settings. */
const METADATA_BLOCKED: estypes.IndicesIndexState = { settings: { index: { blocks: { metadata: true } } } };

/**
 * Describes every concrete index that the patterns match, as planning needs it.
 * @param refusesScripts whether the cluster refuses expensive queries.
 * @throws InputError | TransientError if the cluster does not answer.
 */
export const describeIndices = async (
  client: Client,
  requests: RequestPolicy,
  patterns: readonly string[],
  fields: readonly string[],
  refusesScripts: () => Promise<boolean>,
): Promise<readonly IndexDescription[]> => {
  const answers = await ask(client, requests, patterns, fields, refusesScripts);
  const asked = withParents(fields);
  const writeIndices = new Set(
    answers.resolved.data_streams.map(({ backing_indices }) => [backing_indices].flat().at(-1)),
  );
  const capable = new Set(answers.capabilities.flatMap(({ indices }) => indices));

  const blocked = resolvedNames(answers.resolved).filter((name) => !Object.hasOwn(answers.states, name));
  return [...Object.entries(answers.states), ...blocked.map((name) => [name, METADATA_BLOCKED] as const)]
    .map(([name, state]): IndexDescription => {
      const settings = settingsOf(state);
      const has = (attribute: string): boolean => answers.attributes.get(name)?.includes(attribute) ?? false;
      const open = !has('closed') && !isSet(settings.verified_before_close);
      const described = indexStateOf(state);
      const kind = indexKindOf(state);
      const leavesOut = ignoredFields(fields, state);
      const shadows = shadowedMetadata(state.mappings ?? {});
      const flat = flatUpdates(fields, state.mappings);
      return {
        ...described,
        name,
        open,
        health: statusOf(answers.health, name),
        answers: capable.has(name) && Object.hasOwn(answers.states, name),
        ...(refusesUnmapped(settings) && { refusesUnmapped: true as const }),
        hidden: isSet(settings.hidden),
        system: has('system'),
        ...(kind !== undefined && { kind }),
        dataStreamWriteIndex: writeIndices.has(name),
        primaries: Number(settings.number_of_shards ?? 1),
        ...(settings.max_result_window !== undefined && { resultWindow: Number(settings.max_result_window) }),
        ...(waitsForCopies(settings, statusOf(answers.health, name)) && { waitsForCopies: true as const }),
        ...(isUnnumbered(settings) && { unnumbered: true as const }),
        ...fieldsOf(answers, name, state, asked),
        read: { fields, digest: mappingDigest(state, fields) },
        ...(shadows.length > 0 && { shadows }),
        ...(leavesOut.size > 0 && { leavesOut }),
        ...(flat.size > 0 && { flat }),
        ...sourceFacts(state),
        ...(answers.refusesScripts && { refusesScripts: true as const }),
      };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
};
