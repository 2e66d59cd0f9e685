import { type Instant, isoInstant } from '../../policy/time/instant.ts';
import type { Archive } from '../archive/archive.ts';
import { closureCopyId } from '../archive/archived-closures.ts';
import type { EventPublisher } from '../events/event-publisher.ts';
import { ANNOUNCEMENTS, SENDERS } from '../intake/bus-sources.ts';
import type { Change, Ledger, ReadEntry } from '../ledger/ledger.ts';
import { type Closure, isMalformed, isReceiptDue, type LedgerEntry } from '../ledger/ledger-entry.ts';
import { ledgerPages } from '../ledger/ledger-pages.ts';
import type { ClosedRequest, ReceiptIdOf } from './closed-request.ts';
import type { Receipt } from './receipt.ts';
import { type ReceiptContext, receiptOf } from './receipt-draft.ts';
import type { KeptReceipt, ReceiptStore } from './receipt-store.ts';
import { isSignable } from './signable-closure.ts';

/** What issuing receipts needs. */
export interface ReceiptPorts {
  readonly ledger: Ledger;
  readonly receipts: (category: string) => ReceiptStore;
  readonly archive: Pick<Archive, 'put'>;
  /** Asked only where a receipt is due. @throws InputError without a subject key. */
  readonly receiptIds: () => Promise<ReceiptIdOf>;
  readonly sign: (receipt: Receipt) => Promise<Pick<KeptReceipt, 'jws' | 'hash'>>;
  /** Absent where there is no bus. */
  readonly publisher?: EventPublisher;
  readonly clock: () => Instant;
}

const announce = async (
  request: ClosedRequest,
  kept: KeptReceipt,
  { archive, publisher }: ReceiptPorts,
): Promise<void> => {
  const { id, hash, jws } = kept;
  const { closure } = request;
  const { events: _, uin: __, sdkAppId: ___, ...entry } = request.read.entry;
  await archive.put('receipts', id, { jws });
  await archive.put('entries', closureCopyId(id, entry.category), { ...entry, closures: [closure] });
  await publisher?.publish({
    source: SENDERS.purge(entry.category),
    detailType: ANNOUNCEMENTS.completed,
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

/** The entry with the receipts of its closures. */
const withReceipts = (entry: LedgerEntry, receipts: ReadonlyMap<Closure, string>): LedgerEntry => ({
  ...entry,
  closures: entry.closures.map((each) => {
    const receipt = receipts.get(each);
    return receipt === undefined ? each : { ...each, receipt };
  }),
});

/** So many entries are loaded at a time: each receipt costs a signature, two copies in the archive and an event. */
const PAGE = 500;
/** So many entries are told of at a time, and then marked. */
const TOLD_AT_ONCE = 20;

/** What came of the receipts that were due. */
export interface Issued {
  readonly issued: number;
  /** Closed erasures that still wait for their receipt: the next run goes on. */
  readonly left: number;
  /** Entries with closed erasures that nobody can prove, and that get no receipt, where there are any: somebody may have written them. */
  readonly unproven?: number;
}

/** What a run lets the records do, and hears of them. */
export interface Closing {
  /** Whether there is time for another step; the next run does what is left. */
  readonly hasTime: () => boolean;
  /** Called with the id of a request that now has its receipt. */
  readonly onIssued?: (requestId: string) => void;
}

/** A receipt that is due. */
interface Due extends ClosedRequest {
  readonly id: string;
}

const signAll = async (
  due: readonly Due[],
  context: ReceiptContext,
  { sign, clock }: ReceiptPorts,
): Promise<readonly KeptReceipt[]> => {
  const signed: KeptReceipt[] = [];
  for (const request of due) {
    const receipt = receiptOf(request, context, clock());
    signed.push({
      id: request.id,
      requestId: receipt.request.id,
      issuedAt: receipt.issuedAt,
      ...(await sign(receipt)),
    });
  }
  return signed;
};

/** Tells of the receipts of one entry. Returns it as it is marked, once for all of them. */
const tell = async (
  due: readonly Due[],
  kept: ReadonlyMap<string, KeptReceipt>,
  ports: ReceiptPorts,
): Promise<readonly Change[]> => {
  const told = new Map<Closure, string>();
  for (const request of due) {
    const receipt = kept.get(request.id);
    if (receipt === undefined) continue;
    await announce(request, receipt, ports);
    told.set(request.closure, receipt.id);
  }
  const read = due[0]?.read;
  return read === undefined || told.size === 0 ? [] : [{ entry: withReceipts(read.entry, told), read }];
};

/** What was told of one page. */
interface Told {
  /** Entries with closures that get no receipt. */
  readonly unproven: number;
  /** Receipts that stand in their entries now. */
  readonly receipts: number;
  /** Entries that have them all. */
  readonly entries: number;
}

/**
 * Tells of the receipts of some entries, all at once, and marks them.
 * @returns what is due of those that are marked now.
 * @throws what telling of one of them threw, once the others are marked.
 */
const tellSome = async (
  some: readonly (readonly Due[])[],
  kept: ReadonlyMap<string, KeptReceipt>,
  ports: ReceiptPorts,
  { onIssued }: Closing,
): Promise<readonly (readonly Due[])[]> => {
  const told = await Promise.allSettled(some.map((ofEntry) => tell(ofEntry, kept, ports)));
  const marks = told.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
  // An entry that changed meanwhile stays due: the next look finds the receipt that is there, and marks it.
  const conflicts = marks.length > 0 ? await ports.ledger.write(marks) : new Set();
  const marked = new Set(marks.flatMap(({ entry: { id } }) => (conflicts.has(id) ? [] : id)));
  const issued = some.filter(([first]) => first !== undefined && marked.has(first.read.entry.id));
  for (const { closure } of issued.flat()) onIssued?.(closure.obligation.requestId);
  for (const each of told) if (each.status === 'rejected') throw each.reason;
  return issued;
};

/** Tells of the receipts, entry by entry, as long as there is time. */
const tellAll = async (
  due: readonly Due[],
  kept: ReadonlyMap<string, KeptReceipt>,
  unproven: ReadonlySet<string>,
  ports: ReceiptPorts,
  closing: Closing,
): Promise<Told> => {
  const all = [...Map.groupBy(due, ({ read }) => read.entry.id).values()];
  let [receipts, entries] = [0, 0];
  for (let at = 0; at < all.length && closing.hasTime(); at += TOLD_AT_ONCE) {
    const issued = await tellSome(all.slice(at, at + TOLD_AT_ONCE), kept, ports, closing);
    receipts += issued.flat().length;
    entries += issued.filter(([first]) => first !== undefined && !unproven.has(first.read.entry.id)).length;
  }
  return { receipts, entries, unproven: unproven.size };
};

const dueOf = (entries: readonly ReadEntry[], idOf: ReceiptIdOf): readonly Due[] =>
  entries.flatMap((read) =>
    (isMalformed(read.entry) ? [] : read.entry.closures)
      // One of which nothing could be signed stops no other.
      .filter((closure) => isReceiptDue(closure) && isSignable(read.entry, closure))
      .flatMap((closure) => {
        const id = idOf(read.entry, closure);
        return id === undefined ? [] : [{ read, closure, id }];
      }),
  );

/** The ids of entries with a closure that waits for a receipt and has none. */
const unprovenIn = (entries: readonly ReadEntry[], idOf: ReceiptIdOf): ReadonlySet<string> =>
  new Set(
    entries.flatMap(({ entry }) =>
      !isMalformed(entry) && entry.closures.some((each) => isReceiptDue(each) && idOf(entry, each) === undefined)
        ? entry.id
        : [],
    ),
  );

const issuePage = async (
  entries: readonly ReadEntry[],
  context: ReceiptContext,
  ports: ReceiptPorts,
  closing: Closing,
): Promise<Told> => {
  const receipts = ports.receipts(context.category.id);
  const idOf = await ports.receiptIds();
  const due = dueOf(entries, idOf);
  const there = new Map((await receipts.read(due.map(({ id }) => id))).map((receipt) => [receipt.id, receipt]));
  const unsigned = due.filter(({ id }) => !there.has(id));
  const kept = new Map([...there, ...(await receipts.keep(await signAll(unsigned, context, ports)))]);
  return tellAll(due, kept, unprovenIn(entries, idOf), ports, closing);
};

/**
 * Issues the receipts that are due in a category, one for each request, page by page as long as there is time: signs, keeps, copies it outside the
 * cluster, and tells the bus. It may die at every step: the receipt is created once, and whatever else is missing is done by the next run.
 * Reads and writes nothing of another category. Never signs what a closure says whose seal does not cover all of it.
 * @throws InputError without signing keys or archive; TransientError when ledger, archive or bus do not answer.
 */
export const issueReceipts = async (
  context: ReceiptContext,
  ports: ReceiptPorts,
  closing: Closing = { hasTime: () => true },
): Promise<Issued> => {
  const query = { category: context.category.id, receiptDue: true };
  let [issued, done, before, unproven] = [0, 0, 0, 0];
  for await (const { entries, total } of ledgerPages(ports.ledger, query, PAGE)) {
    // Those that have their receipt now are not found any more.
    before = done + total;
    if (!closing.hasTime()) break;
    const told = await issuePage(entries, context, ports, closing);
    issued += told.receipts;
    done += told.entries;
    unproven += told.unproven;
  }
  return { issued, left: Math.max(0, before - done - unproven), ...(unproven > 0 && { unproven }) };
};
