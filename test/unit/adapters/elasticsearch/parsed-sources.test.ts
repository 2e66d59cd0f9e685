import { globSync, readFileSync } from 'node:fs';
import { Client } from '@elastic/elasticsearch';
import { expect, test } from 'vitest';
import { AS_SENT, parsingSources } from '../../../../lib/adapters/elasticsearch/client/parsed-sources.ts';

type Sent = Parameters<Client['transport']['request']>[0];

/** What a client sends, whose answers are empty. */
const sentBy = async (ask: (client: Client) => Promise<unknown>): Promise<Sent> => {
  const sent: Sent[] = [];
  const client = new Client({ node: 'http://localhost:9' });
  client.transport.request = (async (params: Sent) => {
    sent.push(params);
    return {};
  }) as never;
  await ask(parsingSources(client));
  return sent[0] as Sent;
};

const FILTER = { excludes: ['es_retention_nobodys_field'] };

test.each([
  ['nothing', {}],
  ['everything', { _source: true }],
  ['an empty list', { _source: [] }],
  ['no field left out', { _source: { excludes: [] } }],
])('a search that asks for %s gets parsed sources', async (_, search) => {
  const { body } = await sentBy((client) => client.search({ index: 'a', ...search }));
  expect(body).toMatchObject({ _source: FILTER });
});

test.each([{ _source: false }, { _source: ['a'] }, { _source: { excludes: ['a'] } }, { size: 0 }])(
  'a search that asks for %o is sent unchanged',
  async (search) => {
    const { body } = await sentBy((client) => client.search({ index: 'a', ...search }));
    expect(body).toEqual(search);
  },
);

test('a search without a body, and each of several searches, gets parsed sources', async () => {
  const bare = await sentBy((client) => client.transport.request({ method: 'GET', path: '/a/_search' }));
  expect(bare.body).toEqual({ _source: FILTER });
  const searches = [{ index: 'a' }, { query: { match_all: {} } }, { index: 'b' }, { size: 0 }];
  const { bulkBody } = await sentBy((client) => client.msearch({ searches }));
  expect(bulkBody).toEqual([
    { index: 'a' },
    { query: { match_all: {} }, _source: FILTER },
    { index: 'b' },
    { size: 0 },
  ]);
});

test.each([
  ['get', (client: Client) => client.get({ index: 'a', id: 'b/_source' })],
  ['get all', (client: Client) => client.get({ index: 'a', id: 'b', _source: true })],
  ['mget', (client: Client) => client.mget({ index: 'a', ids: ['b'] })],
])('a read by id (%s) gets parsed sources', async (_, ask) => {
  const { querystring } = await sentBy(ask);
  expect(querystring).toMatchObject({ _source_excludes: 'es_retention_nobodys_field' });
});

test.each([
  ['getSource', (client: Client) => client.getSource({ index: 'a', id: 'b' })],
  ['explain', (client: Client) => client.explain({ index: 'a', id: 'b' })],
  ['searchTemplate', (client: Client) => client.searchTemplate({ index: 'a', id: 'b' })],
])('%s is never sent, because it accepts no source filter', async (_, ask) => {
  await expect(sentBy(ask)).rejects.toThrow('gives sources as they were sent');
});

test('writes are sent unchanged, and so are reads in the context AS_SENT', async () => {
  const write = await sentBy((client) => client.index({ index: 'a', id: 'b', document: { c: 1 } }));
  expect([write.body, write.querystring]).toEqual([{ c: 1 }, {}]);
  const raw = await sentBy((client) => client.search({ index: 'a', _source: true }, { context: AS_SENT }));
  expect(raw.body).toEqual({ _source: true });
});

/** Calls to the client that give documents, each with all that is handed to it. */
const readsIn = (text: string): readonly string[] =>
  [...text.matchAll(/client\s*\.(?:search|get|mget)\b[^;]*;/g)].map(([call]) => call);

test('no read requests a source, except in five files', () => {
  const apart = new Set([
    'audited-records.ts',
    'elasticsearch-inspector.ts',
    'own-documents.ts',
    'own-search.ts',
    'unwritable-documents.ts',
  ]);
  const reads = globSync('lib/adapters/elasticsearch/**/*.ts').flatMap((file) =>
    apart.has(file.split('/').at(-1) ?? '') ? [] : readsIn(readFileSync(file, 'utf8')),
  );
  expect(reads.length).toBeGreaterThan(4);
  expect(reads.filter((call) => !/size: 0|_source: false/.test(call))).toEqual([]);
});

test('nested hits are requested without sources', () => {
  const lines = globSync('lib/**/*.ts').flatMap((file) => readFileSync(file, 'utf8').split('\n'));
  const nested = lines.filter((line) => /\b(?:top_hits|inner_hits)\b/.test(line));
  expect(nested.filter((line) => !line.includes('_source: false'))).toEqual([]);
});
