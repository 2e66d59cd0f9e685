import { LedgerWitness } from '../../lib/erasure/consistency/ledger-witness.ts';
import { ledgerErasures } from '../../lib/erasure/due/due-erasures.ts';
import type { AccountEvent } from '../../lib/erasure/events/account-event.ts';
import type { Ledger } from '../../lib/erasure/ledger/ledger.ts';
import { type Closure, isOpen, type LedgerEntry } from '../../lib/erasure/ledger/ledger-entry.ts';
import { withProof } from '../../lib/erasure/ledger/obligation-proof.ts';
import { recordAccountEvent } from '../../lib/erasure/recording/record-account-event.ts';
import type { RecordPorts } from '../../lib/erasure/recording/record-ports.ts';
import type { Subject } from '../../lib/erasure/subjects/subject.ts';
import type { Category, RetentionPolicy } from '../../lib/policy/retention-policy.ts';
import type { TerminationRule } from '../../lib/policy/rules/rules.ts';
import type { Instant } from '../../lib/policy/time/instant.ts';
import type { DocumentRemover } from '../../lib/purge/document-remover.ts';
import { type Ports, purge } from '../../lib/purge/purge.ts';
import type { Report } from '../../lib/purge/report/report.ts';
import { testHashes } from '../support/erasure/erasure-fixture.ts';
import { TEST_RING } from '../support/erasure/key-ring-text.ts';
import { InMemoryCluster, type InMemoryDocument } from '../support/in-memory/in-memory-cluster.ts';
import { inMemoryPorts } from '../support/in-memory/in-memory-ports.ts';
import { inMemoryControls } from '../support/in-memory/records/in-memory-controls.ts';
import {
  inMemoryEventLogs,
  inMemoryLedger,
  NO_COPIES,
  NO_LIMITS,
} from '../support/in-memory/records/in-memory-ledger.ts';
import { NOW } from '../support/purge/purge-fixture.ts';
import { ACCOUNT_TYPES, type ErasureEvents, INDICES, type Mishap, type Outage, TICK } from './arbitrary-erasures.ts';
import { ACCOUNTS, APPLICATIONS } from './arbitrary-terminations.ts';
import { type Disturbance, disturbed, disturbedPorts } from './disturbed-ports.ts';
import { goesWith, isOf, type Owed, owedAfter } from './termination-oracle.ts';

/** Few enough for a handful of documents to need several requests. */
const SLICE_DOCUMENTS = 2;
const SUBJECTS: readonly Subject[] = ACCOUNTS.flatMap((uin) => [
  { uin },
  ...APPLICATIONS.map((sdkAppId) => ({ uin, sdkAppId })),
]);
const CONDITIONS = {
  closed: { open: false },
  red: { health: 'red' },
  blocked: { blocks: ['write'] },
} as const satisfies Record<Outage['condition'], object>;

const isSame = (a: Subject, b: Subject): boolean => a.uin === b.uin && a.sdkAppId === b.sdkAppId;

type Complain = (what: string) => void;

const checkDays = ({ obligation }: LedgerEntry, owed: Owed, complain: Complain): void => {
  if (owed.eraseBy !== obligation?.eraseBy) complain('it owes for another day');
  if (owed.eraseFrom !== obligation?.eraseFrom) complain('it erases from another day on');
};

/** An open entry names its subject; a closed one has no identifier in it. */
const checkNames = (entry: LedgerEntry, { uin, sdkAppId }: Subject, text: string, complain: Complain): void => {
  if (isOpen(entry) !== text.includes(`"uin":"${uin}"`)) complain('it names somebody, or not');
  if (!isOpen(entry) && (text.includes(uin) || text.includes(sdkAppId ?? '"uin"')))
    complain('it is closed, and has an identifier in it');
};

/**
 * A cluster and a ledger in memory, what was written and told, runs in which things go wrong, and complaints: whatever
 * was done or said that the oracle does not bear out.
 */
export class ErasureHistory {
  readonly complaints: string[] = [];
  readonly cluster = new InMemoryCluster();
  readonly #ledger = inMemoryLedger();
  readonly #heard: AccountEvent[] = [];
  readonly #record: RecordPorts;
  readonly #ports: Ports;
  readonly #category: Category;
  readonly #rule: TerminationRule;
  readonly #policy: RetentionPolicy;
  readonly #events: ErasureEvents;
  /**
   * Documents erased for an entry since its last closure; and whether one of them came in after the plan of its run.
   */
  readonly #erased = new Map<string, number>();
  /** For which termination the last of them was. */
  readonly #erasedUnder = new Map<string, Instant | undefined>();
  #unplanned = new Set<string>();
  readonly #unplannedOf = new Set<string>();
  #counted: { readonly at: Instant; readonly documents: ReadonlyMap<string, InMemoryDocument> } | undefined;
  /** How many events had been heard at each look of a run at the ledger. */
  readonly #looks: number[] = [];
  #listed: ReadonlySet<string> = new Set();
  #now: Instant = NOW;
  #tick = 0;
  #documents = 0;
  #openings = 0;

  constructor(policy: RetentionPolicy, category: Category, events: ErasureEvents) {
    this.#policy = policy;
    this.#category = category;
    this.#rule = category.rules.termination as TerminationRule;
    this.#events = events;
    const clock = (): Instant => this.#now;
    this.#record = {
      ledger: this.#ledger,
      events: inMemoryEventLogs(),
      archiveEvent: async () => undefined,
      hashes: testHashes,
      withProof: (entry, before) => withProof(entry, TEST_RING, before),
      ...NO_LIMITS,
      clock,
    };
    this.#ports = inMemoryPorts(this.cluster, clock, SLICE_DOCUMENTS);
    for (const [at, type] of ACCOUNT_TYPES.entries()) {
      const { description } = this.cluster.create(this.#nameOf(at));
      const account = { type, searchable: true, aggregatable: true };
      this.cluster.describe(description.name, { fields: new Map([...description.fields, ['uin', account]]) });
    }
  }

  get now(): Instant {
    return this.#now;
  }

  get entries(): readonly LedgerEntry[] {
    return [...this.#ledger.entries.values()].map(({ entry }) => entry);
  }

  /** What is there, by id, whether its index answers or not. */
  get present(): ReadonlyMap<string, InMemoryDocument> {
    return new Map([...this.cluster.indices.values()].flatMap(({ documents }) => [...documents]));
  }

  /** What was erased for an entry since its last closure. */
  erasedFor(id: string): number {
    return this.#erased.get(id) ?? 0;
  }

  /** What is owed to a subject by the events heard so far, with what its entry says is done left out. */
  owedTo(
    entry: Pick<LedgerEntry, 'doneThrough' | 'trigger'>,
    subject: Subject,
    heard: readonly AccountEvent[] = this.#heard,
  ): Owed | undefined {
    const since = entry.doneThrough ?? Number.NEGATIVE_INFINITY;
    const own = heard.filter(
      (event) => isSame(event.subject, subject) && (event.type === 'account-reinstated' || event.at > since),
    );
    return owedAfter(own, entry.trigger, this.#rule);
  }

  /** Whom an entry is about, closed or not. */
  subjectOf(entry: LedgerEntry): Subject {
    const found = SUBJECTS.find((subject) => testHashes(subject)[0]?.hash === entry.subject.hash);
    if (found === undefined) throw new Error(`an entry about nobody: ${entry.id}`);
    return found;
  }

  /** What happens before the next run, and the run, at its scheduled time. Undefined when it failed. */
  async tick(): Promise<Report | undefined> {
    const tick = this.#tick;
    for (const outage of this.#events.outages)
      if (tick > outage.tick + outage.ticks) this.#set(outage.index, { open: true, health: 'green', blocks: [] });
    await this.#happen((when) => when.tick === tick && when.during === undefined);
    const report = await this.#run(this.#disturbance(tick)).catch(() => undefined);
    this.#checkEntries();
    this.#tick += 1;
    this.#now += TICK;
    return report;
  }

  #nameOf(index: number): string {
    return `${this.#category.indices[0]?.replace('*', '')}${index}`;
  }

  #set(index: number, changes: Parameters<InMemoryCluster['describe']>[1]): void {
    this.cluster.describe(this.#nameOf(index), changes);
  }

  async #happen(
    isNow: (when: { readonly tick: number; readonly during: { call: string; nth: number } | undefined }) => boolean,
  ): Promise<void> {
    for (const { index, document } of this.#events.written.filter(isNow)) this.#write(index, document);
    for (const { index, condition } of this.#events.outages.filter(isNow)) this.#set(index, CONDITIONS[condition]);
    for (const { event } of this.#events.heard.filter(isNow)) {
      this.#heard.push(event);
      await recordAccountEvent(event, [this.#category], this.#record);
    }
  }

  #write(index: number, document: InMemoryDocument): void {
    this.#documents += 1;
    const id = `document-${this.#documents}`;
    try {
      this.cluster.write(this.#nameOf(index), id, document);
      this.#unplanned.add(id);
    } catch {
      // Refused: the writer knows.
    }
  }

  #disturbance(tick: number): Disturbance {
    const seen = new Map<string, number>();
    const mishaps = this.#events.mishaps.filter((mishap) => mishap.tick === tick);
    let crashed = false;
    return async (call) => {
      const kind = call.replace(/.*\./, '');
      const nth = (seen.get(kind) ?? -1) + 1;
      seen.set(kind, nth);
      const isNow = (at: Mishap['at'] | undefined): boolean => at?.call === kind && at.nth === nth;
      await this.#happen((when) => when.tick === tick && isNow(when.during));
      if (crashed) return 'fail';
      const mishap = mishaps.find(({ at }) => isNow(at));
      if (mishap === undefined) return 'succeed';
      crashed = mishap.kind === 'crash';
      return mishap.answerLost ? 'lose-answer' : 'fail';
    };
  }

  async #run(disturbance: Disturbance): Promise<Report> {
    const { remover, store } = this.#ports;
    const ports: Ports = {
      ...this.#ports,
      remover: { ...remover, drop: this.#watched(remover.drop), deleteSlice: this.#watched(remover.deleteSlice) },
      store: {
        ...store,
        describe: async (...given) => {
          this.#listed = new Set(this.cluster.indices.keys());
          return store.describe(...given);
        },
        count: async (...given) => {
          // An index that is made between list and count is as one that is made after it.
          const indices = [...this.cluster.indices.values()].filter((each) => this.#listed.has(each.description.name));
          this.#counted = { at: this.#now, documents: new Map(indices.flatMap(({ documents }) => [...documents])) };
          return store.count(...given);
        },
      },
      erasureSource: ledgerErasures({
        controls: inMemoryControls(),
        ledger: disturbed(this.#watchedLedger, 'ledger', disturbance),
        events: this.#record.events,
        clock: () => this.#now,
        policy: this.#policy,
        witness: new LedgerWitness(this.#policy, {
          ledger: this.#ledger,
          events: this.#record.events,
          archivedEvents: NO_COPIES,
          subjectKeys: async () => TEST_RING,
          wait: async () => undefined,
        }),
        subjectKeys: async () => TEST_RING,
        newOpening: () => `${this.#openings++}`.padStart(43, 'A'),
      }),
    };
    this.#unplanned = new Set();
    return purge(
      {
        runId: `run-${this.#tick}`,
        trigger: { source: 'schedule' },
        dryRun: false,
        cluster: { uuid: 'in-memory', name: 'in-memory', version: '9.4.3' },
        policy: this.#policy,
        category: this.#category,
        budget: { remaining: () => Number.POSITIVE_INFINITY },
      },
      disturbedPorts(ports, disturbance),
    );
  }

  get #watchedLedger(): Ledger {
    return {
      ...this.#ledger,
      read: async (ids) => {
        this.#looks.push(this.#heard.length);
        return this.#ledger.read(ids);
      },
      changed: async (reads) => {
        this.#looks.push(this.#heard.length);
        return this.#ledger.changed(reads);
      },
    };
  }

  /**
   * Whatever a destructive call destroys must be owed at the last look at the ledger before it, by what has been heard
   * then. Every index may be at work at once, and each looks for itself.
   */
  #watched<T extends DocumentRemover['drop'] | DocumentRemover['deleteSlice']>(destroy: T): T {
    const watched = async (...given: Parameters<T>): Promise<unknown> => {
      const before = this.present;
      try {
        return await Reflect.apply(destroy, undefined, given);
      } finally {
        const after = this.present;
        for (const [id, document] of before) if (!after.has(id)) this.#judge(id, document);
      }
    };
    return watched as unknown as T;
  }

  #judge(id: string, document: InMemoryDocument): void {
    const known = [...this.#looks.slice(-INDICES), this.#heard.length].map((length) => this.#heard.slice(0, length));
    const owing = this.entries.filter((entry) => {
      const subject = this.subjectOf(entry);
      return known.some((heard) => {
        const owed = this.owedTo(entry, subject, heard);
        if (owed === undefined || owed.eraseFrom > this.#now) return false;
        return goesWith(document, subject, entry.trigger, owed.terminatedAt);
      });
    });
    if (owing.length === 0) this.complaints.push(`${id} was erased, and owed to nobody: ${JSON.stringify(document)}`);
    for (const entry of owing) {
      this.#erased.set(entry.id, this.erasedFor(entry.id) + 1);
      this.#erasedUnder.set(entry.id, entry.obligation?.terminatedAt);
      if (this.#unplanned.has(id)) this.#unplannedOf.add(entry.id);
    }
  }

  readonly #closures = new Map<string, number>();

  #checkEntries(): void {
    for (const entry of this.entries) {
      const subject = this.subjectOf(entry);
      const owed = this.owedTo(entry, subject);
      const text = JSON.stringify(entry);
      const complain = (what: string): void => void this.complaints.push(`tick ${this.#tick}: ${what}: ${text}`);
      if (isOpen(entry) !== (owed !== undefined)) complain('it is open, or not, against what is owed');
      if (owed !== undefined) checkDays(entry, owed, complain);
      checkNames(entry, subject, text, complain);
      this.#checkClosures(entry, subject, complain);
      if (entry.progress.documentsErased > this.erasedFor(entry.id) && isOpen(entry))
        complain(`it says more was erased than the ${this.erasedFor(entry.id)} that were`);
      if (!isOpen(entry) || entry.state === 'pending') this.#forget(entry.id);
    }
  }

  #forget(id: string): void {
    this.#erased.delete(id);
    this.#unplannedOf.delete(id);
  }

  #checkClosures(entry: LedgerEntry, subject: Subject, complain: Complain): void {
    const known = this.#closures.get(entry.id) ?? 0;
    this.#closures.set(entry.id, entry.closures.length);
    if (entry.closures.length > known + 1) complain('it was closed twice at once');
    const closure = entry.closures[known];
    if (closure === undefined) return;
    if (closure.closedAt < closure.obligation.eraseFrom) complain('it was closed before its window had ended');
    this.#checkLeft(entry, closure, subject, complain);
    this.#checkCount(entry, closure, `${entry.id} ${known}`, complain);
    this.#forget(entry.id);
  }

  /** Nothing was left that goes with it when it was closed. */
  #checkLeft(entry: LedgerEntry, { obligation, closedAt }: Closure, subject: Subject, complain: Complain): void {
    // One that comes back is closed by the count of the run before; if there has been another since, we cannot look at
    // that.
    const counted = this.#counted?.at === closedAt ? this.#counted.documents : [];
    for (const [id, document] of counted) {
      if (goesWith(document, subject, entry.trigger, obligation.terminatedAt))
        complain(`it was closed while ${id} was left`);
      if (
        (entry.doneThrough ?? 0) > obligation.terminatedAt &&
        entry.trigger === 'feature-terminated' &&
        isOf(subject, document)
      )
        complain(`it takes all use for ended, and ${id} is left`);
    }
  }

  #checkCount(entry: LedgerEntry, { obligation, progress, state }: Closure, name: string, complain: Complain): void {
    const erased = this.erasedFor(entry.id);
    if ((state === 'erased') !== progress.documentsErased > 0) complain('its state is not what was counted');
    if (progress.documentsErased > erased) complain(`it says more was erased than the ${erased} that were`);
    // Once one hears of an earlier termination, new use by that one cannot be told from what was counted before.
    const isMoved = erased > 0 && this.#erasedUnder.get(entry.id) !== obligation.terminatedAt;
    const isVague = isMoved && progress.newUse > 0;
    // What came in after the plan was counted by nobody.
    if (state === 'nothing-found' && erased > 0 && !this.#unplannedOf.has(entry.id) && !isVague)
      complain(`it found nothing, and ${erased} were erased`);
    if (!isVague) this.lastErased.set(name, { said: progress.documentsErased, erased });
  }

  /** Of every closure that can know: what it says was erased, and what was. */
  readonly lastErased = new Map<string, { readonly said: number; readonly erased: number }>();
}
