// Writes the output of the command line into the marked blocks of README.md: `npm run readme`, after every change of
// this output.
import { readFileSync, writeFileSync } from 'node:fs';
import { openTestServer } from '../embedded-elasticsearch/start.ts';
import { createClient } from '../lib/adapters/elasticsearch/client/client.ts';
import { readmeOutput, withOutput } from './readme-output.ts';

const README = new URL('../README.md', import.meta.url);

const server = await openTestServer();
const client = createClient({ url: server.url });
try {
  const outputs = await readmeOutput({ client, url: server.url, prefix: '', ignoredIndices: [] });
  writeFileSync(README, withOutput(readFileSync(README, 'utf8'), outputs));
} finally {
  await client.close();
  await server.stop();
}
process.exit();
