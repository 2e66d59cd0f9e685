import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createClient } from '../../lib/adapters/elasticsearch/client/client.ts';
import { templateName } from '../../lib/adapters/elasticsearch/own-index/own-index-shape.ts';
import { runInLambda } from '../support/deployment/lambda-runtime/run-in-lambda.ts';
import { runtimeClient } from '../support/deployment/lambda-runtime/runtime-client.ts';
import { SCHEDULER_EVENT } from '../support/deployment/schedule-events.ts';
import { type ServiceFolder, serviceFolder } from '../support/deployment/service-folder.ts';
import { unpackZip } from '../support/deployment/unpack-zip.ts';
import { httpEvent, SECRET, signedHeaders } from '../support/erasure/signed-webhook.ts';
import { EXAMPLE_POLICY } from '../support/policy/example-policy.ts';
import { optionalTool, skipWithout } from '../support/run/optional-tool.ts';
import { deleteIndices } from '../support/server/delete-indices.ts';

const found = await optionalTool(runtimeClient);

// One category with a termination rule, and one with an age rule: the functions of others differ only by an id.
const [TWO_CATEGORIES = ''] = EXAMPLE_POLICY.split('\n  sdk-logs:');
const NAMES = [
  'purge-console-configuration',
  'purge-backend-logs',
  'housekeeping',
  'audit-retention',
  'receive-termination',
  'show-termination',
];

let services: readonly ServiceFolder[];
let packages: string[];
const url = inject('elasticsearchUrl');

// Names of its own: other tests have the leases of the example policy on the server that they share.
const OWN = 'retention-zips-';
const POLICY = TWO_CATEGORIES.replace('mode: observe', `mode: observe\nindexPrefix: ${OWN}`)
  .replace('index: retention-reports', `index: ${OWN}reports`)
  .replaceAll('trtc-', 'zips-');

beforeAll(async () => {
  services = [serviceFolder(POLICY), serviceFolder(POLICY)];
  packages = await Promise.all(services.map((service) => service.package()));
});
afterAll(async () => {
  for (const service of services) service.remove();
  const client = createClient({ url });
  const own = Object.keys(await client.indices.get({ index: `${OWN}*`, expand_wildcards: 'all' }));
  await deleteIndices(client, own);
  await Promise.all(
    own.map((name) => client.indices.deleteIndexTemplate({ name: templateName(name) }, { ignore: [404] })),
  );
  await client.close();
});

const zipsIn = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder)
      .filter((name) => name.endsWith('.zip'))
      .map((name) => [
        name,
        createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex'),
      ]),
  );

const unpacked = async (name: string): Promise<string> => {
  const folder = join(services[0]?.path ?? '', 'unpacked', name);
  mkdirSync(folder, { recursive: true });
  await unpackZip(join(packages[0] ?? '', `${name}.zip`), folder);
  return folder;
};

describe('the zips', () => {
  test('are identical, byte for byte, when packaged in another place', () => {
    const [first, second] = packages.map(zipsIn);
    expect(Object.keys(first ?? {}).sort()).toEqual(NAMES.map((name) => `${name}.zip`).sort());
    expect(second).toEqual(first);
  });

  test('have at most 1.05 megabytes (docs/decisions/0021)', () => {
    const sizes = NAMES.map((name) => statSync(join(packages[0] ?? '', `${name}.zip`)).size);
    expect(sizes.filter((size) => size > 1_050_000)).toEqual([]);
  });

  test('contain only the function, its source map and the policy', async () => {
    for (const name of NAMES) {
      const files = readdirSync(await unpacked(name), { recursive: true, encoding: 'utf8' });
      expect(files.sort()).toEqual(
        ['functions', `functions/${name}.mjs`, `functions/${name}.mjs.map`, 'retention-policy.yml'].sort(),
      );
    }
  });
});

describe('with the runtime client of Lambda', () => {
  const client = skipWithout(found) ?? '';

  test.each(NAMES.filter((name) => name.startsWith('purge-')))(
    '%s runs from its zip alone, with the policy in the zip',
    async (name) => {
      const ending = await runInLambda(
        client,
        {
          folder: await unpacked(name),
          handler: `functions/${name}.handler`,
          environment: { ELASTICSEARCH_URL: url, NODE_OPTIONS: '--enable-source-maps' },
        },
        SCHEDULER_EVENT,
      );
      expect(ending).toMatchObject({ kind: 'response' });
      expect(JSON.parse(ending.body)).toMatchObject({
        category: name.replace('purge-', ''),
        mode: 'observe',
        outcome: 'observed',
      });
    },
  );

  test('receive-termination answers 401 to a forgery, and 503 without a bus', async () => {
    const name = 'receive-termination';
    const run = async (body: string, signed: string) =>
      runInLambda(
        client,
        {
          folder: await unpacked(name),
          handler: `functions/${name}.handler`,
          environment: {
            WEBHOOK_SECRETS: SECRET,
            EVENT_BUS_NAME: 'es-retention-dev',
            AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
            AWS_ACCESS_KEY_ID: 'test',
            AWS_SECRET_ACCESS_KEY: 'test',
          },
        },
        httpEvent(body, signedHeaders(signed, { at: Date.now() })),
      );
    const body = JSON.stringify({
      type: 'account.deleted',
      timestamp: new Date().toISOString(),
      data: { uin: '9007199254740993' },
    });
    const forged = await run(body, `${body} `);
    expect(forged).toMatchObject({ kind: 'response' });
    expect(JSON.parse(forged.body)).toMatchObject({ statusCode: 401 });
    const real = await run(body, body);
    expect(JSON.parse(real.body)).toMatchObject({ statusCode: 503 });
  });

  test('a function that throws fails its invocation, and the log names the source line', async () => {
    const name = 'purge-backend-logs';
    const ending = await runInLambda(
      client,
      {
        folder: await unpacked(name),
        handler: `functions/${name}.handler`,
        environment: { ELASTICSEARCH_URL: 'http://127.0.0.1:1', NODE_OPTIONS: '--enable-source-maps' },
      },
      SCHEDULER_EVENT,
    );
    expect(ending).toMatchObject({ kind: 'error' });
    expect(JSON.parse(ending.body)).toMatchObject({ errorType: 'TransientError' });
    expect(ending.log).toMatch(/lib\/(adapters|purge)\/[\w/-]+\.ts:\d+/);
  });

  test('a handler with a callback is refused, as in the real runtime', async () => {
    const folder = join(services[0]?.path ?? '', 'callback');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'index.mjs'), 'export const handler = (event, context, callback) => callback(null, 1);');
    const ending = await runInLambda(client, { folder, handler: 'index.handler', environment: {} }, {});
    expect(ending).toMatchObject({ kind: 'init/error', body: expect.stringContaining('callback') });
  });
});
