import { confirmErasures } from '../../lib/erasure/brakes/braked-erasures.ts';
import { proofsBy } from '../../lib/erasure/brakes/decisions.ts';
import { LedgerWitness } from '../../lib/erasure/consistency/ledger-witness.ts';
import { ledgerErasures } from '../../lib/erasure/due/due-erasures.ts';
import type { AccountEvent, EventSource } from '../../lib/erasure/events/account-event.ts';
import { withProof } from '../../lib/erasure/ledger/obligation-proof.ts';
import { recordAccountEvent } from '../../lib/erasure/recording/record-account-event.ts';
import type { RecordPorts } from '../../lib/erasure/recording/record-ports.ts';
import type { Category, RetentionPolicy } from '../../lib/policy/retention-policy.ts';
import { DAY, HOUR } from '../../lib/policy/time/duration.ts';
import type { Instant } from '../../lib/policy/time/instant.ts';
import { purge } from '../../lib/purge/purge.ts';
import { testHashes } from '../support/erasure/erasure-fixture.ts';
import { TEST_RING } from '../support/erasure/key-ring-text.ts';
import { InMemoryCluster } from '../support/in-memory/in-memory-cluster.ts';
import { inMemoryPorts } from '../support/in-memory/in-memory-ports.ts';
import { inMemoryEventLogs, inMemoryLedger, NO_COPIES } from '../support/in-memory/records/in-memory-ledger.ts';
import { NOW } from '../support/purge/purge-fixture.ts';

/** One thing that happens. */
export type Step =
  | { readonly what: 'message'; readonly uin: string; readonly source: EventSource; readonly daysAgo: number }
  | { readonly what: 'return' | 'confirm' | 'tamper' | 'again'; readonly uin: string }
  | { readonly what: 'run' }
  | { readonly what: 'wait'; readonly hours: number };

/**
 * A category in memory, messages, persons and a thief who edits the ledger, and complaints: documents that a run took
 * of an account that was braked, and that nobody had confirmed.
 */
export class BrakedHistory {
  readonly complaints: string[] = [];
  readonly ledger = inMemoryLedger();
  readonly #cluster = new InMemoryCluster();
  readonly #ports: RecordPorts;
  readonly #policy: RetentionPolicy;
  readonly #category: Category;
  readonly #index: string;
  /** Accounts that were braked, and are until a person decides. */
  readonly #held = new Set<string>();
  readonly #sent: AccountEvent[] = [];
  #now: Instant = NOW;
  #count = 0;

  constructor(policy: RetentionPolicy, category: Category, accounts: readonly string[]) {
    this.#policy = policy;
    this.#category = category;
    this.#ports = {
      ledger: this.ledger,
      events: inMemoryEventLogs(),
      archiveEvent: async () => undefined,
      hashes: testHashes,
      withProof: (entry, before) => withProof(entry, TEST_RING, before),
      proveConfirmation: proofsBy(TEST_RING.subject.keys),
      maxPerHour: policy.terminations.maxPerHour,
      clock: () => this.#now,
    };
    this.#index = `${category.indices[0]?.replace('*', '')}a`;
    this.#cluster.create(this.#index);
    for (const uin of accounts)
      this.#cluster.write(this.#index, `of ${uin}`, { timestamps: [NOW - 30 * DAY], ingested: [], uin: [uin] });
  }

  /** Accounts that have documents. */
  get present(): ReadonlySet<string> {
    const documents = this.#cluster.indices.get(this.#index)?.documents.values() ?? [];
    return new Set([...documents].flatMap(({ uin = [] }) => uin.map(String)));
  }

  /** Accounts that are owed by what was heard. */
  get owed(): ReadonlySet<string> {
    return new Set(this.#open().flatMap(({ uin }) => uin ?? []));
  }

  async step(step: Step): Promise<void> {
    if (step.what === 'wait') this.#now += step.hours * HOUR;
    else if (step.what === 'run') await this.run();
    else await this.#happen(step);
    for (const { uin, state } of this.#open()) if (state === 'braked' && uin !== undefined) this.#held.add(uin);
  }

  /** Confirms everything that waits, and runs often enough. */
  async finish(): Promise<void> {
    await this.confirm();
    this.#now += 8 * DAY;
    for (let at = 0; at < 3; at++) {
      await this.run();
      await this.confirm();
      this.#now += HOUR;
    }
  }

  async confirm(uin?: string): Promise<void> {
    const { entries } = await this.ledger.find({ category: this.#category.id, states: ['braked'] }, 1_000);
    const meant = entries.filter(({ entry }) => uin === undefined || entry.uin === uin);
    await confirmErasures(this.#category.id, meant, this.#ports);
    for (const { entry } of meant) this.#held.delete(entry.uin ?? '');
  }

  async run(): Promise<void> {
    const before = this.present;
    const ports = inMemoryPorts(this.#cluster, () => this.#now);
    const erasureSource = ledgerErasures({
      ...this.#ports,
      controls: ports.controls,
      policy: this.#policy,
      witness: new LedgerWitness(this.#policy, {
        ...this.#ports,
        archivedEvents: NO_COPIES,
        subjectKeys: async () => TEST_RING,
        wait: async () => undefined,
      }),
      subjectKeys: async () => TEST_RING,
      newOpening: () => `${this.#count++}`.padStart(43, 'A'),
    });
    const facts = {
      trigger: { source: 'schedule' } as const,
      dryRun: false,
      cluster: { uuid: 'u', name: 'c', version: '9' },
    };
    const budget = { remaining: () => Number.POSITIVE_INFINITY };
    const run = { ...facts, runId: `run-${this.#count++}`, policy: this.#policy, category: this.#category, budget };
    await purge(run, { ...ports, erasureSource });
    const gone = [...before].filter((uin) => !this.present.has(uin));
    for (const uin of gone) if (this.#held.has(uin)) this.complaints.push(`${uin} was braked, and is erased`);
    const { minAccounts } = this.#category.guard;
    const unconfirmed = gone.filter((uin) => !this.#confirmed.has(uin));
    if (unconfirmed.length > minAccounts) this.complaints.push(`${unconfirmed.length} were erased at once`);
  }

  readonly #confirmed = new Set<string>();

  #open() {
    return [...this.ledger.entries.values()]
      .map(({ entry }) => entry)
      .filter(({ state }) => state === 'pending' || state === 'erasing' || state === 'braked');
  }

  async #happen(step: Exclude<Step, { what: 'wait' | 'run' }>): Promise<void> {
    const { uin } = step;
    if (step.what === 'message') await this.#message(uin, step.source, this.#now - step.daysAgo * DAY);
    if (step.what === 'again')
      for (const event of this.#sent.filter(({ subject }) => subject.uin === uin)) await this.#tell(event);
    if (step.what === 'confirm') {
      if (this.#open().some((entry) => entry.uin === uin && entry.state === 'braked')) this.#confirmed.add(uin);
      await this.confirm(uin);
    }
    if (step.what === 'tamper')
      for (const read of this.ledger.entries.values())
        if (read.entry.uin === uin && read.entry.state === 'braked')
          await this.ledger.write([{ entry: { ...read.entry, state: 'pending' }, read }]);
    if (step.what === 'return') {
      await this.#tell({
        requestId: 'back',
        type: 'account-reinstated',
        subject: { uin },
        at: this.#now,
        immediate: false,
      });
      this.#held.delete(uin);
      this.#confirmed.delete(uin);
    }
  }

  async #message(uin: string, source: EventSource, at: Instant): Promise<void> {
    const requestId = `msg_${this.#count++}`;
    const subject = { uin };
    const event = {
      requestId,
      type: 'account-deleted',
      subject,
      at,
      immediate: false,
      source,
      arrivedAt: this.#now,
    } as const;
    this.#sent.push(event);
    if (source === 'person') {
      this.#held.delete(uin);
      this.#confirmed.add(uin);
    }
    await this.#tell(event);
  }

  #tell(event: AccountEvent): Promise<unknown> {
    return recordAccountEvent(event, [this.#category], this.#ports);
  }
}
