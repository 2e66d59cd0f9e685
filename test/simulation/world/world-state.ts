import { readFileSync } from 'node:fs';
import type { AccountEvent } from '../../../lib/erasure/events/account-event.ts';
import { parseRetentionPolicy } from '../../../lib/policy/parsing/parse-retention-policy.ts';
import type { RetentionPolicy } from '../../../lib/policy/retention-policy.ts';
import type { InMemoryIndex } from '../../support/in-memory/in-memory-cluster.ts';
import { ArchiveInMemory } from '../copies-in-memory.ts';
import { Coverage } from '../coverage.ts';
import { CATEGORIES, eventsOf, type History } from '../history.ts';
import { Stores } from '../invocations.ts';
import { Oracle, type PromiseKind, type Told } from '../oracle.ts';
import { PortCalls } from '../port-calls.ts';
import { HOUR, MINUTE } from '../promise.ts';
import { hashOf } from '../random.ts';
import { Timeline } from '../timeline.ts';
import { WatchedCluster } from '../watched-cluster.ts';

/** The shipped policy, in the mode `enforce`. */
export const POLICY: RetentionPolicy = parseRetentionPolicy(
  readFileSync(new URL('../../../retention-policy.yml', import.meta.url), 'utf8').replace(
    /^mode: observe$/m,
    'mode: enforce',
  ),
  'retention-policy.yml',
);

/** As the schedules of the shipped policy. */
export const BETWEEN = { age: 15 * MINUTE, erasure: HOUR } as const;
export const PREFIX = { age: 'trtc-backend-log-', erasure: 'trtc-console-configuration-' } as const;

/** A person repeats a command every five minutes until it succeeds. */
export const MAX_TRIES = 100;

export const categoryOf = (promise: PromiseKind): string => CATEGORIES[promise];
export const promiseOf = (category: string): PromiseKind => (category === CATEGORIES.age ? 'age' : 'erasure');

/** An id in the form of a UUID. */
export const uuidOf = (text: string): string =>
  `${hashOf(text).toString(16).padStart(8, '0')}-0000-4000-8000-${hashOf(text, 1).toString(16).padStart(12, '0')}`;

/** The state that all parts of one world share: its time, its stores, its oracle, and the known facts about it. */
export class WorldState {
  readonly history: History;
  readonly timeline: Timeline;
  readonly coverage = new Coverage();
  readonly calls: PortCalls;
  readonly stores: Stores;
  readonly oracle = new Oracle();
  /** When each entry was closed last, since the ledger was restored. */
  readonly entryClosedAt = new Map<string, number>();
  /** Indices that are there and cannot be seen, while they are restored or renamed. */
  readonly missing = new Map<string, InMemoryIndex>();
  /** True after a restore of the ledger, until a person has run `replay`. */
  awaitsReplay = false;
  replayedAt = Number.NEGATIVE_INFINITY;
  /** Called with documents that are destroyed. */
  onDestroyed: (index: string, ids: readonly string[]) => void = () => undefined;

  constructor(history: History, trace: ((line: string) => void) | undefined) {
    this.history = history;
    this.timeline = new Timeline(history.start);
    this.calls = new PortCalls(this.timeline, this.coverage, eventsOf('fault', history), trace);
    const outages = eventsOf('port-outage', history);
    if (outages.length > 0)
      this.calls.isOut = (step) => {
        const at = this.now - history.start;
        return outages.some(({ port, from, until }) => step.startsWith(`${port}.`) && from <= at && at < until);
      };
    const cluster = new WatchedCluster((index, ids) => this.onDestroyed(index, ids));
    if (history.templated) cluster.templates = Object.values(PREFIX).map((prefix) => `${prefix}*`);
    const archive = new ArchiveInMemory(() => this.now);
    archive.onPut = (kind, content) => {
      if (kind === 'events') this.knownTo((content as AccountEvent).requestId, true);
    };
    this.stores = new Stores(cluster, archive, () => this.now);
  }

  get now(): number {
    return this.timeline.now;
  }

  indexName(promise: PromiseKind, index: number): string {
    return `${PREFIX[promise]}${String((index % this.history.indices) + 1).padStart(6, '0')}`;
  }

  /** How far the clocks of functions, or of the cluster, are ahead now. */
  skewOf(whose: 'function' | 'cluster'): number {
    const at = this.now - this.history.start;
    return eventsOf('skew', this.history)
      .filter((event) => event.whose === whose && event.from <= at && at < event.until)
      .reduce((sum, { by }) => sum + by, 0);
  }

  /** Whether indices of a promise are, or have just been, out of order. */
  isOut(promise: PromiseKind): boolean {
    const at = this.now - this.history.start;
    return eventsOf('outage', this.history).some(
      (event) => event.promise === promise && event.from <= at + MINUTE && at <= event.until,
    );
  }

  /** The message under a request id. */
  toldAs(requestId: string): Told | undefined {
    return this.oracle.told.find(({ requestIds }) => requestIds.has(requestId));
  }

  /** The service knows of a message from now on: it must not be lost. */
  knownTo(requestId: string, isArchived = false): void {
    const told = this.toldAs(requestId);
    if (told === undefined) return;
    told.knownAt = Math.min(told.knownAt, this.now);
    if (isArchived) told.archivedAt = Math.min(told.archivedAt, this.now);
  }
}
