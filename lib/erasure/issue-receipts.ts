import { type Instant, isoInstant } from '../policy/instant.ts';
import type { Archive } from './archive.ts';
import { ANNOUNCEMENTS, SENDERS } from './bus-sources.ts';
import { type ClosedRequest, closedRequest, isReady, receiptId, siblingsOf } from './closed-request.ts';
import { digest } from './digest.ts';
import type { EventPublisher } from './event-publisher.ts';
import type { Change, Ledger } from './ledger.ts';
import type { LedgerEntry } from './ledger-entry.ts';
import { type Receipt, receiptCategories } from './receipt.ts';
import type { KeptReceipt, ReceiptBook } from './receipt-book.ts';
import { type ReceiptContext, type ReceiptDraft, receiptDraft } from './receipt-draft.ts';

/** What issuing receipts needs. */
export interface ReceiptPorts {
  readonly ledger: Ledger;
  readonly receipts: ReceiptBook;
  readonly archive: Pick<Archive, 'put'>;
  readonly sign: (receipt: Receipt) => Promise<Pick<KeptReceipt, 'jws' | 'hash'>>;
  /** Absent where there is no bus. */
  readonly publisher?: EventPublisher;
  readonly clock: () => Instant;
}

/** The first category whose closure has the receipt has told the bus of it. */
const isTold = ({ closures }: ClosedRequest, { id }: KeptReceipt): boolean =>
  [...closures.values()].some(({ receipt }) => receipt === id);

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
  if (isTold(request, kept)) return;
  await publisher?.publish({
    source: SENDERS.purge(entry.category),
    detailType: ANNOUNCEMENTS.completed,
    detail: {
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

/** So many entries are looked at in one run: among them may be any number that wait. */
const LOOKED_AT = 5_000;
/** So many requests get theirs in one run: each costs a signature, two copies in the archive and an event. */
const MOST_ISSUED = 1_000;
/** So many entries are told of at a time, and then marked. */
const TOLD_AT_ONCE = 20;

/** What came of the receipts that were due. */
export interface Issued {
  /** The ids of the requests that now have theirs. */
  readonly issued: readonly string[];
  /** How many requests wait for another category. */
  readonly waiting: number;
}

const signAll = async (drafts: readonly ReceiptDraft[], { sign }: ReceiptPorts): Promise<readonly KeptReceipt[]> => {
  const signed: KeptReceipt[] = [];
  for (const { id, receipt } of drafts)
    if (receipt !== undefined)
      signed.push({ id, requestId: receipt.request.id, issuedAt: receipt.issuedAt, ...(await sign(receipt)) });
  return signed;
};

/** Tells of the receipts of one entry. Returns it as it is marked, once for all of them. */
const tell = async (
  drafts: readonly ReceiptDraft[],
  kept: ReadonlyMap<string, KeptReceipt>,
  { category }: ReceiptContext,
  ports: ReceiptPorts,
): Promise<readonly Change[]> => {
  const told = new Map<Instant, string>();
  for (const { request, id } of drafts) {
    const receipt = kept.get(id);
    // Another category's run may have issued it at this moment, and without this one: the next run adds to it.
    if (receipt === undefined || !receiptCategories(receipt.jws).includes(category.id)) continue;
    await announce(request, receipt, ports);
    told.set(request.closure.obligation.terminatedAt, receipt.id);
  }
  const read = drafts[0]?.request.read;
  return read === undefined || told.size === 0 ? [] : [{ entry: withReceipts(read.entry, told), read }];
};

/** Tells of the receipts, entry by entry, as long as there is time. Returns those that it has dealt with. */
const tellAll = async (
  drafts: readonly ReceiptDraft[],
  kept: ReadonlyMap<string, KeptReceipt>,
  context: ReceiptContext,
  ports: ReceiptPorts,
  hasTime: () => boolean,
): Promise<readonly ReceiptDraft[]> => {
  const entries = [...Map.groupBy(drafts, ({ request }) => request.read.entry.id).values()];
  let at = 0;
  for (; at < entries.length && hasTime(); at += TOLD_AT_ONCE) {
    const some = entries.slice(at, at + TOLD_AT_ONCE);
    const told = await Promise.allSettled(some.map((ofEntry) => tell(ofEntry, kept, context, ports)));
    const marked = told.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
    // An entry that changed meanwhile stays due: the next run finds the receipt that is there, and marks it.
    if (marked.length > 0) await ports.ledger.write(marked);
    for (const each of told) if (each.status === 'rejected') throw each.reason;
  }
  return entries.slice(0, at).flat();
};

/**
 * Issues the receipts that are due in a category, one for each request over all its categories: signs, keeps, copies it
 * outside the cluster, and tells the bus. It may die at every step: the receipt is created once, and whatever else is missing
 * is done by the next run.
 * @param hasTime whether there is time to tell of more; the others stay due.
 * @throws InputError without signing keys or archive; WorldError when ledger, archive or bus do not answer.
 */
export const issueReceipts = async (
  context: ReceiptContext,
  ports: ReceiptPorts,
  hasTime: () => boolean = () => true,
): Promise<Issued> => {
  const { ledger, receipts, clock } = ports;
  const { entries } = await ledger.find({ category: context.category.id, receiptDue: true }, LOOKED_AT);
  const siblings = await ledger.read(entries.flatMap(({ entry }) => [...siblingsOf(entry, context.policy).values()]));
  const requests = entries.flatMap((read) =>
    read.entry.closures
      .filter(({ receipt }) => receipt === undefined)
      .map((closure) => closedRequest(read, closure, context.policy, siblings)),
  );
  const now = clock();
  const allReady = requests.filter((request) => isReady(request, now));
  const ready = allReady.slice(0, MOST_ISSUED);
  const ids = ready.map(({ read, closure }) => receiptId(read.entry, closure));
  const issued = new Map((await receipts.read(ids)).map((receipt) => [receipt.id, receipt]));
  const drafts = ready.map((request, at) => receiptDraft(request, context, now, issued.get(ids[at] ?? '')));
  const kept = new Map([...issued, ...(await receipts.keep(await signAll(drafts, ports)))]);
  const told = await tellAll(drafts, kept, context, ports, hasTime);
  return {
    issued: told.map(({ request }) => request.closure.obligation.requestId),
    waiting: requests.length - allReady.length,
  };
};
