import { untilFailure } from '../../base/until-failure.ts';
import { type Clock, isoInstant } from '../../policy/time/instant.ts';
import type { Archive } from '../archive/archive.ts';
import { PUBLISHED_EVENTS, SENDERS } from '../events/bus-sources.ts';
import type { EventPublisher } from '../events/event-publisher.ts';
import type { Change, Ledger, ReadEntry } from '../ledger/ledger.ts';
import { type Closure, isMalformed, isReceiptDue, type LedgerEntry } from '../ledger/ledger-entry.ts';
import { ledgerPages } from '../ledger/ledger-pages.ts';
import { type ClosedRequest, closureCopyId, type ReceiptIdOf } from './closed-request.ts';
import type { Receipt } from './receipt.ts';
import { type ReceiptContext, receiptOf } from './receipt-draft.ts';
import type { KeptReceipt, ReceiptStore } from './receipt-store.ts';
import { isSignable } from './signable-closure.ts';

export interface ReceiptPorts {
  readonly ledger: Ledger;
  readonly receipts: (category: string) => ReceiptStore;
  readonly archive: Pick<Archive, 'put'>;
  /**
   * Called only if a receipt is due.
   * @throws InputError without a subject key.
   */
  readonly receiptIds: () => Promise<ReceiptIdOf>;
  /**
   * Signs a receipt with the current signing key.
   * @throws InputError without signing keys.
   */
  readonly sign: (receipt: Receipt) => Promise<Pick<KeptReceipt, 'jws' | 'hash'>>;
  /** Absent if there is no bus. */
  readonly publisher?: EventPublisher;
  readonly clock: Clock;
}

const copyAndPublish = async (
  request: ClosedRequest,
  kept: KeptReceipt,
  { archive, publisher }: ReceiptPorts,
): Promise<void> => {
  const { id, hash, jws } = kept;
  const { closure } = request;
  const { events, uin, sdkAppId, ...entry } = request.read.entry;
  await archive.put('receipts', id, { jws });
  await archive.put('entries', closureCopyId(id, entry.category), { ...entry, closures: [closure] });
  await publisher?.publish({
    source: SENDERS.purge(entry.category),
    detailType: PUBLISHED_EVENTS.completed,
    detail: {
      category: entry.category,
      requestId: closure.obligation.requestId,
      receiptId: id,
      receiptHash: hash,
      subject: entry.subject,
      trigger: entry.trigger,
      scope: entry.scope,
      terminatedAt: isoInstant(closure.obligation.terminatedAt),
      completedAt: isoInstant(closure.closedAt),
    },
  });
};

/** The entry with the receipt ids of its closures. */
const withReceipts = (entry: LedgerEntry, receipts: ReadonlyMap<Closure, string>): LedgerEntry => ({
  ...entry,
  closures: entry.closures.map((each) => {
    const receipt = receipts.get(each);
    return receipt === undefined ? each : { ...each, receipt };
  }),
});

/** Number of entries loaded at once. Each receipt costs a signature, two copies in the archive and an event. */
const ENTRIES_AT_ONCE = 500;
/** Number of entries that are published at once. */
const PUBLISHED_AT_ONCE = 20;
/**
 * Number of entries that one request marks after that. A run that dies in between publishes them once more; the bus may
 * deliver an event twice anyway.
 */
const MARKED_TOGETHER = 250;

export interface Issued {
  readonly issued: number;
  /** Closed erasures that still wait for their receipt; the next run continues. */
  readonly left: number;
  /**
   * Entries with closed erasures that cannot be proven and therefore get no receipt; absent if there are none. Somebody
   * else may have written them.
   */
  readonly unproven?: number;
}

/** How a run limits this work, and how it is told about issued receipts. */
export interface FinishControl {
  /** Whether there is time for another step; the next run does the rest. */
  readonly hasTime: () => boolean;
  /** Called with the id of each request that got its receipt. */
  readonly onIssued?: (requestId: string) => void;
}

/** A receipt that is due. */
interface Due extends ClosedRequest {
  readonly id: string;
}

/**
 * The id of the receipt to which the receipt of a closure adds: the receipt of the earlier closure for the same
 * termination, whose data had come back. Undefined if there is no earlier closure.
 */
const previousId = ({ read: { entry }, closure }: ClosedRequest, idOf: ReceiptIdOf): string | undefined => {
  if (closure.again === undefined) return undefined;
  const before = entry.closures
    .slice(0, entry.closures.indexOf(closure))
    .findLast(({ obligation }) => obligation.terminatedAt === closure.obligation.terminatedAt);
  return before && (before.receipt ?? idOf(entry, before));
};

const signAll = async (
  due: readonly Due[],
  known: ReadonlyMap<string, KeptReceipt>,
  idOf: ReceiptIdOf,
  context: ReceiptContext,
  { sign, clock }: ReceiptPorts,
): Promise<readonly KeptReceipt[]> => {
  const signed: KeptReceipt[] = [];
  const hashes = new Map([...known].map(([id, { hash }]) => [id, hash]));
  for (const request of due) {
    const previous = hashes.get(previousId(request, idOf) ?? '') ?? null;
    const receipt = receiptOf(request, context, clock(), previous);
    signed.push({
      id: request.id,
      requestId: receipt.request.id,
      issuedAt: receipt.issuedAt,
      ...(await sign(receipt)),
    });
    hashes.set(request.id, signed.at(-1)?.hash ?? '');
  }
  return signed;
};

/**
 * Publishes the receipts of one entry.
 * @returns the entry marked with all of them.
 */
const publishReceiptsOfEntry = async (
  due: readonly Due[],
  kept: ReadonlyMap<string, KeptReceipt>,
  ports: ReceiptPorts,
): Promise<readonly Change[]> => {
  const published = new Map<Closure, string>();
  for (const request of due) {
    const receipt = kept.get(request.id);
    if (receipt === undefined) continue;
    await copyAndPublish(request, receipt, ports);
    published.set(request.closure, receipt.id);
  }
  const read = due[0]?.read;
  return read === undefined || published.size === 0 ? [] : [{ entry: withReceipts(read.entry, published), read }];
};

/** The numbers for one page. */
interface IssuedPage {
  /** Entries with closures that get no receipt. */
  readonly unproven: number;
  /** Receipts that are now marked in their entries. */
  readonly receipts: number;
  /** Entries that have all their receipts. */
  readonly entries: number;
}

/**
 * Publishes the receipts of some entries while there is time, and marks the entries. After an error, no other entry is
 * begun.
 * @returns the due receipts of the marked entries.
 * @throws the first error, after the published entries are marked.
 */
const publishReceiptBatch = async (
  some: readonly (readonly Due[])[],
  kept: ReadonlyMap<string, KeptReceipt>,
  ports: ReceiptPorts,
  { onIssued, hasTime }: FinishControl,
): Promise<readonly (readonly Due[])[]> => {
  const publish = async (ofEntry: readonly Due[]): Promise<readonly Change[]> =>
    hasTime() ? publishReceiptsOfEntry(ofEntry, kept, ports) : [];
  const { results, failure } = await untilFailure(some, PUBLISHED_AT_ONCE, publish);
  const marks = results.flat();
  // An entry that changed meanwhile stays due. The next run finds the existing receipt and marks it.
  const conflicts = marks.length > 0 ? await ports.ledger.write(marks) : new Set();
  const marked = new Set(marks.flatMap(({ entry: { id } }) => (conflicts.has(id) ? [] : id)));
  const issued = some.filter(([first]) => first !== undefined && marked.has(first.read.entry.id));
  for (const { closure } of issued.flat()) onIssued?.(closure.obligation.requestId);
  if (failure !== undefined) throw failure.error;
  return issued;
};

/** Publishes receipts, entry by entry, while there is time. */
const publishReceipts = async (
  due: readonly Due[],
  kept: ReadonlyMap<string, KeptReceipt>,
  unproven: ReadonlySet<string>,
  ports: ReceiptPorts,
  control: FinishControl,
): Promise<IssuedPage> => {
  const all = [...Map.groupBy(due, ({ read }) => read.entry.id).values()];
  let [receipts, entries] = [0, 0];
  for (let offset = 0; offset < all.length && control.hasTime(); offset += MARKED_TOGETHER) {
    const issued = await publishReceiptBatch(all.slice(offset, offset + MARKED_TOGETHER), kept, ports, control);
    receipts += issued.flat().length;
    entries += issued.filter(([first]) => first !== undefined && !unproven.has(first.read.entry.id)).length;
  }
  return { receipts, entries, unproven: unproven.size };
};

/**
 * The closures that should have a receipt: closures that get a receipt, and the ids of entries with a closure that
 * cannot get one.
 */
const requestsIn = (
  entries: readonly ReadEntry[],
  idOf: ReceiptIdOf,
): { readonly due: readonly Due[]; readonly unproven: ReadonlySet<string> } => {
  const due: Due[] = [];
  const unproven = new Set<string>();
  for (const read of entries.filter(({ entry }) => !isMalformed(entry)))
    for (const closure of read.entry.closures.filter(isReceiptDue)) {
      const id = idOf(read.entry, closure);
      if (id === undefined) unproven.add(read.entry.id);
      // A closure that cannot be signed does not stop the others.
      else if (isSignable(read.entry, closure)) due.push({ read, closure, id });
    }
  return { due, unproven };
};

const issuePage = async (
  entries: readonly ReadEntry[],
  context: ReceiptContext,
  ports: ReceiptPorts,
  control: FinishControl,
): Promise<IssuedPage> => {
  const receipts = ports.receipts(context.category.id);
  const idOf = await ports.receiptIds();
  const { due, unproven } = requestsIn(entries, idOf);
  const earlier = due.flatMap((request) => previousId(request, idOf) ?? []);
  const ids = [...new Set([...due.map(({ id }) => id), ...earlier])];
  const existing = new Map((await receipts.read(ids)).map((receipt) => [receipt.id, receipt]));
  const unsigned = due.filter(({ id }) => !existing.has(id));
  const kept = new Map([
    ...existing,
    ...(await receipts.keep(await signAll(unsigned, existing, idOf, context, ports))),
  ]);
  return publishReceipts(due, kept, unproven, ports, control);
};

/**
 * Issues the receipts that are due in a category, one for each request, page by page while there is time: sign, store,
 * copy to the archive, publish. It may be interrupted at any step: a receipt is created once, and the next run does the
 * rest. Reads and writes nothing of another category. It must never sign a closure whose seal does not cover its whole
 * content.
 * @throws InputError without signing keys or archive; TransientError if ledger, archive or bus do not answer.
 */
export const issueReceipts = async (
  context: ReceiptContext,
  ports: ReceiptPorts,
  control: FinishControl = { hasTime: () => true },
): Promise<Issued> => {
  const query = { category: context.category.id, receiptDue: true };
  let [issued, done, before, unproven] = [0, 0, 0, 0];
  for await (const { entries, total } of ledgerPages(ports.ledger, query, ENTRIES_AT_ONCE)) {
    // The next search no longer finds entries that now have their receipts.
    before = done + total;
    if (!control.hasTime()) break;
    const page = await issuePage(entries, context, ports, control);
    issued += page.receipts;
    done += page.entries;
    unproven += page.unproven;
  }
  return { issued, left: Math.max(0, before - done - unproven), ...(unproven > 0 && { unproven }) };
};
