import { isForbidden } from '../../base/errors.ts';
import type { Category } from '../../policy/retention-policy.ts';
import { type Instant, isoInstant } from '../../policy/time/instant.ts';
import type { Archive } from '../archive/archive.ts';
import { renewProofs } from '../consistency/renew-proofs.ts';
import { PUBLISHED_EVENTS, SENDERS } from '../events/bus-sources.ts';
import type { EventLog } from '../events/event-log.ts';
import type { EventPublisher } from '../events/event-publisher.ts';
import { believedRequest } from '../ledger/believed-request.ts';
import type { Ledger, LedgerQuery, ReadEntry } from '../ledger/ledger.ts';
import { isMalformed, type LedgerEntry, UNDER_WAY } from '../ledger/ledger-entry.ts';
import { ledgerPages } from '../ledger/ledger-pages.ts';
import type { SealOpening } from '../ledger/sealed-opening.ts';
import { type FinishControl, type Issued, issueReceipts, type ReceiptPorts } from '../receipts/issue-receipts.ts';
import type { ReceiptContext } from '../receipts/receipt-draft.ts';
import { sealOpenings } from '../receipts/seal-openings.ts';
import type { SubjectKeys } from '../subjects/key-ring.ts';

/** The ports for finishing erasures. Keys and archive are opened only if there is an erasure to prove. */
export interface FinishPorts {
  readonly ledger: Ledger;
  /** Whether keys and archive are configured. If not, a category cannot owe an erasure yet. */
  readonly hasEvidence: boolean;
  readonly events: (category: string) => Pick<EventLog, 'about'>;
  /**
   * Every version of the subject key.
   * @throws InputError without a key ring.
   */
  readonly subjectKeys: () => Promise<SubjectKeys>;
  /** Undefined if there is no bus. */
  readonly publisher: () => EventPublisher | undefined;
  /**
   * Opens keys, archive and bus.
   * @throws InputError if they are not configured.
   */
  readonly openEvidence: () => Promise<
    ReceiptPorts & {
      readonly archive: Pick<Archive, 'put'>;
      readonly sealer: () => Promise<SealOpening>;
    }
  >;
}

type Sent = Parameters<EventPublisher['publish']>[0];

/** An event that is published once about an entry, and the mark in the entry for it. */
interface OnceEvent {
  readonly detailType: string;
  readonly query: Omit<LedgerQuery, 'category'> & Required<Pick<LedgerQuery, 'states'>>;
  readonly more: (entry: LedgerEntry) => Readonly<Record<string, unknown>>;
  readonly marked: (entry: LedgerEntry, now: Instant) => LedgerEntry;
}

const overdueAt = (now: Instant): OnceEvent => ({
  detailType: PUBLISHED_EVENTS.overdue,
  query: { states: UNDER_WAY, eraseByBefore: now, overdueUnpublished: true },
  more: () => ({}),
  marked: (entry) => ({ ...entry, overdueSaidAt: now }),
});

/** Names the holds by id, and never their reasons. */
const HELD: OnceEvent = {
  detailType: PUBLISHED_EVENTS.held,
  query: { states: ['held'], heldUnpublished: true },
  more: ({ held = [] }) => ({
    holds: held.flatMap(({ hold, from, to }) => (to === undefined ? [{ id: hold, from: isoInstant(from) }] : [])),
  }),
  marked: (entry, now) => ({ ...entry, heldSaidAt: now }),
};

const eventOf = ({ entry }: ReadEntry, { detailType, more }: OnceEvent, keys: SubjectKeys | undefined): Sent => {
  const { terminatedAt = 0, eraseBy = 0 } = entry.obligation ?? {};
  // Somebody else may have written an unproven request id.
  const requestId = believedRequest(entry, keys) ?? '';
  return {
    source: SENDERS.purge(entry.category),
    detailType,
    detail: {
      requestId,
      category: entry.category,
      subject: entry.subject,
      trigger: entry.trigger,
      scope: entry.scope,
      terminatedAt: isoInstant(terminatedAt),
      eraseBy: isoInstant(eraseBy),
      ...more(entry),
    },
  };
};

/** Number of entries loaded at once. */
const ENTRIES_AT_ONCE = 500;
/** Number of entries that are published at once and then marked. */
const PUBLISHED_AT_ONCE = 20;

/** The ports of publishing: the bus, the event and the time. */
interface Publishing {
  readonly bus: EventPublisher;
  readonly ledger: Ledger;
  readonly event: OnceEvent;
  readonly keys: SubjectKeys | undefined;
  readonly now: Instant;
}

/** Publishes some entries, and marks those that the bus has accepted. */
const publishNoticeBatch = async (
  reads: readonly ReadEntry[],
  { bus, ledger, event, keys, now }: Publishing,
): Promise<void> => {
  const publications = await Promise.allSettled(reads.map((read) => bus.publish(eventOf(read, event, keys))));
  const marks = reads
    .filter((_, index) => publications[index]?.status === 'fulfilled')
    .map((read) => ({ entry: event.marked(read.entry, now), read }));
  if (marks.length > 0) await ledger.write(marks);
  for (const each of publications) if (each.status === 'rejected') throw each.reason;
};

/** Publishes entries on the bus, each once, while there is time. The next run continues. */
const publishNotices = async (
  { category }: ReceiptContext,
  { ledger, publisher, subjectKeys }: FinishPorts,
  event: OnceEvent,
  now: Instant,
  { hasTime }: FinishControl,
): Promise<void> => {
  const bus = publisher();
  const states: readonly LedgerEntry['state'][] = event.query.states;
  // A run without a bus publishes nothing. A later run with a bus does.
  if (bus === undefined) return;
  const publishing = { bus, ledger, event, now, keys: await subjectKeys().catch(() => undefined) };
  // An entry that cannot be marked, because somebody else changed it, is published by the next run.
  for await (const page of ledgerPages(ledger, { category: category.id, ...event.query }, ENTRIES_AT_ONCE)) {
    const entries = page.entries.filter(({ entry }) => !isMalformed(entry) && states.includes(entry.state));
    for (let offset = 0; offset < entries.length; offset += PUBLISHED_AT_ONCE) {
      if (!hasTime()) return;
      await publishNoticeBatch(entries.slice(offset, offset + PUBLISHED_AT_ONCE), publishing);
    }
    if (!hasTime()) return;
  }
};

/**
 * Seals openings that an earlier version left unsealed, if there are keys. This destroys nothing, so it ignores mode
 * and rules. A category without a termination rule may run with a key that cannot see the ledger; such a run seals
 * nothing.
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

/** Makes new proofs for open entries of an earlier version. Asks for the key ring only if there are such entries. */
const renewProofsIn = async ({ id }: Category, { ledger, events, subjectKeys }: FinishPorts): Promise<void> =>
  renewProofs(id, ledger, events(id), subjectKeys);

/**
 * The steps after a run. Records of an earlier version get new seals and proofs. If the policy enforces a termination
 * rule, receipts are issued for closed entries, and overdue and held erasures are published. Removes nothing;
 * housekeeping does.
 * @throws InputError | TransientError; the run's report is not affected.
 */
export const finishErasures = async (
  context: ReceiptContext,
  ports: FinishPorts,
  now: Instant,
  control: FinishControl = { hasTime: () => true },
): Promise<Issued> => {
  const { category, policy } = context;
  const isEnforced = category.rules.termination !== undefined && policy.mode === 'enforce';
  if (isEnforced) for (const event of [overdueAt(now), HELD]) await publishNotices(context, ports, event, now, control);
  await sealEarlier(category, ports);
  if (category.rules.termination !== undefined && ports.hasEvidence) await renewProofsIn(category, ports);
  if (!isEnforced) return NONE;
  if (!ports.hasEvidence) {
    const { total } = await ports.ledger.find({ category: category.id, receiptDue: true }, 1);
    if (total === 0) return NONE;
  }
  return issueReceipts(context, await ports.openEvidence(), control);
};

const NONE: Issued = { issued: 0, left: 0 };
