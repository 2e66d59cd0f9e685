import type { Client } from '@elastic/elasticsearch';
import type { DocumentStore } from '../../../purge/document-store.ts';
import type { RequestPolicy } from '../client/request.ts';
import { serverTime } from '../client/server-time.ts';
import { takenOperations } from '../delete/index-operations.ts';
import { clusterSettings } from '../inspect/cluster-settings.ts';
import { describeIndices } from '../inspect/describe-indices.ts';
import { mappingDigests } from '../inspect/index-states.ts';
import { templateFields } from '../inspect/index-templates.ts';
import { countAccounts } from './count-accounts.ts';
import { countDocuments } from './count-documents.ts';
import { fallingDue } from './count-falling-due.ts';
import { countWithoutScripts } from './count-without-scripts.ts';
import { noKnownFaults } from './known-faults.ts';

/**
 * The reading port for documents, on Elasticsearch 8.19 and 9. It remembers faulty indices, so make one for each
 * command.
 * @param ownIndices our own indices that show the cluster's time if the data indices of a category do not: the own
 *   indices of the category, or all.
 */
export const elasticsearchStore = (
  client: Client,
  requests: RequestPolicy,
  ownIndices: (category?: string) => readonly string[],
): DocumentStore => {
  const faults = noKnownFaults();
  const settings = clusterSettings(client, requests);
  return {
    serverTime: (patterns, category) => serverTime(client, requests, patterns, ownIndices(category)),
    describe: (patterns, fields) =>
      describeIndices(client, requests, patterns, fields, settings.refusesExpensiveQueries),
    mappings: (patterns, fields) => mappingDigests(client, requests, patterns, fields),
    count: (patterns, indices, criteria, only) =>
      countWithoutScripts(indices, faults, (asked) =>
        countDocuments(client, requests, patterns, asked, criteria, faults, only),
      ),
    fallingDue: (indices, criteria, cutoffs) => fallingDue(client, requests, indices, criteria, cutoffs),
    accounts: (indices, accountField) => countAccounts(client, requests, indices, accountField),
    operations: (patterns) => takenOperations(client, requests, patterns),
    templateFields: (names, fields) => templateFields(client, requests, settings, names, fields),
  };
};
