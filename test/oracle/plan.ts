import type { PromiseKind } from '../simulation/oracle.ts';
import { type Account, DAY, HOUR, type Message, MINUTE, STORED_FOR } from '../simulation/promise.ts';
import { Random } from '../simulation/random.ts';
import {
  contentOf,
  dayOf,
  type IndexKind,
  isLong,
  LONG_ACCOUNT,
  type PlannedIndex,
  type PlannedWrite,
} from './content.ts';

// What will happen in one world, from its seed. Instants are absolute: a world's clock runs in the past of the server,
// which decides by its own clock, too, what is due.

/** A message, or two at the same time, in one step. */
export interface PlannedMessages {
  readonly messages: readonly Message[];
  /** What goes wrong when they are told for the first time. */
  readonly fault?: PlannedFault;
  /** Of two at the same time, this one writes the ledger when the other one is recorded. */
  readonly last?: number;
}

/** A hold with its release, or a pause. */
export interface PlannedControl {
  readonly scope: 'account' | 'index' | 'category' | 'pause';
  readonly account?: { readonly uin: string; readonly app?: string };
  readonly index?: string;
  readonly promise?: PromiseKind;
  /** The step before whose run it is released. */
  readonly releasedIn: number;
  /** Two people place holds at the same time. */
  readonly and?: PlannedControl;
}

/** What goes wrong in a run. */
export interface PlannedFault {
  readonly step: FaultStep;
  readonly fault: FaultKind;
  readonly skip: number;
  readonly times: number;
}

const FAULT_STEPS = [
  ...(['drop', 'delete', 'block', 'unblock', 'count', 'refresh', 'state'] as const),
  ...(['ledger', 'events', 'receipts', 'leases', 'controls', 'reports', 'any'] as const),
] as const;
export type FaultStep = (typeof FAULT_STEPS)[number];

const FAULT_KINDS = ['busy', 'unavailable', 'cut', 'times-out', 'answer-lost', 'arrives-later', 'dies'] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** What others do during a run. */
export type Meanwhile = 'reinstate' | 'repeat' | 'close' | 'recreate' | 'write' | 'ship' | 'hold';

/** What happens before a run, and the run. */
export interface Step {
  readonly at: number;
  readonly writes: readonly PlannedWrite[];
  readonly messages: readonly PlannedMessages[];
  readonly controls: readonly PlannedControl[];
  readonly faults: readonly PlannedFault[];
  readonly meanwhile: readonly Meanwhile[];
  /** Documents that are written during the run. */
  readonly late: readonly PlannedWrite[];
  readonly snapshot?: 'take' | 'restore';
  readonly isHousekeeping?: boolean;
  /** A person asks right before the run whether the promises are kept. */
  readonly isVerified?: boolean;
}

/** Everything that will happen in a world. */
export interface Plan {
  readonly seed: string;
  readonly id: string;
  readonly schedules: number;
  readonly indices: readonly PlannedIndex[];
  readonly steps: readonly Step[];
}

/** A size of a world. */
export interface Size {
  readonly schedules: number;
  /** Of one schedule. */
  readonly documents: number;
  /** Days before the start that have an index of their own. */
  readonly days: number;
  /** Runs before the last three. */
  readonly steps: number;
  /** Small worlds in which more happens at once, for planted bugs. */
  readonly isDense: boolean;
  /** Documents in one page of an index of the kind `window`. */
  readonly window: number;
}

const APPS = ['a', 'b'] as const;
const ERASURE_KINDS: readonly IndexKind[] = ['plain', 'plain', 'nanos', 'window', 'ignore', 'long'];
const AGE_KINDS: readonly IndexKind[] = ['plain', 'nanos', 'veto', 'window', 'ignore'];
const QUIET_RUNS = 3;
/** Documents of so many days before the start are about to go. */
const DUE_DAYS = 16;
const FIRST_GAPS = [15 * MINUTE, HOUR, 6 * HOUR, DAY, DAY, 2 * DAY] as const;

/** What can go wrong when a message is recorded. */
const RECORDING_STEPS = ['events', 'events', 'ledger', 'any'] as const;
const RECORDING_FAULTS = ['unavailable', 'busy', 'answer-lost', 'cut'] as const;
/** More than the attempts for one request. */
const MANY = 9;
/** The documents of one account or one import are so many pages. */
const IMPORTED_PAGES = 10;
const LARGE_PAGES = 6;

const exact = (k: number): string => String(9_007_199_254_740_992n + BigInt(k));

/** Accounts that are easily taken for one another, such as 7 and 007, or numbers that a double cannot tell apart. */
const accountOf = (k: number, areNumbers: boolean): string => {
  const numbers = [`${10_000 + k}`, exact(k), `${k + 1}00`];
  const forms = areNumbers ? numbers : [...numbers, `u-${k}`, `00${10_000 + k - 4}`, `${LONG_ACCOUNT}${k}`];
  return forms[k % forms.length] ?? '';
};

class Planner {
  readonly #random: Random;
  readonly #seed: string;
  readonly #id: string;
  readonly #size: Size;
  readonly #times: number[] = [];
  readonly #steps: { -readonly [K in keyof Step]: Step[K] extends readonly (infer E)[] ? E[] : Step[K] }[] = [];
  readonly #indices: PlannedIndex[] = [];
  readonly #hasUnclear: boolean;
  readonly #hasShared: boolean;
  readonly #hasBothApps: boolean;
  readonly #hasNumbers: boolean;
  readonly #hasIgnored: boolean;
  readonly #ageKinds: readonly IndexKind[];
  readonly #erasureKinds: readonly IndexKind[];
  #documents = 0;

  constructor(seed: string, id: string, now: number, size: Size) {
    this.#seed = seed;
    this.#id = id;
    this.#size = size;
    this.#random = new Random(seed);
    // Each of these keeps runs from calling themselves complete, and most erasures open.
    this.#hasUnclear = this.#random.chance(0.1);
    this.#hasShared = this.#random.chance(0.2);
    this.#hasBothApps = this.#random.chance(0.5);
    this.#hasNumbers = this.#random.chance(0.5);
    this.#hasIgnored = this.#random.chance(0.2);
    this.#ageKinds = this.#someOf(AGE_KINDS);
    this.#erasureKinds = this.#someOf(ERASURE_KINDS).filter((kind) => kind !== 'long' || this.#hasNumbers);
    // From the time of day depends which documents have an index for their day.
    let at = Math.floor(now / DAY - 110) * DAY + this.#random.int(0, DAY);
    for (let n = size.steps; n > 0; n--) {
      this.#times.push(at);
      at += this.#random.pick(FIRST_GAPS) + this.#random.int(0, 1_000);
    }
    // Three runs that nothing disturbs, after every deadline.
    for (let n = 0; n < QUIET_RUNS; n++) this.#times.push(at + 8 * DAY + n * 20 * MINUTE);
    for (const time of this.#times)
      this.#steps.push({
        at: time,
        writes: [],
        messages: [],
        controls: [],
        faults: [],
        meanwhile: [],
        late: [],
      });
  }

  plan(): Plan {
    this.#makeIndices();
    for (let k = 0; k < this.#size.schedules; k++) this.#schedule(k);
    if (this.#ageKinds.includes('window') && this.#random.chance(0.5)) this.#import();
    if (this.#erasureKinds.includes('window') && this.#random.chance(0.5)) this.#grow();
    if (this.#random.chance(0.6)) this.#control();
    if (this.#random.chance(0.4)) this.#control();
    this.#disturb();
    if (this.#size.isDense) this.#condense();
    if (this.#random.chance(0.35)) this.#return();
    if (!this.#staysOpen && this.#random.chance(0.35)) this.#end();
    for (const step of this.#steps) if (this.#random.chance(0.3)) step.isVerified = true;
    return {
      seed: this.#seed,
      id: this.#id,
      schedules: this.#size.schedules,
      indices: this.#indices,
      steps: this.#steps as readonly Step[],
    };
  }

  get #start(): number {
    return this.#times[0] ?? 0;
  }

  /** The last step with events. */
  get #last(): number {
    return this.#size.steps - 1;
  }

  #timeOf(step: number): number {
    return this.#times[step] ?? this.#start;
  }

  #stepOf(step: number) {
    const found = this.#steps[step];
    if (found === undefined) throw new Error(`no step ${step}`);
    return found;
  }

  #makeIndices(): void {
    const add = (name: string, kind: IndexKind): void => {
      this.#indices.push({ name: `${this.#id}-${name}`, kind, shards: this.#random.pick([1, 1, 2]) });
    };
    for (const day of this.#days) add(`log-${dayOf(this.#start + day * DAY).replaceAll('-', '.')}`, 'plain');
    for (const [n, kind] of this.#ageKinds.entries()) add(`log-shared-${n}-${kind}`, kind);
    for (const [n, kind] of this.#erasureKinds.entries()) add(`con-${n}-${kind}`, kind);
  }

  /** The days that have an index of their own. In dense worlds, most of them fall due in the first runs. */
  get #days(): readonly number[] {
    const { days, isDense } = this.#size;
    return Array.from({ length: days }, (_, n) => (isDense && n < days - 1 ? n - DUE_DAYS : n + 1 - days));
  }

  /** Dense worlds have fewer indices, so that a run takes less time. */
  #someOf([first = 'plain', ...others]: readonly IndexKind[]): readonly IndexKind[] {
    return [first, ...others.filter(() => !this.#size.isDense || this.#random.chance(0.5))];
  }

  #indexOf(name: string, kind?: IndexKind): PlannedIndex {
    const found = this.#indices.filter((each) => each.name.startsWith(`${this.#id}-${name}`));
    return this.#random.pick(kind === undefined ? found : found.filter((each) => each.kind === kind));
  }

  /** One account: its documents, how it ends and comes back, and documents that only have a date. */
  #accountOf(k: number): string {
    return accountOf(k, this.#hasNumbers);
  }

  /** Whether some erasures stay open. */
  get #staysOpen(): boolean {
    return this.#hasUnclear || this.#hasIgnored;
  }

  #schedule(k: number): void {
    const random = this.#random;
    const uin = this.#accountOf(k);
    const half = Math.ceil(this.#size.documents / 2);
    for (let n = 0; n < half; n++) this.#aged(uin);
    for (let n = half; n < this.#size.documents; n++) this.#owned(uin, random.chance(0.1) ? this.#someStep() : 0);
    if (random.chance(0.75)) this.#ending(uin);
  }

  /** Documents of one import have the same instant, and are more than one page. */
  #import(): void {
    const now = this.#timeOf(0);
    const timestamp = now - this.#random.int(12 * DAY, 17 * DAY);
    const facts = { uins: [], apps: [], timestamp, isCoarse: false, mayStay: false };
    for (let n = IMPORTED_PAGES * this.#size.window; n > 0; n--)
      this.#write(0, false, 'age', this.#indexOf('log-shared', 'window'), facts);
  }

  /** One account has more than one page of documents in one index. */
  #grow(): void {
    const uin = this.#accountOf(this.#random.int(0, this.#size.schedules - 1));
    for (let n = LARGE_PAGES * this.#size.window; n > 0; n--) this.#owned(uin, 0, undefined, 'window');
  }

  #someStep(): number {
    return this.#random.int(0, this.#last);
  }

  #aged(uin: string): void {
    const random = this.#random;
    const step = random.chance(0.08) ? this.#someStep() : 0;
    const now = this.#timeOf(step);
    // Exactly at the bound of a later run, or anywhere around it.
    const date = random.chance(0.05)
      ? Math.min(now, this.#timeOf(this.#someStep()) - STORED_FOR + random.int(-1, 1))
      : now - random.int(0, 17 * DAY);
    const isDaily = random.chance(0.7);
    const daily = `${this.#id}-log-${dayOf(date).replaceAll('-', '.')}`;
    const index = isDaily ? this.#indices.find(({ name }) => name === daily) : undefined;
    const ingested = random.chance(0.35)
      ? Math.min(now, date + random.int(-HOUR, random.chance(0.2) ? 3 * DAY : HOUR))
      : undefined;
    const own = index ?? this.#indexOf('log-shared');
    const hasTimestamp = ingested === undefined || own.kind === 'veto' || random.chance(0.8);
    this.#write(step, random.chance(0.05) && step > 0, 'age', own, {
      uins: random.chance(0.3) ? [uin] : [],
      apps: [],
      ...(hasTimestamp && { timestamp: date }),
      ...(ingested !== undefined && { ingested }),
      ...(hasTimestamp && random.chance(0.04) && { older: date - random.int(0, 30 * DAY) }),
      isCoarse: random.chance(0.05),
      mayStay: false,
    });
  }

  #fits(uin: string, kind: IndexKind): boolean {
    if (kind === 'long') return /^[1-9]\d*$/.test(uin);
    return kind !== 'ignore' || this.#hasIgnored || !isLong(uin);
  }

  #owned(uin: string, step: number, date?: number, kind?: IndexKind): void {
    const random = this.#random;
    const kinds = this.#erasureKinds.filter((each) => this.#fits(uin, each));
    const index = this.#indexOf('con-', kind ?? random.pick(kinds));
    const now = this.#timeOf(step);
    const other =
      this.#hasShared && random.chance(0.01) && index.kind === 'plain'
        ? [this.#accountOf(random.int(0, this.#size.schedules - 1))]
        : [];
    const hasBoth = this.#hasBothApps && random.chance(0.1);
    const apps = random.chance(0.3) ? [] : hasBoth ? [...APPS] : [random.pick(APPS)];
    const dated = date ?? (random.chance(0.85) ? now - random.int(0, 12 * DAY) : undefined);
    this.#write(step, random.chance(0.05) && step > 0 && date === undefined, 'erasure', index, {
      uins: [...new Set([uin, ...other])],
      apps,
      ...(dated !== undefined && { timestamp: dated }),
      ...(date === undefined && random.chance(0.2) && { ingested: now - random.int(0, 8 * DAY) }),
      ...(dated !== undefined && random.chance(0.04) && { older: dated - random.int(0, 30 * DAY) }),
      isCoarse: date === undefined && random.chance(0.05),
      // No search finds such an account. The runs say so.
      mayStay: index.kind === 'ignore' && isLong(uin),
    });
  }

  #write(
    step: number,
    isLate: boolean,
    promise: PromiseKind,
    index: PlannedIndex,
    facts: Omit<Parameters<typeof contentOf>[1], 'index' | 'id' | 'isUnreadable' | 'mayBeVague'>,
  ): void {
    this.#documents += 1;
    const isUnreadable = this.#hasUnclear && index.kind === 'plain' && this.#random.chance(0.003);
    const all = { ...facts, index, id: `d${this.#documents}`, isUnreadable, mayBeVague: this.#hasUnclear };
    const { document, ...content } = contentOf(this.#random, all);
    const write: PlannedWrite = { ...content, document, promise };
    const { late, writes } = this.#stepOf(step);
    (isLate ? late : writes).push(write);
  }

  #ending(uin: string): void {
    const random = this.#random;
    const step = this.#someStep();
    const now = this.#timeOf(step);
    const isDeletion = random.chance(0.5);
    const account = { uin, ...(!isDeletion && random.chance(0.5) && { app: random.pick(APPS) }) };
    const at = now - random.pick([0, DAY, 2 * DAY, 3 * DAY, 4 * DAY, 6 * DAY]) - random.int(0, HOUR);
    const end: Message = {
      type: isDeletion ? 'account-deleted' : 'feature-terminated',
      account,
      at,
      immediate: random.chance(0.05),
    };
    const back: Message = {
      type: 'account-reinstated',
      account,
      immediate: false,
      at: random.chance(0.2) ? at : Math.min(now, at + random.int(-DAY, DAY)),
    };
    this.#tell(step, end, back);
    if (!isDeletion) this.#around(uin, step, at);
  }

  #tell(step: number, end: Message, back: Message): void {
    const random = this.#random;
    const add = (number: number, ...messages: readonly Message[]): void => {
      this.#stepOf(number).messages.push({
        messages,
        ...this.#recordingFault(),
        ...(messages.length > 1 && random.chance(0.7) && { last: random.int(0, messages.length - 1) }),
      });
    };
    const later = (): number => random.int(step, this.#last);
    const again = { ...end, at: Math.min(end.at + HOUR, this.#timeOf(step)) };
    const isToldAgain = random.chance(0.15);
    if (random.chance(0.35)) {
      if (random.chance(0.35)) add(step, end, back);
      else {
        add(step, end);
        // If it is told again, at the same time as the return, that one is in between, or takes both back.
        if (isToldAgain) add(later(), again, { ...back, at: random.pick([end.at, again.at]) });
        else add(later(), back);
      }
    } else {
      add(step, end);
      if (isToldAgain) add(later(), again);
    }
  }

  #recordingFault(): Pick<PlannedMessages, 'fault'> {
    const random = this.#random;
    if (!random.chance(this.#size.isDense ? 0.3 : 0.15)) return {};
    const what = { step: random.pick(RECORDING_STEPS), fault: random.pick(RECORDING_FAULTS) };
    return { fault: { ...what, skip: random.pick([0, 0, 1, 2]), times: MANY } };
  }

  /** The last document of the old use, and the first of the new one. */
  #around(uin: string, step: number, at: number): void {
    const dates = this.#erasureKinds.includes('nanos') ? [at, at + 0.3, at + 1] : [at, at + 1];
    for (const date of dates)
      if (this.#random.chance(0.4)) this.#owned(uin, step, date, Number.isInteger(date) ? undefined : 'nanos');
  }

  #target(): PlannedControl {
    const random = this.#random;
    const releasedIn = random.int(1, this.#last + 1);
    const scope = random.pick(['account', 'account', 'account', 'index', 'category', 'pause'] as const);
    const promise = random.pick(['age', 'erasure'] as const);
    if (scope === 'index') return { scope, index: this.#indexOf(random.pick(['log', 'con'])).name, releasedIn };
    if (scope !== 'account') return { scope, promise, releasedIn };
    const k = random.int(0, this.#size.schedules - 1);
    return {
      scope,
      account: { uin: this.#accountOf(k), ...(random.chance(0.3) && { app: random.pick(APPS) }) },
      releasedIn,
    };
  }

  #control(): void {
    const random = this.#random;
    const first = this.#target();
    const step = random.int(0, Math.max(0, first.releasedIn - 1));
    const isAccount = first.scope === 'account' && first.account?.app === undefined;
    const and =
      isAccount && random.chance(0.4)
        ? { ...first, account: { uin: first.account?.uin ?? '', app: random.pick(APPS) } }
        : this.#target();
    const holdsOnly = first.scope !== 'pause' && and.scope !== 'pause';
    this.#stepOf(step).controls.push({ ...first, ...(holdsOnly && random.chance(0.6) && { and }) });
  }

  #disturb(): void {
    const random = this.#random;
    for (let step = 0; step <= this.#last; step++) {
      const { faults, meanwhile } = this.#stepOf(step);
      if (random.chance(0.5)) continue;
      if (random.chance(0.5))
        meanwhile.push(random.pick(['reinstate', 'repeat', 'close', 'close', 'recreate', 'write', 'ship', 'hold']));
      // Whoever writes into an index that is blocked, keeps it: then its block has to be lifted.
      if (meanwhile.includes('ship') && random.chance(0.5))
        faults.push({ step: 'unblock', fault: random.pick(FAULT_KINDS), skip: 0, times: MANY });
      if (meanwhile.length === 0 || random.chance(0.3))
        for (let n = random.int(1, 4); n > 0; n--)
          faults.push({
            step: random.pick(FAULT_STEPS),
            fault: random.pick(FAULT_KINDS),
            skip: random.pick([0, 0, 1, 2, 4]),
            times: random.pick([1, 1, 2, MANY]),
          });
    }
  }

  /** More holds, and more that others do during a run. */
  #condense(): void {
    const random = this.#random;
    for (let n = 0; n < 3; n++) {
      const long = Array.from({ length: this.#size.schedules }, (_, k) => this.#accountOf(k)).filter(isLong);
      const isOdd = long.length > 0 && random.chance(0.5);
      const uin = isOdd ? random.pick(long) : this.#accountOf(random.int(0, this.#size.schedules - 1));
      const hold = { scope: 'account', releasedIn: this.#last + 2 } as const;
      const and = { ...hold, account: { uin, app: random.pick(APPS) } };
      this.#stepOf(0).controls.push({ ...hold, account: { uin }, ...(random.chance(0.7) && { and }) });
    }
    for (let step = 0; step <= this.#last; step++) {
      const { faults, meanwhile } = this.#stepOf(step);
      if (faults.length === 0 && random.chance(0.6))
        meanwhile.push(random.pick(['reinstate', 'repeat', 'close', 'recreate', 'ship']));
    }
  }

  /** A snapshot, whose content comes back after its accounts were erased. */
  #return(): void {
    const random = this.#random;
    this.#stepOf(random.int(0, 2)).snapshot = 'take';
    const at = this.#timeOf(this.#times.length - 1);
    for (const [after, snapshot] of [[HOUR, 'restore'] as const, [2 * HOUR, undefined] as const])
      this.#further(at + after, snapshot === undefined ? {} : { snapshot });
  }

  #further(at: number, more: Partial<Step>): void {
    this.#times.push(at);
    const nothing = { at, writes: [], messages: [], controls: [], faults: [], meanwhile: [], late: [] };
    this.#steps.push({ ...nothing, ...(more as object) });
  }

  /**
   * A use that ended is erased while no receipt can be kept, and long afterwards old entries are removed. Meanwhile
   * another account is on hold, which is released after that.
   */
  #end(): void {
    const random = this.#random;
    const at = this.#timeOf(this.#times.length - 1) + DAY;
    const [k, other] = [random.int(0, this.#size.schedules - 1), random.int(0, this.#size.schedules - 1)];
    const ended = (account: Account): PlannedMessages => ({
      messages: [{ type: 'feature-terminated', account, at: at - 4 * DAY, immediate: false }],
    });
    const faults: readonly PlannedFault[] = [{ step: 'receipts', fault: 'unavailable', skip: 0, times: 1_000 }];
    const first = this.#steps.length;
    this.#further(at, { messages: [ended({ uin: this.#accountOf(k) })], faults });
    if (other !== k) {
      const account = { uin: this.#accountOf(other) };
      const step = this.#stepOf(first);
      step.messages.push(ended(account));
      step.controls.push({ scope: 'account', account, releasedIn: first + 2 });
      for (let n = 0; n < 5; n++) this.#owned(account.uin, first, at - random.int(5 * DAY, 10 * DAY));
    }
    this.#further(at + 62 * DAY, { isHousekeeping: true });
    for (let n = 1; n <= 3; n++) this.#further(at + 62 * DAY + n * HOUR, {});
  }
}

/**
 * Makes the plan of a world.
 * @param id the beginning of all its names.
 * @param now the server's clock. The same seed at another time is the same world, shifted.
 */
export const planOf = (seed: string, id: string, now: number, size: Size): Plan =>
  new Planner(seed, id, now, size).plan();
