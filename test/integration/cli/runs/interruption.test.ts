import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, inject, onTestFinished, test } from 'vitest';
import { type AtWork, aged, type CliFixture, cliFixture } from '../command-line.ts';

const forward = (from: IncomingMessage, to: ServerResponse): void => {
  const { method, headers, url } = from;
  const onward = request(new URL(url ?? '/', inject('elasticsearchUrl')), { method, headers }, (answer) => {
    to.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(to);
  });
  from.pipe(onward);
};

/** The run's server behind a door that holds changes of the fixture's documents until they are let through. */
const heldServer = async ({ id }: CliFixture, endpoint = '_delete_by_query') => {
  const held = Promise.withResolvers<void>();
  const letThrough = Promise.withResolvers<void>();
  const server = createServer(async (from, to) => {
    if (from.url?.startsWith(`/${id}-`) && from.url.includes(endpoint)) {
      held.resolve();
      await letThrough.promise;
    }
    forward(from, to);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, held: held.promise, letThrough: letThrough.resolve };
};

const twoIndices = async ({ createIndex }: CliFixture) => [
  await createIndex('calls-1', { ...aged(20, 5), ...aged(1) }),
  await createIndex('calls-2', { ...aged(20, 5), ...aged(1) }),
];

const leaseOf = async ({ client, categoryId }: CliFixture, category = 'calls'): Promise<unknown> =>
  (await client.get({ index: `retention-leases.${categoryId(category)}`, id: categoryId(category) }))._source;

const datedIn = async ({ client }: CliFixture, index: string): Promise<number> => {
  await client.indices.refresh({ index });
  return (await client.count({ index, query: { exists: { field: 'event.ingested' } } })).count;
};

const interrupt = async (atWork: AtWork, signal: NodeJS.Signals): Promise<void> => {
  atWork.kill(signal);
  await atWork.wrote('Ending after the requests in flight');
};

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s ends a purge after the current request, closes the report and releases the lease',
  async (signal) => {
    const fixture = cliFixture();
    const [first = '', second = ''] = await twoIndices(fixture);
    const chats = await fixture.createIndex('chats-1', aged(20));
    const server = await heldServer(fixture);
    const atWork = fixture.start(['purge', '--execute', '--json'], { ELASTICSEARCH_URL: server.url });
    await server.held;
    // The other category is purged at the same time as the request that is held.
    await expect
      .poll(() => leaseOf(fixture, 'chats').catch(() => undefined), { timeout: 30_000 })
      .toMatchObject({ released: true });
    await interrupt(atWork, signal);
    server.letThrough();

    const { code, stdout } = await atWork.ended;
    expect(JSON.parse(stdout)).toMatchObject({
      interrupted: true,
      summary: expect.stringContaining('incomplete (5 expired documents left)'),
      categories: [
        { report: { outcome: 'incomplete', documentsRemoved: 5, found: { due: 5 } } },
        { category: fixture.categoryId('chats'), problems: [], report: { outcome: 'complete' } },
      ],
    });
    expect(code).toBe(3);
    expect(await fixture.left(first)).toEqual(['1d0']);
    expect(await fixture.left(second)).toHaveLength(6);
    expect(await fixture.client.indices.exists({ index: chats })).toBe(false);
    expect(await leaseOf(fixture)).toMatchObject({ released: true, blocks: [] });
  },
);

test('a second Ctrl-C ends the process at once', async () => {
  const fixture = cliFixture();
  await twoIndices(fixture);
  const server = await heldServer(fixture);
  const atWork = fixture.start(['purge', '--execute'], { ELASTICSEARCH_URL: server.url });
  await server.held;
  await interrupt(atWork, 'SIGINT');
  expect(await Promise.race([atWork.ended, wait(1_000, 'still at work')])).toBe('still at work');
  atWork.kill('SIGINT');
  expect(await atWork.ended).toMatchObject({ code: 130, stdout: '' });
});

test('SIGINT ends a backfill between two requests, and releases the lease', async () => {
  const fixture = cliFixture();
  const first = await fixture.createIndex('calls-1', { undated: {} });
  const second = await fixture.createIndex('calls-2', { undated: {} });
  const server = await heldServer(fixture, '_update_by_query');
  const args = [
    'backfill-dates',
    '--category',
    fixture.categoryId('calls'),
    '--ingested-at',
    '2026-01-01T00:00:00Z',
    '--execute',
  ];
  const atWork = fixture.start(args, { ELASTICSEARCH_URL: server.url });
  await server.held;
  await interrupt(atWork, 'SIGINT');
  server.letThrough();
  const { code, stderr } = await atWork.ended;
  expect(stderr).toContain('Failed: interrupted\n');
  expect(code).toBe(3);
  expect(await datedIn(fixture, first)).toBe(1);
  expect(await datedIn(fixture, second)).toBe(0);
  expect(await leaseOf(fixture)).toMatchObject({ released: true });
});
