import { AUDIT_STEPS } from './account-audit.ts';
import {
  type Event,
  FAULTS,
  type Fault,
  type History,
  type HoldEvent,
  type MessageEvent,
  type When,
} from './history.ts';
import type { Account, Message } from './promise.ts';
import { CANCEL_WINDOW, DAY, DEADLINE, HOUR, MINUTE, STORED_FOR } from './promise.ts';
import { Random } from './random.ts';

type Kind = 'age' | 'erasure';

const STEPS_OF_RUNS = [
  'leases.acquire',
  'lease.prolong',
  'lease.release',
  'lease.assertLeased',
  'store.serverTime',
  'store.describe',
  'store.count',
  'store.mappings',
  'store.fallingDue',
  'store.fallingDue',
  'store.operations',
  'store.templateFields',
  'reports.open',
  'reports.contested',
  'reports.close',
  'reports.operationsBefore',
  'remover.state',
  'remover.slices',
  'remover.deleteSlice',
  'remover.refresh',
  'ledger.find',
  'controls.read',
  'controls.version',
  'lease.beginDestroying',
  'lease.endDestroying',
  'queue.size',
  'queue.receive',
] as const;

/** Steps of runs of a category with an age rule, whose indices are dropped. */
const STEPS_OF_DROPS = [
  'lease.declareBlocks',
  'remover.blockWrites',
  'remover.countLive',
  'remover.operations',
  'remover.drop',
  'remover.liftWriteBlock',
] as const;

/** Steps of recordings and of erasures. */
const STEPS_OF_ERASURES = [
  'ledger.read',
  'ledger.changed',
  'ledger.write',
  'ledger.hidden',
  'ledger.keyIdsOfOpen',
  'ledger.keyIdsOfOpen',
  'ledger.categories',
  'ledger.categories',
  'events.decide',
  'events.decide',
  'events.keep',
  'events.since',
  'events.about',
  'events.decisions',
  'events.missing',
  'events.hidden',
  'events.heardBetween',
  'events.removedBefore',
  'events.noteRemoved',
  'events.arrived',
  'archive.put-events',
  'archive.put-manifests',
  'archive.put-receipts',
  'archive.put-entries',
  'archive.ids-events',
  'archive.ids-manifests',
  'receipts.read',
  'receipts.keep',
  'bus.publish',
  ...AUDIT_STEPS,
] as const;

/** Steps that few runs take. */
const RARE_STEPS: Readonly<Record<Kind, readonly string[]>> = {
  age: [
    ...STEPS_OF_DROPS,
    'remover.slices',
    'remover.deleteSlice',
    'remover.refresh',
    'lease.assertLeased',
    'store.operations',
    'store.templateFields',
    'reports.operationsBefore',
  ],
  erasure: [
    ...STEPS_OF_ERASURES.filter((step) =>
      /archive\.put|receipts|bus|arrived|noteRemoved|keep|keyIds|deci|categories|audit/.test(step),
    ),
    'remover.slices',
    'remover.deleteSlice',
    'remover.refresh',
    'remover.state',
    'lease.assertLeased',
    'ledger.write',
    'events.about',
    'events.removedBefore',
    ...STEPS_OF_DROPS,
  ],
};

/** The steps at which faults are planned, by the category whose functions take them. */
export const STEPS: Readonly<Record<Kind, readonly string[]>> = {
  // Some of them are rare.
  age: [
    ...STEPS_OF_RUNS,
    'store.templateFields',
    ...[1, 2, 3, 4].flatMap(() => STEPS_OF_DROPS),
    'reports.operationsBefore',
    'store.operations',
  ],
  erasure: [...STEPS_OF_RUNS, ...STEPS_OF_ERASURES],
};

const ACCOUNTS = ['9007199254740993', '7', '42', '100', '200', '300'] as const;
/** Only the first accounts ever end. The others keep their documents. */
const ENDING = 3;
const APPS = ['1400100201', '1400'] as const;

const START = Date.UTC(2026, 0, 1);
const BETWEEN = { age: 15 * MINUTE, erasure: HOUR } as const;

const VIA = ['webhook', 'webhook', 'bus', 'person'] as const;
const SCOPES = ['account', 'account', 'account', 'index', 'category'] as const;
const HOWS = ['closed', 'red', 'blocked', 'missing', 'missing'] as const;
const PORTS = ['archive', 'archive', 'events', 'ledger', 'queue', 'receipts', 'store'] as const;

/** Makes a history from a seed. */
class Generator {
  readonly #random: Random;
  readonly #seed: string;
  readonly #kind: Kind;
  readonly #slots: number;
  readonly #span: number;
  readonly #indices: number;
  readonly #events: Event[] = [];
  #ids = 0;
  /** The index that holds documents of ended accounts only. */
  #ended: number | undefined;

  constructor(seed: string) {
    this.#seed = seed;
    this.#random = new Random(seed);
    this.#kind = this.#random.chance(0.6) ? 'erasure' : 'age';
    this.#slots = this.#kind === 'age' ? this.#random.int(5, 14) : this.#random.int(4, 12);
    this.#span = this.#slots * BETWEEN[this.#kind];
    this.#indices = this.#random.pick([1, 2, 2, 3]);
  }

  history(): History {
    const random = this.#random;
    if (this.#kind === 'age') this.#aging();
    else this.#erasing();
    this.#faults();
    this.#disturbances();
    return {
      seed: this.#seed,
      start: START + random.int(0, 400) * DAY + random.int(0, DAY),
      promises: [this.#kind],
      indices: this.#indices,
      templated: random.chance(0.6),
      hasEmptied: random.chance(0.1) || this.#asksForEmptied,
      slots: this.#slots,
      events: this.#events,
    };
  }

  /** Only an index without documents makes a run ask for earlier reports. */
  get #asksForEmptied(): boolean {
    return this.#events.some((event) => event.kind === 'fault' && event.step === 'reports.operationsBefore');
  }

  #id(what: string): string {
    return `${what}_${'abcdefghijklmnopqrstuvwxyz'[this.#ids % 26]}${'abcdefghij'[Math.floor(this.#ids++ / 26)]}`;
  }

  #sometime(): number {
    return this.#random.int(0, this.#span);
  }

  /** At a time, or at a step of a run. */
  #when(): When {
    const random = this.#random;
    if (random.chance(0.4)) return { at: this.#sometime() };
    return {
      step: random.pick(random.chance(0.5) ? RARE_STEPS[this.#kind] : STEPS[this.#kind]),
      slot: random.int(0, this.#slots - 2),
      nth: random.chance(0.7) ? 0 : random.int(1, 3),
      after: random.chance(0.7) ? 0 : random.int(0, 2_000),
    };
  }

  #aging(): void {
    const random = this.#random;
    // All documents of one index fall due at once, so that it is dropped.
    const whole = this.#indices > 1 && random.chance(0.8) ? random.int(0, this.#indices - 1) : undefined;
    const others = Array.from({ length: this.#indices }, (_, index) => index).filter((index) => index !== whole);
    const at = random.int(0, Math.floor(this.#span / 3)) - STORED_FOR;
    for (let index = 0; index < this.#indices; index++) {
      const count = random.chance(0.1) ? random.int(12, 24) : random.int(2, 6);
      for (let n = 0; n < count; n++) this.#aged(index, index === whole ? at - random.int(0, HOUR) : undefined);
    }
    for (let n = random.int(6, 16); n > 0; n--)
      this.#document(random.pick(others), { at: -HOUR }, -random.int(HOUR, 10 * DAY), undefined, [], []);
    for (let n = random.int(0, 3); n > 0; n--) this.#lateWrite(random.int(0, this.#indices - 1), this.#when());
    if (whole !== undefined) this.#disturbDrop(whole);
  }

  #disturbDrop(index: number): void {
    if (this.#random.chance(0.4)) this.#lateWrite(index, this.#duringDrop());
    if (this.#random.chance(0.06)) this.#crashAtLift(index);
    if (this.#random.chance(0.06)) this.#lateDrop(index);
  }

  /** A drop is carried out although nothing answered, and somebody writes before that. */
  #lateDrop(index: number): void {
    const random = this.#random;
    this.#events.push({ kind: 'fault', fault: 'late', step: 'remover.drop', slot: 0, nth: 0 });
    const when: When = { step: 'remover.drop', slot: 0, nth: 0, after: random.int(0, MINUTE) };
    const uins = this.#kind === 'age' ? [] : [random.pick(ACCOUNTS.slice(ENDING))];
    this.#document(index, when, -random.int(0, HOUR), undefined, uins, []);
  }

  /** Shortly before the block, or under it. */
  #duringDrop(): When {
    const random = this.#random;
    const step = random.pick(['remover.operations', 'remover.blockWrites', 'remover.countLive', 'remover.drop']);
    return { step, slot: 0, nth: 0, after: random.chance(0.8) ? 0 : random.int(0, 100) };
  }

  #aged(index: number, date = this.#random.int(-2 * HOUR, this.#span + HOUR) - STORED_FOR): void {
    const random = this.#random;
    const ingested = random.chance(0.3) ? date + random.int(-HOUR, 2 * HOUR) : undefined;
    const timestamp = random.chance(0.9) || ingested === undefined ? date : undefined;
    if (random.chance(0.03)) this.#document(index, { at: -HOUR }, undefined, undefined, [], []);
    else this.#document(index, { at: -HOUR }, timestamp, ingested, [], []);
  }

  /** A late writer, whose documents have old dates. */
  #lateWrite(index: number, when: When): void {
    const random = this.#random;
    const date = random.chance(0.5) ? -random.int(13 * DAY, 16 * DAY) : -random.int(0, HOUR);
    const ingested = random.chance(0.4) ? this.#sometime() : undefined;
    const uins = this.#kind === 'age' ? [] : [random.pick(ACCOUNTS)];
    this.#document(index, when, date, ingested, uins, []);
  }

  #document(
    index: number,
    when: When,
    timestamp: number | undefined,
    ingested: number | undefined,
    uins: readonly string[],
    apps: readonly string[],
  ): void {
    this.#events.push({
      kind: 'write',
      when,
      index,
      promise: this.#kind,
      id: this.#id('d'),
      uins,
      apps,
      ...(timestamp !== undefined && { timestamp }),
      ...(ingested !== undefined && { ingested }),
    });
  }

  #erasing(): void {
    const random = this.#random;
    if (this.#indices > 1 && random.chance(0.2)) this.#endedIndex();
    for (let n = random.int(2, 6); n > 0; n--) this.#owned({ at: -HOUR }, random.pick(ACCOUNTS.slice(0, ENDING)));
    for (let n = random.int(5, 9); n > 0; n--) this.#owned({ at: -HOUR }, random.pick(ACCOUNTS.slice(ENDING)));
    for (let n = random.int(0, 3); n > 0; n--) this.#owned(this.#when(), random.pick(ACCOUNTS.slice(0, ENDING)));
    for (let n = random.int(1, 3); n > 0; n--) this.#ending();
    if (random.chance(0.12)) this.#returnInFlight();
    if (random.chance(0.06)) this.#returnBetweenRequests();
    if (random.chance(0.15)) this.#dataReturns();
    if (random.chance(0.03)) this.#longHold();
  }

  /** All accounts in an index have ended, so that it is dropped, unless one of them comes back. */
  #endedIndex(): void {
    const random = this.#random;
    this.#ended = this.#indices - 1;
    const common = { kind: 'message', again: [] } as const;
    const accounts = ACCOUNTS.slice(0, random.int(2, ENDING)).map((uin): Account => ({ uin }));
    for (const account of accounts) {
      for (let n = random.int(1, 3); n > 0; n--)
        this.#document(this.#ended, { at: -HOUR }, -random.int(HOUR, 9 * DAY), undefined, [account.uin], []);
      const message: Message = {
        type: 'account-deleted',
        account,
        immediate: false,
        at: -random.int(CANCEL_WINDOW, DEADLINE),
      };
      this.#events.push({ ...common, when: { at: 0 }, id: this.#id('m'), via: random.pick(VIA), message });
    }
    for (let n = 8; n > 0; n--) this.#owned({ at: -HOUR }, random.pick(ACCOUNTS.slice(ENDING)));
    if (random.chance(0.4)) {
      this.#disturbDrop(this.#ended);
      return;
    }
    const message: Message = {
      type: 'account-reinstated',
      account: random.pick(accounts),
      immediate: false,
      at: -random.int(0, HOUR),
    };
    const step = random.pick(['lease.declareBlocks', 'remover.blockWrites', 'remover.operations', 'remover.countLive']);
    const when: When = { step, slot: 0, nth: 0, after: 0 };
    this.#events.push({ ...common, when, id: this.#id('m'), via: random.pick(VIA), message });
    this.#events.push({ kind: 'fault', fault: 'slow', step, slot: 0, nth: 0 });
  }

  /** An account is on hold for longer than the ledger remembers, and is erased after that. */
  #longHold(): void {
    const random = this.#random;
    const [account, days] = [{ uin: random.pick(ACCOUNTS.slice(0, ENDING)) }, random.int(40, 60)];
    this.#owned({ at: -HOUR }, account.uin);
    this.#events.push({
      kind: 'hold',
      when: { at: 0 },
      promise: 'erasure',
      target: { scope: 'account', account },
      reviewAfter: 30 * DAY,
      releasedAfter: days * DAY + random.int(HOUR, 3 * HOUR),
    });
    const message: Message = { type: 'account-deleted', account, at: -random.int(0, 6 * DAY), immediate: false };
    this.#events.push({
      kind: 'message',
      again: [],
      when: { at: MINUTE },
      id: this.#id('m'),
      via: random.pick(VIA),
      message,
    });
    this.#events.push({ kind: 'gap', from: random.int(HOUR, 2 * HOUR), days });
    for (let n = 2; n > 0; n--)
      this.#events.push({ kind: 'housekeeping', when: { at: days * DAY + random.int(0, 2 * HOUR) } });
  }

  /** An account is erased by the first run. Then its data comes back, and sometimes the account comes back, too. */
  #dataReturns(): void {
    const random = this.#random;
    const uin = random.pick(ACCOUNTS.slice(0, ENDING));
    const [account, common] = [{ uin }, { kind: 'message', again: [] }] as const;
    const end: Message = { type: 'account-deleted', account, at: -random.int(4 * DAY, 8 * DAY), immediate: false };
    this.#events.push({ ...common, when: { at: 0 }, id: this.#id('m'), via: random.pick(VIA), message: end });
    this.#owned({ at: -HOUR }, uin);
    for (let n = random.int(1, 3); n > 0; n--) this.#owned({ at: random.int(HOUR, this.#span) }, uin);
    if (random.chance(0.4))
      this.#events.push({
        kind: 'restore',
        what: 'index',
        index: random.int(0, this.#indices - 1),
        takenAt: 0,
        when: { at: random.int(HOUR, this.#span) },
      });
    if (random.chance(0.35)) this.#fault(random.pick(FAULTS), 'audit.documents');
    if (random.chance(0.5)) return;
    const back: Message = { type: 'account-reinstated', account, at: -random.int(0, HOUR), immediate: false };
    const step = random.pick([...AUDIT_STEPS, 'bus.publish', 'lease.beginDestroying', 'events.about', 'ledger.write']);
    // The erasure is owed again for a second or two, soon after the audit has counted documents.
    const when: When = random.chance(0.7)
      ? { step: 'audit.documents', slot: 0, nth: 0, after: random.int(300, 3_500) }
      : { step, slot: random.int(1, this.#slots - 2), nth: random.int(0, 1), after: random.int(0, 500) };
    this.#events.push({ ...common, when, id: this.#id('m'), via: random.pick(VIA), message: back });
  }

  /** An account of so many documents that a run needs several requests, and that comes back between two of them. */
  #returnBetweenRequests(): void {
    const random = this.#random;
    const account: Account = { uin: random.pick(ACCOUNTS.slice(0, ENDING)) };
    for (let n = random.int(5, 8); n > 0; n--)
      this.#document(0, { at: -HOUR }, -random.int(HOUR, 9 * DAY), undefined, [account.uin], []);
    for (let n = 8; n > 0; n--) this.#owned({ at: -HOUR }, random.pick(ACCOUNTS.slice(ENDING)));
    const slot = random.int(0, this.#slots - 2);
    const common = { kind: 'message', again: [], via: random.pick(['bus', 'person'] as const) } as const;
    const end: Message = { type: 'account-deleted', account, at: -4 * DAY, immediate: false };
    const back: Message = { type: 'account-reinstated', account, at: -3 * DAY, immediate: false };
    this.#events.push({ ...common, when: { at: slot * HOUR }, id: this.#id('m'), message: end });
    const when: When = { step: 'remover.deleteSlice', slot, nth: random.int(0, 2), after: 0 };
    this.#events.push({ ...common, when, id: this.#id('m'), message: back });
    // The recording takes some hundred milliseconds, and the next request waits for it.
    this.#events.push({ kind: 'fault', fault: 'slow', step: 'remover.refresh', slot, nth: random.int(0, 1) });
  }

  /**
   * An account whose window ends soon, and that comes back: its return is in the archive, and nowhere else, when a run
   * is about to erase; or it waits in the failure queue, which does not answer that run.
   */
  #returnInFlight(): void {
    const random = this.#random;
    const account: Account = { uin: random.pick(ACCOUNTS.slice(0, ENDING)) };
    const slot = random.int(1, this.#slots - 2);
    const ended = slot * HOUR - random.int(0, 30 * MINUTE) - CANCEL_WINDOW;
    this.#owned({ at: -HOUR }, account.uin);
    const end: Message = { type: 'account-deleted', account, at: ended, immediate: false };
    const back: Message = { type: 'account-reinstated', account, at: ended + HOUR, immediate: false };
    const common = { kind: 'message', again: [] } as const;
    this.#events.push({ ...common, when: { at: 0 }, id: this.#id('m'), via: 'bus', message: end });
    const id = this.#id('m');
    if (random.chance(0.5)) {
      const step = random.pick(['store.count', 'reports.open', 'ledger.write', 'lease.prolong']);
      this.#events.push({ ...common, when: { step, slot, nth: 0, after: 0 }, id, via: 'bus', message: back });
      this.#events.push({
        kind: 'fault',
        fault: random.pick(['lost', 'slow', 'crash-before']),
        step: 'events.keep',
        slot,
        nth: 0,
      });
      return;
    }
    const told = slot * HOUR - random.int(10 * MINUTE, 20 * MINUTE);
    this.#events.push({ ...common, when: { at: told }, id, via: 'bus', message: back });
    this.#events.push({ kind: 'port-outage', port: 'archive', from: told - MINUTE, until: told + 8 * MINUTE });
    const step = random.pick(['queue.receive', 'queue.size']);
    this.#events.push({ kind: 'fault', fault: random.pick(['lost', 'late']), step, slot, nth: 0 });
  }

  #owned(when: When, uin: string): void {
    const random = this.#random;
    const uins = random.chance(0.05) ? [uin, random.pick(ACCOUNTS)] : [uin];
    const apps = random.chance(0.7) ? [random.pick(APPS)] : [];
    const date = random.chance(0.85) ? -random.int(0, 12 * DAY) : undefined;
    const ingested = random.chance(0.3) ? -random.int(0, 8 * DAY) : undefined;
    // The last index may hold documents of ended accounts only.
    const index = random.int(0, this.#indices - (this.#ended === undefined ? 1 : 2));
    this.#document(index, when, date, ingested, [...new Set(uins)], apps);
  }

  /** A termination, often with a window or deadline that ends soon, and perhaps its reinstatement. */
  #ending(): void {
    const random = this.#random;
    const isDeletion = random.chance(0.55);
    const account: Account = {
      uin: random.pick(ACCOUNTS.slice(0, ENDING)),
      ...(!isDeletion && random.chance(0.6) && { app: random.pick(APPS) }),
    };
    const ends = random.pick([CANCEL_WINDOW, CANCEL_WINDOW, CANCEL_WINDOW, DEADLINE, 0]);
    const at = ends === 0 ? -random.int(0, 8 * DAY) : this.#sometime() - ends;
    const type = isDeletion ? 'account-deleted' : 'feature-terminated';
    this.#message({ type, account, at, immediate: random.chance(0.15) });
    if (random.chance(0.45))
      this.#message({ type: 'account-reinstated', account, at: this.#return(at), immediate: false });
    if (random.chance(0.1)) this.#message({ type, account, at: at + random.int(-DAY, DAY), immediate: false });
  }

  #return(at: number): number {
    const random = this.#random;
    const returned = random.chance(0.8) ? at + random.int(0, 3 * DAY) : at - random.int(0, DAY);
    return random.chance(0.15) ? at : Math.min(returned, 0);
  }

  #message(message: Message): void {
    const random = this.#random;
    const via = random.pick(VIA);
    const again: MessageEvent['again'][number][] = [];
    if (random.chance(0.15)) again.push({ after: random.int(0, 2 * HOUR), sameId: random.chance(0.6) });
    // No message tells of an end in the future.
    const when: When =
      message.at > 0
        ? { at: message.at + random.int(0, MINUTE) }
        : message.type === 'account-reinstated' || random.chance(0.2)
          ? this.#when()
          : { at: random.int(0, Math.floor(this.#span / 3)) };
    this.#events.push({ kind: 'message', when, id: this.#id('m'), via, message, again });
  }

  #faults(): void {
    const random = this.#random;
    if (random.chance(0.15)) return;
    for (let n = random.pick([1, 2, 3, 3, 4, 6]); n > 0; n--)
      this.#fault(random.pick(FAULTS), random.chance(0.05) ? '*' : random.pick(STEPS[this.#kind]));
    if (this.#kind === 'age' && random.chance(0.1)) this.#crashUnderBlock();
  }

  #fault(fault: Fault, step: string): void {
    const random = this.#random;
    const isRare = RARE_STEPS[this.#kind].includes(step);
    this.#events.push({
      kind: 'fault',
      fault,
      step,
      // Faults meet rare steps at their first occurrence.
      slot: isRare || random.chance(0.4) ? 0 : random.int(0, Math.max(0, this.#slots - 3)),
      nth: random.chance(isRare ? 0.85 : 0.6) ? 0 : random.int(1, 4),
    });
    // A block is lifted where a drop fails.
    if (step === 'remover.liftWriteBlock')
      this.#events.push({ kind: 'fault', fault: 'lost', step: 'remover.countLive', slot: 0, nth: 0 });
  }

  /** A live document turns up under the block, and the function ends before it lifts the block. */
  #crashAtLift(index: number): void {
    const step = this.#random.pick(['remover.operations', 'remover.blockWrites']);
    const uins = this.#kind === 'age' ? [] : [this.#random.pick(ACCOUNTS.slice(ENDING))];
    this.#document(index, { step, slot: 0, nth: 0, after: 0 }, -HOUR, undefined, uins, []);
    this.#fault(this.#random.pick(['crash-before', 'lost']), 'remover.liftWriteBlock');
  }

  #crashUnderBlock(): void {
    const random = this.#random;
    const step = random.pick(['remover.countLive', 'remover.drop', 'store.templateFields', 'lease.assertLeased']);
    const nth = step.startsWith('remover') ? 0 : random.int(1, 3);
    this.#events.push({ kind: 'fault', fault: random.pick(['crash-before', 'crash-after']), step, slot: 0, nth });
    // The next run looks whether the block is still there.
    if (random.chance(0.4))
      this.#events.push({ kind: 'fault', fault: 'lost', step: 'remover.state', slot: 0, nth: random.int(0, 3) });
  }

  #disturbances(): void {
    const random = this.#random;
    const promise = this.#kind;
    if (random.chance(0.15))
      this.#events.push({ kind: 'run', when: this.#when(), promise, by: random.pick(['person', 'schedule'] as const) });
    if (random.chance(promise === 'age' ? 0.25 : 0.06))
      this.#events.push({
        kind: 'short',
        promise,
        slot: random.int(0, 4),
        // Five seconds are kept for the steps after the deletions.
        milliseconds: random.int(5_400, 7_500),
      });
    if (random.chance(0.15)) this.#skew();
    if (random.chance(0.08)) this.#portOutage();
    if (random.chance(0.2)) this.#hold();
    if (random.chance(0.08)) this.#pause();
    if (random.chance(0.1)) this.#restore();
    if (random.chance(0.08)) {
      const from = this.#sometime();
      this.#events.push({
        kind: 'outage',
        promise,
        index: random.int(0, this.#indices - 1),
        how: random.pick(promise === 'age' ? (['closed', 'red', 'blocked'] as const) : HOWS),
        from,
        until: from + random.int(MINUTE, 3 * HOUR),
      });
    }
    if (random.chance(0.04)) this.#events.push({ kind: 'housekeeping', when: this.#when() });
    if (random.chance(0.02))
      this.#events.push({ kind: 'gap', from: random.int(BETWEEN[promise], this.#span), days: random.int(1, 60) });
  }

  /** Often between the plan of a run and one of its requests. */
  #hold(): void {
    const random = this.#random;
    const steps = ['reports.open', 'lease.prolong', 'lease.beginDestroying', 'remover.state', 'remover.slices'];
    const when: When = random.chance(0.4)
      ? this.#when()
      : {
          step: random.pick([...steps, 'controls.version', 'remover.deleteSlice', ...STEPS_OF_DROPS]),
          slot: random.int(0, Math.floor(this.#slots / 2)),
          nth: 0,
          after: random.int(0, 100),
        };
    this.#events.push({
      kind: 'hold',
      when,
      promise: this.#kind,
      target: this.#target(),
      reviewAfter: random.chance(0.5) ? 30 * DAY : random.int(HOUR, HOUR + this.#span),
      ...(random.chance(0.6) && { releasedAfter: random.int(0, this.#span) }),
    });
  }

  #target(): HoldEvent['target'] {
    const random = this.#random;
    const scope = random.pick(this.#kind === 'age' ? (['index', 'category'] as const) : SCOPES);
    if (scope === 'index') return { scope, index: random.int(0, this.#indices - 1) };
    if (scope === 'category') return { scope };
    const uin = random.pick(ACCOUNTS.slice(0, ENDING));
    return { scope, account: { uin, ...(random.chance(0.3) && { app: random.pick(APPS) }) } };
  }

  #pause(): void {
    const random = this.#random;
    const lasts = random.int(10 * MINUTE, this.#kind === 'age' ? 4 * HOUR : 30 * HOUR);
    this.#events.push({
      kind: 'pause',
      when: this.#when(),
      promise: this.#kind,
      lasts,
      ...(random.chance(0.5) && { resumedAfter: random.int(MINUTE, lasts) }),
    });
  }

  /** Long enough, at times, for Lambda to give up. */
  #portOutage(): void {
    const random = this.#random;
    const ports = this.#kind === 'age' ? (['store', 'ledger', 'reports'] as const) : PORTS;
    const from = this.#sometime();
    this.#events.push({
      kind: 'port-outage',
      port: random.pick(ports),
      from,
      until: from + random.int(0, 90 * MINUTE),
    });
  }

  #skew(): void {
    const random = this.#random;
    const most = random.chance(0.6) ? 5 * MINUTE : 3 * HOUR;
    const from = this.#sometime();
    this.#events.push({
      kind: 'skew',
      whose: random.pick(['function', 'cluster'] as const),
      by: random.int(-most, most),
      from,
      until: from + random.int(MINUTE, 4 * HOUR),
    });
  }

  #restore(): void {
    const random = this.#random;
    const takenAt = random.int(0, Math.floor(this.#span / 2));
    const what = this.#kind === 'age' ? 'index' : random.pick(['index', 'ledger', 'ledger-and-events'] as const);
    this.#events.push({
      kind: 'restore',
      what,
      index: random.int(0, this.#indices - 1),
      takenAt,
      when: { at: takenAt + random.int(MINUTE, this.#span - takenAt) },
    });
  }
}

/** The history of a seed. */
export const historyOf = (seed: string): History => new Generator(seed).history();
