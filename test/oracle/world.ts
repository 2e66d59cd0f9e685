import { randomUUID } from 'node:crypto';
import { Client } from '@elastic/elasticsearch';
import pMap from 'p-map';
import { RetentionError } from '../../lib/base/errors.ts';
import type { Complaint, Destruction, Keeping, PromiseKind, Slot, Told } from '../simulation/oracle.ts';
import { DAY, erasableFrom, goesAfter, type Message, SKEW, takesBack } from '../simulation/promise.ts';
import { answers, before, type Fault, type Wire } from '../support/server/faulty-connection.ts';
import { Claims } from './claims.ts';
import { lateWrite, type PlannedWrite } from './content.ts';
import { disturbedWire } from './faults.ts';
import {
  type Meanwhile,
  type Plan,
  type PlannedControl,
  type PlannedFault,
  type PlannedMessages,
  planOf,
  type Size,
  type Step,
} from './plan.ts';
import { PresentDocuments } from './present-documents.ts';
import { type Answer, Product } from './product.ts';
import { blockedIn, createIndex, putTemplate, removeAll, send } from './server.ts';

/** What became of a world. */
export interface Course {
  readonly complaints: readonly Complaint[];
  readonly schedules: number;
  readonly documents: number;
  /** Runs of one category. */
  readonly runs: number;
  readonly closures: number;
  readonly receipts: number;
  readonly resurrected: number;
  /** How often each thing happened. */
  readonly happened: ReadonlyMap<string, number>;
}

/** Where worlds are. */
export interface Place {
  readonly url: string;
  /** Folder for snapshots that the server may write to. Absent: no world has snapshots. */
  readonly snapshots?: string;
  readonly size: Size;
  /** Called after a step with a complaint. */
  readonly onComplaint?: () => void;
  /** Whether no further step is needed, since something was found. */
  readonly isOver?: () => boolean;
  /** Called with each step. */
  readonly trace?: (line: string) => void;
}

/** Senders do not wait for each other. */
const TOLD_AT_ONCE = 6;

/** Between two runs. */
const LONG_GAP = 3 * DAY;

const PROMISES = ['age', 'erasure'] as const;
const BUSY = answers(429, 'es_rejected_execution_exception');
const DEAD = new Error('read ECONNRESET');
const iso = (at: number): string => new Date(at).toISOString();

interface CategorySaid {
  readonly category?: string;
  readonly state?: string;
  readonly report?: { readonly outcome: string; readonly documentsRemoved: number };
  readonly error?: { readonly code: string; readonly message: string };
}

/** What goes wrong while a message is recorded. */
interface Disturbance {
  readonly fault?: PlannedFault | undefined;
  /** The ledger is written after this. */
  readonly after?: Promise<unknown>;
}

const ledgerWrite = (id: string): RegExp => new RegExp(`/retention-${id}-ledger.*/_bulk`);

/** A world: documents, accounts and people on a real server, and the product. */
class World {
  readonly #plan: Plan;
  readonly #place: Place;
  readonly #client: Client;
  readonly #product: Product;
  readonly #documents: PresentDocuments;
  readonly #claims: Claims;
  readonly #told = new Map<string, Told>();
  readonly #happened = new Map<string, number>();
  readonly #releases: { readonly step: number; readonly keepings: readonly Keeping[]; readonly id: string }[] = [];
  readonly #blockedBefore = new Set<string>();
  #refused: PlannedWrite[] = [];
  #now: number;
  #runs = 0;
  /** When the last run ended during which something went wrong. */
  #disturbedAt = Number.NEGATIVE_INFINITY;
  #requests = 0;
  /** Searches of the last run that counted. */
  #counts = 0;
  #shipped = 0;
  readonly #ranAt = { age: 0, erasure: 0 };
  #snapshot: ReadonlyMap<string, readonly PlannedWrite[]> = new Map();
  #snapshotted = '';
  #returned: readonly PlannedWrite[] = [];

  constructor(plan: Plan, place: Place) {
    this.#plan = plan;
    this.#place = place;
    this.#now = plan.steps[0]?.at ?? 0;
    this.#client = new Client({ node: place.url, maxRetries: 0, requestTimeout: 120_000 });
    this.#product = new Product(plan.id, place.url, () => this.#now);
    this.#documents = new PresentDocuments(this.#client, plan.id, place.size.window);
    this.#claims = new Claims(this.#client, this.#documents, (kind) => this.#product.own(kind));
  }

  async run(): Promise<Course> {
    try {
      await putTemplate(this.#client, this.#plan.id);
      for (const index of this.#plan.indices) await createIndex(this.#client, index, this.#place.size.window);
      for (const [number, step] of this.#plan.steps.entries()) {
        if (this.#place.isOver?.() === true) break;
        await this.#step(step, number);
        if (this.#documents.complaints.length > 0) this.#place.onComplaint?.();
      }
    } finally {
      await removeAll(this.#client, this.#plan.id);
      this.#product.close();
      await this.#client.close();
    }
    return {
      complaints: this.#documents.complaints,
      schedules: this.#plan.schedules,
      documents: this.#documents.written,
      runs: this.#runs,
      closures: this.#claims.closures,
      receipts: this.#claims.receipts,
      resurrected: this.#documents.oracles.erasure.resurrected,
      happened: this.#happened,
    };
  }

  /** The number of the run: both categories have one at the same time. */
  get #run(): number {
    return this.#runs / PROMISES.length;
  }

  #hit(what: string, times = 1): void {
    this.#happened.set(what, (this.#happened.get(what) ?? 0) + times);
  }

  #trace(line: string): void {
    this.#place.trace?.(`${iso(this.#now)} ${line}`);
  }

  async #step(step: Step, number: number): Promise<void> {
    this.#now = step.at;
    await this.#write([...this.#refused.splice(0), ...step.writes]);
    this.#now += 1;
    if (step.snapshot === 'take') await this.#takeSnapshot();
    if (step.snapshot === 'restore') await this.#restore();
    await pMap(step.messages, (messages) => this.#tellAll(messages), { concurrency: TOLD_AT_ONCE });
    for (const release of this.#releases.filter((each) => each.step === number)) await this.#release(release);
    for (const control of step.controls) await this.#control(control);
    if (step.isHousekeeping === true) {
      const { code, text } = await this.#product.command(['housekeeping']);
      if (code !== 0) this.#documents.oracles.erasure.complain('bug', this.#now, `housekeeping: ${text}`);
      this.#hit('housekeeping');
    }
    this.#now += 1_000;
    if (step.isVerified === true) await this.#verify();
    await this.#purge(step);
    this.#now += 1;
    if (number === this.#plan.steps.length - 1) this.#claims.assertReceipts(this.#now);
    if (step.snapshot === 'restore') this.#assertReturned();
  }

  async #write(writes: readonly PlannedWrite[]): Promise<void> {
    const refused = await send(this.#client, writes);
    for (const write of writes) if (!refused.has(write)) this.#documents.add(write, this.#now);
    this.#refused.push(...refused);
    if (refused.size > 0) this.#hit('writes refused by a block', refused.size);
  }

  // Messages

  async #tellAll({ messages, fault, last }: PlannedMessages): Promise<void> {
    if (messages.length > 1) this.#hit('messages at the same time');
    const waiting = messages.filter((_, n) => n === last);
    const others = messages.filter((_, n) => n !== last).map((message) => this.#tell(message, { fault }));
    const after = Promise.allSettled(others);
    await Promise.all([...others, ...waiting.map((message) => this.#tell(message, { fault, after }))]);
    this.#now += 1;
  }

  /** A person tells again until the message is known. */
  async #tell(message: Message, disturbance: Disturbance = {}): Promise<void> {
    this.#requests += 1;
    const id = `msg_${this.#requests}`;
    const told = this.#toldAs(message, id);
    this.#hit(message.type);
    for (let tries = 0; tries < 5; tries++) {
      if (await this.#record(message, id, tries === 0 ? disturbance : {})) {
        this.#now += 1;
        for (const field of ['knownAt', 'archivedAt', 'recordedAt'] as const)
          told[field] = Math.min(told[field], this.#now);
        return;
      }
      this.#hit('message told again');
    }
    this.#documents.oracles.erasure.complain('bug', this.#now, `nobody takes ${JSON.stringify(message)}`);
  }

  async #record(message: Message, id: string, { fault, after }: Disturbance): Promise<boolean> {
    const waits = (wire: Wire): void => {
      if (after !== undefined)
        wire.on(
          ledgerWrite(this.#plan.id),
          before(() => after),
        );
    };
    const wire = disturbedWire(this.#plan.id, fault === undefined ? [] : [fault], waits);
    try {
      return await this.#product.record(message, id, wire.Connection);
    } catch (error) {
      if (!(error instanceof RetentionError)) throw error;
      return false;
    } finally {
      for (const [kind, times] of wire.met) this.#hit(`fault: ${kind}`, times);
    }
  }

  #toldAs({ type, account, at, immediate }: Message, id: string): Told {
    const key = JSON.stringify([type, account, at, immediate]);
    const never = Number.POSITIVE_INFINITY;
    const told: Told = this.#told.get(key) ?? {
      type,
      account,
      at,
      immediate,
      requestIds: new Set(),
      knownAt: never,
      archivedAt: never,
      recordedAt: never,
    };
    if (!this.#told.has(key)) {
      this.#told.set(key, told);
      this.#documents.oracles.erasure.told.push(told);
    }
    told.requestIds.add(id);
    return told;
  }

  // Holds and pauses

  #keepingsOf({ scope, account, index, promise }: PlannedControl): readonly Keeping[] {
    const promises = promise === undefined ? PROMISES : [promise];
    const about = index === undefined ? promises : ([index.includes('-log-') ? 'age' : 'erasure'] as const);
    return about.map((each) => ({
      promise: each,
      scope,
      from: Number.POSITIVE_INFINITY,
      until: Number.POSITIVE_INFINITY,
      placedAt: this.#now,
      releasedAt: Number.POSITIVE_INFINITY,
      ...(account !== undefined && { account }),
      ...(index !== undefined && { index }),
    }));
  }

  #keep(keepings: readonly Keeping[]): void {
    for (const keeping of keepings) this.#documents.oracles[keeping.promise].keepings.push(keeping);
  }

  async #control(control: PlannedControl): Promise<void> {
    const { and } = control;
    if (and !== undefined) this.#hit('holds at the same time');
    await Promise.all([this.#order(control), ...(and === undefined ? [] : [this.#order(and)])]);
    this.#now += 1;
  }

  /** Two commands at once may both create the index that remembers the controls. The advice is to run them again. */
  async #completed(args: readonly string[]) {
    const first = await this.#product.command(args);
    return first.text.includes('"store-busy"') ? this.#product.command(args) : first;
  }

  async #order(control: PlannedControl): Promise<void> {
    const { scope, account, index, promise, releasedIn } = control;
    const keepings = this.#keepingsOf(control);
    this.#keep(keepings);
    this.#hit(scope === 'pause' ? 'pause' : `hold of ${scope}`);
    const category = promise === undefined ? [] : ['--category', this.#product.categoryOf(promise)];
    const target = [
      ...(account === undefined ? [] : ['--uin', account.uin]),
      ...(account?.app === undefined ? [] : ['--app', account.app]),
      ...(index === undefined ? [] : ['--index', index]),
      ...category,
    ];
    const args =
      scope === 'pause'
        ? ['pause', '--reason', 'a test', '--until', iso(this.#now + 60 * DAY), ...category]
        : ['hold', '--reason', 'a test', '--by', 'tests', '--review-at', iso(this.#now + 300 * DAY), ...target];
    const { code, said, text } = await this.#completed(args);
    const isWhole = code === 0 || (scope === 'pause' && (said.stillDestroying as readonly unknown[])?.length === 0);
    if (!isWhole && !text.includes('till destroying')) throw new Error(text);
    // A run that has died may still be destroying: the command says so.
    this.#now += 1;
    if (isWhole) for (const keeping of keepings) keeping.from = this.#now;
    else this.#hit('hold that had to wait');
    this.#releases.push({ step: releasedIn, keepings, id: scope === 'pause' ? `pause ${promise}` : String(said.id) });
  }

  async #release({ keepings, id }: { readonly keepings: readonly Keeping[]; readonly id: string }): Promise<void> {
    for (const keeping of keepings) keeping.until = this.#now;
    this.#now += 1;
    const [, promise] = /^pause (\w+)$/.exec(id) ?? [];
    const args =
      promise === undefined
        ? ['release', id, '--by', 'tests']
        : ['resume', '--category', this.#product.categoryOf(promise as PromiseKind)];
    const { code, text } = await this.#product.command(args);
    if (code !== 0) this.#documents.oracles.erasure.complain('bug', this.#now, `${args[0]}: ${text}`);
    for (const keeping of keepings) Object.assign(keeping, { releasedAt: this.#now });
    this.#hit(promise === undefined ? 'release' : 'resume');
  }

  // Copies that come back

  async #takeSnapshot(): Promise<void> {
    const { snapshots } = this.#place;
    const { id, indices } = this.#plan;
    const own = indices.find(({ name }) => name.includes('-con-0-'))?.name ?? '';
    if (snapshots === undefined) return;
    await this.#client.indices.refresh({ index: own });
    const repository = { type: 'fs', settings: { location: `${snapshots}/${id}` } } as const;
    await this.#client.snapshot.createRepository({ name: id, repository });
    await this.#client.snapshot.create({ repository: id, snapshot: 'one', indices: own, wait_for_completion: true });
    this.#snapshotted = own;
    this.#snapshot = new Map([[own, [...(this.#documents.present.get(own)?.values() ?? [])]]]);
    this.#hit('snapshot');
  }

  /** Its content comes back under another name. The audit finds it, and the next run erases it. */
  async #restore(): Promise<void> {
    if (this.#snapshot.size === 0) return;
    const { id } = this.#plan;
    const restored = `${id}-con-back`;
    await this.#client.snapshot.restore({
      repository: id,
      snapshot: 'one',
      indices: this.#snapshotted,
      wait_for_completion: true,
      rename_pattern: '.+',
      rename_replacement: restored,
    });
    await this.#client.snapshot.delete({ repository: id, snapshot: 'one' });
    await this.#client.snapshot.deleteRepository({ name: id });
    this.#returned = [...this.#snapshot.values()].flat().map((write) => ({
      ...write,
      document: { ...write.document, index: restored },
    }));
    for (const write of this.#returned) this.#documents.add(write, this.#now);
    this.#hit('documents restored', this.#returned.length);
    this.#now += 1;
    const { code, text, said } = await this.#product.command([
      'audit',
      '--reopen',
      '--category',
      this.#product.categoryOf('erasure'),
    ]);
    if (code !== 0 && code !== 3) this.#documents.oracles.erasure.complain('bug', this.#now, `audit: ${text}`);
    this.#hit('erasures reopened', (said.reopened as readonly unknown[] | undefined)?.length ?? 0);
  }

  /** Of whoever has ended and was not taken back or held, nothing that came back may be left. */
  #assertReturned(): void {
    const oracle = this.#documents.oracles.erasure;
    for (const { document, mayStay } of this.#returned) {
      const isLeft = this.#documents.present.get(document.index)?.has(document.id) === true;
      const isKept = oracle.keepings.some(
        ({ account, releasedAt }) => releasedAt > this.#now && document.uins.includes(account?.uin ?? ''),
      );
      if (!isLeft || mayStay || isKept) continue;
      const owed = oracle.told.find(
        (told) =>
          goesAfter(told, document) &&
          erasableFrom(told) + DAY < this.#now &&
          !oracle.told.some((other) => other.type === 'account-reinstated' && other.account.uin === told.account.uin),
      );
      if (owed !== undefined)
        oracle.complain('late', this.#now, `${document.id} came back, and is still there: ${JSON.stringify(owed)}`);
    }
  }

  // Runs

  /** A person asks whether the promises are kept. Nothing goes wrong meanwhile. */
  async #verify(): Promise<void> {
    const at = this.#now;
    const { said, text } = await this.#product.command(['verify']);
    for (const promise of PROMISES) {
      const oracle = this.#documents.oracles[promise];
      const own = this.#saidOf(promise, said);
      this.#hit(`verify: ${own?.state}`);
      if (own?.state === undefined) oracle.complain('bug', at, `verify says nothing: ${text.slice(0, 2_000)}`);
      const instants = { startedAt: at, listedAt: at, countedAt: at };
      const run = { promise, name: `verify before run ${this.#runs}`, isByHand: false, ...instants };
      oracle.reported({ outcome: 'observed', kept: own?.state === 'kept' }, run, at);
    }
    this.#now += 1;
  }

  #saidOf(promise: PromiseKind, said: Answer['said']): CategorySaid | undefined {
    const category = this.#product.categoryOf(promise);
    return ((said.categories ?? []) as readonly CategorySaid[]).find((each) => each.category === category);
  }

  async #purge(step: Step): Promise<void> {
    const startedAt = this.#now;
    const by: { -readonly [K in keyof Destruction]: Destruction[K] } = {
      run: `run ${this.#runs}`,
      isByHand: false,
      startedAt,
      lookedAt: startedAt,
      plannedAt: startedAt,
      archiveLookedAt: startedAt,
    };
    const afterwards: (() => Promise<void>)[] = [];
    const wire = disturbedWire(this.#plan.id, step.faults, (open) => {
      for (const each of step.meanwhile) this.#meanwhile(each, open, step, by, afterwards);
    });
    if (step.late.length > 0 && !step.meanwhile.includes('write')) await this.#write(step.late);
    const answer = await this.#product.command(['purge', '--execute'], wire.Connection);
    this.#hit('requests', wire.sent(/./).length);
    this.#counts = wire.sent(/_msearch/).length;
    await wire.deliver();
    for (const each of afterwards) await each();
    for (const [kind, times] of wire.met) this.#hit(`fault: ${kind}`, times);
    const unplanned = wire.failed() - [...wire.met.values()].reduce((sum, times) => sum + times, 0);
    if (unplanned > 0 && step.meanwhile.length === 0) this.#hit('failed by itself', unplanned);
    await this.#documents.look(this.#now, by);
    const isQuiet = wire.failed() + wire.met.size + afterwards.length + step.meanwhile.length === 0;
    if (!isQuiet) this.#disturbedAt = this.#now;
    await this.#claims.read({ listedAt: startedAt, countedAt: this.#now }, this.#disturbedAt);
    for (const promise of PROMISES) this.#judge(promise, startedAt, answer, isQuiet);
    if (isQuiet) await this.#checkBlocks();
    this.#trace(`${by.run}: ${answer.code} ${String(answer.said.summary)}${isQuiet ? '' : ' (disturbed)'}`);
    if (this.#documents.complaints.length > 0) this.#trace(`${this.#documents.complaints.length} complaints`);
  }

  #judge(promise: PromiseKind, startedAt: number, { said, text }: Answer, isQuiet: boolean): void {
    const oracle = this.#documents.oracles[promise];
    this.#runs += 1;
    const own = this.#saidOf(promise, said);
    const excuses = new Set(isQuiet ? [] : ['disturbed']);
    const isPaused = oracle.keepings.some(
      (each) => each.scope === 'pause' && each.promise === promise && each.releasedAt >= startedAt,
    );
    if (isPaused) excuses.add('paused');
    // The schedules leave no such gaps.
    if (startedAt - this.#ranAt[promise] > LONG_GAP) excuses.add('gap');
    this.#ranAt[promise] = startedAt;
    const slot: Slot = { promise, startedAt, excuses };
    if (own?.error?.code === 'unexpected' || text.includes('This is a fault of ours'))
      oracle.complain('bug', this.#now, own?.error?.message ?? text);
    else if (isQuiet && own?.report === undefined)
      oracle.complain('bug', this.#now, `no report without a fault: ${text.slice(0, 2_000)}`);
    if (own?.report !== undefined) this.#hit(`run ${own.report.outcome}`);
    oracle.slotEnded(slot, this.#now);
    // What went while others did something may have gone before or after it.
    if (own?.report?.outcome === 'complete' && this.#now === startedAt)
      oracle.reported(
        { outcome: 'complete', kept: false },
        { promise, name: `run ${this.#runs}`, isByHand: false, startedAt, listedAt: startedAt, countedAt: startedAt },
        this.#now,
      );
  }

  /** A block of ours must not stay over two undisturbed runs: nobody could write. */
  async #checkBlocks(): Promise<void> {
    const blocked = await blockedIn(this.#client, this.#plan.id);
    for (const name of blocked)
      if (this.#blockedBefore.has(name))
        this.#documents.oracles.erasure.complain('blocked', this.#now, `${name} is still blocked for writes`);
    this.#blockedBefore.clear();
    for (const name of blocked) this.#blockedBefore.add(name);
  }

  // What others do during a run

  #meanwhile(
    what: Meanwhile,
    wire: Wire,
    step: Step,
    by: { -readonly [K in keyof Destruction]: Destruction[K] },
    afterwards: (() => Promise<void>)[],
  ): void {
    const { id } = this.#plan;
    switch (what) {
      case 'reinstate':
        // The request of the old permission is refused. Whoever asks for it again has to look again.
        wire.on(new RegExp(`^POST /${id}-con-\\d-(?!window).*/_delete_by_query`), async (send, body) => {
          await this.#documents.look(this.#now, by);
          if (!(await this.#reinstateSomebody())) return send();
          this.#now += 1;
          by.lookedAt = this.#now;
          by.archiveLookedAt = this.#now;
          this.#now += 1;
          return BUSY(send, body);
        });
        break;
      case 'repeat':
        // The run finds that somebody else has changed the entry.
        wire.on(
          ledgerWrite(id),
          before(() => this.#repeatSomething()),
          { skip: this.#run % 3 },
        );
        break;
      case 'close':
        wire.on(/_msearch/, this.#closes(afterwards), { skip: this.#someCount() });
        break;
      case 'ship': {
        const lines = [`^PUT /${id}-.*_block`, `^POST /${id}-.*_delete_by_query`, `^DELETE /${id}-`];
        const line = new RegExp(lines[this.#run % 3] ?? '');
        const ships = before(() => this.#ship(wire.sent(line).at(-1) ?? ''));
        wire.on(line, ships, { times: 3 });
        break;
      }
      case 'recreate':
        wire.on(new RegExp(`^DELETE /${id}-log-`), this.#recreates(step, by));
        break;
      case 'write': {
        const lines = [`_delete_by_query`, `^DELETE /${id}`, `/${id}-.*_block`, '_msearch'];
        wire.on(new RegExp(lines[this.#run % 4] ?? ''), async (send) => {
          await this.#write(step.late);
          this.#hit('written during a run', step.late.length);
          return send();
        });
        break;
      }
      case 'hold':
        wire.on(
          /_msearch/,
          async (send) => {
            const held = this.#holdMeanwhile(by);
            afterwards.push(() => held);
            return send();
          },
          { skip: this.#run % 3 },
        );
        break;
    }
  }

  /** The ends of accounts whose documents are about to go. */
  #dueEnds(): readonly Told[] {
    const oracle = this.#documents.oracles.erasure;
    const isDue = (told: Told): boolean =>
      told.type !== 'account-reinstated' &&
      erasableFrom(told) + SKEW < this.#now &&
      told.knownAt < this.#now &&
      !oracle.told.some((other) => takesBack(other, told));
    const present = oracle.present('erasure');
    return oracle.told.filter((told) => isDue(told) && present.some((document) => goesAfter(told, document)));
  }

  /** An account that is due comes back. */
  async #reinstateSomebody(): Promise<boolean> {
    const [account] = this.#dueEnds().map((told) => told.account);
    if (account === undefined) return false;
    this.#hit('reinstated between permission and request');
    await this.#tell({ type: 'account-reinstated', account, at: this.#now, immediate: false });
    return true;
  }

  /** A message about an account that is due comes once more. */
  async #repeatSomething(): Promise<void> {
    const [told] = this.#dueEnds();
    if (told === undefined) return;
    const { type, account, at, immediate } = told;
    await this.#tell({ type, account, at, immediate });
    this.#hit('message repeated during a run');
  }

  /**
   * Old events arrive late, in the indices that a request is about to destroy or to block, and documents of accounts
   * that have not ended.
   * @param line of that request.
   */
  async #ship(line: string): Promise<void> {
    const [, names = ''] = /^\S+ \/([^/?]+)/.exec(line) ?? [];
    const writes = names.split(',').flatMap((index) => {
      const there = this.#documents.present.get(index);
      const [old] = there?.values() ?? [];
      if (old === undefined) return [];
      this.#shipped += 1;
      return [lateWrite(index, { n: this.#shipped, date: Math.min(...old.document.dates, this.#now), at: this.#now })];
    });
    await this.#write(writes);
    this.#hit('shipped late during a run', writes.length);
  }

  /** One of the counts of a run, more often one of the last, from which its outcome comes. */
  #someCount(): number {
    const last = this.#counts - 1;
    return Math.max(0, this.#run % 3 === 0 ? this.#run % 5 : last - (this.#run % 4));
  }

  /** Somebody closes an index between the list and the count. */
  #closes(afterwards: (() => Promise<void>)[]): Fault {
    return async (send) => {
      const present = this.#documents.oracles.erasure.present('erasure');
      const due = this.#dueEnds();
      const isGoing = new Set(
        present.filter((document) => due.some((told) => goesAfter(told, document))).map((document) => document.index),
      );
      const all = this.#plan.indices.filter(({ name }) => name.includes('-con-')).map(({ name }) => name);
      const some = isGoing.size > 0 ? all.filter((name) => isGoing.has(name)) : all;
      const index = some[this.#run % some.length] ?? all[0] ?? '';
      const { statusCode } = await this.#client.indices.close({ index }, { meta: true, ignore: [404, 403] });
      if (statusCode === 200) {
        this.#hit('index closed during a run');
        this.#documents.closed.add(index);
        afterwards.push(async () => {
          await this.#client.indices.open({ index });
          this.#documents.closed.delete(index);
        });
      }
      return send();
    };
  }

  /** The answer to a drop is lost, and a writer creates the index again at once. */
  #recreates(step: Step, by: Destruction): Fault {
    return async (send) => {
      const { body } = await this.#client.indices.get({ index: `${this.#plan.id}-log-*` }, { meta: true });
      const before = new Set(Object.keys(body));
      await send();
      const after = await this.#client.indices.get({ index: `${this.#plan.id}-log-*` });
      const [gone] = [...before].filter((name) => !(name in after));
      if (gone !== undefined) {
        this.#documents.wentWhole(gone, this.#now, by);
        this.#now += 1;
        const date = step.at;
        const document = { index: gone, id: `again-${this.#runs}`, dates: [date], uins: [], apps: [] };
        const text = `{"@timestamp":"${iso(date)}"}`;
        await this.#write([{ text, document, promise: 'age', isUnreadable: false, mayStay: false }]);
        this.#hit('index created again after a lost answer');
      }
      throw DEAD;
    };
  }

  /** A hold of an account whose documents are about to go. What is there when it returns, stays. */
  async #holdMeanwhile(by: Destruction): Promise<void> {
    const oracle = this.#documents.oracles.erasure;
    const told = oracle.told.find(
      ({ type, account }) =>
        type !== 'account-reinstated' && oracle.present('erasure').some(({ uins }) => uins.includes(account.uin)),
    );
    if (told === undefined) return;
    const control = { scope: 'account', account: { uin: told.account.uin }, releasedIn: -1 } as const;
    const keepings = this.#keepingsOf(control);
    this.#keep(keepings);
    const until = iso(this.#now + 300 * DAY);
    const args = ['hold', '--reason', 'a test', '--by', 'tests', '--review-at', until, '--uin', told.account.uin];
    const { code } = await this.#product.command(args);
    if (code !== 0) return;
    await this.#documents.look(this.#now, by);
    this.#now += 1;
    for (const keeping of keepings) keeping.from = this.#now;
    this.#now += 1;
    this.#hit('hold during a run');
  }
}

/** Lets the world of a seed happen on a server, and removes it. */
export const live = async (seed: string, place: Place): Promise<Course> => {
  // The same world may be alive more than once on a server.
  const id = `o${seed.toLowerCase().replaceAll(/[^a-z0-9]/g, '')}x${randomUUID().slice(0, 4)}`;
  return new World(planOf(seed, id, Date.now(), place.size), place).run();
};
