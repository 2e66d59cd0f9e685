import { randomUUID } from 'node:crypto';
import type { Client } from '@elastic/elasticsearch';
import type { Context } from 'aws-lambda';
import { afterEach, expect, test, vi } from 'vitest';
import { createClient } from '../../../../lib/adapters/elasticsearch/client/client.ts';
import type { ReturnedAccount } from '../../../../lib/audit/audit-reader.ts';
import { returnedEvents } from '../../../../lib/erasure/intake/returned-event.ts';
import { purgeHandler } from '../../../../lib/lambda/purge-handler.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { type AuditedWorld, aged, auditedWorld } from '../../../support/erasure/audited-world.ts';

afterEach(() => vi.unstubAllEnvs());

/** Tests of the audit use another account field: it looks at the whole cluster. */
const dated = (age: number, uin: string, app = 'a'): object => aged(age, uin, app, 'returned');

const TERMINATED = isoInstant(Date.now() - 4 * DAY);

const there = async ({ client, id }: AuditedWorld): Promise<readonly string[]> => {
  await client.indices.refresh({ index: `${id}-*` });
  const { hits } = await client.search({ index: `${id}-*`, size: 1_000 });
  return hits.hits.map(({ _id = '' }) => _id).sort();
};

/** Erases an account and an ended feature, and waits until both are closed. */
const erase = async ({ cli }: AuditedWorld): Promise<void> => {
  await cli('terminate', '--uin', 'deleted', '--account-deleted', '--at', TERMINATED);
  await cli('terminate', '--uin', 'stopped', '--at', TERMINATED);
  // The second run closes the erasure of the deleted account, which is counted once more.
  for (const _ of [1, 2]) expect(await cli('purge', '--execute')).toMatchObject({ code: 0 });
};

const DOCUMENTS = {
  'deleted-1': dated(5 * DAY, 'deleted'),
  'deleted-2': dated(6 * DAY, 'deleted', 'b'),
  'stopped-1': dated(5 * DAY, 'stopped'),
  'kept-1': dated(5 * DAY, 'kept'),
};

const write = async ({ client, index }: AuditedWorld, documents: object): Promise<void> => {
  const operations = Object.entries(documents).flatMap(([_id, source]) => [{ index: { _id } }, source as object]);
  await client.bulk({ index, operations, refresh: true });
};

const repositoryPath = async (client: Client): Promise<string | undefined> => {
  const { nodes } = await client.nodes.info({ metric: 'settings' });
  const [node] = Object.values(nodes);
  const repo = (node?.settings as { path?: { repo?: string | string[] } } | undefined)?.path?.repo;
  return [repo ?? []].flat()[0];
};

const returnedIn = async ({ audit, category }: AuditedWorld) => {
  const returned: ReturnedAccount[] = [];
  const { categories } = await audit({ onReturned: async (accounts) => void returned.push(...accounts) });
  const findings = categories.flatMap(({ findings: all }) => all).filter(({ code }) => code === 'erased-is-there');
  return { returned, findings: findings.length, category: category.id };
};

test('data from a real snapshot is found by the audit and erased by a run', async (context) => {
  const world = await auditedWorld('returned');
  const { client, id, index, cli } = world;
  const path = await repositoryPath(client);
  if (path === undefined) return context.skip('the server has no path.repo');
  await write(world, DOCUMENTS);
  const own = createClient({ url: String(client.connectionPool.connections[0]?.url) });
  await own.snapshot.createRepository({
    name: id,
    repository: { type: 'fs', settings: { location: `${path}/${id}` } },
  });
  const snapshot = { repository: id, snapshot: 'before' };
  await own.snapshot.create({ ...snapshot, indices: index, wait_for_completion: true });
  await erase(world);
  const erased = await there(world);
  expect(erased.filter((each) => each in DOCUMENTS)).toEqual(['kept-1']);

  const restored = `${id}-restored`;
  await own.snapshot.restore({
    ...snapshot,
    indices: index,
    rename_pattern: index,
    rename_replacement: restored,
    wait_for_completion: true,
  });
  await own.snapshot.delete(snapshot);
  await own.snapshot.deleteRepository({ name: id });
  await own.close();
  expect(await there(world)).toEqual(expect.arrayContaining(['deleted-1', 'deleted-2', 'stopped-1']));
  expect(await returnedIn(world)).toMatchObject({ findings: 2 });
  // Whoever only audits, changes nothing, and hears of the option.
  expect(await cli('audit')).toMatchObject({ code: 3, stdout: expect.stringContaining('--reopen') });
  const reopened = await cli('audit', '--reopen', '--json');
  expect(reopened.stdout).not.toContain('"deleted"');
  expect(JSON.parse(reopened.stdout)).toMatchObject({
    reopened: [expect.any(String), expect.any(String)],
    refused: {},
  });
  expect(await cli('purge', '--execute')).toMatchObject({ code: 0 });
  const left = await there(world);
  expect(left.filter((each) => each.startsWith('deleted') || each.startsWith('stopped'))).toEqual([]);
  expect(left.filter((each) => each === 'kept-1')).toHaveLength(2);
  expect(await returnedIn(world)).toMatchObject({ findings: 0, returned: [] });
  await cli('purge', '--execute');
  const closures = (await world.records('ledger')).flatMap(({ source }) => {
    const { closures: all, trigger } = source as { closures: { again?: number; receipt?: string }[]; trigger: string };
    return all.some(({ again }) => again !== undefined) ? [[trigger, all.map(({ receipt }) => typeof receipt)]] : [];
  });
  expect(closures.sort()).toEqual([
    ['account-deleted', ['string', 'string']],
    ['feature-terminated', ['string', 'string']],
  ]);
  const receipts = (await world.records('receipts')).map(({ source }) => {
    const [, payload = ''] = (source as { jws: string }).jws.split('.');
    return JSON.parse(Buffer.from(payload, 'base64url').toString()) as { previous: string | null };
  });
  const hashes = (await world.records('receipts')).map(({ source }) => (source as { hash: string }).hash);
  const named = receipts.flatMap(({ previous }) => previous ?? []);
  expect(named).toHaveLength(2);
  for (const previous of named) expect(hashes).toContain(previous);
});

test('a function reopens and erases the returned data that the audit publishes on the bus', async () => {
  const world = await auditedWorld('returned');
  const { category, environment } = world;
  await write(world, DOCUMENTS);
  await erase(world);
  // A late writer, a replayed queue, and new use of the ended feature.
  const late = { late: dated(0, 'deleted'), replayed: DOCUMENTS['stopped-1'], 'new-use': dated(DAY, 'stopped') };
  await write(world, late);
  const { returned, findings } = await returnedIn(world);
  expect(findings).toBe(2);
  for (const [name, value] of Object.entries({ ...environment, POWERTOOLS_LOG_LEVEL: 'SILENT' }))
    vi.stubEnv(name, value);
  const subjects = returned.map(({ entry, account }) => ({ entry, subject: account }));
  const [sent] = returnedEvents({ category: category.id, auditId: randomUUID(), subjects });
  const event = { 'detail-type': sent?.detailType, source: sent?.source, id: randomUUID(), time: isoInstant(0) };
  const invoke = () =>
    purgeHandler(category.id)({ ...event, detail: JSON.parse(JSON.stringify(sent?.detail)) }, {
      getRemainingTimeInMillis: () => 60_000,
    } as Context);
  expect(await invoke()).toMatchObject({ outcome: 'reopened', reopened: 2, refused: 0, run: { documentsRemoved: 2 } });
  const left = await there(world);
  expect(left).toContain('new-use');
  expect(left.filter((each) => each === 'late' || each === 'replayed')).toEqual([]);
  expect(await returnedIn(world)).toMatchObject({ findings: 0 });
  // Once more: what is closed by now is not owed, and what is watched is counted once more.
  expect(await invoke()).toMatchObject({ outcome: 'reopened' });
  expect(await there(world)).toContain('new-use');
});

test('a function refuses an event that is not from the audit, and quotes nothing of it', async () => {
  const { category, environment } = await auditedWorld('returned');
  for (const [name, value] of Object.entries({ ...environment, POWERTOOLS_LOG_LEVEL: 'SILENT' }))
    vi.stubEnv(name, value);
  const event = { 'detail-type': 'Erased Data Returned', source: 'es-retention.webhook', detail: { uin: '4711' } };
  const answer = await purgeHandler(category.id)(event, { getRemainingTimeInMillis: () => 60_000 } as Context);
  expect(answer).toMatchObject({ outcome: 'rejected', code: 'unknown-event' });
  expect(JSON.stringify(answer)).not.toContain('4711');
});
