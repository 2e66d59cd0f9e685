import type { Client } from '@elastic/elasticsearch';
import { afterAll, beforeAll, describe, inject, test } from 'vitest';
import { createClient } from '../../lib/adapters/elasticsearch/client/client.ts';
import { ACCOUNT_CASES } from './account-cases.ts';
import { runCase } from './case-runner.ts';
import { DATE_CASES } from './date-cases.ts';
import { INDEX_CASES } from './index-cases.ts';
import { LEDGER_CASES } from './ledger-cases.ts';

const url = inject('elasticsearchUrl');
let client: Client;
beforeAll(() => {
  client = createClient({ url });
});
afterAll(() => client.close());

describe.each([
  ['a date', DATE_CASES],
  ['an account', ACCOUNT_CASES],
  ['what is owed', LEDGER_CASES],
  ['an index', INDEX_CASES],
])('a safeguard about %s', (_, cases) => {
  test.each(cases)('ensures this: $name', (safeguard) => runCase(client, url, safeguard));
});
