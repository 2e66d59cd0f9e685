import { type Instant, isoInstant } from '../policy/instant.ts';
import type { Archive } from './archive.ts';
import { ANNOUNCEMENTS, SENDERS } from './bus-sources.ts';
import { type ClosedRequest, receiptId } from './closed-request.ts';
import { digest } from './digest.ts';
import type { EventPublisher } from './event-publisher.ts';
import type { Change, Ledger } from './ledger.ts';
import type { LedgerEntry } from './ledger-entry.ts';
import type { Receipt } from './receipt.ts';
import type { KeptReceipt, ReceiptBook } from './receipt-book.ts';
import { type ReceiptContext, receiptOf } from './receipt-draft.ts';

/** What issuing receipts needs. */
export interface ReceiptPorts {
  readonly ledger: Ledger;
  readonly receipts: (category: string) => ReceiptBook;
  readonly archive: Pick<Archive, 'put'>;
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
  await archive.put('entries', digest(id, entry.category), { ...entry, closures: [closure] });
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

/** The entry with the receipts of its closures, by the instants that these were for. */
const withReceipts = (entry: LedgerEntry, receipts: ReadonlyMap<Instant, string>): LedgerEntry => ({
  ...entry,
  closures: entry.closures.map((each) => {
    const receipt = receipts.get(each.obligation.terminatedAt);
    return receipt === undefined ? each : { ...each, receipt };
  }),
});

/** So many entries are looked at in one run: each receipt costs a signature, two copies in the archive and an event. */
const MOST_ISSUED = 1_000;
/** So many entries are told of at a time, and then marked. */
const TOLD_AT_ONCE = 20;

/** What came of the receipts that were due. */
export interface Issued {
  /** The ids of the requests that now have theirs. */
  readonly issued: readonly string[];
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
  const told = new Map<Instant, string>();
  for (const request of due) {
    const receipt = kept.get(request.id);
    if (receipt === undefined) continue;
    await announce(request, receipt, ports);
    told.set(request.closure.obligation.terminatedAt, receipt.id);
  }
  const read = due[0]?.read;
  return read === undefined || told.size === 0 ? [] : [{ entry: withReceipts(read.entry, told), read }];
};

/** Tells of the receipts, entry by entry, as long as there is time. Returns those that it has dealt with. */
const tellAll = async (
  due: readonly Due[],
  kept: ReadonlyMap<string, KeptReceipt>,
  ports: ReceiptPorts,
  hasTime: () => boolean,
): Promise<readonly Due[]> => {
  const entries = [...Map.groupBy(due, ({ read }) => read.entry.id).values()];
  let at = 0;
  for (; at < entries.length && hasTime(); at += TOLD_AT_ONCE) {
    const some = entries.slice(at, at + TOLD_AT_ONCE);
    const told = await Promise.allSettled(some.map((ofEntry) => tell(ofEntry, kept, ports)));
    const marked = told.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
    // An entry that changed meanwhile stays due: the next run finds the receipt that is there, and marks it.
    if (marked.length > 0) await ports.ledger.write(marked);
    for (const each of told) if (each.status === 'rejected') throw each.reason;
  }
  return entries.slice(0, at).flat();
};

/**
 * Issues the receipts that are due in a category, one for each request: signs, keeps, copies it outside the cluster, and tells the
 * bus. It may die at every step: the receipt is created once, and whatever else is missing is done by the next run. Reads and writes
 * nothing of another category.
 * @param hasTime whether there is time to tell of more; the others stay due.
 * @throws InputError without signing keys or archive; WorldError when ledger, archive or bus do not answer.
 */
export const issueReceipts = async (
  context: ReceiptContext,
  ports: ReceiptPorts,
  hasTime: () => boolean = () => true,
): Promise<Issued> => {
  const category = context.category.id;
  const receipts = ports.receipts(category);
  const { entries } = await ports.ledger.find({ category, receiptDue: true }, MOST_ISSUED);
  const due = entries
    .flatMap((read) =>
      read.entry.closures
        .filter(({ receipt }) => receipt === undefined)
        .map((closure): Due => ({ read, closure, id: receiptId(read.entry, closure) })),
    )
    .slice(0, MOST_ISSUED);
  const there = new Map((await receipts.read(due.map(({ id }) => id))).map((receipt) => [receipt.id, receipt]));
  const unsigned = due.filter(({ id }) => !there.has(id));
  const kept = new Map([...there, ...(await receipts.keep(await signAll(unsigned, context, ports)))]);
  const told = await tellAll(due, kept, ports, hasTime);
  return { issued: told.map(({ closure }) => closure.obligation.requestId) };
};
