import { randomUUID } from 'node:crypto';
import type { Client, ClientOptions, estypes } from '@elastic/elasticsearch';
import { createClient } from '../../../lib/adapters/elasticsearch/client/client.ts';
import { identifyCluster } from '../../../lib/adapters/elasticsearch/client/identify-cluster.ts';
import { ownIndices } from '../../../lib/policy/own-indices.ts';
import { parseRetentionPolicy } from '../../../lib/policy/parsing/parse-retention-policy.ts';
import type { Category, RetentionPolicy } from '../../../lib/policy/retention-policy.ts';
import { DAY, HOUR } from '../../../lib/policy/time/duration.ts';
import { type Instant, isoInstant } from '../../../lib/policy/time/instant.ts';
import type { DocumentRemover } from '../../../lib/purge/document-remover.ts';
import { type Ports, purge } from '../../../lib/purge/purge.ts';
import type { Report } from '../../../lib/purge/report/report.ts';
import type { SavedRun } from '../../../lib/purge/saved/saved-plan.ts';
import { TEST_ENVIRONMENT } from '../erasure/key-ring-text.ts';
import { whenDone } from '../run/made-once.ts';
import { fixtureServer } from '../server/fixture-server.ts';
import { renew, returnId, takeId } from '../server/reused-names.ts';
import { serverNow } from '../server/server-clock.ts';
import { portsAt } from './ports-at.ts';

/**
 * The default clock of a run: nine o'clock (UTC), thirty days ago by the server's clock. So every document that is
 * expired by this clock is also expired by the server's clock, even if a test moves this clock ahead by days. A test
 * that reads the real clock by mistake fails.
 */
export const NOW: Instant = Math.floor(serverNow() / DAY) * DAY - 30 * DAY + 9 * HOUR;
/** The cutoff of {@link NOW} and the fourteen days of the fixture's policy: the first instant that is kept. */
export const CUTOFF: Instant = NOW - 14 * DAY;

/** This many days before {@link NOW}, as ISO 8601. */
export const daysAgo = (days: number): string => isoInstant(NOW - days * DAY);

/** Wraps a run's remover. The given functions replace the real ones and may call them. */
export const aroundRemover =
  (change: (real: DocumentRemover) => Partial<DocumentRemover>) =>
  (ports: Ports): Ports => ({ ...ports, remover: { ...ports.remover, ...change(ports.remover) } });

/** Takes a category's lease for another run whose clock is ten minutes ahead of {@link NOW}. */
export const takeOver = async ({
  client,
  category,
  policy,
}: Pick<PurgeFixture, 'client' | 'category' | 'policy'>): Promise<void> => {
  const expiresAt = isoInstant(NOW + DAY / 144);
  const document = { runId: 'other', fence: 99, released: false, blocks: [], expiresAt };
  await client.index({ index: ownIndices(policy, category.id).leases, id: category.id, document });
};

/** The part of a report about one index, with its findings. */
export const ofIndex = (
  { indices, findings }: Report,
  index: string,
): Partial<Report['indices'][number]> & Pick<Report, 'findings'> => ({
  ...indices.find((each) => each.index === index),
  findings: findings.filter((each) => each.index === index),
});

/** Changes of the default policy, an enforced fourteen-day rule that may remove everything. */
export interface PolicyChanges {
  readonly mode?: 'observe' | 'enforce';
  readonly maxShare?: number;
  readonly reportsIndex?: string;
  /** False: no index template matches the fixture's indices. Default: one maps the usual fields. */
  readonly template?: boolean;
  /** Whether the test has its own ledger, leases and receipts. Default: false. */
  readonly ownLedger?: boolean;
  /** Keys of the category in the form of the policy file: `{ rules: {} }`. */
  readonly category?: Readonly<Record<string, unknown>>;
}

/** One run as in production, with parts that a test may replace. */
interface RunOptions {
  /** Default: always {@link NOW}. */
  readonly clock?: () => Instant;
  /** The remaining time in milliseconds. Default: unlimited. */
  readonly budget?: () => number;
  readonly dryRun?: boolean;
  readonly allowEmpty?: boolean;
  readonly runId?: string;
  /** The saved plan that the run carries out. */
  readonly saved?: SavedRun;
  readonly policy?: RetentionPolicy;
  /** Environment variables that differ from the default, such as the archive. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Another client, such as one with its own connection. */
  readonly client?: Client;
  /** The cluster's time. Default: the time of the run's clock. */
  readonly serverTime?: () => Promise<Instant | undefined>;
  /** Wraps the real ports, to observe them or to do something between two calls. */
  readonly around?: (ports: Ports) => Ports;
}

interface IndexOptions {
  /** Added to the usual mapping, or replacing fields of it. */
  readonly properties?: Record<string, estypes.MappingProperty>;
  /** Instead of the usual mapping. */
  readonly mappings?: estypes.MappingTypeMapping;
  readonly settings?: estypes.IndicesIndexSettings;
  readonly aliases?: Record<string, estypes.IndicesAlias>;
  readonly source?: estypes.MappingSourceField;
  /** Gives the index a name that the category's pattern does not match. */
  readonly foreign?: boolean;
}

/** Documents by id. In assertions, the id describes the document. */
export type Documents = Readonly<Record<string, object>>;

/** One of several indices that are made together. */
export interface NewIndex extends IndexOptions {
  readonly suffix: string;
  readonly documents?: Documents;
}

/** The policy of a fixture's one category, as its file has it. */
export const fixturePolicy = (id: string, changes: PolicyChanges): string =>
  JSON.stringify({
    mode: changes.mode ?? 'enforce',
    earliest: '2015-01-01T00:00:00Z',
    reports: { index: changes.reportsIndex ?? 'retention-reports', maxAge: 'P1095D' },
    // A ledger of its own, because the policies of other tests have categories that this policy does not contain.
    ...(changes.ownLedger === true && { indexPrefix: `retention-${id}-` }),
    categories: {
      [`logs-${id}`]: {
        title: 'Logs',
        fields: ['room'],
        dataSubjects: 'participants',
        purpose: 'Troubleshooting.',
        legalBasis: 'Contract.',
        promise: { quote: 'Stored for 14 days.', source: 'Privacy policy', sourceDate: '2023-09-08' },
        indices: [`${id}-*`],
        applicationField: 'sdkAppId',
        records: 'dated',
        rules: { age: { maxAge: 'P14D', allowedLateness: 'PT1H' } },
        schedule: 'rate(15 minutes)',
        guard: { maxShare: changes.maxShare ?? 1 },
        ...changes.category,
      },
    },
  });

/** The fields that the policy names, correctly mapped. */
export const PROPERTIES: Record<string, estypes.MappingProperty> = {
  '@timestamp': { type: 'date' },
  event: { properties: { ingested: { type: 'date' } } },
  uin: { type: 'keyword' },
  sdkAppId: { type: 'keyword' },
};

/** A category that no other test uses, on the server of the test run, with functions to fill, purge and inspect it. */
export interface PurgeFixture {
  /** The prefix of all its index names, before a hyphen. */
  readonly id: string;
  readonly client: Client;
  readonly policy: RetentionPolicy;
  readonly category: Category;
  /** A client of the same server with other options, such as its own connection. */
  readonly newClient: (overrides?: Partial<ClientOptions>) => Client;
  /** The same category under a changed policy. */
  readonly policyWith: (changes: PolicyChanges) => RetentionPolicy;
  /** Creates an index of the category and returns its name. */
  readonly createIndex: (suffix: string, documents?: Documents, options?: IndexOptions) => Promise<string>;
  /** Creates indices of the category and returns their names. All their documents are visible to searches. */
  readonly createIndices: (indices: readonly NewIndex[]) => Promise<readonly string[]>;
  /** Adds documents. Searches see them at once, unless `refresh` is false. */
  readonly add: (index: string, documents: Documents, refresh?: boolean) => Promise<void>;
  readonly runPurge: (options?: RunOptions) => Promise<Report>;
  /** Ids of the existing documents, sorted; undefined if the index is gone. */
  readonly left: (index: string) => Promise<readonly string[] | undefined>;
  /** The same for every existing index of the category, by its name. */
  readonly leftInAll: () => Promise<ReadonlyMap<string, readonly string[]>>;
  /** Removes every index of the category and all that its runs created. The end of the test does so automatically. */
  readonly cleanUp: () => Promise<void>;
}

const RUN_ENVIRONMENT = { ...process.env, ...TEST_ENVIRONMENT };

/**
 * Makes a {@link PurgeFixture}. Call it inside a test; it cleans up afterwards.
 * @param names kind of tests whose own indices this one may take over, emptied.
 */
export const purgeFixture = (changes: PolicyChanges = {}, names = 'one category'): PurgeFixture => {
  const kind = JSON.stringify([names, changes.ownLedger, changes.template, changes.reportsIndex]);
  const id = takeId(kind);
  const clients: Client[] = [];
  const newClient = (overrides: Partial<ClientOptions> = {}): Client => {
    const client = createClient(fixtureServer(), overrides);
    clients.push(client);
    return client;
  };
  const client = newClient();
  const policyWith = (more: PolicyChanges): RetentionPolicy =>
    parseRetentionPolicy(fixturePolicy(id, { ...changes, ...more }), 'test-policy.yml');
  const policy = policyWith({});
  const categoryOf = ({ categories }: RetentionPolicy): Category => [...categories.values()][0] as Category;

  const write = async (documents: readonly (readonly [string, string, object])[], refresh: boolean): Promise<void> => {
    for (let at = 0; at < documents.length; at += 10_000) {
      const operations = documents
        .slice(at, at + 10_000)
        .flatMap(([_index, _id, document]) => [{ index: { _index, _id } }, document]);
      const { errors, items } = await client.bulk({ operations, refresh });
      if (errors) throw new Error(JSON.stringify(items.find((item) => item.index?.error)));
    }
  };
  const entriesOf = (index: string, documents: Documents) =>
    Object.entries(documents).map(([id, document]) => [index, id, document] as const);

  const add: PurgeFixture['add'] = (index, documents, refresh = true) => write(entriesOf(index, documents), refresh);

  let templated: Promise<unknown> | undefined;
  const putTemplate = (): Promise<unknown> => {
    const template = { mappings: { properties: PROPERTIES }, settings: { number_of_replicas: 0 } };
    return client.indices.putIndexTemplate({ name: id, index_patterns: [`${id}-*`], template });
  };

  const createIndices: PurgeFixture['createIndices'] = async (indices) => {
    if (changes.template !== false) templated ??= putTemplate();
    await templated;
    const created = indices.map(({ suffix, foreign, ...rest }) => ({
      ...rest,
      index: foreign ? `foreign-${id}-${suffix}` : `${id}-${suffix}`,
    }));
    await Promise.all(
      created.map(({ index, settings, mappings, properties, source, aliases }) =>
        client.indices.create({
          index,
          settings: { number_of_replicas: 0, ...settings },
          mappings: mappings ?? {
            properties: { ...PROPERTIES, ...properties },
            ...(source && { _source: source }),
          },
          ...(aliases && { aliases }),
        }),
      ),
    );
    await write(
      created.flatMap(({ index, documents = {} }) => entriesOf(index, documents)),
      true,
    );
    return created.map(({ index }) => index);
  };

  const createIndex: PurgeFixture['createIndex'] = async (suffix, documents = {}, options = {}) => {
    const [index] = await createIndices([{ ...options, suffix, documents }]);
    return index ?? '';
  };

  const runPurge: PurgeFixture['runPurge'] = async (options = {}) => {
    const clock = options.clock ?? (() => NOW);
    const requests = { timeout: () => 30_000, firstWait: 20 };
    const withClient = options.client ?? client;
    const underPolicy = options.policy ?? policy;
    const ports = portsAt(withClient, underPolicy, requests, clock, requests, {
      ...RUN_ENVIRONMENT,
      ...options.environment,
    });
    const run = {
      runId: options.runId ?? randomUUID(),
      trigger: { source: 'command-line' } as const,
      dryRun: options.dryRun ?? false,
      allowEmpty: options.allowEmpty ?? false,
      cluster: await identifyCluster(client, requests),
      policy: underPolicy,
      category: categoryOf(underPolicy),
      budget: { remaining: options.budget ?? (() => Number.POSITIVE_INFINITY) },
      ...(options.saved !== undefined && { saved: options.saved }),
    };
    const { serverTime = ports.store.serverTime } = options;
    const timed = { ...ports, store: { ...ports.store, serverTime } };
    return purge(run, options.around?.(timed) ?? timed);
  };

  const left: PurgeFixture['left'] = async (index) => {
    const refreshed = await client.indices.refresh({ index }, { ignore: [404], meta: true });
    if (refreshed.statusCode === 404) return undefined;
    const { hits } = await client.search({ index, size: 10_000, _source: false, sort: ['_doc'] });
    return hits.hits.map(({ _id }) => _id ?? '').sort();
  };

  const leftInAll: PurgeFixture['leftInAll'] = async () => {
    const of = { index: `${id}-*`, expand_wildcards: 'all' } as const;
    const { indices = [] } = await client.indices.resolveIndex({ name: of.index, expand_wildcards: 'all' });
    await client.indices.refresh(of);
    const { hits } = await client.search({ ...of, size: 10_000, _source: false, sort: ['_doc'] });
    const idsIn = (index: string) => hits.hits.flatMap((hit) => (hit._index === index ? [hit._id ?? ''] : []));
    return new Map(indices.map(({ name }) => [name, idsIn(name).sort()]));
  };

  const cleanUp = async (): Promise<void> => {
    const index = [`${id}-*`, `foreign-${id}-*`];
    const found = await client.indices.get({ index, expand_wildcards: 'all', features: ['aliases'] });
    await renew(client, id, Object.keys(found), templated === undefined ? [] : [id]);
    templated = undefined;
  };

  whenDone(async () => {
    await cleanUp();
    returnId(kind, id);
    await Promise.all(clients.map((each) => each.close()));
  });

  return {
    id,
    client,
    policy,
    category: categoryOf(policy),
    newClient,
    policyWith,
    createIndex,
    createIndices,
    add,
    runPurge,
    left,
    leftInAll,
    cleanUp,
  };
};
