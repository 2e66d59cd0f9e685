import type { Client } from '@elastic/elasticsearch';
import { onceForEach } from '../../../base/once-for-each.ts';
import type { OwnRecords } from '../../../erasure/stored/own-records.ts';
import { type OwnNames, ownIndices } from '../../../policy/own-indices.ts';
import type { RequestPolicy } from '../client/request.ts';
import { elasticsearchEventLog } from '../ledger/elasticsearch-event-log.ts';
import { elasticsearchLedger } from '../ledger/elasticsearch-ledger.ts';
import { ledgerByCategory } from '../ledger/ledger-by-category.ts';
import { ownCategories } from '../own-index/own-categories.ts';
import { elasticsearchReceipts } from './elasticsearch-receipts.ts';

/** Opens the records of every category. Sends nothing yet. */
export const ownRecords = (client: Client, requests: RequestPolicy, names: OwnNames): OwnRecords => ({
  ledger: ledgerByCategory(
    (category) => elasticsearchLedger(client, requests, ownIndices(names, category).ledger),
    () => ownCategories(client, requests, names, 'ledger'),
  ),
  events: onceForEach((category) => elasticsearchEventLog(client, requests, ownIndices(names, category).events)),
  receipts: onceForEach((category) => elasticsearchReceipts(client, requests, ownIndices(names, category).receipts)),
});
