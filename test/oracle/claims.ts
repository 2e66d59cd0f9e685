import type { Client } from '@elastic/elasticsearch';
import type { Claim, Oracle, ReceiptContent } from '../simulation/oracle.ts';
import type { PresentDocuments } from './present-documents.ts';
import { recordsIn } from './server.ts';

// Reads ledger and receipts as they are stored, without the product's code, and tells the oracle what they claim.

interface StoredClosure {
  readonly state: string;
  readonly obligation: Pick<Claim, 'requestId' | 'terminatedAt' | 'eraseFrom' | 'eraseBy'>;
  readonly progress: { readonly documentsErased: number; readonly newUse: number };
  readonly closedAt: number;
  readonly receipt?: string;
  readonly again?: number;
}

interface StoredEntry {
  readonly id: string;
  readonly trigger: string;
  readonly closures: readonly StoredClosure[];
  readonly watched?: { readonly closedAt: number };
}

type StoredCounts = Pick<Claim, 'requestId' | 'trigger' | 'documentsErased' | 'newUse'>;

/** When a run listed the indices, and when it counted. */
interface Counted {
  readonly listedAt: number;
  readonly countedAt: number;
}

const contentOf = (jws: string): ReceiptContent =>
  JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString());

/** What ledger and receipts have claimed until now. */
export class Claims {
  readonly #client: Client;
  readonly #documents: PresentDocuments;
  readonly #oracle: Oracle;
  readonly #ledger: string;
  readonly #receipts: string;
  readonly #countedFor = new Map<string, Counted>();
  readonly #closedAt = new Map<string, number>();
  /** Whether each closure has its receipt, as the ledger says. */
  readonly #closures = new Map<string, boolean>();
  readonly #kept = new Set<string>();
  /** Erasures that were carried out a second time, because the data came back: they have the dates of the first. */
  readonly #again = new Set<string>();
  #disturbedAt = Number.NEGATIVE_INFINITY;

  constructor(client: Client, documents: PresentDocuments, own: (kind: 'ledger' | 'receipts') => string) {
    this.#client = client;
    this.#documents = documents;
    this.#oracle = documents.oracles.erasure;
    this.#ledger = own('ledger');
    this.#receipts = own('receipts');
  }

  get closures(): number {
    return this.#closures.size;
  }

  get receipts(): number {
    return this.#kept.size;
  }

  /**
   * Reads what a run has written.
   * @param disturbedAt when the last run ended that was disturbed. What was only counted since must be exact.
   */
  async read(run: Counted, disturbedAt: number): Promise<void> {
    this.#disturbedAt = disturbedAt;
    for (const entry of (await recordsIn(this.#client, this.#ledger)) as readonly StoredEntry[])
      this.#entry(entry, run);
    for (const { jws } of (await recordsIn(this.#client, this.#receipts)) as readonly { readonly jws: string }[]) {
      if (this.#kept.has(jws)) continue;
      this.#kept.add(jws);
      const content = contentOf(jws);
      const verified = content.categories.map(({ verifiedAt }) => Date.parse(verifiedAt));
      if (!verified.some((at) => this.#again.has(`${content.request.id} ${at}`)))
        this.#oracle.receiptKept(content, run.countedAt);
    }
  }

  #entry({ id, trigger, closures, watched }: StoredEntry, run: Counted): void {
    const watch = `${id} ${watched?.closedAt}`;
    if (watched !== undefined && !this.#countedFor.has(watch)) this.#countedFor.set(watch, run);
    for (const { state: outcome, obligation, progress, closedAt, receipt, again } of closures) {
      const key = `${id} ${closedAt}`;
      const isKnown = this.#closures.has(key);
      this.#closures.set(key, receipt !== undefined);
      if (again !== undefined) this.#again.add(`${obligation.requestId} ${closedAt}`);
      if (isKnown || again !== undefined) continue;
      const { listedAt, countedAt } = this.#countedFor.get(key) ?? run;
      const closedBefore = this.#closedAt.get(id) ?? Number.NEGATIVE_INFINITY;
      this.#closedAt.set(id, countedAt);
      const { requestId, terminatedAt, eraseFrom, eraseBy } = obligation;
      const { documentsErased, newUse } = progress;
      this.#compare(id, { requestId, trigger, documentsErased, newUse }, countedAt);
      this.#oracle.claimed(
        {
          requestId,
          trigger,
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
        run.countedAt,
      );
    }
  }

  /** Compares the counts of a closure with the documents. */
  #compare(id: string, { requestId, trigger, documentsErased, newUse }: StoredCounts, countedAt: number): void {
    const erased = this.#documents.erasedOf(requestId, this.#disturbedAt) ?? documentsErased;
    const isCountedNow = countedAt > this.#disturbedAt && trigger === 'feature-terminated';
    const later = (isCountedNow ? this.#documents.newUseOf(requestId) : undefined) ?? newUse;
    const wrong = [
      ...(erased === documentsErased ? [] : [`${erased} documents went, ${documentsErased} are counted`]),
      ...(later === newUse ? [] : [`${later} documents of a later use are there, ${newUse} are counted`]),
    ];
    if (wrong.length > 0) this.#oracle.complain('receipt', countedAt, `${wrong.join('; ')}: ${id}`);
  }

  /** Every erasure that was called done must have a receipt by now. */
  assertReceipts(at: number): void {
    const without = [...this.#closures].filter(([, hasReceipt]) => !hasReceipt);
    if (without.length > 0) this.#oracle.complain('receipt', at, `${without.length} closed erasures without a receipt`);
  }
}
