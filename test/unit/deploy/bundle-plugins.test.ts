import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Client, estypes } from '@elastic/elasticsearch';
import { build, type Plugin } from 'esbuild';
import { expect, onTestFinished, test } from 'vitest';

/** JavaScript, since osls reads it. */
const { default: plugins } = (await import(resolve('deploy/bundle-plugins.js'))) as { readonly default: Plugin[] };

const CLIENT = "export { Client } from '@elastic/elasticsearch';";

const bundled = async (): Promise<{ readonly file: string; readonly inputs: readonly string[] }> => {
  const folder = mkdtempSync(join(tmpdir(), 'es-retention-bundle-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'client.mjs');
  const { metafile } = await build({
    stdin: { contents: CLIENT, resolveDir: '.' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: file,
    metafile: true,
    plugins,
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  });
  return { file, inputs: Object.keys(metafile.inputs) };
};

/** Answers each request with its method, path and body, as an Elasticsearch would. */
const echoServer = async (): Promise<string> => {
  const server = createServer(async (request, response) => {
    const parts: Uint8Array[] = [];
    for await (const part of request) parts.push(part);
    response.setHeader('x-elastic-product', 'Elasticsearch');
    response.setHeader('content-type', 'application/vnd.elasticsearch+json;compatible-with=8');
    response.end(JSON.stringify({ asked: `${request.method} ${request.url}`, body: Buffer.concat(parts).toString() }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

test('the bundled client sends requests, and contains no unneeded modules', async () => {
  const { file, inputs } = await bundled();
  const { Client: Bundled } = (await import(file)) as { Client: new (options: object) => Client };
  const client = new Bundled({ node: await echoServer(), maxRetries: 0 });
  onTestFinished(() => client.close());
  const answer = (await client.search({ index: 'logs', size: 0 })) as estypes.SearchResponse & Record<string, unknown>;
  expect(answer).toMatchObject({ asked: 'POST /logs/_search', body: '{"size":0}' });
  expect(inputs.some((each) => each.includes('undici/lib/dispatcher/pool.js'))).toBe(true);
  const never = /apache-arrow\/|undici\/lib\/(?:web|mock|cache)\/|client-h2|semantic-conventions/;
  expect(inputs.filter((each) => /node_modules/.test(each) && never.test(each))).toEqual([]);
});

test('the transport uses only those parts of undici and OpenTelemetry that a bundle contains', () => {
  const used = (file: string, name: string): readonly string[] =>
    [
      ...readFileSync(`node_modules/@elastic/transport/lib/${file}`, 'utf8').matchAll(
        new RegExp(`${name}\\.(\\w+)`, 'g'),
      ),
    ]
      .map(([, part = '']) => part)
      .filter((part, at, all) => all.indexOf(part) === at)
      .sort();
  expect(used('connection/UndiciConnection.js', 'undici_1')).toEqual(['Pool', 'buildConnector']);
  expect(used('connection/UndiciConnection.js', 'this\\.pool')).toEqual(['close', 'request']);
  expect(used('Transport.js', 'core_1')).toEqual(['suppressTracing']);
});
