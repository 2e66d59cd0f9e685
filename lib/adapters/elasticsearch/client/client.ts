import { Client, type ClientOptions } from '@elastic/elasticsearch';
import type { Connection } from '../../environment/credentials.ts';
import { timingSearches } from '../count/search-timeouts.ts';
import { parsingSources } from './parsed-sources.ts';
import { judgingAnswers } from './whole-answers.ts';

/**
 * A client whose searches take no timeout of the cluster, whose answers are whole and whose documents were parsed, that never retries by itself (only we know what may be sent twice) and keeps few connections open.
 * Client 8.19 speaks to 8.19 and, through the compatibility header, to 9; client 9 is refused by 8.
 * `overrides` is the seam at which tests put their own connection.
 */
export const createClient = (connection: Connection, overrides: Partial<ClientOptions> = {}): Client =>
  judgingAnswers(
    timingSearches(
      parsingSources(
        new Client({
          node: connection.url,
          ...(connection.apiKey === undefined ? {} : { auth: { apiKey: connection.apiKey } }),
          ...(connection.user === undefined ? {} : { auth: connection.user }),
          ...(connection.ca === undefined ? {} : { tls: { ca: connection.ca } }),
          maxRetries: 0,
          enableMetaHeader: false,
          ...overrides,
        }),
      ),
    ),
  );
