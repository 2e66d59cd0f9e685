import type { ReceiptStore } from '../receipts/receipt-store.ts';
import type { EventLogs, Ledger } from './ledger.ts';

/** What is owed, what was heard, and what was proved. Each remembers what it has seen of its index, so that a command opens them once. */
export interface OwnRecords {
  readonly ledger: Ledger;
  readonly events: EventLogs;
  readonly receipts: (category: string) => ReceiptStore;
}
