import type { Client } from '@elastic/elasticsearch';
import { type Complaint, type Destruction, Oracle, type PromiseKind, type Told } from '../simulation/oracle.ts';
import { goesAfter, names } from '../simulation/promise.ts';
import { isLong, type PlannedWrite } from './content.ts';
import { countAll, idsIn } from './server.ts';

/**
 * Everything that was written to the server, and what is there. The oracle judges each document that goes. Documents
 * that may stay longer than promised are told to it when they go.
 */
export class PresentDocuments {
  /** One for each category: an oracle judges one promise at a time. */
  readonly oracles: Readonly<Record<PromiseKind, Oracle>> = { age: new Oracle(), erasure: new Oracle() };
  readonly #client: Client;
  readonly #id: string;
  readonly #window: number;
  readonly #present = new Map<string, Map<string, PlannedWrite>>();
  /** Indices that cannot be looked into now. */
  readonly closed = new Set<string>();
  written = 0;
  readonly #writtenAt = new WeakMap<PlannedWrite, number>();
  /** What went of each account, and when. */
  readonly #goneOf = new Map<string, { readonly write: PlannedWrite; readonly goneAt: number }[]>();

  constructor(client: Client, id: string, window: number) {
    this.#client = client;
    this.#id = id;
    this.#window = window;
    // The runs say so. An index of the kind `ignore`, which every world has, cannot hold a long account.
    this.oracles.erasure.isUnclear = ({ uin }) =>
      isLong(uin) ||
      this.#all().some(
        ({ promise, mayStay, isUnreadable, document }) =>
          promise === 'erasure' && mayStay && (isUnreadable || document.uins.includes(uin)),
      );
  }

  #all(): readonly PlannedWrite[] {
    return [...this.#present.values()].flatMap((documents) => [...documents.values()]);
  }

  /** What is there, by index, as of the last look. */
  get present(): ReadonlyMap<string, ReadonlyMap<string, PlannedWrite>> {
    return this.#present;
  }

  get complaints(): readonly Complaint[] {
    return Object.values(this.oracles).flatMap(({ complaints }) => complaints);
  }

  add(write: PlannedWrite, at: number): void {
    const { document, promise } = write;
    const there = this.#present.get(document.index) ?? new Map<string, PlannedWrite>();
    this.#present.set(document.index, there);
    there.set(document.id, write);
    this.written += 1;
    this.#writtenAt.set(write, at);
    if (!write.mayStay) this.oracles[promise].written(document, promise, at);
  }

  /** Looks what is gone since the last look. */
  async look(at: number, by: Destruction): Promise<void> {
    const counts = await countAll(this.#client, this.#id);
    for (const [index, documents] of this.#present) {
      if (this.closed.has(index) || counts.get(index) === documents.size) continue;
      const left = counts.has(index) ? await idsIn(this.#client, index, this.#window) : new Set<string>();
      for (const [id, write] of documents) {
        if (left.has(id)) continue;
        documents.delete(id);
        this.#gone(write, at, by);
      }
      if (left.size > documents.size) this.oracles.age.complain('bug', at, `${index} has documents that nobody wrote`);
    }
  }

  /** An index went, and somebody took its name before anybody could look. */
  wentWhole(index: string, at: number, by: Destruction): void {
    for (const write of this.#present.get(index)?.values() ?? []) this.#gone(write, at, by);
    this.#present.delete(index);
  }

  #gone(write: PlannedWrite, at: number, by: Destruction): void {
    const { document, mayStay, promise } = write;
    if (promise === 'erasure')
      for (const uin of document.uins) {
        const gone = this.#goneOf.get(uin) ?? [];
        this.#goneOf.set(uin, gone);
        gone.push({ write, goneAt: at });
      }
    const oracle = this.oracles[promise];
    // As long as it stays, nobody expects it to go. Once it goes, it counts like any other.
    if (mayStay) oracle.written(document, promise, this.#writtenAt.get(write) ?? at);
    oracle.destroyed(document.index, document.id, at, by);
  }

  /**
   * How many documents went with the only end of an account that anybody has heard of, if all of them were there when
   * the first went, and nothing about them is unclear; otherwise undefined.
   * @param disturbedAt documents that went until then may not have been counted.
   */
  erasedOf(requestId: string, disturbedAt: number): number | undefined {
    const message = this.#onlyEnd(requestId);
    if (message === undefined) return undefined;
    const gone = this.#goneOf.get(message.account.uin) ?? [];
    const first = Math.min(...gone.map(({ goneAt }) => goneAt));
    const isUnclear = ({ write }: (typeof gone)[number]): boolean =>
      write.mayStay || write.document.uins.length > 1 || (this.#writtenAt.get(write) ?? first) >= first;
    return first <= disturbedAt || gone.some(isUnclear) ? undefined : gone.length;
  }

  /**
   * How many documents of a later use are there after the only end of an account, if nothing about them is unclear;
   * otherwise undefined.
   */
  newUseOf(requestId: string): number | undefined {
    const message = this.#onlyEnd(requestId);
    if (message === undefined) return undefined;
    const own = this.#all().filter(
      ({ promise, document }) => promise === 'erasure' && names(message.account, document),
    );
    return own.some(({ mayStay }) => mayStay)
      ? undefined
      : own.filter(({ document }) => !goesAfter(message, document)).length;
  }

  #onlyEnd(requestId: string): Told | undefined {
    const { told } = this.oracles.erasure;
    const message = told.find(({ requestIds }) => requestIds.has(requestId));
    return told.some((other) => other !== message && other.account.uin === message?.account.uin) ? undefined : message;
  }
}
