import type { ReadEntry } from '../../../lib/erasure/ledger/ledger.ts';
import { type Closure, isReopened, type LedgerEntry } from '../../../lib/erasure/ledger/ledger-entry.ts';
import { issuedReceipt } from '../../../lib/erasure/receipts/receipt.ts';
import type { KeptReceipt } from '../../../lib/erasure/receipts/receipt-store.ts';
import type { Actor } from '../port-calls.ts';
import { MINUTE } from '../promise.ts';
import type { Actors } from './actors.ts';
import { categoryOf, type WorldState } from './world-state.ts';

const refill = <T>(to: Map<string, T>, from: ReadonlyMap<string, T>): void => {
  to.clear();
  for (const [key, value] of from) to.set(key, value);
};

/** Passes the records of the service to the oracle when they are written. */
export class Records {
  readonly #state: WorldState;
  readonly #actors: Actors;
  /** For watched entries: the known facts about their run at that time. */
  readonly #countedFor = new Map<string, { readonly listedAt: number; readonly countedAt: number }>();
  readonly #closed = new Set<string>();

  constructor(state: WorldState, actors: Actors) {
    this.#state = state;
    this.#actors = actors;
    state.onDestroyed = (index, ids) => this.#destroyed(index, ids);
    state.calls.onEffect = (actor, step, given) => this.#effect(actor, step, given);
    this.#watchStores();
  }

  /** Whether any erasure was closed. */
  get hasClosed(): boolean {
    return this.#closed.size > 0;
  }

  /** Takes a snapshot of the ledger, or of the event log too. @returns restores it; `after` is called later. */
  snapshot(what: 'ledger' | 'ledger-and-events', after: () => void): () => void {
    const { stores } = this.#state;
    const { ledger } = stores;
    const log = stores.events(categoryOf('erasure'));
    const [entries, kept, decided] = [new Map(ledger.entries), new Map(log.kept), new Map(log.decided)];
    return () => {
      const { oracle, coverage, entryClosedAt, timeline } = this.#state;
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
      oracle.ledgerRestoredAt = timeline.now;
      this.#state.awaitsReplay = true;
      coverage.hit(`${what} restored`);
      if (entryClosedAt.size > 0) coverage.hit('ledger restored after closure');
      entryClosedAt.clear();
      timeline.plan(timeline.now + 10 * MINUTE, after);
    };
  }

  #destroyed(index: string, ids: readonly string[]): void {
    const { calls, history, oracle, now } = this.#state;
    const { acting } = calls;
    if (acting === undefined) return;
    const by = {
      run: acting.name,
      isByHand: acting.isByHand,
      startedAt: acting.startedAt,
      // Up to three requests and one drop for each index are in flight at once, and each of them does its own look.
      lookedAt: acting.looks.at(-4 * history.indices) ?? acting.looks[0] ?? acting.startedAt,
      plannedAt: acting.firstCountedAt,
      archiveLookedAt: acting.archiveLookedAt,
    };
    for (const id of ids) oracle.destroyed(index, id, now, by);
  }

  #effect(actor: Actor, step: string, given: readonly unknown[]): void {
    const { now, oracle, coverage } = this.#state;
    switch (step) {
      case 'archive.ids-events':
        actor.archiveLookedAt = now;
        break;
      case 'store.describe':
        // An index that appears between list and count counts as a later one.
        actor.listedAt = now;
        break;
      case 'store.count':
        actor.countedAt = now;
        actor.firstCountedAt = Math.min(actor.firstCountedAt, now);
        actor.isShareLarge ||= oracle.mayBeRefused(actor.promise, now);
        break;
      case 'remover.blockWrites':
        actor.blocked.add(String(given[0]));
        break;
      case 'remover.drop':
        coverage.hit('dropped');
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
    const { now, coverage } = this.#state;
    const isAtWork = (other: Actor): boolean =>
      other.promise === promise &&
      other.endedAt > now &&
      other.stepCalls.has('reports.open') &&
      !other.stepCalls.has('lease.endDestroying');
    if (name.startsWith('hold') && this.#actors.some(isAtWork)) coverage.hit('hold between plan and request');
  }

  #receiptsKept(receipts: readonly KeptReceipt[]): void {
    const { stores, coverage, oracle, now } = this.#state;
    const { kept } = stores.receipts(categoryOf('erasure'));
    for (const { id, jws } of receipts)
      if (!kept.has(id)) {
        coverage.hit('receipt');
        oracle.receiptKept(issuedReceipt(jws), now);
      }
  }

  #watchStores(): void {
    const { stores, calls, oracle, missing } = this.#state;
    const { ledger, reports } = stores;
    const { read, changed, write } = ledger;
    ledger.read = (ids) => {
      calls.acting?.looks.push(this.#state.now);
      return read(ids);
    };
    ledger.changed = (reads) => {
      calls.acting?.looks.push(this.#state.now);
      return changed(reads);
    };
    ledger.write = async (changes, onWritten) => {
      const conflicts = await write(changes, onWritten);
      for (const { entry, read: before } of changes)
        if (!conflicts.has(entry.id)) this.#entryWritten(entry, before?.entry);
      return conflicts;
    };
    const { close } = reports;
    reports.close = async (report) => {
      await close(report);
      const { acting } = calls;
      if (acting === undefined || missing.size > 0) return;
      const { awaitsReplay, replayedAt, now } = this.#state;
      const isRestored = awaitsReplay || acting.startedAt < replayedAt;
      if (!isRestored) oracle.reported(report, acting, now);
    };
  }

  #entryWritten(entry: LedgerEntry, before: LedgerEntry | undefined): void {
    const { calls, coverage } = this.#state;
    const { acting } = calls;
    const { closures, watched } = entry;
    if (acting === undefined) return;
    if (watched !== undefined && watched.closedAt !== before?.watched?.closedAt)
      this.#countedFor.set(`${entry.id} ${watched.closedAt}`, {
        listedAt: acting.listedAt,
        countedAt: acting.countedAt,
      });
    // A reinstatement ends the watch without a closure.
    if (before !== undefined && isReopened(before) && !isReopened(entry) && closures.length === before.closures.length)
      coverage.hit('reinstatement of what was reopened');
    for (const closure of closures.slice(before?.closures.length ?? 0)) this.#entryClosed(entry, closure, acting);
    this.#recorded(entry);
  }

  #entryClosed(entry: LedgerEntry, closure: Closure, acting: Actor): void {
    const { entryClosedAt, coverage, oracle, now } = this.#state;
    const { obligation, closedAt, state: outcome, progress } = closure;
    const { requestId, terminatedAt, eraseFrom, eraseBy } = obligation;
    const key = `${entry.id} ${closedAt}`;
    // A replay writes closures again that existed before.
    if (this.#closed.has(key)) return;
    this.#closed.add(key);
    const { listedAt, countedAt } = this.#countedFor.get(key) ?? acting;
    const closedBefore = entryClosedAt.get(entry.id) ?? Number.NEGATIVE_INFINITY;
    entryClosedAt.set(entry.id, countedAt);
    coverage.hit(`closed ${outcome}`);
    const { documentsErased, newUse } = progress;
    oracle.claimed(
      {
        requestId,
        trigger: entry.trigger,
        terminatedAt,
        eraseFrom,
        eraseBy,
        closedAt,
        listedAt,
        countedAt,
        closedBefore,
        outcome,
        documentsErased,
        newUse,
      },
      now,
    );
  }

  #recorded(entry: LedgerEntry): void {
    const { now, coverage } = this.#state;
    for (const { requestId } of entry.events) {
      const told = this.#state.toldAs(requestId);
      if (told === undefined) continue;
      if (told.recordedAt === Number.POSITIVE_INFINITY && told.type === 'account-reinstated') {
        const isBeside = this.#actors.some((actor) => actor.endedAt > now && actor.stepCalls.has('reports.open'));
        if (isBeside) coverage.hit('reinstatement during a run');
      }
      told.knownAt = Math.min(told.knownAt, now);
      told.recordedAt = Math.min(told.recordedAt, now);
    }
  }
}
