import { receiptHash, signReceipt } from '../../../lib/adapters/crypto/receipt-signer.ts';
import { entryOf } from '../../../lib/adapters/elasticsearch/ledger/ledger-document.ts';
import { isReceipt } from '../../../lib/adapters/elasticsearch/records/elasticsearch-receipts.ts';
import type { Terminal } from '../../../lib/cli/consent/terminal.ts';
import type { Session } from '../../../lib/cli/session.ts';
import type { Archived, ArchiveKind } from '../../../lib/erasure/archive/archive.ts';
import { brakeErasures } from '../../../lib/erasure/brakes/brake-erasures.ts';
import { proofsBy } from '../../../lib/erasure/brakes/decisions.ts';
import { LedgerWitness } from '../../../lib/erasure/consistency/ledger-witness.ts';
import { ledgerErasures } from '../../../lib/erasure/due/due-erasures.ts';
import { type FinishPorts, finishErasures } from '../../../lib/erasure/due/finish-erasures.ts';
import type { AccountEvent } from '../../../lib/erasure/events/account-event.ts';
import type { EventLog } from '../../../lib/erasure/events/event-log.ts';
import type { Ledger, ReadEntry } from '../../../lib/erasure/ledger/ledger.ts';
import { withProof } from '../../../lib/erasure/ledger/obligation-proof.ts';
import { sealOpening } from '../../../lib/erasure/ledger/sealed-opening.ts';
import { receiptIdsBy } from '../../../lib/erasure/receipts/closed-request.ts';
import type { KeptReceipt, ReceiptStore } from '../../../lib/erasure/receipts/receipt-store.ts';
import { recordAccountEvent } from '../../../lib/erasure/recording/record-account-event.ts';
import type { RecordPorts } from '../../../lib/erasure/recording/record-ports.ts';
import { readDecision, readEvent, readHeard } from '../../../lib/erasure/stored/read-event.ts';
import { subjectHashes } from '../../../lib/erasure/subjects/subject-hash.ts';
import { parseRetentionPolicy } from '../../../lib/policy/parsing/parse-retention-policy.ts';
import type { Category } from '../../../lib/policy/retention-policy.ts';
import { DAY } from '../../../lib/policy/time/duration.ts';
import type { Instant } from '../../../lib/policy/time/instant.ts';
import { purge } from '../../../lib/purge/purge.ts';
import type { Report } from '../../../lib/purge/report/report.ts';
import { InMemoryCluster } from '../in-memory/in-memory-cluster.ts';
import { inMemoryPorts } from '../in-memory/in-memory-ports.ts';
import { inMemoryControls } from '../in-memory/records/in-memory-controls.ts';
import { inMemoryEventLogs, inMemoryLedger } from '../in-memory/records/in-memory-ledger.ts';
import { inMemoryReceipts } from '../in-memory/records/in-memory-receipts.ts';
import { describedIndex } from '../purge/described-index.ts';
import { newRing, ringOf } from './key-ring-text.ts';

const START: Instant = Date.parse('2026-11-10T09:00:00Z');
const category = (name: string) => ({
  title: name,
  fields: ['name'],
  dataSubjects: 'customer',
  purpose: 'Billing.',
  legalBasis: 'Contract.',
  promise: { quote: 'Kept while used.', source: 'Privacy policy', sourceDate: '2023-09-08' },
  indices: [`${name}-*`],
  applicationField: 'sdkAppId',
  records: 'current-state',
  rules: {
    termination: { triggers: ['feature-terminated', 'account-deleted'], deadline: 'P7D', cancelWindow: 'P3D' },
  },
  schedule: 'rate(1 hour)',
  guard: { maxShare: 1, maxAccountShare: 1 },
});
const POLICY = parseRetentionPolicy(
  JSON.stringify({
    mode: 'enforce',
    earliest: '2015-01-01T00:00:00Z',
    reports: { index: 'retention-reports', maxAge: 'P1095D' },
    backups: 'P30D',
    categories: { settings: category('settings'), console: category('console') },
  }),
  'policy.yml',
);
/** One ring for all tests: making keys takes longer than using them. */
const RING = ringOf(newRing());

/** The accounts whose records are edited, each in a different state. `due` is overdue as well. */
export const ACCOUNTS = {
  receipted: '900000001',
  unreceipted: '900000002',
  due: '900000003',
  pending: '900000004',
  braked: '900000005',
  cancelled: '900000006',
  watched: '900000008',
  /** Due, but its records are never edited. */
  neighbour: '900000007',
} as const;

export type Stands = keyof typeof ACCOUNTS;

/** One of our own documents. */
export interface OwnDocument {
  readonly kind: 'entry' | 'event' | 'decision' | 'receipt';
  readonly of: Stands;
  readonly id: string;
  readonly source: object;
}

/** Whether searches find the edited values: they use the indexed ones. */
export type Visibility = 'by every search' | 'by none';

const archiveInMemory = () => {
  const copies = new Map<ArchiveKind, Map<string, object>>();
  const of = (kind: ArchiveKind): Map<string, object> => {
    const known = copies.get(kind) ?? new Map<string, object>();
    copies.set(kind, known);
    return known;
  };
  return {
    put: async (kind: ArchiveKind, id: string, content: object) => {
      // As in a sealed copy, only JSON values remain.
      if (!of(kind).has(id)) of(kind).set(id, JSON.parse(JSON.stringify(content)));
    },
    list: async function* (kind: ArchiveKind): AsyncGenerator<Archived> {
      for (const [id, content] of of(kind)) yield { id, content };
    },
    ids: async function* (kind: ArchiveKind) {
      yield* of(kind).keys();
    },
    removeOld: async () => ({ removed: 0 }),
  };
};

/** A ledger with one edited document, which contains the last written content. */
const editedLedger = () => {
  const ledger = inMemoryLedger();
  let edited: { readonly id: string; readonly seqNo: number; readonly seen: Visibility } | undefined;
  const find: Ledger['find'] = async (query, limit) => {
    const { entries } = await ledger.find(query, Number.POSITIVE_INFINITY);
    const read = edited && ledger.entries.get(edited.id);
    if (edited === undefined || read?.seqNo !== edited.seqNo || !edited.id.startsWith(`${query.category}/`))
      return { entries: entries.slice(0, limit), total: entries.length };
    const others = entries.filter(({ entry }) => entry.id !== edited?.id);
    const found = edited.seen === 'by none' ? others : [read, ...others];
    return { entries: found.slice(0, limit), total: found.length };
  };
  const edit = async (id: string, source: object, seen: Visibility): Promise<void> => {
    await ledger.write([{ entry: entryOf(source, id), read: ledger.entries.get(id) }]);
    edited = { id, seqNo: ledger.entries.get(id)?.seqNo ?? -1, seen };
  };
  return { ledger: { ...ledger, find }, entries: ledger.entries, edit };
};

/** The event log of a category with one edited document. */
const editedLog = (log: ReturnType<ReturnType<typeof inMemoryEventLogs>>) => {
  let edited: { readonly id: string; readonly source: object; readonly seen: Visibility } | undefined;
  const seen = <T extends { readonly id: string }>(found: readonly T[], all: readonly T[]): readonly T[] =>
    edited === undefined
      ? found
      : [
          ...all.filter(({ id }) => id === edited?.id && edited.seen === 'by every search'),
          ...found.filter(({ id }) => id !== edited?.id),
        ];
  const events: EventLog = {
    ...log,
    since: async (...given) => seen(await log.since(...given), [...log.kept.values()]),
    about: async (...given) => seen(await log.about(...given), [...log.kept.values()]),
    heardBetween: async (from, to = Number.POSITIVE_INFINITY, limit) => {
      const all = edited === undefined ? [] : readHeard(edited.source, edited.id);
      const within = all.filter(
        ({ id, heardAt }) => log.kept.has(id) && Date.parse(heardAt) >= from && Date.parse(heardAt) <= to,
      );
      return seen<{ id: string; heardAt: string }>(await log.heardBetween(from, to, limit), within);
    },
    restore: async (restored) => {
      if (restored.some(({ id }) => id === edited?.id)) edited = undefined;
      await log.restore(restored);
    },
  };
  return {
    events,
    edit: async (kind: 'event' | 'decision', id: string, source: object, visibility: Visibility): Promise<void> => {
      if (kind === 'event') {
        await log.restore([readEvent(source, id)]);
        edited = { id, source, seen: visibility };
        return;
      }
      log.decided.delete(id);
      for (const decision of readDecision(source, id)) log.decided.set(id, decision);
    },
  };
};

/**
 * The receipts of a category with one edited document. If it does not have the shape of a receipt, it counts as
 * missing, but its id stays occupied.
 */
const editedReceipts = (store: ReturnType<ReturnType<typeof inMemoryReceipts>>) => {
  const broken = new Set<string>();
  const shown = (receipts: readonly KeptReceipt[]) => receipts.filter(({ id }) => !broken.has(id));
  const changed = new Map<string, KeptReceipt>();
  const read = async (ids: readonly string[]) =>
    shown(await store.read(ids)).map((receipt) => changed.get(receipt.id) ?? receipt);
  const receipts: ReceiptStore = {
    ...store,
    read,
    keep: async (given) => {
      await store.keep(given);
      return new Map((await read(given.map(({ id }) => id))).map((receipt) => [receipt.id, receipt]));
    },
  };
  return {
    receipts,
    edit: (id: string, source: object): void => {
      if (isReceipt(source)) changed.set(id, { ...(source as KeptReceipt), id });
      else broken.add(id);
    },
  };
};

const NO_ONE = { stdin: { isTTY: false }, stdout: {}, stderr: { write: () => true } } as unknown as Terminal;

/** Ledger, event log, receipts and archive of two categories in memory, with every command that reads them. */
export class EditedRecords {
  readonly cluster = new InMemoryCluster();
  readonly archive = archiveInMemory();
  readonly told: string[] = [];
  readonly #ledger = editedLedger();
  readonly #logs = new Map<string, ReturnType<typeof editedLog>>();
  readonly #receipts = new Map<string, ReturnType<typeof editedReceipts>>();
  #now: Instant = START;
  #runs = 0;

  /**
   * The records after some weeks: an account for each of {@link ACCOUNTS}, in two categories.
   * @param hasBrake whether one of them is braked, so that nothing is called kept.
   */
  static async open(hasBrake: boolean): Promise<EditedRecords> {
    const records = new EditedRecords();
    await records.#fill(hasBrake);
    return records;
  }

  get entries(): ReadonlyMap<string, ReadEntry> {
    return this.#ledger.entries;
  }

  /** Accounts that still have documents in a category. */
  left(name: string): readonly string[] {
    return [...this.cluster.existing(`${name}-1`).documents.values()].flatMap(({ uin = [] }) => uin.map(String));
  }

  /** All our documents about an account in `settings`, in their stored form. */
  documents(of: Stands): readonly OwnDocument[] {
    const hashes = new Set(subjectHashes({ uin: ACCOUNTS[of] }, RING).map(({ hash }) => hash));
    const { kept, decided } = this.#memory.logs('settings');
    const entries = [...this.entries.values()].map(({ entry }) => entry);
    const own = entries.filter(({ category, subject }) => category === 'settings' && hashes.has(subject.hash));
    const receipts = own.flatMap(({ closures }) => closures.flatMap(({ receipt }) => receipt ?? []));
    const stored = (kind: OwnDocument['kind'], documents: readonly { readonly id: string }[]) =>
      documents.map((source): OwnDocument => ({ kind, of, id: source.id, source: JSON.parse(JSON.stringify(source)) }));
    return [
      ...stored('entry', own),
      ...stored(
        'event',
        [...kept.values()].filter(({ hash }) => hashes.has(hash)),
      ),
      ...stored(
        'decision',
        [...decided.values()].filter(({ hash }) => hashes.has(hash)),
      ),
      ...stored(
        'receipt',
        receipts.flatMap((id) => this.#memory.receipts('settings').kept.get(id) ?? []),
      ),
    ];
  }

  async edit({ kind, id }: OwnDocument, source: object, seen: Visibility): Promise<void> {
    if (kind === 'entry') await this.#ledger.edit(id, source, seen);
    else if (kind === 'receipt') this.#receiptsOf('settings').edit(id, source);
    else await this.#logOf('settings').edit(kind, id, source, seen);
  }

  /** Runs the purge of a category and finishes its erasures. */
  async run(name: string, withReceipts = true): Promise<Report> {
    this.#runs += 1;
    const found = POLICY.categories.get(name) as Category;
    const cluster = { uuid: 'in-memory', name: 'in-memory', version: '9.4.3' };
    const report = await purge(
      {
        runId: `run-${this.#runs}`,
        trigger: { source: 'schedule' },
        dryRun: false,
        cluster,
        policy: POLICY,
        category: found,
        budget: { remaining: () => Number.POSITIVE_INFINITY },
      },
      { ...this.#ports, erasureSource: this.#erasureSource() },
    );
    if (withReceipts) await finishErasures({ category: found, policy: POLICY, cluster }, this.#finishPorts, this.#now);
    return report;
  }

  /** The session for a command. */
  get session(): Session {
    const { ledger } = this.#ledger;
    const events = (name: string) => this.#logOf(name).events;
    const receipts = (name: string) => this.#receiptsOf(name).receipts;
    return {
      policy: POLICY,
      policyFile: 'policy.yml',
      host: 'localhost:9200',
      cluster: { uuid: 'in-memory', name: 'in-memory', version: '9.4.3' },
      categories: [...POLICY.categories.values()],
      ports: { ...this.#ports, witness: this.#witness(), erasureSource: this.#erasureSource() },
      erasure: {
        ...this.#finishPorts,
        ledger,
        events,
        receipts,
        accountReader: {
          describe: async ([pattern = '']: readonly string[]) => [describedIndex({ name: pattern.replace('*', '1') })],
          pages: (indices: readonly { readonly name: string }[]) => this.#accountsOf(indices),
        },
        subjectKeys: async () => RING,
        signingKeys: async () => RING.signing,
        archive: async () => this.archive,
        openRecord: async () => this.#record,
      },
      housekeeping: {
        ledger,
        events,
        receipts,
        reportStore: this.#ports.reportStore,
        controls: this.#ports.controls,
        categories: async () => ['settings', 'console'],
        hasEarlier: async () => false,
        archive: async () => this.archive,
        serverTime: async () => this.#now,
        clock: () => this.#now,
      },
    } as unknown as Session;
  }

  /** Accounts in use: the reinstated accounts. */
  readonly active = new Map([[ACCOUNTS.cancelled, 'all' as const]]);

  readonly terminal = NO_ONE;

  readonly #memory = { ledger: this.#ledger.entries, logs: inMemoryEventLogs(), receipts: inMemoryReceipts() };

  #logOf(name: string) {
    const known = this.#logs.get(name) ?? editedLog(this.#memory.logs(name));
    this.#logs.set(name, known);
    return known;
  }

  #receiptsOf(name: string) {
    const known = this.#receipts.get(name) ?? editedReceipts(this.#memory.receipts(name));
    this.#receipts.set(name, known);
    return known;
  }

  get #record(): RecordPorts {
    return {
      ledger: this.#ledger.ledger,
      events: (name) => this.#logOf(name).events,
      archiveEvent: (id, event) => this.archive.put('events', id, event),
      hashes: (subject) => subjectHashes(subject, RING),
      withProof: (entry, before) => withProof(entry, RING, before),
      proveConfirmation: proofsBy(RING.subject.keys),
      maxPerHour: Number.POSITIVE_INFINITY,
      clock: () => this.#now,
    };
  }

  get #finishPorts(): FinishPorts {
    const { ledger } = this.#ledger;
    return {
      ledger,
      events: (name) => this.#logOf(name).events,
      subjectKeys: async () => RING,
      hasEvidence: true,
      publisher: () => ({ publish: async (event) => void this.told.push(JSON.stringify(event)) }),
      openEvidence: async () => ({
        ledger,
        receipts: (name) => this.#receiptsOf(name).receipts,
        archive: this.archive,
        sign: async (receipt) => {
          const jws = await signReceipt(receipt, RING);
          return { jws, hash: receiptHash(jws) };
        },
        receiptIds: async () => receiptIdsBy(RING),
        sealer: async () => (opening, place) => sealOpening(opening, place, RING),
        publisher: { publish: async (event) => void this.told.push(JSON.stringify(event)) },
        clock: () => this.#now,
      }),
    };
  }

  readonly #ports = inMemoryPorts(this.cluster, () => this.#now);

  #witness(): LedgerWitness {
    return new LedgerWitness(POLICY, {
      ledger: this.#ledger.ledger,
      events: (name) => this.#logOf(name).events,
      archivedEvents: () => this.archive.ids('events'),
      subjectKeys: async () => RING,
      wait: async () => undefined,
    });
  }

  #erasureSource() {
    return ledgerErasures({
      controls: inMemoryControls(),
      ledger: this.#ledger.ledger,
      events: (name) => this.#logOf(name).events,
      clock: () => this.#now,
      policy: POLICY,
      witness: this.#witness(),
      subjectKeys: async () => RING,
      newOpening: () => `${this.#now}-${Math.random()}`.padStart(43, 'A').slice(0, 43),
      manifests: { events: (name) => this.#logOf(name).events, archive: async () => this.archive, period: 40 * DAY },
    });
  }

  async *#accountsOf(indices: readonly { readonly name: string }[]) {
    for (const { name } of indices) {
      const accounts = this.left(name.slice(0, name.indexOf('-')));
      yield { accounts: accounts.map((uin) => ({ uin, documents: 1 })) };
    }
  }

  async #tell(of: Stands, daysAgo: number, more: Partial<AccountEvent> = {}): Promise<void> {
    const event: AccountEvent = {
      requestId: `msg_${of}`,
      type: 'account-deleted',
      subject: { uin: ACCOUNTS[of] },
      at: this.#now - daysAgo * DAY,
      immediate: false,
      ...more,
    };
    await recordAccountEvent(event, [...POLICY.categories.values()], this.#record);
  }

  async #fill(hasBrake: boolean): Promise<void> {
    for (const name of ['settings', 'console'])
      for (const [of, uin] of Object.entries(ACCOUNTS))
        this.cluster.write(`${name}-1`, of, {
          timestamps: [START - 30 * DAY],
          ingested: [START - 30 * DAY],
          uin: [uin],
        });
    await this.#tell('receipted', 8);
    for (const name of ['settings', 'console']) await this.run(name);
    this.#now += DAY;
    await this.#tell('unreceipted', 8);
    await this.#tell('watched', 4);
    for (const name of ['settings', 'console']) await this.run(name, false);
    await this.#tell('cancelled', 8);
    await this.#tell('cancelled', 1, { type: 'account-reinstated', requestId: 'msg_back' });
    await this.#tell('due', 8, { source: 'person' });
    await this.#tell('pending', 1);
    await this.#tell('neighbour', 8);
    if (!hasBrake) return;
    await this.#tell('braked', 8);
    const hash = new Set(subjectHashes({ uin: ACCOUNTS.braked }, RING).map((each) => each.hash));
    for (const name of ['settings', 'console']) {
      const ofBraked = [...this.entries.values()].filter(
        ({ entry }) => entry.category === name && hash.has(entry.subject.hash),
      );
      const ports = { ...this.#record, events: (of: string) => this.#logOf(of).events };
      await brakeErasures(
        name,
        ofBraked.map((read) => ({ read, reason: 'rate' as const })),
        ports,
      );
    }
  }
}
