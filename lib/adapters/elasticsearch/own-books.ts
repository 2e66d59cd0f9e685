import type { Client } from '@elastic/elasticsearch';
import type { EventLogs, Ledger } from '../../erasure/ledger.ts';
import type { ReceiptBook } from '../../erasure/receipt-book.ts';
import { type OwnNames, ownIndices } from '../../policy/own-indices.ts';
import { perCategory } from '../per-category.ts';
import { elasticsearchEventLog } from './elasticsearch-event-log.ts';
import { elasticsearchLedger } from './elasticsearch-ledger.ts';
import { elasticsearchReceipts } from './elasticsearch-receipts.ts';
import { ledgerByCategory } from './ledger-by-category.ts';
import { ownCategories } from './own-categories.ts';
import type { RequestPolicy } from './request.ts';

/** What is owed, what was heard, and what was proved. Each remembers what it has seen of its index, so that a command opens them once. */
export interface OwnBooks {
  readonly ledger: Ledger;
  readonly events: EventLogs;
  readonly receipts: (category: string) => ReceiptBook;
}

/** Opens the books of every category; sends nothing yet. */
export const ownBooks = (client: Client, requests: RequestPolicy, names: OwnNames): OwnBooks => ({
  ledger: ledgerByCategory(
    (category) => elasticsearchLedger(client, requests, ownIndices(names, category).ledger),
    () => ownCategories(client, requests, names, 'ledger'),
  ),
  events: perCategory((category) => elasticsearchEventLog(client, requests, ownIndices(names, category).events)),
  receipts: perCategory((category) => elasticsearchReceipts(client, requests, ownIndices(names, category).receipts)),
});
