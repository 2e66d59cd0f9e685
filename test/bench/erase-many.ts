import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { functionTextOf } from '../../deploy/service/category-function.ts';
import { openTestServer } from '../../embedded-elasticsearch/start.ts';
import { createClient } from '../../lib/adapters/elasticsearch/client/client.ts';
import { ownRecords } from '../../lib/adapters/elasticsearch/records/elasticsearch-records.ts';
import { parseRetentionPolicy } from '../../lib/policy/parsing/parse-retention-policy.ts';
import { TEST_ENVIRONMENT } from '../support/erasure/key-ring-text.ts';
import { fourDaysAgo, recordTerminations, seedDocuments, unlimitedPolicy } from './owed-accounts.ts';

// How long a function takes that erases many accounts out of one shared index, and how much memory it needs with as
// much as Lambda gives:
// node test/bench/erase-many.ts [accounts] [documents of each] [documents of others] [megabytes]
//   [accounts that have come back]
const [ACCOUNTS = 10_000, EACH = 10, OTHERS = 300_000, MEMORY = 512, RETURNED = 0] = process.argv.slice(2).map(Number);
const OWED = { accounts: ACCOUNTS, each: EACH, others: OTHERS, returned: RETURNED, terminatedAt: fourDaysAgo() };

const requests = { timeout: () => 60_000 };

/** As serverless.yml has it packaged. */
const bundle = async (folder: string): Promise<string> => {
  const outfile = join(folder, 'function.mjs');
  await build({
    stdin: { contents: functionTextOf('console-configuration'), resolveDir: 'functions', loader: 'ts' },
    outfile,
    bundle: true,
    minify: true,
    keepNames: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  });
  return outfile;
};

/**
 * Calls the function in a process of its own, with the share of the memory for its heap that Lambda gives: nine tenths.
 */
const callFunction = (folder: string, file: string, environment: Readonly<Record<string, string>>): Promise<number> =>
  new Promise((resolve) => {
    const limits = [
      `--max-semi-space-size=${Math.floor(MEMORY / 20)}`,
      `--max-old-space-size=${Math.floor(MEMORY * 0.9)}`,
    ];
    const child = spawn(process.execPath, [...limits, 'test/bench/one-function.ts', file], {
      env: {
        ...process.env,
        ...environment,
        POWERTOOLS_LOG_LEVEL: 'SILENT',
        RETENTION_ARCHIVE: join(folder, 'archive'),
      },
      stdio: 'inherit',
    });
    child.on('close', (code) => resolve(code ?? 1));
  });

const server = await openTestServer();
const client = createClient({ url: server.url });
const folder = mkdtempSync(join(tmpdir(), 'es-retention-bench-'));
try {
  const text = unlimitedPolicy();
  const policy = parseRetentionPolicy(text, 'retention-policy.yml');
  const category = policy.categories.get('console-configuration');
  if (category === undefined) throw new Error('no console-configuration');
  writeFileSync(join(folder, 'retention-policy.yml'), text);
  const index = 'trtc-console-configuration-bench';
  await seedDocuments(client, index, OWED);
  await recordTerminations(ownRecords(client, requests, policy), category, join(folder, 'archive'), OWED);
  console.log(
    `${ACCOUNTS} accounts of ${EACH} documents among ${ACCOUNTS * EACH + OTHERS}, ${RETURNED} that came back, ${MEMORY} MB`,
  );
  process.exitCode = await callFunction(folder, await bundle(folder), {
    ELASTICSEARCH_URL: server.url,
    ...TEST_ENVIRONMENT,
    RETENTION_POLICY: join(folder, 'retention-policy.yml'),
  });
  await client.indices.refresh({ index });
  const { count } = await client.count({ index });
  console.log(JSON.stringify({ elasticsearch: server.version, left: count }));
} finally {
  await client.close();
  await server.stop();
  rmSync(folder, { recursive: true });
}
