import type { Category } from '../../policy/retention-policy.ts';
import { type Instant, isoInstant } from '../../policy/time/instant.ts';
import { isForbidden } from '../../purge/errors.ts';
import type { Archive } from '../archive/archive.ts';
import { proveEarlier } from '../consistency/prove-earlier.ts';
import type { EventPublisher } from '../events/event-publisher.ts';
import { ANNOUNCEMENTS, SENDERS } from '../intake/bus-sources.ts';
import type { EventLog, Ledger, ReadEntry } from '../ledger/ledger.ts';
import { isMalformed, UNDER_WAY } from '../ledger/ledger-entry.ts';
import { ledgerPages } from '../ledger/ledger-pages.ts';
import { type Closing, type Issued, issueReceipts, type ReceiptPorts } from '../receipts/issue-receipts.ts';
import type { ReceiptContext } from '../receipts/receipt-draft.ts';
import { sealOpenings } from '../receipts/seal-openings.ts';
import type { SealOpening } from '../receipts/sealed-opening.ts';
import { believedRequest } from '../subjects/believed-request.ts';
import type { SubjectKeys } from '../subjects/key-ring.ts';

/** What finishing the erasures needs. The evidence is opened only when there is something to prove. */
export interface FinishPorts {
  readonly ledger: Ledger;
  /** Whether keys and archive are configured at all. Without, a category owes nothing yet. */
  readonly hasEvidence: boolean;
  readonly events: (category: string) => Pick<EventLog, 'about'>;
  /** Every version of the subject key. @throws InputError without. */
  readonly keyRing: () => Promise<SubjectKeys>;
  /** Undefined where there is no bus. */
  readonly publisher: () => EventPublisher | undefined;
  /** Keys, archive and bus. @throws InputError when they are not configured. */
  readonly openEvidence: () => Promise<
    ReceiptPorts & {
      readonly archive: Pick<Archive, 'put'>;
      readonly sealer: () => Promise<SealOpening>;
    }
  >;
}

const overdueEvent = (
  { entry }: ReadEntry,
  ring: SubjectKeys | undefined,
): Parameters<EventPublisher['publish']>[0] => {
  const { terminatedAt = 0, eraseBy = 0 } = entry.obligation ?? {};
  // Somebody may have written anything else there.
  const requestId = believedRequest(entry, ring) ?? '';
  return {
    source: SENDERS.purge(entry.category),
    detailType: ANNOUNCEMENTS.overdue,
    detail: {
      requestId,
      category: entry.category,
      subject: entry.subject,
      trigger: entry.trigger,
      scope: entry.scope,
      terminatedAt: isoInstant(terminatedAt),
      eraseBy: isoInstant(eraseBy),
    },
  };
};

/** So many overdue entries are loaded at a time. */
const PAGE = 500;
/** So many of them are announced at a time, and then marked. */
const ANNOUNCED_AT_ONCE = 20;

/** Announces these, and marks those of which the bus has been told. */
const announceSome = async (
  reads: readonly ReadEntry[],
  publisher: EventPublisher,
  ledger: Ledger,
  now: Instant,
  ring: SubjectKeys | undefined,
): Promise<void> => {
  const told = await Promise.allSettled(reads.map((read) => publisher.publish(overdueEvent(read, ring))));
  const marks = reads
    .filter((_, at) => told[at]?.status === 'fulfilled')
    .map((read) => ({ entry: { ...read.entry, overdueSaidAt: now }, read }));
  if (marks.length > 0) await ledger.write(marks);
  for (const each of told) if (each.status === 'rejected') throw each.reason;
};

/** Tells the bus what is overdue, as long as there is time; the next run goes on. */
const announceAllOverdue = async (
  { category }: ReceiptContext,
  { ledger, publisher, keyRing }: FinishPorts,
  now: Instant,
  { hasTime }: Closing,
): Promise<void> => {
  const bus = publisher();
  // Nobody is told by a run without a bus: the next one that has one tells.
  if (bus === undefined) return;
  const query = { category: category.id, states: UNDER_WAY, eraseByBefore: now, overdueUnsaid: true };
  const ring = await keyRing().catch(() => undefined);
  // What cannot be marked, since others change it, the next run tells of.
  for await (const page of ledgerPages(ledger, query, PAGE)) {
    const entries = page.entries.filter(({ entry }) => !isMalformed(entry));
    for (let at = 0; at < entries.length; at += ANNOUNCED_AT_ONCE) {
      if (!hasTime()) return;
      await announceSome(entries.slice(at, at + ANNOUNCED_AT_ONCE), bus, ledger, now, ring);
    }
    if (!hasTime()) return;
  }
};

/**
 * Seals the openings of an earlier version, where there are keys. It destroys nothing, so no mode and no rule is asked. A category without
 * a termination rule may be run with a key that sees no ledger, and is not sealed by such a run.
 */
const sealEarlier = async (
  { id, rules }: Category,
  { ledger, hasEvidence, openEvidence }: FinishPorts,
): Promise<void> => {
  if (!hasEvidence) return;
  try {
    await sealOpenings(id, ledger, async () => (await openEvidence()).sealer());
  } catch (error) {
    if (!isForbidden(error) || rules.termination !== undefined) throw error;
  }
};

/** Proves open entries of an earlier version anew. The key ring is asked only where there are any open ones. */
const proveEarlierIn = async ({ id }: Category, { ledger, events, keyRing }: FinishPorts): Promise<void> =>
  proveEarlier(id, ledger, events(id), keyRing);

/**
 * What follows a run: what an earlier version left is sealed, and proved anew; and where the policy enforces a termination rule, receipts are issued
 * for what was closed, and the bus is told what is overdue. Removes nothing: that is housekeeping's.
 * @throws InputError | TransientError; the run's report stands all the same.
 */
export const finishErasures = async (
  context: ReceiptContext,
  ports: FinishPorts,
  now: Instant,
  closing: Closing = { hasTime: () => true },
): Promise<Issued> => {
  const { category, policy } = context;
  const isEnforced = category.rules.termination !== undefined && policy.mode === 'enforce';
  if (isEnforced) await announceAllOverdue(context, ports, now, closing);
  await sealEarlier(category, ports);
  if (category.rules.termination !== undefined && ports.hasEvidence) await proveEarlierIn(category, ports);
  if (!isEnforced) return NONE;
  if (!ports.hasEvidence) {
    const { total } = await ports.ledger.find({ category: category.id, receiptDue: true }, 1);
    if (total === 0) return NONE;
  }
  return issueReceipts(context, await ports.openEvidence(), closing);
};

const NONE: Issued = { issued: 0, left: 0 };
