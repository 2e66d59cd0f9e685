import { Logger } from '@aws-lambda-powertools/logger';
import type { ErasurePorts } from '../../lib/app/erasure-ports.ts';
import type { RunPorts } from '../../lib/app/purge-ports.ts';
import { requestFateOf } from '../../lib/base/errors.ts';
import type { Archive } from '../../lib/erasure/archive/archive.ts';
import { archivePeriods } from '../../lib/erasure/archive/archive-periods.ts';
import { proofsBy } from '../../lib/erasure/brakes/decisions.ts';
import { LedgerWitness } from '../../lib/erasure/consistency/ledger-witness.ts';
import { ledgerErasures } from '../../lib/erasure/due/due-erasures.ts';
import type { EventLog } from '../../lib/erasure/events/event-log.ts';
import type { EventPublisher, PublishedEvent } from '../../lib/erasure/events/event-publisher.ts';
import type { MessageQueue, OpenQueue } from '../../lib/erasure/intake/message-queue.ts';
import type { Ledger } from '../../lib/erasure/ledger/ledger.ts';
import { withProof } from '../../lib/erasure/ledger/obligation-proof.ts';
import { sealEarlierOpening } from '../../lib/erasure/ledger/sealed-opening.ts';
import { receiptIdsBy } from '../../lib/erasure/receipts/closed-request.ts';
import type { RecordPorts } from '../../lib/erasure/recording/record-ports.ts';
import type { Subject } from '../../lib/erasure/subjects/subject.ts';
import { type SubjectHash, subjectHashes } from '../../lib/erasure/subjects/subject-hash.ts';
import type { FunctionInvocation } from '../../lib/lambda/invocation.ts';
import { lambdaBudgets } from '../../lib/lambda/lambda-budget.ts';
import type { HousekeepingPorts } from '../../lib/maintenance/housekeeping.ts';
import type { RetentionPolicy } from '../../lib/policy/retention-policy.ts';
import type { Instant } from '../../lib/policy/time/instant.ts';
import type { DocumentRemover } from '../../lib/purge/document-remover.ts';
import type { DocumentStore } from '../../lib/purge/document-store.ts';
import type { Lease } from '../../lib/purge/lease.ts';
import { inMemoryControls } from '../support/in-memory/records/in-memory-controls.ts';
import { inMemoryLeases, LeaseDocuments } from '../support/in-memory/records/in-memory-leases.ts';
import { inMemoryEventLog, inMemoryLedger } from '../support/in-memory/records/in-memory-ledger.ts';
import { inMemoryReceipts } from '../support/in-memory/records/in-memory-receipts.ts';
import { inMemoryReports } from '../support/in-memory/records/in-memory-reports.ts';
import { inMemoryRemover } from '../support/in-memory/store/in-memory-remover.ts';
import { inMemoryStore } from '../support/in-memory/store/in-memory-store.ts';
import { type ArchiveInMemory, queueInMemory } from './copies-in-memory.ts';
import { RING, signAtOnce } from './keys.ts';
import type { Actor, PortCalls } from './port-calls.ts';
import { fractionOf } from './random.ts';
import type { WatchedCluster } from './watched-cluster.ts';

/** The longest time of a function. */
export const FUNCTION_TIME = 900_000;

/** Few enough for a handful of documents to need several requests. */
const SLICE_DOCUMENTS = 2;

const CLUSTER = { uuid: 'uuid-in-memory', name: 'in memory', version: '9.4.3' };
const LOGGER = new Logger({ serviceName: 'simulation', logLevel: 'SILENT' });
const KEYS = async () => RING;

const hashes = new Map<string, readonly SubjectHash[]>();

/** Computing them takes a tenth of a run. They depend only on the subject. */
const hashesOf = (subject: Subject): readonly SubjectHash[] => {
  const key = `${subject.uin}/${subject.sdkAppId}`;
  const known = hashes.get(key) ?? subjectHashes(subject, RING);
  hashes.set(key, known);
  return known;
};

/** Everything that is stored outside the functions. */
export class Stores {
  readonly cluster: WatchedCluster;
  readonly archive: ArchiveInMemory;
  readonly ledger = inMemoryLedger();
  readonly receipts = inMemoryReceipts();
  readonly reports = inMemoryReports();
  readonly leases = new LeaseDocuments();
  readonly controls = inMemoryControls();
  readonly #logs = new Map<string, ReturnType<typeof inMemoryEventLog>>();
  readonly #queues = new Map<string, MessageQueue>();
  readonly #clock: () => Instant;
  /** Called with a message that a queue has lost. */
  onLost: (body: string) => void = () => undefined;

  constructor(cluster: WatchedCluster, archive: ArchiveInMemory, clock: () => Instant) {
    this.cluster = cluster;
    this.archive = archive;
    this.#clock = clock;
  }

  events(category: string): ReturnType<typeof inMemoryEventLog> {
    const known = this.#logs.get(category) ?? inMemoryEventLog();
    this.#logs.set(category, known);
    return known;
  }

  queue(url: string): MessageQueue {
    const known = this.#queues.get(url) ?? queueInMemory(this.#clock, (body) => this.onLost(body));
    this.#queues.set(url, known);
    return known;
  }
}

/** The parts of its world that an invocation needs. */
export interface Surroundings {
  readonly policy: RetentionPolicy;
  readonly stores: Stores;
  readonly calls: PortCalls;
  readonly now: () => Instant;
  readonly clusterNow: () => Instant;
  readonly publish: (event: PublishedEvent) => void;
  /** Waits for a virtual time. */
  readonly wait: (actor: Actor, milliseconds: number) => Promise<void>;
}

/** The ports of one invocation: all calls go through {@link PortCalls}, with the invocation's own clock. */
export class Invocation {
  readonly #actor: Actor;
  readonly #world: Surroundings;
  readonly clock: () => Instant;
  #openings = 0;
  readonly #logs = new Map<string, EventLog>();
  readonly store: DocumentStore;
  readonly ledger: Ledger;
  readonly archive: Archive;

  constructor(actor: Actor, world: Surroundings) {
    this.#actor = actor;
    this.#world = world;
    this.clock = () => world.now() + actor.skew;
    this.store = this.#port('store', inMemoryStore(world.stores.cluster, world.clusterNow));
    this.ledger = this.#port('ledger', world.stores.ledger);
    this.archive = this.#archive;
  }

  #port<T extends object>(name: string, port: T): T {
    return this.#world.calls.port(this.#actor, name, port);
  }

  get #remover(): DocumentRemover {
    const { calls, stores } = this.#world;
    const remover = inMemoryRemover(stores.cluster, SLICE_DOCUMENTS);
    return {
      ...this.#port('remover', remover),
      // Separate calls ask for the permission. The request follows it a moment later.
      deleteSlice: async (target, criteria, permitted, onUnanswered) => {
        const slice = await permitted();
        if (slice === undefined) return { deleted: 0, full: false };
        const send = () => remover.deleteSlice(target, criteria, async () => slice);
        try {
          return await calls.call(this.#actor, 'remover.deleteSlice', send);
        } catch (error) {
          if (requestFateOf(error) === 'unknown') onUnanswered?.();
          throw error;
        }
      },
    };
  }

  #lease(lease: Lease): Lease {
    return { ...this.#port('lease', lease), declaredBlocks: lease.declaredBlocks };
  }

  get leases() {
    const leases = inMemoryLeases(this.clock, this.#world.stores.leases);
    const { acquire, ...others } = this.#port('leases', leases);
    return { ...others, acquire: async (category: string, run: string) => this.#lease(await acquire(category, run)) };
  }

  readonly events = (category: string): EventLog => {
    const known = this.#logs.get(category) ?? this.#port('events', this.#world.stores.events(category));
    this.#logs.set(category, known);
    return known;
  };

  readonly receipts = (category: string) => this.#port('receipts', this.#world.stores.receipts(category));

  get #archive(): Archive {
    const { calls, stores } = this.#world;
    const actor = this.#actor;
    return {
      put: (kind, id, content) => calls.call(actor, `archive.put-${kind}`, () => stores.archive.put(kind, id, content)),
      ids: async function* (kind, since) {
        yield* await calls.call(actor, `archive.ids-${kind}`, () => stores.archive.ids(kind, since));
      },
      list: async function* (kind) {
        yield* await calls.call(actor, `archive.list-${kind}`, () => stores.archive.list(kind));
      },
      removeOld: async (kind, before, _work, needed) => {
        const kept = await needed?.();
        const remove = () => stores.archive.removeOld(kind, before, kept);
        return { removed: await calls.call(actor, `archive.removeOld-${kind}`, remove) };
      },
    };
  }

  get publisher(): EventPublisher {
    const { calls, publish } = this.#world;
    return { publish: (event) => calls.call(this.#actor, 'bus.publish', () => publish(event)) };
  }

  readonly openQueue: OpenQueue = (url) => this.#port('queue', this.#world.stores.queue(url));

  get #witness(): LedgerWitness {
    const { archive } = this;
    return new LedgerWitness(this.#world.policy, {
      ledger: this.ledger,
      events: this.events,
      archivedEvents: (since) => archive.ids('events', since),
      subjectKeys: KEYS,
      wait: (milliseconds) => this.#world.wait(this.#actor, milliseconds),
    });
  }

  /** 32 bytes for a commitment, different each time. */
  readonly #newOpening = (): string => {
    const { salt } = this.#actor;
    const numbers = Array.from({ length: 8 }, () => Math.floor(fractionOf(salt, -1 - this.#openings++) * 2 ** 32));
    return Buffer.from(Uint32Array.from(numbers).buffer).toString('base64url');
  };

  get ports(): RunPorts {
    const { policy, stores } = this.#world;
    const witness = this.#witness;
    const { archive } = this;
    const controls = this.#port('controls', stores.controls);
    return {
      store: this.store,
      remover: this.#remover,
      leases: this.leases,
      controls,
      reportStore: this.#port('reports', stores.reports),
      dateWriter: undefined as never,
      witness,
      clock: this.clock,
      erasureSource: ledgerErasures({
        controls,
        ledger: this.ledger,
        events: this.events,
        clock: this.clock,
        policy,
        witness,
        newOpening: this.#newOpening,
        subjectKeys: KEYS,
        manifests: { events: this.events, archive: async () => archive, period: archivePeriods(policy).manifests },
      }),
    };
  }

  get recordPorts(): RecordPorts {
    const { archive } = this;
    return {
      ledger: this.ledger,
      events: this.events,
      archiveEvent: (id, event) => archive.put('events', id, event),
      hashes: hashesOf,
      withProof: (entry, before) => withProof(entry, RING, before),
      proveConfirmation: proofsBy(RING.subject.keys),
      maxPerHour: this.#world.policy.terminations.maxPerHour,
      clock: this.clock,
    };
  }

  get erasure(): ErasurePorts {
    const { archive, publisher, ledger, receipts, clock } = this;
    return {
      ledger,
      events: this.events,
      receipts,
      accountReader: undefined as never,
      subjectKeys: KEYS,
      signingKeys: async () => RING.signing,
      archive: async () => archive,
      archiveOf: async () => archive,
      hasEvidence: true,
      publisher: () => publisher,
      openEvidence: async () => ({
        ledger,
        receipts,
        archive,
        sign: async (receipt) => signAtOnce(receipt),
        receiptIds: async () => receiptIdsBy(RING),
        sealer: async () => (opening, place) => sealEarlierOpening(opening, place, RING),
        publisher,
        clock,
      }),
      openRecord: async () => this.recordPorts,
    };
  }

  get housekeeping(): HousekeepingPorts {
    const { policy, clusterNow, stores } = this.#world;
    const { archive } = this;
    return {
      ledger: this.ledger,
      events: this.events,
      receipts: this.receipts,
      reportStore: this.#port('reports', stores.reports),
      controls: this.#port('controls', stores.controls),
      categories: async () => [...policy.categories.keys()],
      hasEarlier: async () => false,
      archive: async () => archive,
      serverTime: async () => clusterNow(),
      clock: this.clock,
    };
  }

  /** The invocation as the handlers of functions take it. @param time milliseconds that it has. */
  forFunction(categoryId: string, time: number): FunctionInvocation {
    const { policy, now } = this.#world;
    const category = policy.categories.get(categoryId);
    if (category === undefined) throw new Error(`no category ${categoryId}`);
    const end = now() + time;
    return {
      policy,
      category,
      deployment: {
        service: 'es-retention',
        stage: 'simulation',
        enforceCluster: CLUSTER.uuid,
        failureQueueUrl: `https://sqs/es-retention-simulation-purge-${categoryId}-failures`,
        deadLetterQueueUrl: 'https://sqs/dead-letters',
      },
      identify: async () => CLUSTER,
      ports: this.ports,
      erasure: this.erasure,
      publisher: this.publisher,
      openQueue: this.openQueue,
      publishMetrics: () => undefined,
      budgets: lambdaBudgets({ getRemainingTimeInMillis: () => end - now() }),
      clock: this.clock,
      logger: LOGGER,
    };
  }
}
