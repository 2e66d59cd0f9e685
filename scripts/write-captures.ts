// Writes docs/captures.md, what the main commands show on a terminal: `npm run captures`, after a change of the output.
import { writeFileSync } from 'node:fs';
import { openTestServer } from '../embedded-elasticsearch/start.ts';
import { createClient } from '../lib/adapters/elasticsearch/client/client.ts';
import { capturesPage } from './captures.ts';

const PAGE = new URL('../docs/captures.md', import.meta.url);

const server = await openTestServer();
const client = createClient({ url: server.url });
try {
  writeFileSync(PAGE, await capturesPage({ client, url: server.url, prefix: '', ignoredIndices: [] }));
} finally {
  await client.close();
  await server.stop();
}
process.exit();
