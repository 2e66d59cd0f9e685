import { readFileSync } from 'node:fs';
import { RetentionError } from '../../lib/base/errors.ts';
import { replay } from '../../lib/cli/commands/records/replay-archive.ts';
import type { Result } from '../../lib/cli/output/result.ts';
import type { Session } from '../../lib/cli/session.ts';
import { finishErasures } from '../../lib/erasure/due/finish-erasures.ts';
import type { AccountEvent } from '../../lib/erasure/events/account-event.ts';
import { ERASED_DATA_RETURNED, PURGE_UNFINISHED, SENDERS } from '../../lib/erasure/events/bus-sources.ts';
import type { PublishedEvent } from '../../lib/erasure/events/event-publisher.ts';
import { DETAIL_TYPES } from '../../lib/erasure/intake/bus-event.ts';
import { isReturnedEvent, returnedEvents } from '../../lib/erasure/intake/returned-event.ts';
import type { ReadEntry } from '../../lib/erasure/ledger/ledger.ts';
import { type Closure, isReopened, type LedgerEntry } from '../../lib/erasure/ledger/ledger-entry.ts';
import { issuedReceipt } from '../../lib/erasure/receipts/receipt.ts';
import type { KeptReceipt } from '../../lib/erasure/receipts/receipt-store.ts';
import { Gathering } from '../../lib/erasure/recording/gathering.ts';
import { placesOf, recordEverywhere } from '../../lib/erasure/recording/record-everywhere.ts';
import { type Continuation, continuationOf } from '../../lib/lambda/continuation.ts';
import { fateOf, isFinalError } from '../../lib/lambda/failures/event-fate.ts';
import type { FunctionInvocation } from '../../lib/lambda/invocation.ts';
import { recordEvent } from '../../lib/lambda/record-event.ts';
import { reopenReturned } from '../../lib/lambda/reopen-returned.ts';
import { runCategory } from '../../lib/lambda/run-category.ts';
import { runHousekeeping } from '../../lib/maintenance/housekeeping.ts';
import { parseRetentionPolicy } from '../../lib/policy/parsing/parse-retention-policy.ts';
import type { Category, RetentionPolicy } from '../../lib/policy/retention-policy.ts';
import { assertClocksAgree, readClocks } from '../../lib/purge/clocks.ts';
import { purge } from '../../lib/purge/purge.ts';
import type { Report } from '../../lib/purge/report/report.ts';
import type { InMemoryDocument, InMemoryIndex } from '../support/in-memory/in-memory-cluster.ts';
import { returnedAccounts } from './account-audit.ts';
import { ControlDesk } from './control-desk.ts';
import { ArchiveInMemory } from './copies-in-memory.ts';
import { Coverage } from './coverage.ts';
import {
  CATEGORIES,
  type Event,
  eventsOf,
  type Fault,
  type History,
  type MessageEvent,
  type OutageEvent,
  type PauseEvent,
  type When,
  type WriteEvent,
} from './history.ts';
import { FUNCTION_TIME, Invocation, Stores, type Surroundings } from './invocations.ts';
import { type Complaint, Oracle, type PromiseKind, type Slot, type Told } from './oracle.ts';
import { Actor, PortCalls } from './port-calls.ts';
import { DAY, HOUR, type Message, MINUTE, SKEW, type WrittenDocument } from './promise.ts';
import { fractionOf, hashOf } from './random.ts';
import { Timeline } from './timeline.ts';
import { WatchedCluster } from './watched-cluster.ts';

/** The shipped policy, with its promises kept. */
const POLICY: RetentionPolicy = parseRetentionPolicy(
  readFileSync(new URL('../../retention-policy.yml', import.meta.url), 'utf8').replace(
    /^mode: observe$/m,
    'mode: enforce',
  ),
  'retention-policy.yml',
);

/** As the schedules of the shipped policy. */
const BETWEEN = { age: 15 * MINUTE, erasure: HOUR } as const;
const PREFIX = { age: 'trtc-backend-log-', erasure: 'trtc-console-configuration-' } as const;

/** Lambda tries again twice, after one and two minutes. */
const RETRIES = [MINUTE, 2 * MINUTE] as const;

/** Older messages are refused: what came after them may be forgotten. */
const REMEMBERED = 45 * DAY;

/** A person repeats a command every five minutes until it succeeds. */
const MOST_TRIES = 100;

/** A lease without its holder ends after this long. */
const LEASE = 2 * MINUTE;

/** What became of a world. */
export interface Course {
  readonly complaints: readonly Complaint[];
  /** Runs from lease to report. */
  readonly runs: number;
  readonly coverage: ReadonlyMap<string, number>;
  /** The same for the same course. */
  readonly fingerprint: string;
}

/** One scheduled time of a category's function, or of the audit with everything that follows from it. */
interface OpenSlot extends Slot {
  readonly of: 'run' | 'audit';
  readonly number: number;
  readonly actors: Actor[];
  /** How many invocations for it have not ended. */
  open: number;
}

const categoryOf = (promise: PromiseKind): string => CATEGORIES[promise];
const promiseOf = (category: string): PromiseKind => (category === CATEGORIES.age ? 'age' : 'erasure');

/** What an event asks a function for. Lambda passes the same event again; the function then begins another run. */
const continuation = (event: unknown, promise: PromiseKind, { name }: Actor): Continuation => {
  const { 'detail-type': type } = event as { readonly 'detail-type': string };
  if (type === PURGE_UNFINISHED) return continuationOf(event, categoryOf(promise));
  return { originId: uuidOf(name), hop: 0, trigger: { source: 'schedule' } };
};

/** An id in the form of a UUID. */
const uuidOf = (text: string): string =>
  `${hashOf(text).toString(16).padStart(8, '0')}-0000-4000-8000-${hashOf(text, 1).toString(16).padStart(12, '0')}`;

/**
 * One world: a cluster, functions on their schedules, an account system, people, and everything of a history that
 * happens to them. Time passes only as things happen.
 */
class World {
  readonly #history: History;
  readonly #timeline: Timeline;
  readonly #coverage = new Coverage();
  readonly #calls: PortCalls;
  readonly #stores: Stores;
  readonly #oracle = new Oracle();
  readonly #surroundings: Surroundings;
  readonly #desk: ControlDesk;
  readonly #actors: Actor[] = [];
  readonly #told = new Map<string, Told>();
  readonly #entryClosedAt = new Map<string, number>();
  /** Where an entry was watched: what was known of its run then. */
  readonly #countedFor = new Map<string, { readonly listedAt: number; readonly countedAt: number }>();
  readonly #claims = new Set<string>();
  readonly #names = new Map<string, number>();
  /** By the id that its messages carry. */
  readonly #audits = new Map<string, OpenSlot>();
  #runs = 0;
  /** Indices that are there and cannot be seen, while they are restored or renamed. */
  readonly #missing = new Map<string, InMemoryIndex>();
  #holds = 0;
  /** Until a person has run `replay` after a restore of the ledger. */
  #awaitsReplay = false;
  #replayedAt = Number.NEGATIVE_INFINITY;

  constructor(history: History, trace?: (line: string) => void) {
    this.#history = history;
    this.#timeline = new Timeline(history.start);
    const faults = eventsOf('fault', history);
    this.#calls = new PortCalls(this.#timeline, this.#coverage, faults, trace);
    this.#calls.onFault = (actor, fault) => this.#faultHappened(actor, fault);
    const outages = eventsOf('port-outage', history);
    if (outages.length > 0)
      this.#calls.isOut = (step) => {
        const at = this.#timeline.now - history.start;
        return outages.some(({ port, from, until }) => step.startsWith(`${port}.`) && from <= at && at < until);
      };
    this.#calls.onEffect = (actor, step, given) => this.#effect(actor, step, given);
    const cluster = new WatchedCluster((index, ids) => this.#destroyed(index, ids));
    if (history.templated) cluster.templates = Object.values(PREFIX).map((prefix) => `${prefix}*`);
    const now = () => this.#timeline.now;
    const archive = new ArchiveInMemory(now);
    archive.onPut = (kind, content) => {
      if (kind === 'events') this.#knownTo((content as AccountEvent).requestId, true);
    };
    this.#stores = new Stores(cluster, archive, now);
    this.#stores.onLost = (body) => this.#lost(body);
    this.#watchRecords();
    this.#surroundings = {
      policy: POLICY,
      stores: this.#stores,
      calls: this.#calls,
      now,
      clusterNow: () => now() + this.#skewOf('cluster'),
      publish: (event) => this.#published(event),
      wait: (actor, milliseconds) =>
        new Promise((resolve) => this.#timeline.plan(now() + milliseconds, () => void (actor.isDead || resolve()))),
    };
    this.#desk = new ControlDesk({
      timeline: this.#timeline,
      surroundings: this.#surroundings,
      categoryOf,
      indexName: (promise, index) => this.#indexName(promise, index),
      newActor: (promise, what) => this.#newActor(promise, what),
      follow: (actor, work, done, again) => this.#follow(actor, work, done, again),
      kept: (keeping) => this.#oracle.keepings.push(keeping),
    });
  }

  /** Follows a command of a person, who gives it again if it fails or dies. */
  #follow(actor: Actor, work: Promise<Result>, done: (result: Result) => void, again: () => void): void {
    this.#onCrash.set(actor, again);
    this.#live(actor, work).then(done, again);
  }

  /** Lets the whole history happen. */
  async run(): Promise<Course> {
    for (const promise of this.#history.promises)
      for (let index = 0; index < this.#history.indices; index++) this.#create(promise, index);
    if (this.#history.hasEmptied)
      for (const promise of this.#history.promises)
        this.#stores.cluster.create(`${PREFIX[promise]}emptied`).operations = 2;
    for (const event of this.#history.events) this.#plan(event);
    for (const promise of this.#history.promises) {
      this.#schedule(promise);
      if (promise === 'erasure') this.#scheduleAudits();
    }
    await null;
    await this.#timeline.run(Number.POSITIVE_INFINITY);
    this.#coverage.hit('erased again', this.#oracle.erasedAgain);
    return {
      complaints: this.#oracle.complaints,
      runs: this.#runs,
      coverage: this.#coverage.counts,
      fingerprint: (this.#calls.fingerprint >>> 0).toString(16),
    };
  }

  // What happens

  #at(when: When, happen: () => unknown): void {
    if ('at' in when) this.#timeline.plan(this.#history.start + when.at, happen);
    else this.#calls.anchor(when, () => void happen());
  }

  #plan(event: Event): void {
    const { start } = this.#history;
    switch (event.kind) {
      case 'write':
        // Documents from before the start are there when it begins.
        if ('at' in event.when && event.when.at < 0) this.#write(event, start + event.when.at);
        else this.#at(event.when, () => this.#writeNow(event, 0));
        break;
      case 'message':
        this.#at(event.when, () => this.#tell(event));
        break;
      case 'run':
        this.#at(event.when, () => this.#runAgain(event));
        break;
      case 'hold':
        this.#at(event.when, () => this.#desk.hold(event, `${event.target.scope} ${this.#holds++}`));
        break;
      case 'pause':
        this.#at(event.when, () => this.#pause(event));
        break;
      case 'housekeeping':
        this.#at(event.when, () => this.#keepHouse());
        break;
      case 'restore':
        this.#planRestore(event);
        break;
      case 'outage':
        this.#timeline.plan(start + event.from, () => this.#breakIndex(event));
        this.#timeline.plan(start + event.until, () => this.#endOutage(event));
        break;
    }
  }

  #pause(event: PauseEvent): void {
    const { now } = this.#timeline;
    const end = now + Math.min(event.lasts, event.resumedAfter ?? event.lasts);
    if (this.#oracle.hasDeadline(event.promise, now, end)) this.#coverage.hit('pause across a deadline');
    this.#desk.pause(event, `${this.#holds++}`);
  }

  #runAgain({ by, promise }: Extract<Event, { kind: 'run' }>): void {
    if (by === 'person') this.#runByHand(promise);
    else this.#invokeRun(promise, 'run-again', undefined);
  }

  #planRestore({ what, index, takenAt, when }: Extract<Event, { kind: 'restore' }>): void {
    let restore: () => void = () => undefined;
    this.#timeline.plan(this.#history.start + takenAt, () => {
      restore = what === 'index' ? this.#snapshotIndex(index) : this.#snapshotRecords(what);
    });
    this.#at(when, () => restore());
  }

  #indexName(promise: PromiseKind, index: number): string {
    return `${PREFIX[promise]}${String((index % this.#history.indices) + 1).padStart(6, '0')}`;
  }

  #create(promise: PromiseKind, index: number): void {
    this.#stores.cluster.create(this.#indexName(promise, index));
  }

  #documentOf({ timestamp, ingested, uins, apps }: WriteEvent): InMemoryDocument {
    const { start } = this.#history;
    return {
      timestamps: timestamp === undefined ? [] : [start + timestamp],
      ingested: ingested === undefined ? [] : [start + ingested],
      uin: uins,
      sdkAppId: apps,
    };
  }

  #write(event: WriteEvent, at: number): void {
    const index = this.#indexName(event.promise, event.index);
    if (this.#missing.size > 0) throw new Error('no index');
    this.#calls.acting = undefined;
    const document = this.#documentOf(event);
    this.#stores.cluster.write(index, event.id, document);
    this.#oracle.written(this.#writtenOf(index, event.id, document), event.promise, at);
  }

  #writtenOf(index: string, id: string, document: InMemoryDocument): WrittenDocument {
    const { timestamps, ingested, uin = [], sdkAppId = [] } = document;
    return { index, id, dates: [...timestamps, ...ingested], uins: uin.map(String), apps: sdkAppId.map(String) };
  }

  /** A writer tries again until its index takes the document. */
  #writeNow(event: WriteEvent, tries: number): void {
    try {
      this.#write(event, this.#timeline.now);
      if (tries > 0) this.#coverage.hit('written after a block');
    } catch {
      if (tries === 0) this.#coverage.hit('refused by a block');
      if (tries < 60)
        this.#timeline.plan(this.#timeline.now + 1_000 * (tries + 1), () => this.#writeNow(event, tries + 1));
    }
  }

  #skewOf(whose: 'function' | 'cluster'): number {
    const at = this.#timeline.now - this.#history.start;
    return eventsOf('skew', this.#history)
      .filter((event) => event.whose === whose && event.from <= at && at < event.until)
      .reduce((sum, { by }) => sum + by, 0);
  }

  #breakIndex({ promise, index, how }: OutageEvent): void {
    const { cluster } = this.#stores;
    if (how !== 'missing') {
      const changes = { closed: { open: false }, red: { health: 'red' }, blocked: { blocks: ['write'] } } as const;
      cluster.describe(this.#indexName(promise, index), changes[how]);
      return;
    }
    // All of them: a run that finds some takes them for all (docs/limits.md).
    for (const [name, each] of [...cluster.indices])
      if (name.startsWith(PREFIX[promise])) {
        this.#missing.set(name, each);
        Map.prototype.delete.call(cluster.indices, name);
      }
  }

  #endOutage({ promise, index, how }: OutageEvent): void {
    const { cluster } = this.#stores;
    if (how !== 'missing') {
      const changes = { closed: { open: true }, red: { health: 'green' }, blocked: { blocks: [] } } as const;
      cluster.describe(this.#indexName(promise, index), changes[how]);
      return;
    }
    for (const [name, each] of this.#missing) cluster.indices.set(name, each);
    this.#missing.clear();
  }

  #isOut(promise: PromiseKind): boolean {
    const at = this.#timeline.now - this.#history.start;
    return eventsOf('outage', this.#history).some(
      (event) => event.promise === promise && event.from <= at + MINUTE && at <= event.until,
    );
  }

  // Restores

  #snapshotIndex(number: number): () => void {
    const name = this.#indexName('erasure', number);
    const promise = this.#history.promises.includes('erasure') ? 'erasure' : 'age';
    const own = promise === 'erasure' ? name : this.#indexName('age', number);
    const documents = new Map(this.#stores.cluster.indices.get(own)?.documents);
    return () => {
      const { cluster } = this.#stores;
      if (this.#missing.size > 0) return;
      this.#calls.acting = undefined;
      Map.prototype.delete.call(cluster.indices, own);
      const index = cluster.create(own);
      for (const [id, document] of documents) index.documents.set(id, document);
      index.operations = documents.size;
      const written = [...documents].map(([id, document]) => this.#writtenOf(own, id, document));
      this.#oracle.restored(own, written, promise, this.#timeline.now);
      this.#coverage.hit('index restored');
      if (this.#entryClosedAt.size > 0) this.#coverage.hit('index restored after closure');
    };
  }

  #snapshotRecords(what: 'ledger' | 'ledger-and-events'): () => void {
    const { ledger } = this.#stores;
    const log = this.#stores.events(categoryOf('erasure'));
    const [entries, kept, decided] = [new Map(ledger.entries), new Map(log.kept), new Map(log.decided)];
    const refill = <T>(to: Map<string, T>, from: ReadonlyMap<string, T>): void => {
      to.clear();
      for (const [key, value] of from) to.set(key, value);
    };
    return () => {
      const later = this.#timeline.now;
      // Sequence numbers go on after a restore: no write that was based on the lost state succeeds.
      const again = [...entries.values()].map((read): [string, ReadEntry] => [
        read.entry.id,
        { ...read, primaryTerm: read.primaryTerm + 1, seqNo: -1 - read.seqNo },
      ]);
      refill(ledger.entries, new Map(again));
      if (what === 'ledger-and-events') {
        refill(log.kept, kept);
        refill(log.decided, decided);
      }
      this.#oracle.ledgerRestoredAt = later;
      this.#awaitsReplay = true;
      this.#coverage.hit(`${what} restored`);
      if (this.#entryClosedAt.size > 0) this.#coverage.hit('ledger restored after closure');
      this.#entryClosedAt.clear();
      this.#timeline.plan(later + 10 * MINUTE, () => this.#replay(0));
    };
  }

  #replay(tries: number): void {
    const actor = this.#newActor('erasure', 'replay');
    const invocation = new Invocation(actor, this.#surroundings);
    const session = { policy: POLICY, ports: invocation.ports, erasure: invocation.erasure } as unknown as Session;
    this.#live(actor, replay(session, [], false)).then(
      ({ unreached, heldBack }) => {
        if (unreached.length + heldBack > 0) return this.#replayLater(tries);
        this.#awaitsReplay = false;
        this.#replayedAt = this.#timeline.now;
        this.#coverage.hit('replayed');
      },
      () => this.#replayLater(tries),
    );
  }

  #replayLater(tries: number): void {
    if (tries < MOST_TRIES) this.#timeline.plan(this.#timeline.now + 5 * MINUTE, () => this.#replay(tries + 1));
  }

  // Functions

  #newActor(promise: PromiseKind, what: string, slot = this.#slotNow(promise)): Actor {
    const about = { promise, slot, startedAt: this.#timeline.now, skew: this.#skewOf('function') };
    const before = this.#names.get(what) ?? 0;
    this.#names.set(what, before + 1);
    // The name decides how long its requests take. It must not depend on other events of the history.
    const name = `${what} of ${promise}${before === 0 ? '' : `, ${before + 1}`}`;
    const actor = new Actor(name, about, this.#history.seed);
    this.#actors.push(actor);
    return actor;
  }

  #slotNow(promise: PromiseKind): number {
    return Math.floor((this.#timeline.now - this.#history.start) / BETWEEN[promise]);
  }

  /** Follows an invocation to its end. It never ends when it crashes; see {@link #faultHappened}. */
  async #live<T>(actor: Actor, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof RetentionError))
        this.#oracle.complain(
          'bug',
          this.#timeline.now,
          `${actor.name} threw ${error instanceof Error ? error.stack : error}`,
        );
      throw error;
    } finally {
      actor.endedAt = this.#timeline.now;
    }
  }

  /** An event for a function, as Lambda delivers it: again after a failure, and into the failure queue in the end. */
  #deliver(promise: PromiseKind, event: unknown, what: string, slot: OpenSlot | undefined, tries = 0): void {
    const actor = this.#newActor(promise, what, slot?.number);
    slot?.actors.push(actor);
    const short = eventsOf('short', this.#history).find(
      (each) => each.promise === promise && slot?.of === 'run' && each.slot === slot.number,
    );
    if (short !== undefined) slot?.excuses.add('short');
    const time = short?.milliseconds ?? FUNCTION_TIME;
    const invocation = new Invocation(actor, this.#surroundings).forFunction(categoryOf(promise), time);
    const isRun = !what.startsWith('record');
    const run = continuation(event, promise, actor);
    const again = (error: unknown): void => {
      const wait = RETRIES[tries];
      const { now } = this.#timeline;
      if (isFinalError(error) && fateOf(event, error) !== 'again') this.#refused(slot, event, error);
      else if (wait !== undefined)
        this.#timeline.plan(now + wait, () => this.#deliver(promise, event, what, slot, tries + 1));
      else this.#giveUp(invocation, slot, event);
    };
    const crash = (): void => again(new Error('crashed'));
    this.#onCrash.set(actor, crash);
    this.#timeline.plan(this.#timeline.now + time, () => this.#timeOut(actor, crash));
    const work = isReturnedEvent(event)
      ? reopenReturned(invocation, event)
      : isRun
        ? runCategory(invocation, run)
        : recordEvent(invocation, event);
    this.#live<{ readonly outcome: string; readonly run?: { readonly outcome: string } }>(actor, work).then(
      (answer) => {
        const { outcome } = answer.run ?? answer;
        if (outcome === 'lease-held') this.#leaseHeld(actor, slot);
        else if (outcome === 'reopened') this.#coverage.hit('nothing reopened');
        else if (outcome !== 'duplicate' && isRun) this.#ended(outcome);
        this.#delivered(slot, event, outcome);
      },
      again,
    );
  }

  #giveUp({ deployment }: FunctionInvocation, slot: OpenSlot | undefined, event: unknown): void {
    const body = { requestPayload: event, requestContext: { condition: 'RetriesExhausted' } };
    void this.#stores.queue(deployment.failureQueueUrl ?? '').send(JSON.stringify(body));
    this.#coverage.hit('gave up');
    this.#delivered(slot, event, 'queued');
  }

  readonly #onCrash = new Map<Actor, () => void>();

  #timeOut(actor: Actor, crash: () => void): void {
    if (actor.isDead || actor.endedAt <= this.#timeline.now) return;
    actor.isDead = true;
    actor.endedAt = this.#timeline.now;
    this.#coverage.hit('timed out');
    crash();
  }

  #faultHappened(actor: Actor, fault: Fault): void {
    if (!fault.startsWith('crash')) return;
    if (actor.blocked.size > 0) this.#coverage.hit('crash between block and drop');
    const look = (): void => {
      if (actor.isDead) this.#onCrash.get(actor)?.();
      else this.#timeline.plan(this.#timeline.now + 1_000, look);
    };
    this.#timeline.plan(this.#timeline.now + 1_000, look);
  }

  #ended(outcome: string): void {
    this.#runs += 1;
    this.#coverage.hit(`run ${outcome}`);
  }

  /** Another run is at work, or has died and its lease is not over yet: that one does the work, or the next one. */
  #leaseHeld(actor: Actor, slot: OpenSlot | undefined): void {
    this.#coverage.hit('two runs at once');
    const { now } = this.#timeline;
    const isOther = (other: Actor): boolean =>
      other !== actor && other.promise === actor.promise && other.endedAt > now - LEASE - SKEW && other.startedAt < now;
    if (this.#actors.some(isOther)) slot?.excuses.add('lease-held');
  }

  #delivered(slot: OpenSlot | undefined, event: unknown, outcome: string): void {
    const { detail } = event as { readonly detail?: { readonly requestId?: string } };
    const { requestId } = detail ?? {};
    if (requestId !== undefined && outcome === 'queued') this.#knownTo(requestId);
    this.#endPart(slot);
  }

  #endPart(slot: OpenSlot | undefined): void {
    if (slot === undefined) return;
    slot.open -= 1;
    if (slot.open === 0) this.#slotEnded(slot);
  }

  #refused(slot: OpenSlot | undefined, event: unknown, error: Error): void {
    const { detail } = event as { readonly detail?: { readonly requestId?: string; readonly at?: string } };
    const isOld = Date.parse(detail?.at ?? '') < this.#timeline.now - REMEMBERED;
    if (detail?.requestId !== undefined && !isOld)
      this.#oracle.complain('bug', this.#timeline.now, `${error.message}: ${JSON.stringify(event)}`);
    this.#delivered(slot, event, 'refused');
  }

  /** A queue has lost a message, because no run came for days (docs/limits.md). */
  #lost(body: string): void {
    const { requestPayload } = JSON.parse(body) as {
      readonly requestPayload: { readonly detail?: { readonly requestId?: string } };
    };
    const told = this.#toldAs(requestPayload.detail?.requestId ?? '');
    this.#coverage.hit('message lost in a gap');
    // An entry whose recording had begun differs from its events now, until a person replays what the archive has.
    this.#awaitsReplay = true;
    if (told !== undefined && told.recordedAt === Number.POSITIVE_INFINITY) told.knownAt = Number.POSITIVE_INFINITY;
  }

  #invokeRun(promise: PromiseKind, what: string, slot: OpenSlot | undefined): void {
    const id = uuidOf(`${promise} ${what}`);
    const event = { 'detail-type': 'Scheduled Event', source: 'aws.scheduler', id, time: '-', detail: '{}' };
    this.#deliver(promise, event, what, slot);
  }

  // Schedules

  #schedule(promise: PromiseKind): void {
    const phase = Math.floor(fractionOf(hashOf(this.#history.seed), promise.length) * BETWEEN[promise]);
    this.#scheduleEvery(BETWEEN[promise], phase, (number) => this.#beginSlot(promise, number));
  }

  #scheduleEvery(between: number, phase: number, begin: (number: number) => void): void {
    const { start, slots } = this.#history;
    for (let number = 0; number < slots; number++) {
      const gap = eventsOf('gap', this.#history).find(({ from }) => from <= number * between);
      const at = start + phase + number * between + (gap === undefined ? 0 : gap.days * DAY);
      this.#timeline.plan(at, () => begin(number));
    }
  }

  #beginSlot(promise: PromiseKind, number: number): void {
    this.#invokeRun(promise, `run-${number}`, this.#newSlot(promise, number, 'run'));
  }

  #newSlot(promise: PromiseKind, number: number, of: OpenSlot['of']): OpenSlot {
    const startedAt = this.#timeline.now;
    const nextAt = startedAt + (of === 'run' ? BETWEEN[promise] : HOUR);
    return { of, promise, number, startedAt, nextAt, excuses: new Set(), actors: [], open: 1 };
  }

  /** The audit has a schedule of its own. Before anything is closed, it has nothing to find. */
  #scheduleAudits(): void {
    const { seed } = this.#history;
    const phase = Math.floor(fractionOf(hashOf(seed), -1) * HOUR);
    this.#scheduleEvery(HOUR, phase, (number) => {
      if (this.#claims.size > 0) this.#audit(this.#newSlot('erasure', number, 'audit'), 0);
    });
  }

  #audit(slot: OpenSlot, tries: number): void {
    const actor = this.#newActor('erasure', `audit-${slot.number}`, slot.number);
    slot.actors.push(actor);
    const category = POLICY.categories.get(categoryOf('erasure')) as Category;
    const { publisher } = new Invocation(actor, this.#surroundings);
    const auditId = uuidOf(actor.name);
    const work = async (): Promise<void> => {
      const returned = await returnedAccounts(actor, this.#surroundings, category, PREFIX.erasure);
      if (returned.length > 0) this.#coverage.hit('audit found erased data');
      const subjects = returned.map(({ entry, account }) => ({ entry, subject: account }));
      this.#audits.set(auditId, slot);
      for (const event of returnedEvents({ category: category.id, auditId, subjects })) await publisher.publish(event);
    };
    const again = (): void => {
      const wait = RETRIES[tries];
      if (wait === undefined) this.#endPart(slot);
      else this.#timeline.plan(this.#timeline.now + wait, () => this.#audit(slot, tries + 1));
    };
    this.#onCrash.set(actor, again);
    this.#live(actor, work()).then(() => this.#endPart(slot), again);
  }

  #slotEnded(slot: OpenSlot): void {
    const { now } = this.#timeline;
    if (slot.actors.some(({ faults }) => faults.length > 0)) slot.excuses.add('fault');
    if (slot.actors.some(({ isShareLarge }) => isShareLarge)) slot.excuses.add('share');
    if (Math.abs(this.#skewOf('function')) + Math.abs(this.#skewOf('cluster')) > SKEW) slot.excuses.add('skew');
    if (slot.actors.some(({ skew }) => Math.abs(skew) > SKEW)) slot.excuses.add('skew');
    if (this.#isOut(slot.promise)) slot.excuses.add('outage');
    if (this.#desk.isBusySince(slot.promise, slot.startedAt)) slot.excuses.add('control');
    if (this.#awaitsReplay) slot.excuses.add('restore');
    if (slot.of === 'audit') {
      this.#coverage.hit(slot.excuses.size === 0 ? 'audit undisturbed' : 'audit disturbed');
      this.#oracle.auditEnded(slot, now);
      return;
    }
    if (slot.actors.length === 1) this.#coverage.hit(slot.excuses.size === 0 ? 'slot undisturbed' : 'slot disturbed');
    this.#oracle.slotEnded(slot, now);
    if (slot.excuses.size === 0) this.#checkBlocks(slot, now);
  }

  #blockedBefore = new Map<string, number>();

  /** A block of ours must not stay over two undisturbed runs: nobody could write. */
  #checkBlocks({ promise }: OpenSlot, now: number): void {
    for (const [name, { description }] of this.#stores.cluster.indices) {
      if (!name.startsWith(PREFIX[promise])) continue;
      const isBlocked = description.blocks.includes('write') && !this.#isOut(promise);
      const times = isBlocked ? (this.#blockedBefore.get(description.uuid) ?? 0) + 1 : 0;
      this.#blockedBefore.set(description.uuid, times);
      if (times === 2) this.#oracle.complain('blocked', now, `${name} is still blocked for writes`);
    }
  }

  // People

  #runByHand(promise: PromiseKind): void {
    const actor = this.#newActor(promise, 'by-hand');
    const invocation = new Invocation(actor, this.#surroundings).forFunction(categoryOf(promise), FUNCTION_TIME);
    const { ports, category, policy, erasure, clock } = invocation;
    const work = async (): Promise<Report> => {
      const cluster = await invocation.identify();
      const runId = uuidOf(actor.name);
      const budget = { remaining: () => Number.POSITIVE_INFINITY };
      const trigger = { source: 'command-line' } as const;
      const report = await purge({ runId, trigger, dryRun: false, cluster, policy, category, budget }, ports);
      await finishErasures({ policy, category, cluster }, erasure, clock());
      return report;
    };
    this.#live(actor, work()).then(
      ({ outcome }) => this.#ended(outcome),
      () => undefined,
    );
  }

  #keepHouse(): void {
    const actor = this.#newActor('erasure', 'housekeeping');
    const { housekeeping } = new Invocation(actor, this.#surroundings);
    this.#live(actor, runHousekeeping(POLICY, housekeeping, 'remove')).then(
      ({ categories }) => {
        const removed = categories.some((each) => Object.values(each.removed).some((count) => count > 0));
        this.#coverage.hit(removed ? 'housekeeping removed' : 'housekeeping');
      },
      () => undefined,
    );
  }

  // Messages

  #tell(event: MessageEvent): void {
    this.#send(event, event.id);
    for (const { after, sameId } of event.again)
      this.#timeline.plan(this.#timeline.now + after, () => this.#send(event, sameId ? event.id : `${event.id}-again`));
  }

  #send({ message, via }: MessageEvent, id: string): void {
    const at = this.#history.start + message.at;
    const { type, account } = message;
    const immediate = message.immediate && via === 'person';
    const key = JSON.stringify([type, account, at, immediate]);
    const known = this.#told.get(key);
    const told: Told = known ?? {
      ...{ type, account, at, immediate },
      ...{ requestIds: new Set(), knownAt: Number.POSITIVE_INFINITY },
      ...{ archivedAt: Number.POSITIVE_INFINITY, recordedAt: Number.POSITIVE_INFINITY },
    };
    if (known === undefined) {
      this.#told.set(key, told);
      this.#oracle.told.push(told);
    }
    told.requestIds.add(id);
    if (via === 'person') this.#tellByHand(told, id, 0);
    else this.#publish(message, told, via, id);
  }

  #publish(message: Message, { type, at, account: { uin, app } }: Told, via: 'webhook' | 'bus', id: string): void {
    const detail = {
      ...{ requestId: id, uin, at: new Date(at).toISOString() },
      ...(app !== undefined && { sdkAppId: app }),
      ...(message.immediate && type !== 'account-reinstated' && { immediate: true }),
    };
    const source = via === 'webhook' ? SENDERS.webhook : 'account-system';
    const event = {
      id,
      source,
      'detail-type': DETAIL_TYPES[type],
      time: new Date(this.#timeline.now).toISOString(),
      detail,
    };
    this.#deliver('erasure', event, `record ${id}`, undefined);
  }

  #tellByHand(told: Told, id: string, tries: number): void {
    const actor = this.#newActor('erasure', `command ${id}`);
    const invocation = new Invocation(actor, this.#surroundings);
    const { uin, app } = told.account;
    const again = (): void => {
      if (tries < MOST_TRIES)
        this.#timeline.plan(this.#timeline.now + 5 * MINUTE, () => this.#tellByHand(told, id, tries + 1));
    };
    const work = async (): Promise<void> => {
      const { ports, erasure } = invocation;
      const record = await erasure.openRecord();
      assertClocksAgree(await readClocks(ports.store, { indices: [`${PREFIX.erasure}*`] }, invocation.clock));
      const event: AccountEvent = {
        ...{ requestId: id, type: told.type, at: told.at, immediate: told.immediate, source: 'person' },
        subject: { uin, ...(app !== undefined && { sdkAppId: app }) },
        arrivedAt: invocation.clock(),
      };
      const gathering = new Gathering();
      await recordEverywhere(event, await placesOf(POLICY, record.ledger), record, gathering);
      if (gathering.unreached.length > 0) again();
    };
    this.#onCrash.set(actor, again);
    this.#live(actor, work()).then(() => undefined, again);
  }

  #published(event: PublishedEvent): void {
    this.#coverage.hit(event.detailType);
    const what = { [PURGE_UNFINISHED]: 'hop', [ERASED_DATA_RETURNED]: 'returned' }[event.detailType];
    if (what === undefined) return;
    const promise = promiseOf(String(event.detail.category));
    const { now } = this.#timeline;
    const audit = this.#audits.get(String(event.detail.auditId));
    if (audit !== undefined) audit.open += 1;
    const busEvent = {
      ...event,
      'detail-type': event.detailType,
      id: uuidOf(`bus ${now}`),
      time: new Date(now).toISOString(),
    };
    this.#timeline.plan(now + 500, () => this.#deliver(promise, busEvent, what, audit));
  }

  #toldAs(requestId: string): Told | undefined {
    return this.#oracle.told.find(({ requestIds }) => requestIds.has(requestId));
  }

  #knownTo(requestId: string, isArchived = false): void {
    const told = this.#toldAs(requestId);
    if (told === undefined) return;
    told.knownAt = Math.min(told.knownAt, this.#timeline.now);
    if (isArchived) told.archivedAt = Math.min(told.archivedAt, this.#timeline.now);
  }

  // What the ports show

  #destroyed(index: string, ids: readonly string[]): void {
    const { acting } = this.#calls;
    if (acting === undefined) return;
    const by = {
      run: acting.name,
      isByHand: acting.isByHand,
      startedAt: acting.startedAt,
      // Up to three requests and one drop for each index are in flight at once, and each looks for itself.
      lookedAt: acting.looks.at(-4 * this.#history.indices) ?? acting.looks[0] ?? acting.startedAt,
      plannedAt: acting.firstCountedAt,
      archiveLookedAt: acting.archiveLookedAt,
    };
    for (const id of ids) this.#oracle.destroyed(index, id, this.#timeline.now, by);
  }

  #effect(actor: Actor, step: string, given: readonly unknown[]): void {
    const { now } = this.#timeline;
    switch (step) {
      case 'archive.ids-events':
        actor.archiveLookedAt = now;
        break;
      case 'store.describe':
        // Whatever comes into being between list and count is as good as later.
        actor.listedAt = now;
        break;
      case 'store.count':
        actor.countedAt = now;
        actor.firstCountedAt = Math.min(actor.firstCountedAt, now);
        actor.isShareLarge ||= this.#oracle.mayBeRefused(actor.promise, now);
        break;
      case 'remover.blockWrites':
        actor.blocked.add(String(given[0]));
        break;
      case 'remover.drop':
        this.#coverage.hit('dropped');
        actor.blocked.delete(String(given[0]));
        break;
      case 'remover.liftWriteBlock':
        actor.blocked.delete(String(given[0]));
        break;
      case 'controls.write':
        this.#controlsWritten(actor);
        break;
      case 'receipts.keep':
        this.#receiptsKept(given[0] as readonly KeptReceipt[]);
        break;
    }
  }

  #controlsWritten({ name, promise }: Actor): void {
    const isAtWork = (other: Actor): boolean =>
      other.promise === promise &&
      other.endedAt > this.#timeline.now &&
      other.stepCalls.has('reports.open') &&
      !other.stepCalls.has('lease.endDestroying');
    if (name.startsWith('hold') && this.#actors.some(isAtWork)) this.#coverage.hit('hold between plan and request');
  }

  #receiptsKept(receipts: readonly KeptReceipt[]): void {
    const { kept } = this.#stores.receipts(categoryOf('erasure'));
    for (const { id, jws } of receipts)
      if (!kept.has(id)) {
        this.#coverage.hit('receipt');
        this.#oracle.receiptKept(issuedReceipt(jws), this.#timeline.now);
      }
  }

  #watchRecords(): void {
    const { ledger, reports } = this.#stores;
    const { read, write } = ledger;
    ledger.read = (ids) => {
      this.#calls.acting?.looks.push(this.#timeline.now);
      return read(ids);
    };
    ledger.write = async (changes) => {
      const conflicts = await write(changes);
      for (const { entry, read: before } of changes)
        if (!conflicts.has(entry.id)) this.#entryWritten(entry, before?.entry);
      return conflicts;
    };
    const { close } = reports;
    reports.close = async (report) => {
      await close(report);
      const { acting } = this.#calls;
      if (acting === undefined || this.#missing.size > 0) return;
      const isRestored = this.#awaitsReplay || acting.startedAt < this.#replayedAt;
      if (!isRestored) this.#oracle.reported(report, acting, this.#timeline.now);
    };
  }

  #entryWritten(entry: LedgerEntry, before: LedgerEntry | undefined): void {
    const { acting } = this.#calls;
    const { closures, watched } = entry;
    if (acting === undefined) return;
    if (watched !== undefined && watched.closedAt !== before?.watched?.closedAt)
      this.#countedFor.set(`${entry.id} ${watched.closedAt}`, {
        listedAt: acting.listedAt,
        countedAt: acting.countedAt,
      });
    // A reinstatement ends that without a closure.
    if (before !== undefined && isReopened(before) && !isReopened(entry) && closures.length === before.closures.length)
      this.#coverage.hit('reinstatement of what was reopened');
    for (const closure of closures.slice(before?.closures.length ?? 0)) this.#claim(entry, closure, acting);
    this.#recorded(entry);
  }

  #claim(entry: LedgerEntry, closure: Closure, acting: Actor): void {
    const { obligation, closedAt, state: outcome, progress } = closure;
    const { requestId, terminatedAt, eraseFrom, eraseBy } = obligation;
    const key = `${entry.id} ${closedAt}`;
    // A replay writes again what was claimed before.
    if (this.#claims.has(key)) return;
    this.#claims.add(key);
    const { listedAt, countedAt } = this.#countedFor.get(key) ?? acting;
    const closedBefore = this.#entryClosedAt.get(entry.id) ?? Number.NEGATIVE_INFINITY;
    this.#entryClosedAt.set(entry.id, countedAt);
    this.#coverage.hit(`closed ${outcome}`);
    const { documentsErased, newUse } = progress;
    this.#oracle.claimed(
      {
        ...{ requestId, trigger: entry.trigger, terminatedAt, eraseFrom, eraseBy, closedAt },
        ...{ listedAt, countedAt, closedBefore, outcome, documentsErased, newUse },
      },
      this.#timeline.now,
    );
  }

  #recorded(entry: LedgerEntry): void {
    for (const { requestId } of entry.events) {
      const told = this.#toldAs(requestId);
      if (told === undefined) continue;
      if (told.recordedAt === Number.POSITIVE_INFINITY && told.type === 'account-reinstated') {
        const { now } = this.#timeline;
        const isBeside = this.#actors.some((actor) => actor.endedAt > now && actor.stepCalls.has('reports.open'));
        if (isBeside) this.#coverage.hit('reinstatement during a run');
      }
      told.knownAt = Math.min(told.knownAt, this.#timeline.now);
      told.recordedAt = Math.min(told.recordedAt, this.#timeline.now);
    }
  }
}

/**
 * Lets a history happen from its start to its end.
 * @param trace called with each step.
 */
export const simulate = (history: History, trace?: (line: string) => void): Promise<Course> =>
  new World(history, trace).run();
