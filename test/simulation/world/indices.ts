import type { InMemoryDocument } from '../../support/in-memory/in-memory-cluster.ts';
import type { OutageEvent, WriteEvent } from '../history.ts';
import type { PromiseKind } from '../oracle.ts';
import type { WrittenDocument } from '../promise.ts';
import { PREFIX, type WorldState } from './world-state.ts';

const writtenOf = (index: string, id: string, document: InMemoryDocument): WrittenDocument => {
  const { timestamps, ingested, uin = [], sdkAppId = [] } = document;
  return { index, id, dates: [...timestamps, ...ingested], uins: uin.map(String), apps: sdkAppId.map(String) };
};

/** The indices of the categories: the writes to them, and their faults. */
export class Indices {
  readonly #state: WorldState;

  constructor(state: WorldState) {
    this.#state = state;
  }

  /** Makes the indices that are there at the start. */
  createAll(): void {
    const { promises, indices, hasEmptied } = this.#state.history;
    const { cluster } = this.#state.stores;
    for (const promise of promises)
      for (let index = 0; index < indices; index++) cluster.create(this.#state.indexName(promise, index));
    if (hasEmptied) for (const promise of promises) cluster.create(`${PREFIX[promise]}emptied`).operations = 2;
  }

  /** @throws Error while its indices are missing or block writes. */
  write(event: WriteEvent, at: number): void {
    const { stores, calls, oracle, missing } = this.#state;
    const index = this.#state.indexName(event.promise, event.index);
    if (missing.size > 0) throw new Error('no index');
    calls.acting = undefined;
    const document = this.#documentOf(event);
    stores.cluster.write(index, event.id, document);
    oracle.written(writtenOf(index, event.id, document), event.promise, at);
  }

  /** A writer tries again until its index takes the document. */
  writeNow(event: WriteEvent, tries = 0): void {
    const { coverage, timeline } = this.#state;
    try {
      this.write(event, timeline.now);
      if (tries > 0) coverage.hit('written after a block');
    } catch {
      if (tries === 0) coverage.hit('refused by a block');
      if (tries < 60) timeline.plan(timeline.now + 1_000 * (tries + 1), () => this.writeNow(event, tries + 1));
    }
  }

  break({ promise, index, how }: OutageEvent): void {
    const { missing } = this.#state;
    const { cluster } = this.#state.stores;
    if (how !== 'missing') {
      const changes = { closed: { open: false }, red: { health: 'red' }, blocked: { blocks: ['write'] } } as const;
      cluster.describe(this.#state.indexName(promise, index), changes[how]);
      return;
    }
    // All of them: a run that finds some takes them for all (docs/limits.md).
    for (const [name, each] of [...cluster.indices])
      if (name.startsWith(PREFIX[promise])) {
        missing.set(name, each);
        Map.prototype.delete.call(cluster.indices, name);
      }
  }

  repair({ promise, index, how }: OutageEvent): void {
    const { missing } = this.#state;
    const { cluster } = this.#state.stores;
    if (how !== 'missing') {
      const changes = { closed: { open: true }, red: { health: 'green' }, blocked: { blocks: [] } } as const;
      cluster.describe(this.#state.indexName(promise, index), changes[how]);
      return;
    }
    for (const [name, each] of missing) cluster.indices.set(name, each);
    missing.clear();
  }

  /** Takes a snapshot of one index. @returns restores it. */
  snapshot(number: number): () => void {
    const promise: PromiseKind = this.#state.history.promises.includes('erasure') ? 'erasure' : 'age';
    const name = this.#state.indexName(promise, number);
    const documents = new Map(this.#state.stores.cluster.indices.get(name)?.documents);
    return () => {
      const { stores, calls, oracle, coverage, missing, entryClosedAt, now } = this.#state;
      if (missing.size > 0) return;
      calls.acting = undefined;
      Map.prototype.delete.call(stores.cluster.indices, name);
      const index = stores.cluster.create(name);
      for (const [id, document] of documents) index.documents.set(id, document);
      index.operations = documents.size;
      const written = [...documents].map(([id, document]) => writtenOf(name, id, document));
      oracle.restored(name, written, promise, now);
      coverage.hit('index restored');
      if (entryClosedAt.size > 0) coverage.hit('index restored after closure');
    };
  }

  #documentOf({ timestamp, ingested, uins, apps }: WriteEvent): InMemoryDocument {
    const { start } = this.#state.history;
    return {
      timestamps: timestamp === undefined ? [] : [start + timestamp],
      ingested: ingested === undefined ? [] : [start + ingested],
      uin: uins,
      sdkAppId: apps,
    };
  }
}
