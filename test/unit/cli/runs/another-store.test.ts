import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { type ServiceInMemory as Service, serviceInMemory } from '../../../support/in-memory/service-in-memory.ts';

const GONE = '9007199254740993';
const BACK = '9007199254740995';
const USING = '9007199254740997';

/** Its JSON, after an exit code. */
const answerOf = async ({ run }: Service, code: number, ...args: string[]) => {
  const ended = await run(...args, '--json');
  expect([ended.code, ended.stdout, ended.stderr]).toEqual([code, expect.any(String), '']);
  return JSON.parse(ended.stdout);
};

const daysAgo = (days: number): number => Date.now() - days * DAY;
const document = (days: number, uin?: string) => ({
  timestamps: [daysAgo(days)],
  ingested: [],
  ...(uin !== undefined && { uin: [uin] }),
});

/** Logs that are all expired, logs that are partly; settings of three accounts. */
const fill = ({ store }: Service): void => {
  store.write('call-log-old', 'a', document(30));
  store.write('call-log-mixed', 'expired', document(20));
  store.write('call-log-mixed', 'live', document(2));
  store.write('settings-a', 'gone', document(90, GONE));
  store.write('settings-a', 'back', document(90, BACK));
  store.write('settings-a', 'using', document(90, USING));
};

const idsIn = ({ store }: Service, index: string): readonly string[] | undefined => {
  const documents = store.indices.get(index)?.documents;
  return documents && [...documents.keys()];
};

const terminateAll = async (service: Service): Promise<void> => {
  const at = ['--at', isoInstant(daysAgo(4))];
  for (const uin of [GONE, BACK]) await answerOf(service, 0, 'terminate', '--uin', uin, '--account-deleted', ...at);
};

test('plan, verify and purge keep an age promise on another store', async () => {
  const service = serviceInMemory();
  fill(service);
  const planned = await answerOf(service, 3, 'plan', '--category', 'call-logs');
  expect(planned.summary).toContain('to purge: 2 documents, 1 of them by dropping 1 index');
  expect((await service.run('verify')).stdout).toContain('not kept');
  const purged = await answerOf(service, 0, 'purge', '--execute', '--yes');
  const report = expect.objectContaining({ outcome: 'complete', documentsRemoved: 2, indicesDropped: 1 });
  expect(purged.categories).toContainEqual(expect.objectContaining({ category: 'call-logs', kept: true, report }));
  expect([idsIn(service, 'call-log-old'), idsIn(service, 'call-log-mixed')]).toEqual([undefined, ['live']]);
  expect((await service.run('verify')).code).toBe(0);
});

test('terminate, reinstate, purge and receipt prove an erasure on another store', async () => {
  const service = serviceInMemory();
  fill(service);
  await terminateAll(service);
  expect(await answerOf(service, 0, 'status')).toMatchObject({ categories: [{ pending: 2, due: 2 }] });
  expect(await answerOf(service, 0, 'reinstate', '--uin', BACK)).toMatchObject({ cancelled: 1 });
  await answerOf(service, 0, 'purge', '--execute', '--yes');
  expect(idsIn(service, 'settings-a')).toEqual(['back', 'using']);
  // What is written late of a deleted account is looked for once more.
  await answerOf(service, 0, 'purge', '--execute', '--yes');
  const { receipts } = await answerOf(service, 0, 'receipt', '--uin', GONE);
  expect(receipts).toHaveLength(1);
  expect((await service.run('status')).code).toBe(0);
});

test('on another store, reconcile finds an inactive account with data, and braked finds nothing', async () => {
  const service = serviceInMemory();
  fill(service);
  await terminateAll(service);
  const active = join(service.folder, 'active.csv');
  writeFileSync(active, `${BACK}\n`);
  const { leftBehind } = await answerOf(service, 3, 'reconcile', '--active', active);
  expect(leftBehind).toEqual([expect.objectContaining({ uin: USING, documents: 1, ledger: 'none' })]);
  expect(await answerOf(service, 0, 'braked')).toMatchObject({ total: 0 });
});

test('on another store, replay records the events that the ledger has forgotten', async () => {
  const service = serviceInMemory();
  await terminateAll(service);
  expect(await answerOf(service, 0, 'replay')).toMatchObject({ events: 2, recorded: 0, owed: 2 });
  const restored = serviceInMemory(service.folder);
  fill(restored);
  expect(await answerOf(restored, 0, 'replay')).toMatchObject({ events: 2, recorded: 2, owed: 2 });
  await answerOf(restored, 0, 'purge', '--execute', '--yes');
  expect(idsIn(restored, 'settings-a')).toEqual(['using']);
});

test('backfill-dates writes dates on another store', async () => {
  const service = serviceInMemory();
  service.store.write('call-log-a', 'undated', { timestamps: [], ingested: [] });
  service.store.write('call-log-a', 'live', document(2));
  const at = isoInstant(daysAgo(1));
  const choice = ['--category', 'call-logs', '--ingested-at', at] as const;
  expect(await answerOf(service, 3, 'backfill-dates', ...choice)).toMatchObject({ datable: 1, dated: 0 });
  expect(await answerOf(service, 0, 'backfill-dates', ...choice, '--execute')).toMatchObject({ dated: 1, left: 0 });
  expect(service.store.indices.get('call-log-a')?.documents.get('undated')?.ingested).toEqual([Date.parse(at)]);
});

test('setup creates own indices and function keys on another store, and no index twice', async () => {
  const service = serviceInMemory();
  const keys = ['--keys', join(service.folder, 'keys'), '--stage', 'prod'];
  const first = await answerOf(service, 0, 'setup', ...keys);
  expect(first.indices.map(({ did }: { did: string }) => did)).toEqual(Array(8).fill('made'));
  expect(first.keys.map(({ did }: { did: string }) => did)).toEqual(Array(5).fill('made'));
  expect(readFileSync(join(service.folder, 'keys', 'purge-settings.json'), 'utf8')).toContain('encoded');
  const second = await answerOf(service, 0, 'setup', ...keys);
  expect(second.indices.map(({ did }: { did: string }) => did)).toEqual(Array(8).fill('left'));
});

test('housekeeping succeeds on another store', async () => {
  const service = serviceInMemory();
  fill(service);
  await answerOf(service, 0, 'purge', '--execute', '--yes');
  expect(await answerOf(service, 0, 'housekeeping')).toMatchObject({ command: 'housekeeping' });
});
