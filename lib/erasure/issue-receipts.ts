import { type Instant, isoInstant } from '../policy/instant.ts';
import type { Category, RetentionPolicy } from '../policy/retention-policy.ts';
import type { ClusterIdentity } from '../purge/report.ts';
import type { Archive } from './archive.ts';
import { digest } from './digest.ts';
import type { EventPublisher } from './event-publisher.ts';
import type { Ledger, ReadEntry } from './ledger.ts';
import { type Closure, entryId, type LedgerEntry } from './ledger-entry.ts';
import { buildReceipt, type CategoryFacts, type Receipt, type ReceiptPromise, receiptCategories } from './receipt.ts';
import type { KeptReceipt, ReceiptBook } from './receipt-book.ts';

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

/** Under what the receipts are issued. */
export interface ReceiptContext {
  readonly category: Category;
  readonly policy: RetentionPolicy;
  readonly cluster: ClusterIdentity;
}

/** Who publishes from here; the webhook has a name of its own, so that neither can speak for the other. */
export const SOURCE = 'es-retention';

/** One closure of one entry, with what the other categories closed for the same request. */
interface Request {
  readonly read: ReadEntry;
  readonly closure: Closure;
  readonly closures: ReadonlyMap<Category, Closure>;
  readonly missing: readonly Category[];
}

/** The same in every category, and for every try. */
const receiptId = ({ trigger, subject }: LedgerEntry, { obligation }: Closure): string =>
  digest(subject.kid, subject.hash, trigger, obligation.terminatedAt);

/** The categories that owe the same: their entries have ids that can be known. */
const siblingsOf = ({ trigger, subject }: LedgerEntry, { policy }: ReceiptContext): ReadonlyMap<Category, string> =>
  new Map(
    [...policy.categories.values()]
      .filter(({ rules }) => rules.termination?.triggers.includes(trigger))
      .map((category) => [category, entryId(category.id, trigger, subject)]),
  );

const requestOf = (
  read: ReadEntry,
  closure: Closure,
  context: ReceiptContext,
  entries: ReadonlyMap<string, ReadEntry>,
): Request => {
  const closures = new Map<Category, Closure>();
  const missing: Category[] = [];
  const { terminatedAt } = closure.obligation;
  for (const [category, id] of siblingsOf(read.entry, context)) {
    const sibling = entries.get(id)?.entry;
    const found = sibling?.closures.find(({ obligation }) => obligation.terminatedAt === terminatedAt);
    if (found !== undefined) closures.set(category, found);
    // One that was found empty after that instant, for an earlier request, owed nothing more: that one's receipt says so.
    else if ((sibling?.doneThrough ?? Number.NEGATIVE_INFINITY) < terminatedAt) missing.push(category);
  }
  return { read, closure, closures, missing };
};

const promiseOf = ({ id, title, promise, rules }: Category): ReceiptPromise => ({
  category: id,
  title,
  ...promise,
  deadline: rules.termination?.deadline.iso ?? '',
});

const factsOf = (category: Category, { state, progress, closedAt }: Closure): CategoryFacts => ({
  category: category.id,
  outcome: state,
  documentsErased: progress.documentsErased,
  ...(progress.firstErasedAt !== undefined && { firstErasedAt: progress.firstErasedAt }),
  verifiedAt: closedAt,
  newUseKept: progress.newUse,
  patterns: category.indices,
  indices: progress.indices,
});

const receiptOf = (
  { read, closures, closure, missing }: Request,
  context: ReceiptContext,
  issuedAt: Instant,
  previous: string | null,
): Receipt => {
  // Of several categories the first gives the commitment: whoever issues the receipt, it is the same.
  const [first = closure] = closures.values();
  const { requestId, heardAt, ...instants } = closure.obligation;
  return buildReceipt({
    issuedAt,
    request: { ...instants, id: requestId, trigger: read.entry.trigger, scope: read.entry.scope, receivedAt: heardAt },
    commitment: first.commitment,
    promises: [...closures.keys()].map(promiseOf),
    categories: [...closures].map(([category, each]) => factsOf(category, each)),
    policyVersion: context.policy.version,
    cluster: context.cluster,
    ...(missing.length > 0 && { unknownCategories: missing.map(({ id }) => id) }),
    previous,
  });
};

/** A receipt that is to be issued for a request, or the one that is there already and says what it has to say. */
interface Draft {
  readonly request: Request;
  readonly id: string;
  readonly receipt?: Receipt;
}

/**
 * A receipt that was issued without this category, since the deadline had passed, is never changed: what was found later is a
 * receipt of its own, which names the first.
 */
const draftOf = (request: Request, context: ReceiptContext, issuedAt: Instant, issued?: KeptReceipt): Draft => {
  const id = receiptId(request.read.entry, request.closure);
  const { category } = context;
  if (issued === undefined) return { request, id, receipt: receiptOf(request, context, issuedAt, null) };
  if (receiptCategories(issued.jws).includes(category.id)) return { request, id };
  const alone = { ...request, closures: new Map([[category, request.closure]]), missing: [] };
  return { request, id: digest(id, category.id), receipt: receiptOf(alone, context, issuedAt, issued.hash) };
};

/** A category that is not at its end is waited for until the deadline; then the receipt says that nothing is known of it. */
const isReady = ({ closure, missing }: Request, now: Instant): boolean =>
  missing.length === 0 || now > closure.obligation.eraseBy;

/** The first category whose closure has the receipt has told the bus of it. */
const isTold = ({ closures }: Request, { id }: KeptReceipt): boolean =>
  [...closures.values()].some(({ receipt }) => receipt === id);

const announce = async (request: Request, kept: KeptReceipt, { archive, publisher }: ReceiptPorts): Promise<void> => {
  const { id, hash, jws } = kept;
  const { closure } = request;
  const { events: _, uin: __, sdkAppId: ___, ...entry } = request.read.entry;
  await archive.put('receipts', id, { jws });
  await archive.put('entries', digest(id, entry.category), { ...entry, closures: [closure] });
  if (isTold(request, kept)) return;
  await publisher?.publish({
    source: SOURCE,
    detailType: 'Erasure Completed',
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

/** So many entries at a time: each costs a signature, a line in the archive and an event. */
const AT_ONCE = 500;

/** What came of the receipts that were due. */
export interface Issued {
  /** The ids of the requests that now have theirs. */
  readonly issued: readonly string[];
  /** How many requests wait for another category. */
  readonly waiting: number;
}

const signAll = async (drafts: readonly Draft[], { sign }: ReceiptPorts): Promise<readonly KeptReceipt[]> => {
  const signed: KeptReceipt[] = [];
  for (const { id, receipt } of drafts)
    if (receipt !== undefined)
      signed.push({ id, requestId: receipt.request.id, issuedAt: receipt.issuedAt, ...(await sign(receipt)) });
  return signed;
};

/** Tells of the receipts of one entry, and marks it, once for all of them. */
const settleEntryReceipts = async (
  drafts: readonly Draft[],
  kept: ReadonlyMap<string, KeptReceipt>,
  { category }: ReceiptContext,
  ports: ReceiptPorts,
): Promise<void> => {
  const told = new Map<Instant, string>();
  for (const { request, id } of drafts) {
    const receipt = kept.get(id);
    // Another category's run may have issued it at this moment, and without this one: the next run adds to it.
    if (receipt === undefined || !receiptCategories(receipt.jws).includes(category.id)) continue;
    await announce(request, receipt, ports);
    told.set(request.closure.obligation.terminatedAt, receipt.id);
  }
  const read = drafts[0]?.request.read;
  // An entry that changed meanwhile stays due: the next run finds the receipt that is there, and marks it.
  if (read !== undefined && told.size > 0) await ports.ledger.write([{ entry: withReceipts(read.entry, told), read }]);
};

/**
 * Issues the receipts that are due in a category, one for each request over all its categories: signs, keeps, copies it
 * outside the cluster, and tells the bus. It may die at every step: the receipt is created once, and whatever else is missing
 * is done by the next run.
 * @throws InputError without signing keys or archive; WorldError when ledger, archive or bus do not answer.
 */
export const issueReceipts = async (context: ReceiptContext, ports: ReceiptPorts): Promise<Issued> => {
  const { ledger, receipts, clock } = ports;
  const { entries } = await ledger.find({ category: context.category.id, receiptDue: true }, AT_ONCE);
  const siblings = await ledger.read(entries.flatMap(({ entry }) => [...siblingsOf(entry, context).values()]));
  const requests = entries.flatMap((read) =>
    read.entry.closures
      .filter(({ receipt }) => receipt === undefined)
      .map((closure) => requestOf(read, closure, context, siblings)),
  );
  const now = clock();
  const ready = requests.filter((request) => isReady(request, now));
  const ids = ready.map(({ read, closure }) => receiptId(read.entry, closure));
  const issued = new Map((await receipts.read(ids)).map((receipt) => [receipt.id, receipt]));
  const drafts = ready.map((request, at) => draftOf(request, context, now, issued.get(ids[at] ?? '')));
  const kept = new Map([...issued, ...(await receipts.keep(await signAll(drafts, ports)))]);
  for (const ofEntry of Map.groupBy(drafts, ({ request }) => request.read.entry.id).values())
    await settleEntryReceipts(ofEntry, kept, context, ports);
  return {
    issued: ready.map(({ closure }) => closure.obligation.requestId),
    waiting: requests.length - ready.length,
  };
};
