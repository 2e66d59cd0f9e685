import { type Instant, isoInstant } from '../policy/instant.ts';
import type { Category, RetentionPolicy } from '../policy/retention-policy.ts';
import type { ClusterIdentity } from '../purge/report.ts';
import type { Archive } from './archive.ts';
import { digest } from './digest.ts';
import type { EventPublisher } from './event-publisher.ts';
import type { Ledger, ReadEntry } from './ledger.ts';
import { type Closure, entryId, type LedgerEntry } from './ledger-entry.ts';
import { buildReceipt, type CategoryFacts, type Receipt, type ReceiptPromise } from './receipt.ts';
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
  for (const [category, id] of siblingsOf(read.entry, context)) {
    const found = entries
      .get(id)
      ?.entry.closures.find(({ obligation }) => obligation.terminatedAt === closure.obligation.terminatedAt);
    if (found === undefined) missing.push(category);
    else closures.set(category, found);
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
    previous: null,
  });
};

/** A category that is not at its end is waited for until the deadline; then the receipt says that nothing is known of it. */
const isReady = ({ closure, missing }: Request, now: Instant): boolean =>
  missing.length === 0 || now > closure.obligation.eraseBy;

const announce = async (
  { read: { entry }, closure }: Request,
  { id, hash }: KeptReceipt,
  { archive, publisher }: ReceiptPorts,
  jws: string,
): Promise<void> => {
  const { events: _, uin: __, sdkAppId: ___, ...archived } = entry;
  await archive.put('receipts', id, { jws });
  await archive.put('entries', digest(id, entry.category), { ...archived, closures: [closure] });
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

const withReceipt = ({ read, closure }: Request, receipt: string): LedgerEntry => ({
  ...read.entry,
  closures: read.entry.closures.map((each) =>
    each.obligation.terminatedAt === closure.obligation.terminatedAt ? { ...each, receipt } : each,
  ),
});

/** So many entries at a time: each costs a signature, a line in the archive and an event. */
const AT_ONCE = 500;

/** How many receipts were issued, and how many requests wait for another category. */
export interface Issued {
  readonly issued: number;
  readonly waiting: number;
}

/**
 * Issues the receipts that are due in a category, one for each request over all its categories: signs, keeps, copies it
 * outside the cluster, and tells the bus. It may die at every step: the receipt is created once, and whatever else is missing
 * is done by the next run.
 * @throws InputError without signing keys or archive; WorldError when ledger, archive or bus do not answer.
 */
export const issueReceipts = async (context: ReceiptContext, ports: ReceiptPorts): Promise<Issued> => {
  const { ledger, receipts, sign, clock } = ports;
  const { entries } = await ledger.find({ category: context.category.id, receiptDue: true }, AT_ONCE);
  const siblings = await ledger.read(entries.flatMap(({ entry }) => [...siblingsOf(entry, context).values()]));
  const requests = entries.flatMap((read) =>
    read.entry.closures
      .filter(({ receipt }) => receipt === undefined)
      .map((closure) => requestOf(read, closure, context, siblings)),
  );
  const now = clock();
  const ready = requests.filter((request) => isReady(request, now));
  const signed: KeptReceipt[] = [];
  for (const request of ready) {
    const receipt = receiptOf(request, context, now);
    signed.push({
      id: receiptId(request.read.entry, request.closure),
      requestId: receipt.request.id,
      issuedAt: receipt.issuedAt,
      ...(await sign(receipt)),
    });
  }
  const kept = await receipts.keep(signed);
  for (const [at, request] of ready.entries()) {
    const receipt = kept.get(signed[at]?.id ?? '');
    if (receipt === undefined) continue;
    await announce(request, receipt, ports, receipt.jws);
    // An entry that changed meanwhile stays due: the next run finds the receipt that is there, and marks it.
    await ledger.write([{ entry: withReceipt(request, receipt.id), read: request.read }]);
  }
  return { issued: ready.length, waiting: requests.length - ready.length };
};
