import { createPublicKey, randomUUID } from 'node:crypto';
import type { Client } from '@elastic/elasticsearch';
import { folderArchive } from '../../../lib/adapters/archive/folder-archive.ts';
import { identifyCluster } from '../../../lib/adapters/elasticsearch/client/identify-cluster.ts';
import type { ErasurePorts } from '../../../lib/app/erasure-ports.ts';
import { TransientError } from '../../../lib/base/errors.ts';
import type { Archive } from '../../../lib/erasure/archive/archive.ts';
import { finishErasures } from '../../../lib/erasure/due/finish-erasures.ts';
import type { AccountEvent } from '../../../lib/erasure/events/account-event.ts';
import type { EventPublisher, PublishedEvent } from '../../../lib/erasure/events/event-publisher.ts';
import type { LedgerEntry } from '../../../lib/erasure/ledger/ledger-entry.ts';
import { openingOf } from '../../../lib/erasure/ledger/sealed-opening.ts';
import type { Issued } from '../../../lib/erasure/receipts/issue-receipts.ts';
import type { KeptReceipt } from '../../../lib/erasure/receipts/receipt-store.ts';
import { recordAccountEvent } from '../../../lib/erasure/recording/record-account-event.ts';
import type { KeyRing } from '../../../lib/erasure/subjects/key-ring.ts';
import type { Subject } from '../../../lib/erasure/subjects/subject.ts';
import { type Housekeeping, runHousekeeping } from '../../../lib/maintenance/housekeeping.ts';
import { ownIndices } from '../../../lib/policy/own-indices.ts';
import { parseRetentionPolicy } from '../../../lib/policy/parsing/parse-retention-policy.ts';
import type { Category, RetentionPolicy } from '../../../lib/policy/retention-policy.ts';
import type { Instant } from '../../../lib/policy/time/instant.ts';
import { purge } from '../../../lib/purge/purge.ts';
import type { Report } from '../../../lib/purge/report/report.ts';
import { newRing, ringOf } from '../erasure/key-ring-text.ts';
import { erasurePortsAt, housekeepingPortsOf, portsAt } from '../purge/ports-at.ts';
import { type PurgeFixture, purgeFixture } from '../purge/purge-fixture.ts';
import { temporaryFolder } from './archive-worlds.ts';

/** A bus in memory that refuses events as often as it is told to. */
const fakeBus = (): EventPublisher & { readonly heard: PublishedEvent[]; refusals: number } => {
  const bus = {
    heard: [] as PublishedEvent[],
    refusals: 0,
    publish: async (event: PublishedEvent) => {
      if (bus.refusals > 0) {
        bus.refusals -= 1;
        throw new TransientError('bus-refused', { expected: 'the bus', found: 'none', fix: 'It is a test.' });
      }
      bus.heard.push(event);
    },
  };
  return bus;
};

const category = (id: string, name: string) => ({
  title: name,
  fields: ['room'],
  dataSubjects: 'customer',
  purpose: 'Configuration.',
  legalBasis: 'Contract.',
  promise: { quote: 'Erased within 7 days.', source: 'Privacy policy', sourceDate: '2023-09-08' },
  indices: [`${id}-${name}-*`],
  applicationField: 'sdkAppId',
  records: 'dated',
  schedule: 'rate(1 hour)',
  rules: {
    termination: { triggers: ['account-deleted', 'feature-terminated'], deadline: 'P7D', cancelWindow: 'P3D' },
  },
  guard: { maxShare: 1 },
});

type Name = 'settings' | 'rooms';
const BOTH: readonly Name[] = ['settings', 'rooms'];

/** The text of a policy with these categories, each with a termination rule. */
export const terminationPolicy = (id: string, names: readonly Name[] = BOTH): string =>
  JSON.stringify({
    mode: 'enforce',
    earliest: '2015-01-01T00:00:00Z',
    reports: { index: `retention-${id}-reports`, maxAge: 'P1095D' },
    indexPrefix: `retention-${id}-`,
    categories: Object.fromEntries(names.map((name) => [`${name}-${id}`, category(id, name)])),
  });

/** Two categories (or one) with due erasures, with keys, an archive in a folder, and a bus in memory. */
export interface ReceiptFixture extends PurgeFixture {
  /** The policy of these categories. */
  readonly terminationPolicy: RetentionPolicy;
  readonly ring: KeyRing;
  /** SPKI PEM of the key that receipts are signed with. */
  readonly publicKey: string;
  readonly archive: Archive;
  readonly bus: ReturnType<typeof fakeBus>;
  /** The environment for command line and functions. */
  readonly environment: Readonly<Record<string, string>>;
  /** The ports of erasure at an instant. Without an environment, they use the fixture's keys, archive and bus. */
  readonly ports: (now: Instant, environment?: Readonly<Record<string, string>>) => ErasurePorts;
  readonly categoryOf: (name: Name) => Category;
  readonly tell: (type: AccountEvent['type'], subject: Subject, at: Instant) => Promise<string>;
  readonly erase: (name: Name, now: Instant, client?: Client) => Promise<Report>;
  /** Runs housekeeping at an instant. */
  readonly runHousekeeping: (now: Instant) => Promise<Housekeeping>;
  readonly close: (name: Name, now: Instant, ports?: ErasurePorts) => Promise<Issued>;
  readonly entryOf: (name: Name) => Promise<LedgerEntry>;
  /** The opening of an entry's first receipt. */
  readonly openingIn: (entry: LedgerEntry | undefined) => string;
  /** The receipts of a request in a category, the oldest first. */
  readonly receiptsOf: (requestId: string, name: Name) => Promise<readonly KeptReceipt[]>;
}

/**
 * Makes a {@link ReceiptFixture}. Call it inside a test. Its runs use the real clock, because the age of copies in a
 * folder does.
 */
export const receiptFixture = (names: readonly Name[] = BOTH): ReceiptFixture => {
  const fixture = purgeFixture({}, names.join(' and '));
  const { id, client } = fixture;
  const requests = { timeout: () => 30_000, firstWait: 20 };
  const policy: RetentionPolicy = parseRetentionPolicy(terminationPolicy(id, names), 'test-policy.yml');
  const json = newRing();
  const ring = ringOf(json);
  const folder = temporaryFolder();
  const bus = fakeBus();
  const environment = { RETENTION_KEYS: JSON.stringify(json), RETENTION_ARCHIVE: folder };
  const categoryOf: ReceiptFixture['categoryOf'] = (name) => policy.categories.get(`${name}-${id}`) as Category;
  const ports: ReceiptFixture['ports'] = (now, other) => {
    const real = erasurePortsAt(client, requests, () => now, other ?? environment, policy);
    if (other !== undefined) return real;
    return {
      ...real,
      publisher: () => bus,
      openEvidence: async () => ({ ...(await real.openEvidence()), publisher: bus }),
    };
  };
  return {
    ...fixture,
    terminationPolicy: policy,
    ring,
    publicKey: String(createPublicKey(ring.signing.keys.get('new') as never).export({ type: 'spki', format: 'pem' })),
    archive: folderArchive(folder, ring.archive),
    bus,
    environment,
    ports,
    categoryOf,
    tell: async (type, subject, at) => {
      const requestId = `msg_${randomUUID()}`;
      const event: AccountEvent = { requestId, type, subject, at, immediate: false };
      await recordAccountEvent(event, [...policy.categories.values()], await ports(at).openRecord());
      return requestId;
    },
    runHousekeeping: async (now) => {
      const made = portsAt(client, policy, requests, () => now, requests, environment);
      const housekeeping = housekeepingPortsOf(made, policy);
      const archive = async () => folderArchive(folder, ring.archive);
      return runHousekeeping(policy, { ...housekeeping, archive, serverTime: async () => now }, 'remove');
    },
    erase: async (name, now, through = client) =>
      purge(
        {
          runId: randomUUID(),
          trigger: { source: 'schedule' },
          dryRun: false,
          cluster: await identifyCluster(client, requests),
          policy,
          category: categoryOf(name),
          budget: { remaining: () => Number.POSITIVE_INFINITY },
        },
        portsAt(through, policy, requests, () => now, requests, environment),
      ),
    close: async (name, now, given = ports(now)) => {
      const cluster = await identifyCluster(client, requests);
      return finishErasures({ policy, category: categoryOf(name), cluster }, given, now);
    },
    entryOf: async (name) => {
      const { entries } = await ports(0).ledger.find({ category: categoryOf(name).id }, 10);
      if (entries[0] === undefined || entries.length > 1) throw new Error(`${entries.length} entries`);
      return entries[0].entry;
    },
    openingIn: (entry) => {
      const [closure] = entry?.closures ?? [];
      return (entry && closure && openingOf(entry, closure, ring)) ?? '';
    },
    receiptsOf: async (requestId, name) => {
      const index = ownIndices(policy, categoryOf(name).id).receipts;
      await client.indices.refresh({ index, ignore_unavailable: true });
      const { hits } = await client.search<KeptReceipt>({
        index,
        ignore_unavailable: true,
        query: { term: { requestId } },
        sort: 'issuedAt',
      });
      return hits.hits.flatMap(({ _source }) => _source ?? []);
    },
  };
};
