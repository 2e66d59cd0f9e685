// The end-to-end checks against a real account: npm run e2e:aws -- --account 123456789012. docs/e2e-aws.md says what it
// needs and makes.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { createClient } from '../../lib/adapters/elasticsearch/client/client.ts';
import { parseRetentionPolicy } from '../../lib/policy/parsing/parse-retention-policy.ts';
import { isoInstant } from '../../lib/policy/time/instant.ts';
import { assertAccount, assertForeign, Refusal } from './account.ts';
import { runChecks, type Seen } from './checks.ts';
import { clear, furnish, keySecrets } from './cluster.ts';
import { isEmulated, newStage } from './stage.ts';

const USAGE = 'npm run e2e:aws -- --account <12 digits> [--region eu-west-1] [--out FILE]';

const readInput = () => {
  const { values } = parseArgs({
    options: { account: { type: 'string' }, region: { type: 'string' }, out: { type: 'string' } },
  });
  const { ELASTICSEARCH_URL: url, ELASTICSEARCH_USERNAME: username, ELASTICSEARCH_PASSWORD: password } = process.env;
  if (!/^\d{12}$/.test(values.account ?? '')) throw new Refusal(`Expected --account with twelve digits. ${USAGE}`);
  if (!url) throw new Refusal('Expected ELASTICSEARCH_URL to name a cluster for tests, which the functions can reach.');
  const region = values.region ?? process.env.AWS_REGION ?? 'eu-west-1';
  const user = username && password ? { username, password } : undefined;
  return { account: values.account ?? '', region, url, user, out: values.out };
};

const check = async (): Promise<boolean> => {
  const { account, region, url, user, out } = readInput();
  const client = createClient({ url }, user === undefined ? {} : { auth: user });
  await assertAccount(account, region);
  await assertForeign(client);
  const stage = newStage(region);
  const policy = parseRetentionPolicy(stage.service.readPolicy(), 'retention-policy.yml');
  const startedAt = isoInstant(Date.now());
  let seen: readonly Seen[] = [];
  let left: readonly string[] = [];
  try {
    await furnish(client, stage.name, policy);
    for (const [holder, secret] of await keySecrets(client, stage.name, policy, user !== undefined))
      await stage.putSecret(`elasticsearch/${holder}`, secret);
    await stage.putSecret('webhook', stage.webhookSecret);
    const { cluster_uuid } = await client.info();
    await stage.deploy({ elasticsearchUrl: url, enforceCluster: cluster_uuid });
    seen = await runChecks({ stage, region, client, policy });
  } finally {
    left = await stage.remove();
    await clear(client, stage.name, policy, user !== undefined).catch((error: Error) => {
      left = [...left, `the cluster: ${error.message}`];
    });
    const file = out ?? join('reports', `e2e-aws-${stage.name}.json`);
    mkdirSync(dirname(file), { recursive: true });
    const facts = {
      account,
      region,
      stage: stage.name,
      emulated: isEmulated(),
      startedAt,
      finishedAt: isoInstant(Date.now()),
    };
    writeFileSync(file, `${JSON.stringify({ ...facts, seen, left }, undefined, 2)}\n`);
    for (const { check: name, saw, outcome } of seen) console.log(`${outcome.padEnd(18)} ${name}: ${saw}`);
    for (const what of left) console.log(`not removed        ${what}`);
    console.log(`Written: ${file}`);
  }
  return seen.length > 0 && left.length === 0 && seen.every(({ outcome }) => outcome !== 'otherwise');
};

try {
  process.exitCode = (await check()) ? 0 : 1;
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = error instanceof Refusal ? 2 : 1;
}
