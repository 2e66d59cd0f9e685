import type { Client } from '@elastic/elasticsearch';
import type { AuditReader } from '../../../audit/audit-reader.ts';
import { refreshIndex } from '../client/refresh-index.ts';
import { type RequestPolicy, request } from '../client/request.ts';
import { auditedAccounts } from './audited-accounts.ts';
import { auditedAges, documentsOf } from './audited-ages.ts';
import { auditedIndices } from './audited-indices.ts';
import { auditedRecords } from './audited-records.ts';
import { auditedSurroundings } from './audited-surroundings.ts';

const countAll = async (client: Client, requests: RequestPolicy, index: string): Promise<number> => {
  const { count } = await request(requests, `counting ${index}`, (options) => client.count({ index }, options));
  return count;
};

/** The queries of the audit in Elasticsearch. Each index is refreshed before it is counted; nothing is changed. */
export const elasticsearchAudit = (client: Client, requests: RequestPolicy): AuditReader => ({
  indices: (fields) => auditedIndices(client, requests, fields),
  ages: async (index, question) => {
    await refreshIndex(client, requests, index);
    return auditedAges(client, requests, index, question);
  },
  count: async (index) => {
    await refreshIndex(client, requests, index);
    return countAll(client, requests, index);
  },
  accounts: (index, fields) => auditedAccounts(client, requests, index, fields),
  documentsOf: (index, account, fields, until) => documentsOf(client, requests, index, account, fields, until),
  records: (index) => auditedRecords(client, requests, index),
  reports: (index, since) => auditedRecords(client, requests, index, since),
  surroundings: (fields) => auditedSurroundings(client, requests, fields),
});
