import { isoInstant } from '../policy/instant.ts';
import type { Archive } from './archive.ts';
import { ANNOUNCEMENTS, SENDERS } from './bus-sources.ts';
import type { EventPublisher } from './event-publisher.ts';
import { type Issued, issueReceipts, type ReceiptPorts } from './issue-receipts.ts';
import type { Ledger, ReadEntry } from './ledger.ts';
import type { ReceiptContext } from './receipt-draft.ts';
import { sealOpenings } from './seal-openings.ts';
import type { SealOpening } from './sealed-opening.ts';

/** What closing the books needs. The evidence is opened only when there is something to prove. */
export interface BookPorts {
  readonly ledger: Ledger;
  /** Whether keys and archive are configured at all. Without, a category owes nothing yet. */
  readonly hasEvidence: boolean;
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

const announceOverdue = async (
  read: ReadEntry,
  publisher: EventPublisher,
  ledger: Ledger,
  now: number,
): Promise<void> => {
  const { entry } = read;
  const { requestId = '', terminatedAt = 0, eraseBy = 0 } = entry.obligation ?? {};
  await publisher.publish({
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
  });
  await ledger.write([{ entry: { ...entry, overdueSaidAt: now }, read }]);
};

/** So many overdue entries are announced in one run; the finding counts them all. */
const MOST_ANNOUNCED = 1_000;

const announceAllOverdue = async (
  { category }: ReceiptContext,
  { ledger, publisher }: BookPorts,
  now: number,
  hasTime: () => boolean,
): Promise<void> => {
  const bus = publisher();
  // Nobody is told by a run without a bus: the next one that has one tells.
  if (bus === undefined) return;
  const overdue = await ledger.find(
    { category: category.id, states: ['pending', 'erasing'], eraseByBefore: now, overdueUnsaid: true },
    MOST_ANNOUNCED,
  );
  for (const read of overdue.entries) {
    if (!hasTime()) return;
    await announceOverdue(read, bus, ledger, now);
  }
};

/**
 * What follows a run that was executed or refused: receipts for what was closed, and a word to the bus about what is overdue. A category
 * without a termination rule has none of it. Removes nothing: that is housekeeping's.
 * @param hasTime whether there is time for another step; the next run does what is left.
 * @throws InputError | WorldError; the run's report stands all the same.
 */
export const closeBooks = async (
  context: ReceiptContext,
  ports: BookPorts,
  now: number,
  hasTime: () => boolean = () => true,
): Promise<Issued> => {
  if (context.category.rules.termination === undefined) return { issued: [] };
  await announceAllOverdue(context, ports, now, hasTime);
  if (!ports.hasEvidence) {
    const { total } = await ports.ledger.find({ category: context.category.id, receiptDue: true }, 1);
    if (total === 0) return { issued: [] };
  }
  const evidence = await ports.openEvidence();
  await sealOpenings(context.category.id, ports.ledger, evidence.sealer);
  return issueReceipts(context, evidence, hasTime);
};
