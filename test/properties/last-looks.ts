import type { Target } from '../../lib/purge/document-remover.ts';
import type { InMemoryCluster } from '../support/in-memory/in-memory-cluster.ts';

/**
 * Knows which indices have been looked at for the last time and are about to be dropped. Elasticsearch drops by name
 * and on no condition: whoever replaces an index at that moment, or lets the run stand still until its lease is gone
 * and another one has lifted its block, cannot be met by any client. Histories leave out these moments, and only these.
 */
export class LastLooks {
  readonly #counted = new Set<unknown>();
  readonly #last = new Map<unknown, string | undefined>();
  readonly #cluster: InMemoryCluster;

  constructor(cluster: InMemoryCluster) {
    this.#cluster = cluster;
  }

  follow(kind: string, [given]: readonly unknown[]): void {
    if (kind === 'countLive') this.#counted.add((given as Target).name);
    if (kind === 'state' && this.#counted.delete(given)) this.#last.set(given, this.#uuidOf(given));
    if (kind === 'liftWriteBlock') this.#last.delete(given);
  }

  isLastFor(index: string): boolean {
    return this.#last.has(index) && this.#last.get(index) === this.#uuidOf(index);
  }

  get isLastForAny(): boolean {
    return [...this.#last.keys()].some((index) => this.isLastFor(index as string));
  }

  #uuidOf(index: unknown): string | undefined {
    return this.#cluster.indices.get(index as string)?.description.uuid;
  }
}
