import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { createKeyRingFile } from '../../../lib/adapters/files/key-ring-file.ts';
import { clusterOn } from '../../../lib/app/cluster.ts';
import { erasurePorts } from '../../../lib/app/erasure-ports.ts';
import type { OpenCluster } from '../../../lib/cli/session.ts';
import type { KeptEvent } from '../../../lib/erasure/events/event-log.ts';
import type { LedgerEntry } from '../../../lib/erasure/ledger/ledger-entry.ts';
import { recordAccountEvent } from '../../../lib/erasure/recording/record-account-event.ts';
import { parseRetentionPolicy } from '../../../lib/policy/parsing/parse-retention-policy.ts';
import type { Category } from '../../../lib/policy/retention-policy.ts';
import { DAY } from '../../../lib/policy/time/duration.ts';
import {
  configuration,
  type ErasureCliFixture,
  erasurePolicy,
  GONE,
  STAYS,
} from '../../integration/cli/erasure-command-line.ts';
import { type AtTerminal, runInProcess, startAtTerminal } from '../command-line/in-process.ts';
import { temporaryFile } from '../run/temporary-file.ts';
import { inMemoryBackend, inMemoryRecords } from './in-memory-backend.ts';
import { InMemoryCluster } from './in-memory-cluster.ts';
import { type InMemoryControls, inMemoryControls } from './records/in-memory-controls.ts';
import { fromSent, type SentDocument } from './store/sent-document.ts';

/**
 * The part of an {@link ErasureCliFixture} that tests of the logic use, on the store in memory that `test/contract`
 * certifies.
 */
export interface ErasureCliInMemory
  extends Pick<
    ErasureCliFixture,
    'id' | 'policyFile' | 'keys' | 'archive' | 'environment' | 'consoleCategory' | 'run' | 'tell' | 'seed' | 'left'
  > {
  readonly cluster: InMemoryCluster;
  readonly roomsCategory: string;
  readonly leases: ReturnType<typeof inMemoryBackend>['leases'];
  readonly controls: InMemoryControls;
  /** Runs a command with a person at its terminal. */
  readonly startAtTerminal: (args: readonly string[]) => AtTerminal;
  /** Creates an index and returns its name. */
  readonly createIndex: (suffix: string, documents: Readonly<Record<string, SentDocument>>) => Promise<string>;
  readonly add: (index: string, documents: Readonly<Record<string, SentDocument>>) => Promise<void>;
  /** The entries of the ledgers of all categories. */
  readonly entries: () => readonly LedgerEntry[];
  /** Overwrites entries, as somebody with a key for the ledger can do; undefined deletes an entry. */
  readonly editEntries: (change: (entry: LedgerEntry) => unknown) => void;
  /** Overwrites events of the first category; undefined deletes an event. */
  readonly editEvents: (change: (event: KeptEvent) => unknown) => void;
}

const editAll = <T>(all: Map<string, T>, change: (value: T) => T | undefined): void => {
  for (const [id, value] of [...all]) {
    const changed = change(value);
    if (changed === undefined) all.delete(id);
    else all.set(id, changed);
  }
};

/**
 * Makes an {@link ErasureCliInMemory}; call it inside a test. The whole command line runs on it, without a server.
 * @param hasRooms whether there is another category beside it, `rooms`, whose indices begin with a 2.
 * @param guard limits of a run, instead of the built-in limits.
 */
export const erasureCliInMemory = async (hasRooms = false, guard: object = {}): Promise<ErasureCliInMemory> => {
  const id = `t${randomUUID().slice(0, 8)}`;
  const text = erasurePolicy(id, hasRooms, guard);
  const file = temporaryFile('policy.yml', text);
  const keys = join(dirname(file), 'keys.json');
  await createKeyRingFile(keys, Date.now());
  const environment = {
    RETENTION_POLICY: file,
    RETENTION_KEYS: keys,
    RETENTION_ARCHIVE: join(dirname(file), 'archive'),
  };
  const policy = parseRetentionPolicy(text, file);
  const cluster = new InMemoryCluster();
  cluster.templates = [`${id}-*`];
  const records = inMemoryRecords();
  const controls = inMemoryControls();
  const backend = inMemoryBackend(cluster, policy, Date.now, records, controls);
  const open: OpenCluster = (inForce, variables, { wait } = {}) =>
    clusterOn(
      backend,
      inForce,
      { environment: variables, clock: Date.now, ...(wait !== undefined && { wait }) },
      { host: 'memory' },
    );
  const [consoleCategory] = policy.categories.values() as Iterable<Category> as [Category];
  const erasing = erasurePorts(backend, policy, { environment, clock: Date.now });
  const add: ErasureCliInMemory['add'] = async (index, documents) => {
    for (const [name, document] of Object.entries(documents)) cluster.write(index, name, fromSent(document));
  };
  const createIndex: ErasureCliInMemory['createIndex'] = async (suffix, documents) => {
    const index = `${id}-${suffix}`;
    const { description } = cluster.create(index);
    const long = { type: 'long', searchable: true, aggregatable: true };
    cluster.describe(index, { fields: new Map([...description.fields, ['uin', long]]) });
    await add(index, documents);
    return index;
  };
  return {
    id,
    cluster,
    consoleCategory,
    keys,
    environment,
    createIndex,
    add,
    policyFile: file,
    roomsCategory: `rooms-${id}`,
    leases: backend.leases,
    controls,
    archive: environment.RETENTION_ARCHIVE,
    run: (args, more = {}) => runInProcess(args, { ...environment, ...more }, open),
    startAtTerminal: (args) => startAtTerminal(args, environment, open),
    tell: async (type, subject, days, more = {}) => {
      const at = Date.now() - days * DAY;
      const event = { requestId: `msg_${id}_${days}`, type, subject, at, immediate: false, ...more };
      await recordAccountEvent(event, [...policy.categories.values()], await erasing.openRecord());
    },
    seed: () =>
      createIndex('1', {
        'gone-1': configuration(GONE, '1'),
        'gone-2': configuration(GONE, '2'),
        stays: configuration(STAYS, '1'),
      }),
    left: async (index) => {
      const documents = cluster.indices.get(index)?.documents;
      return documents && [...documents.keys()].sort();
    },
    entries: () => [...records.ledger.entries.values()].map(({ entry }) => entry),
    editEntries: (change) =>
      editAll(records.ledger.entries, (read) => {
        const entry = change(read.entry) as LedgerEntry | undefined;
        return entry && { ...read, entry };
      }),
    editEvents: (change) =>
      editAll(records.events(consoleCategory.id).kept, (event) => change(event) as KeptEvent | undefined),
  };
};
