import { InMemoryCluster, type InMemoryIndex } from '../support/in-memory/in-memory-cluster.ts';

/** A listener that is called before documents of a cluster are destroyed. */
type OnDestroyed = (index: string, ids: readonly string[]) => void;

class WatchedIndices extends Map<string, InMemoryIndex> {
  readonly #onDestroyed: OnDestroyed;

  constructor(onDestroyed: OnDestroyed) {
    super();
    this.#onDestroyed = onDestroyed;
  }

  override delete(name: string): boolean {
    const index = this.get(name);
    if (index !== undefined) this.#onDestroyed(name, [...index.documents.keys()]);
    return super.delete(name);
  }
}

/** A cluster in memory that reports every document that goes. */
export class WatchedCluster extends InMemoryCluster {
  override readonly indices: Map<string, InMemoryIndex>;
  readonly #onDestroyed: OnDestroyed;

  constructor(onDestroyed: OnDestroyed) {
    super();
    this.#onDestroyed = onDestroyed;
    this.indices = new WatchedIndices(onDestroyed);
  }

  override remove(name: string, id: string): void {
    if (this.indices.get(name)?.documents.has(id)) this.#onDestroyed(name, [id]);
    super.remove(name, id);
  }
}
