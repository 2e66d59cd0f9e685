import type { Client } from '@elastic/elasticsearch';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type EmbeddedServer, startEmbeddedElasticsearch } from '../../embedded-elasticsearch/start.ts';
import { createClient } from '../../lib/adapters/elasticsearch/client/client.ts';
import { ACCOUNT_CASES } from './account-cases.ts';
import { runCase } from './case-runner.ts';
import { DATE_CASES } from './date-cases.ts';
import { INDEX_CASES } from './index-cases.ts';
import { LEDGER_CASES } from './ledger-cases.ts';

// A server of their own: each case starts from a cluster that holds nothing, whatever other tests are at.
let server: EmbeddedServer;
let client: Client;
beforeAll(async () => {
  server = await startEmbeddedElasticsearch();
  client = createClient({ url: server.url });
});
afterAll(async () => {
  await client.close();
  await server.stop();
});

describe.each([
  ['a date', DATE_CASES],
  ['an account', ACCOUNT_CASES],
  ['what is owed', LEDGER_CASES],
  ['an index', INDEX_CASES],
])('%s', (_, cases) => {
  test.each(cases)('$name', (safeguard) => runCase(client, server.url, safeguard));
});
