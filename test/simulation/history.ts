import type { Account, Message } from './promise.ts';

/** Categories of the simulation, by their ids in the shipped policy. */
export const CATEGORIES = { age: 'backend-logs', erasure: 'console-configuration' } as const;

/**
 * The fate of one call of a port.
 * - `lost`: it fails and has no effect.
 * - `answer-lost`: it has its effect, and fails.
 * - `late`: it fails, and has its effect up to a minute after it was sent.
 * - `slow`: it takes up to a minute.
 * - `twice`: it is carried out twice; the second answer counts.
 * - `crash-before`, `crash-after`: the function ends there, before or after the effect.
 */
export const FAULTS = ['lost', 'answer-lost', 'late', 'slow', 'twice', 'crash-before', 'crash-after'] as const;
export type Fault = (typeof FAULTS)[number];

/** An instant of a history: a time after its start, or a call of a port. */
export type When =
  | { readonly at: number }
  | {
      /** Before the `nth` such call (from 0) of the first invocation, from this scheduled time on, that makes it. */
      readonly step: string;
      readonly slot: number;
      readonly nth: number;
      /** Milliseconds later. */
      readonly after: number;
    };

export interface WriteEvent {
  readonly kind: 'write';
  readonly when: When;
  /** Number of the index within its category. */
  readonly index: number;
  readonly promise: 'age' | 'erasure';
  readonly id: string;
  /** Dates of the event and of the arrival, after the start. */
  readonly timestamp?: number;
  readonly ingested?: number;
  readonly uins: readonly string[];
  readonly apps: readonly string[];
}

export interface MessageEvent {
  readonly kind: 'message';
  readonly when: When;
  readonly id: string;
  readonly via: 'webhook' | 'bus' | 'person';
  /** With `at` after the start. */
  readonly message: Message;
  /** Milliseconds after the first delivery at which it is delivered again, under the same id or another one. */
  readonly again: readonly { readonly after: number; readonly sameId: boolean }[];
}

export interface FaultEvent {
  readonly kind: 'fault';
  readonly fault: Fault;
  /** A port's method; `*` counts all of them. */
  readonly step: string;
  readonly slot: number;
  readonly nth: number;
}

export interface HoldEvent {
  readonly kind: 'hold';
  readonly when: When;
  readonly promise: 'age' | 'erasure';
  readonly target:
    | { readonly scope: 'account'; readonly account: Account }
    | { readonly scope: 'index'; readonly index: number }
    | { readonly scope: 'category' };
  /** The date of its review, in milliseconds after the command. The hold stays in force after that date. */
  readonly reviewAfter: number;
  /** Milliseconds after the command has done all; absent: never. */
  readonly releasedAfter?: number;
}

export interface PauseEvent {
  readonly kind: 'pause';
  readonly when: When;
  readonly promise: 'age' | 'erasure';
  readonly lasts: number;
  /** Milliseconds after its beginning. */
  readonly resumedAfter?: number;
}

/** An index, or for `missing` all of a category, cannot be used for a while. */
export interface OutageEvent {
  readonly kind: 'outage';
  readonly promise: 'age' | 'erasure';
  readonly index: number;
  readonly how: 'closed' | 'red' | 'blocked' | 'missing';
  readonly from: number;
  readonly until: number;
}

export type Event =
  | HoldEvent
  | PauseEvent
  | WriteEvent
  | MessageEvent
  | FaultEvent
  /** A person purges by hand, or the schedule's event is delivered once more. */
  | {
      readonly kind: 'run';
      readonly when: When;
      readonly promise: 'age' | 'erasure';
      readonly by: 'person' | 'schedule';
    }
  /** The function of one scheduled time has so many milliseconds. */
  | {
      readonly kind: 'short';
      readonly slot: number;
      readonly promise: 'age' | 'erasure';
      readonly milliseconds: number;
    }
  /** A clock is wrong by so many milliseconds. */
  | {
      readonly kind: 'skew';
      readonly whose: 'function' | 'cluster';
      readonly by: number;
      readonly from: number;
      readonly until: number;
    }
  /**
   * An index is restored to an earlier state, or the ledger, alone or with its event log. A person runs `replay`
   * afterwards.
   */
  | {
      readonly kind: 'restore';
      readonly what: 'index' | 'ledger' | 'ledger-and-events';
      readonly index: number;
      readonly takenAt: number;
      readonly when: When;
    }
  | OutageEvent
  /** No call of a port is answered for a while. */
  | { readonly kind: 'port-outage'; readonly port: string; readonly from: number; readonly until: number }
  /** Nothing is scheduled for days. */
  | { readonly kind: 'gap'; readonly from: number; readonly days: number }
  | { readonly kind: 'housekeeping'; readonly when: When };

/** Everything that happens in one world. The same history always takes the same course. */
export interface History {
  /** Names the seed from which it was made. */
  readonly seed: string;
  /** Epoch milliseconds. */
  readonly start: number;
  readonly promises: readonly ('age' | 'erasure')[];
  /** Number of indices of each category. */
  readonly indices: number;
  /** Whether an index template maps the next index. */
  readonly templated: boolean;
  /** Whether there is one more index, whose documents have gone before. */
  readonly hasEmptied: boolean;
  /** Number of scheduled times of each category. */
  readonly slots: number;
  readonly events: readonly Event[];
}

const known = <K extends Event['kind']>(kind: K, events: readonly Event[]) =>
  events.filter((event): event is Extract<Event, { kind: K }> => event.kind === kind);

/** The events of one kind. */
export const eventsOf = <K extends Event['kind']>(kind: K, { events }: Pick<History, 'events'>) => known(kind, events);
