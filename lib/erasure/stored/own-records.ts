import type { EventLogs } from '../events/event-log.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { ReceiptStore } from '../receipts/receipt-store.ts';

/**
 * The stores of our own records. Each store caches facts about its index, so a command should create the stores only
 * once.
 */
export interface OwnRecords {
  readonly ledger: Ledger;
  readonly events: EventLogs;
  readonly receipts: (category: string) => ReceiptStore;
}
