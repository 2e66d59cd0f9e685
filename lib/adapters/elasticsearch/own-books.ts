import type { Client } from '@elastic/elasticsearch';
import type { EventLog, Ledger } from '../../erasure/ledger.ts';
import type { OwnIndices } from '../../policy/own-indices.ts';
import { elasticsearchEventLog } from './elasticsearch-event-log.ts';
import { elasticsearchLedger } from './elasticsearch-ledger.ts';
import type { RequestPolicy } from './request.ts';

/** What is owed, and what was heard. Each remembers what it has seen of its index, so that a command opens them once. */
export interface OwnBooks {
  readonly ledger: Ledger;
  readonly events: EventLog;
}

/** Opens ledger and event log; sends nothing yet. */
export const ownBooks = (
  client: Client,
  requests: RequestPolicy,
  names: Pick<OwnIndices, 'ledger' | 'events'>,
): OwnBooks => ({
  ledger: elasticsearchLedger(client, requests, names.ledger),
  events: elasticsearchEventLog(client, requests, names.events),
});
