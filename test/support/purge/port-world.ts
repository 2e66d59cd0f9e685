import type { estypes } from '@elastic/elasticsearch';
import type { Backend } from '../../../lib/app/backend.ts';
import type { Block } from '../../../lib/criteria/index-blocks.ts';
import type { AliasFacts, FieldFacts, IndexDescription } from '../../../lib/criteria/index-description.ts';
import { type Instant, isoInstant } from '../../../lib/policy/time/instant.ts';
import type { Target } from '../../../lib/purge/document-remover.ts';
import type { Ports } from '../../../lib/purge/purge.ts';
import { usableFieldsOf } from '../../../lib/rules/field-mapping.ts';
import { TEST_ENVIRONMENT } from '../erasure/key-ring-text.ts';
import { inMemoryBackend } from '../in-memory/in-memory-backend.ts';
import { InMemoryCluster, type InMemoryDocument } from '../in-memory/in-memory-cluster.ts';
import { inMemoryPorts } from '../in-memory/in-memory-ports.ts';
import { madeOnce } from '../run/made-once.ts';
import { portsAt } from './ports-at.ts';
import { NOW, PROPERTIES, type PurgeFixture, purgeFixture } from './purge-fixture.ts';

/** How an index of a contract test differs from an ordinary one, which is open and maps both date fields as dates. */
interface IndexShape {
  readonly aliases?: readonly AliasFacts[];
  readonly shards?: number;
  /** Its timestamp is mapped as text. */
  readonly timestampIsText?: boolean;
  /** The mapping of its account. Default: keyword. */
  readonly account?: { readonly type: 'keyword' | 'long'; readonly ignoreAbove?: number };
  /** Its ingested field is not mapped, and documents cannot add it. */
  readonly leavesOutIngested?: boolean;
  /** Its ingested field is not mapped yet. */
  readonly lacksIngested?: boolean;
  /** It stores no `_source`. */
  readonly hasNoSource?: boolean;
}

/** One implementation of the ports, with functions to fill and inspect it without them. */
export interface PortWorld {
  readonly fixture: PurgeFixture;
  readonly ports: Ports;
  /** Other ports of a store. */
  readonly beside: Pick<Backend, 'accountReader' | 'catalogue' | 'dateWriter'>;
  /** The clock of the ports. Change it to let time pass. */
  readonly time: { now: Instant };
  create(suffix: string, shape?: IndexShape): Promise<string>;
  add(index: string, documents: Readonly<Record<string, Partial<InMemoryDocument>>>): Promise<void>;
  /** Sets a block by the index's settings, as a person does. */
  block(index: string, block: Block): Promise<void>;
  unblock(index: string, block: Block): Promise<void>;
  /** Lets the account field index texts of any length. Earlier documents stay as they were indexed. */
  liftIgnoreAbove(index: string): Promise<void>;
  /** Makes the mapping ignore the ingested field from now on. */
  leaveOutIngested(index: string): Promise<void>;
  /** Adds a run-time field that hides this metadata field. */
  shadow(index: string, name: string): Promise<void>;
  close(index: string): Promise<void>;
  /** Ids of the existing documents, sorted; undefined if the index is gone. */
  left(index: string): Promise<readonly string[] | undefined>;
}

const inMemory = (): PortWorld => {
  const fixture = purgeFixture();
  const time = { now: NOW };
  const cluster = new InMemoryCluster();
  cluster.templates = [`${fixture.id}-*`];
  return {
    fixture,
    time,
    ports: inMemoryPorts(cluster, () => time.now),
    beside: inMemoryBackend(cluster, fixture.policy, () => time.now),
    create: async (suffix, shape = {}) => {
      const { aliases = [], shards = 1, timestampIsText = false, account, hasNoSource, leavesOutIngested } = shape;
      const { description } = cluster.create(`${fixture.id}-${suffix}`, {
        aliases,
        primaries: shards,
        ...(hasNoSource && { source: { kept: 'disabled' } }),
      });
      if (account !== undefined)
        cluster.describe(description.name, {
          fields: new Map([...description.fields, ['uin', { searchable: true, aggregatable: true, ...account }]]),
        });
      const text = { type: 'text', searchable: true, aggregatable: false };
      if (timestampIsText)
        cluster.describe(description.name, { fields: new Map([...description.fields, ['@timestamp', text]]) });
      if (leavesOutIngested || shape.lacksIngested)
        cluster.describe(description.name, {
          fields: new Map([...description.fields].filter(([field]) => field !== 'event.ingested')),
          ...(leavesOutIngested && { leavesOut: new Map([['event.ingested', 'always']]) }),
        });
      return description.name;
    },
    add: async (index, documents) => {
      for (const [id, document] of Object.entries(documents))
        cluster.write(index, id, { timestamps: [], ingested: [], ...document });
    },
    block: async (index, block) => cluster.describe(index, { blocks: [block] }),
    unblock: async (index) => cluster.describe(index, { blocks: [] }),
    liftIgnoreAbove: async (index) => {
      const { fields } = cluster.existing(index).description;
      const { ignoreAbove: _, ...uin } = fields.get('uin') as FieldFacts;
      cluster.describe(index, { fields: new Map([...fields, ['uin', uin]]) });
    },
    leaveOutIngested: async (index) => cluster.describe(index, { leavesOut: new Map([['event.ingested', 'always']]) }),
    shadow: async (index, name) => cluster.describe(index, { shadows: [name] }),
    close: async (index) => cluster.describe(index, { open: false }),
    left: async (index) => {
      const documents = cluster.indices.get(index)?.documents;
      return documents && [...documents.keys()].sort();
    },
  };
};

/** A document in the form for Elasticsearch. Absent fields are left out, not null. */
export const sourceOf = ({
  timestamps = [],
  ingested = [],
  malformed,
  uin = [],
  sdkAppId = [],
  unindexed = [],
  unseen = {},
}: Partial<InMemoryDocument>): object => ({
  ...(uin.length + unindexed.length > 0 && { uin: [...uin, ...unindexed] }),
  ...(sdkAppId.length > 0 && { sdkAppId }),
  ...((timestamps.length > 0 || malformed === true) && {
    '@timestamp': [...timestamps.map(isoInstant), ...(malformed === true ? ['yesterday'] : [])],
  }),
  ...(unseen.timestamp !== undefined && { '@timestamp': unseen.timestamp.map(isoInstant) }),
  ...(ingested.length > 0 && { event: { ingested: ingested.map(isoInstant) } }),
  ...(unseen.ingested !== undefined && { event: { ingested: unseen.ingested.map(isoInstant) } }),
});

const aliasesOf = (aliases: readonly AliasFacts[]): Record<string, estypes.IndicesAlias> =>
  Object.fromEntries(
    aliases.map(({ name, isWriteIndex }) => [
      name,
      { ...(isWriteIndex !== undefined && { is_write_index: isWriteIndex }) },
    ]),
  );

const accountProperty = ({ type, ignoreAbove }: NonNullable<IndexShape['account']>): estypes.MappingProperty =>
  type === 'long'
    ? { type, ignore_malformed: true }
    : { type, ...(ignoreAbove !== undefined && { ignore_above: ignoreAbove }) };

/**
 * Creates an index before the fixture's index template exists, which would map the field. So it must be the first index
 * of a test.
 */
const createWithoutIngested = async (
  { client, id }: PurgeFixture,
  suffix: string,
  { hasNoSource, lacksIngested = false }: IndexShape,
): Promise<string> => {
  const index = `${id}-${suffix}`;
  const { event: _, ...properties } = PROPERTIES;
  const mappings = { dynamic: lacksIngested, properties, ...(hasNoSource && { _source: { enabled: false } }) } as const;
  await client.indices.create({ index, settings: { number_of_replicas: 0 }, mappings });
  return index;
};

const onElasticsearch = (): PortWorld => {
  const fixture = purgeFixture();
  const { client, policy } = fixture;
  const time = { now: NOW };
  const requests = { timeout: () => 30_000, firstWait: 20 };
  const { backend, ...ports } = portsAt(client, policy, requests, () => time.now, requests, TEST_ENVIRONMENT);
  return {
    fixture,
    time,
    ports,
    beside: backend,
    create: async (suffix, shape = {}) => {
      const { aliases = [], shards = 1, timestampIsText = false, account, hasNoSource, leavesOutIngested } = shape;
      if (leavesOutIngested || shape.lacksIngested) return createWithoutIngested(fixture, suffix, shape);
      return fixture.createIndex(
        suffix,
        {},
        {
          settings: { number_of_shards: shards },
          aliases: aliasesOf(aliases),
          properties: {
            '@timestamp': timestampIsText ? { type: 'text' } : { type: 'date', ignore_malformed: true },
            ...(account && { uin: accountProperty(account) }),
          },
          ...(hasNoSource && { source: { enabled: false } }),
        },
      );
    },
    add: (index, documents) =>
      fixture.add(
        index,
        Object.fromEntries(Object.entries(documents).map(([id, document]) => [id, sourceOf(document)])),
        false,
      ),
    block: async (index, block) => {
      await client.indices.putSettings({ index, settings: { [`index.blocks.${block}`]: true } });
    },
    unblock: async (index, block) => {
      await client.indices.putSettings({ index, settings: { [`index.blocks.${block}`]: null } });
    },
    liftIgnoreAbove: async (index) => {
      const properties = { uin: { type: 'keyword', ignore_above: 256 } } as const;
      await client.indices.putMapping({ index, properties });
    },
    leaveOutIngested: async (index) => {
      await client.indices.putMapping({ index, dynamic: false });
    },
    shadow: async (index, name) => {
      await client.indices.putMapping({ index, runtime: { [name]: { type: 'keyword' } } });
    },
    close: async (index) => {
      await client.indices.close({ index });
    },
    left: fixture.left,
  };
};

/** The two implementations that must behave alike: the fake and the real server. Call one inside a test. */
export const PORT_WORLDS = [
  ['in memory', inMemory],
  ['on Elasticsearch', onElasticsearch],
] as const;

/** A world with one index, which holds one document. */
interface OneDocument {
  readonly world: PortWorld;
  readonly index: string;
}

/**
 * One world for the rows of a table. They have one index for each shape, and each row replaces its only document. Call
 * it in a `describe` of the table.
 */
export const oneDocumentEach = (
  worldOf: () => PortWorld,
): ((document: Partial<InMemoryDocument>, shape?: IndexShape) => Promise<OneDocument>) => {
  const made = madeOnce(async () => ({ world: worldOf(), indices: new Map<string, string>() }));
  return async (document, shape = {}) => {
    const { world, indices } = made();
    const key = JSON.stringify(shape);
    const index = indices.get(key) ?? (await world.create(`shape-${indices.size}`, shape));
    indices.set(key, index);
    await world.add(index, { document });
    return { world, index };
  };
};

/** The descriptions of all indices, by name. */
export const describeAll = async ({ ports, fixture }: PortWorld): Promise<ReadonlyMap<string, IndexDescription>> => {
  const described = await ports.store.describe(fixture.category.indices, [
    '@timestamp',
    'event.ingested',
    'uin',
    'sdkAppId',
  ]);
  return new Map(described.map((description) => [description.name, description]));
};

/** One index as a target for the executor. */
export const targetOf = async (world: PortWorld, index: string): Promise<Target> => {
  const description = (await describeAll(world)).get(index);
  if (description === undefined) throw new Error(`${index} is not described`);
  const { name, uuid, primaries, resultWindow } = description;
  const window = resultWindow === undefined ? {} : { resultWindow };
  return { name, uuid, primaries, ...window, usable: usableFieldsOf(description, world.fixture.category) };
};
