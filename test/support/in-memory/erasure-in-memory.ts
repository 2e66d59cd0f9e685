import { randomUUID } from 'node:crypto';
import type { Backend } from '../../../lib/app/backend.ts';
import { purgePorts, type RunPorts } from '../../../lib/app/purge-ports.ts';
import { recordAccountEvent } from '../../../lib/erasure/recording/record-account-event.ts';
import { parseRetentionPolicy } from '../../../lib/policy/parsing/parse-retention-policy.ts';
import type { Category } from '../../../lib/policy/retention-policy.ts';
import { guard } from '../../../lib/purge/guard.ts';
import { type Ports, planPurge, purge } from '../../../lib/purge/purge.ts';
import type { Report } from '../../../lib/purge/report/report.ts';
import { type SavedRun, savedPlanOf } from '../../../lib/purge/saved/saved-plan.ts';
import { ERASURE_CATEGORY, type ErasureFixture, recordPortsOn, TERMINATED } from '../erasure/erasure-fixture.ts';
import { TEST_ENVIRONMENT } from '../erasure/key-ring-text.ts';
import { fixturePolicy, NOW, type PolicyChanges } from '../purge/purge-fixture.ts';
import { savedRun } from '../purge/saved-world.ts';
import { inMemoryBackend } from './in-memory-backend.ts';
import { InMemoryCluster } from './in-memory-cluster.ts';
import { fromSent, type SentDocument } from './store/sent-document.ts';

type SentDocuments = Readonly<Record<string, SentDocument>>;

/** The options of one run, as in {@link ErasureFixture.runPurge}. */
interface RunOptions {
  readonly clock?: () => number;
  readonly dryRun?: boolean;
  readonly runId?: string;
  readonly saved?: SavedRun;
  readonly around?: (ports: Ports) => Ports;
}

/**
 * The part of an {@link ErasureFixture} that tests of the logic use, on the in-memory store that `test/contract`
 * certifies.
 */
export interface ErasureInMemory
  extends Pick<ErasureFixture, 'id' | 'policy' | 'category' | 'ledger' | 'recordPorts' | 'tell' | 'entries' | 'left'> {
  readonly cluster: InMemoryCluster;
  /**
   * Creates an index of the category and returns its name. @param account the type of its account. Default: keyword.
   */
  readonly createIndex: (
    suffix: string,
    documents?: SentDocuments,
    account?: 'keyword' | 'long' | 'text',
  ) => Promise<string>;
  readonly add: (index: string, documents: SentDocuments) => Promise<void>;
  readonly runPurge: (options?: RunOptions) => Promise<Report>;
  /** Saves a plan of this instant. */
  readonly savePlan: () => Promise<SavedRun>;
  readonly controls: Backend['controls'];
  /** The witness of a run at an instant. */
  readonly witness: (at: number) => RunPorts['witness'];
}

/** Makes an {@link ErasureInMemory}: no server, and nothing to clean up. */
export const erasureInMemory = (changes: PolicyChanges = {}): ErasureInMemory => {
  const id = `t${randomUUID().slice(0, 8)}`;
  const text = fixturePolicy(id, { ...changes, category: { ...ERASURE_CATEGORY, ...changes.category } });
  const policy = parseRetentionPolicy(text, 'test-policy.yml');
  const category = [...policy.categories.values()][0] as Category;
  const cluster = new InMemoryCluster();
  cluster.templates = [`${id}-*`];
  let clock = (): number => NOW;
  const backend = inMemoryBackend(cluster, policy, () => clock());
  const { ledger } = backend.records;
  const recordPorts = recordPortsOn(backend.records, policy);
  const portsAt = (at: () => number): RunPorts =>
    purgePorts(backend, policy, {
      environment: TEST_ENVIRONMENT,
      clock: at,
      // Repeated checks follow without waiting.
      wait: async () => undefined,
    });
  const add: ErasureInMemory['add'] = async (index, documents) => {
    for (const [name, document] of Object.entries(documents)) cluster.write(index, name, fromSent(document));
  };
  return {
    id,
    policy,
    category,
    cluster,
    ledger,
    recordPorts,
    add,
    createIndex: async (suffix, documents = {}, account = 'keyword') => {
      const index = `${id}-${suffix}`;
      const { description } = cluster.create(index);
      const field = { type: account, searchable: true, aggregatable: account !== 'text' };
      cluster.describe(index, { fields: new Map([...description.fields, ['uin', field]]) });
      await add(index, documents);
      return index;
    },
    left: async (index) => {
      const documents = cluster.indices.get(index)?.documents;
      return documents && [...documents.keys()].sort();
    },
    tell: (type, subject, at = TERMINATED, more = {}) =>
      recordAccountEvent(
        { requestId: `msg_${id}_${at}`, type, subject, at, immediate: false, ...more },
        [category],
        recordPorts,
      ),
    controls: backend.controls,
    witness: (at) => portsAt(() => at).witness,
    entries: async () => (await ledger.find({ category: category.id }, 10_000)).entries.map(({ entry }) => entry),
    savePlan: async () => {
      const plan = await planPurge({ policy, category }, portsAt(clock));
      return savedRun(
        savedPlanOf([{ plan, refusals: guard(plan) }], await backend.identify(), policy.version, randomUUID),
      );
    },
    runPurge: async ({ clock: own = () => NOW, dryRun = false, runId = randomUUID(), saved, around } = {}) => {
      clock = own;
      const ports = portsAt(own);
      const run = {
        runId,
        dryRun,
        policy,
        category,
        allowEmpty: false,
        trigger: { source: 'command-line' } as const,
        cluster: await backend.identify(),
        budget: { remaining: () => Number.POSITIVE_INFINITY },
        ...(saved !== undefined && { saved }),
      };
      return purge(run, around?.(ports) ?? ports);
    },
  };
};
