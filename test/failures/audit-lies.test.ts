import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { folderArchive } from '../../lib/adapters/archive/folder-archive.ts';
import { statementSeal } from '../../lib/adapters/crypto/statement-signer.ts';
import { elasticsearchAudit } from '../../lib/adapters/elasticsearch/audit/elasticsearch-audit.ts';
import { createClient } from '../../lib/adapters/elasticsearch/client/client.ts';
import { type Account, idOfEvent, sha256 } from '../../lib/audit/accounts/account-hashes.ts';
import { breachesIn, storedStatements } from '../../lib/audit/audit.ts';
import { dateOf, type Statement, statementId } from '../../lib/audit/statement.ts';
import { DAY, HOUR } from '../../lib/policy/time/duration.ts';
import { isoInstant } from '../../lib/policy/time/instant.ts';
import { type AuditedWorld, aged, auditedWorld, inArchive, LATE } from '../support/erasure/audited-world.ts';
import { TEST_RING } from '../support/erasure/key-ring-text.ts';
import { madeOnce } from '../support/run/made-once.ts';
import { deleteIndices } from '../support/server/delete-indices.ts';
import { rewritingProxy } from '../support/server/rewriting-proxy.ts';

const world = madeOnce(auditedWorld);

/** Something that is not as it is said to be. The next audit must find it, by this code. */
interface Lie {
  readonly lie: string;
  readonly code: string;
  /** Returns the name of an index that has to go, or what takes back more than documents, records and copies. */
  readonly plant: (world: AuditedWorld) => Promise<unknown>;
  /** How far ahead the clock of the audit is. */
  readonly ahead?: number;
}

type Fields = Record<string, unknown>;

const first = <T>(found: readonly T[]): T => {
  const [one] = found;
  if (one === undefined) throw new Error('nothing to lie about');
  return one;
};

/** Edits one record, as somebody with a key could. */
const edit = async (
  { client, own, records }: AuditedWorld,
  kind: 'ledger' | 'events' | 'receipts' | 'reports',
  isMeant: (source: Fields, id: string) => boolean,
  change: (source: Fields) => Fields,
): Promise<void> => {
  const { id, source } = first((await records(kind)).filter((each) => isMeant(each.source as Fields, each.id)));
  await client.index({ index: own[kind], id, document: { ...source, ...change(source as Fields) }, refresh: true });
};

const remove = async (
  { client, own, records }: AuditedWorld,
  kind: 'ledger' | 'events' | 'receipts' | 'reports',
  isMeant: (source: Fields, id: string) => boolean,
): Promise<readonly string[]> => {
  const ids = (await records(kind)).filter(({ source, id }) => isMeant(source as Fields, id)).map(({ id }) => id);
  if (ids.length === 0) throw new Error('nothing to remove');
  for (const id of ids) await client.delete({ index: own[kind], id, refresh: true });
  return ids;
};

const byUin = (a: { readonly uin: string }, b: { readonly uin: string }): number => (a.uin < b.uin ? -1 : 1);
const isClosed = ({ state }: Fields): boolean => state === 'closed';
const isPending = ({ state }: Fields): boolean => state === 'pending';
const isDone = ({ state }: Fields): boolean => state === 'erased';
const always = (): boolean => true;

const addDocument =
  (document: () => object) =>
  ({ client, index }: AuditedWorld): Promise<unknown> =>
    client.index({ index, id: 'lie', document: document(), refresh: true });

const fields = {
  auditedUin: { type: 'keyword' },
  auditedApp: { type: 'keyword' },
  '@timestamp': { type: 'date' },
} as const;

/** An index beside the honest one. */
const addIndex =
  (nameOf: (id: string) => string, more: object = {}, document: object = aged(DAY)) =>
  async ({ client, id }: AuditedWorld): Promise<string> => {
    const index = nameOf(id);
    await client.indices.create({ index, mappings: { properties: fields }, ...more });
    await client.index({ index, document, refresh: true });
    return index;
  };

const second = (id: string): string => `${id}-second`;

const onReports: readonly Lie[] = [
  {
    lie: 'a report says complete while a document is overdue',
    code: 'report-contradicted',
    plant: addDocument(() => aged(LATE)),
  },
  {
    lie: 'somebody makes the oldest date of a report younger',
    code: 'report-contradicted',
    plant: (at) =>
      edit(at, 'reports', isClosed, ({ verifiedAt }) => ({
        oldestAt: isoInstant(Date.parse(String(verifiedAt)) - 5 * DAY),
        oldestAgeMilliseconds: 5 * DAY,
      })),
  },
  {
    lie: 'a report counts overdue documents and calls itself complete',
    code: 'report-contradicted',
    plant: (at) => edit(at, 'reports', isClosed, ({ found }) => ({ found: { ...(found as Fields), overdue: 3 } })),
  },
  { lie: 'the reports are removed', code: 'reports-too-old', plant: (at) => remove(at, 'reports', always) },
  {
    lie: 'somebody writes the report of a run that never was',
    code: 'report-unopened',
    plant: async ({ client, own, records }) => {
      const { source } = first((await records('reports')).filter((each) => isClosed(each.source as Fields)));
      const document = { ...source, runId: 'never' };
      await client.index({ index: own.reports, id: 'never.closed', document, refresh: true });
    },
  },
  {
    lie: 'somebody closes the report of another run',
    code: 'report-unopened',
    plant: (at) => edit(at, 'reports', isClosed, () => ({ opening: 'mine' })),
  },
  {
    lie: 'a report is dated ahead, so that none seems to be missing',
    code: 'report-ahead',
    plant: (at) => edit(at, 'reports', isClosed, () => ({ verifiedAt: isoInstant(Date.now() + DAY) })),
  },
];

const onData: readonly Lie[] = [
  {
    lie: 'an overdue document has a date of arrival only',
    code: 'documents-overdue',
    plant: addDocument(() => ({ event: { ingested: isoInstant(Date.now() - LATE) }, auditedUin: '1' })),
  },
  { lie: 'a document has no date', code: 'documents-undatable', plant: addDocument(() => ({ auditedUin: '1' })) },
  {
    lie: 'a document is dated before anybody could have written it',
    code: 'documents-undatable',
    plant: addDocument(() => ({ '@timestamp': 1_700_000, auditedUin: '1' })),
  },
  {
    lie: 'an index shows no search what is written to it',
    code: 'documents-overdue',
    plant: async ({ client, id }) => {
      const settings = { refresh_interval: '-1' };
      await client.indices.create({ index: second(id), mappings: { properties: fields }, settings });
      await client.index({ index: second(id), document: aged(LATE) });
    },
  },
  {
    lie: 'an index with overdue documents is closed',
    code: 'index-closed',
    plant: async (at) => at.client.indices.close({ index: await addIndex(second)(at) }),
  },
  {
    lie: 'an index is blocked for reading',
    code: 'not-audited',
    plant: async (at) => at.client.indices.addBlock({ index: await addIndex(second)(at), block: 'read' }),
  },
  { lie: 'an index has a slip in its name', code: 'index-unclaimed', plant: addIndex((id) => `${id.slice(0, -1)}-a`) },
  { lie: 'an index is hidden under another name', code: 'index-unclaimed', plant: addIndex((id) => `kept-${id}-b`) },
  {
    lie: 'data hides under the name of our own indices',
    code: 'index-unclaimed',
    plant: addIndex((id) => `${id}hidden.retention-x`),
  },
  {
    lie: 'a filtered alias stands for an index',
    code: 'reached-by-alias',
    plant: ({ id, ...at }) =>
      addIndex((name) => `other-${name}-b`, {
        aliases: { [`${id}-alias`]: { filter: { range: { '@timestamp': { gte: 'now-1d' } } } } },
      })({ id, ...at }),
  },
  {
    lie: 'an index maps its date as a word',
    code: 'date-field-hidden',
    plant: addIndex(second, { mappings: { properties: { ...fields, '@timestamp': { type: 'keyword' } } } }),
  },
  {
    lie: 'a script says that every document is of today',
    code: 'date-field-hidden',
    plant: addIndex(
      second,
      {
        mappings: {
          properties: fields,
          runtime: { '@timestamp': { type: 'date', script: { source: `emit(${Date.now()}L)` } } },
        },
      },
      aged(LATE),
    ),
  },
  {
    lie: 'a template hides the dates of the next index',
    code: 'template-hides-dates',
    plant: async ({ client, id }) => {
      const template = { mappings: { properties: { '@timestamp': { type: 'text' } } } } as const;
      await client.indices.putIndexTemplate({
        name: `lie-${id}`,
        index_patterns: [`${id}-next*`],
        priority: 9,
        template,
      });
      return () => client.indices.deleteIndexTemplate({ name: `lie-${id}` });
    },
  },
];

/** An event that somebody writes under its correct id. */
const forgedEvent = (hash: string): Fields & { readonly id: string } => {
  const at = Date.now() - 5 * DAY;
  const id = idOfEvent('test', hash, 'account-deleted', at, false);
  return {
    id,
    type: 'account-deleted',
    kid: 'test',
    hash,
    at: isoInstant(at),
    immediate: false,
    requestId: 'forged',
    heardAt: isoInstant(at),
  };
};

const onRecords: readonly Lie[] = [
  {
    lie: 'an entry is closed and nothing was deleted',
    code: 'erased-is-there',
    plant: async (at) => {
      const { source } = first((await at.records('ledger')).filter((each) => isDone(each.source as Fields)));
      const closures = (source as { readonly closures: readonly Fields[] }).closures;
      await edit(at, 'ledger', isPending, ({ obligation }) => ({
        state: 'erased',
        closedAt: Date.now(),
        doneThrough: Date.now(),
        closures: closures.map((each) => ({ ...each, obligation, closedAt: Date.now() })),
      }));
    },
  },
  { lie: 'an open entry is deleted', code: 'entry-missing', plant: (at) => remove(at, 'ledger', isPending) },
  {
    lie: 'a closed entry is deleted',
    code: 'entry-missing',
    plant: (at) => remove(at, 'ledger', ({ state }) => state === 'erased'),
  },
  {
    lie: 'an entry gets a later deadline',
    code: 'erasures-overdue',
    plant: (at) =>
      edit(at, 'ledger', isPending, ({ obligation }) => ({
        obligation: { ...(obligation as Fields), eraseBy: Date.now() + 300 * DAY },
      })),
    ahead: 7 * DAY,
  },
  {
    lie: 'an entry is called cancelled, and nobody reinstated it',
    code: 'entry-closed-early',
    plant: (at) => edit(at, 'ledger', isPending, () => ({ state: 'cancelled' })),
  },
  {
    lie: 'the deadline of an entry is moved, and is far away',
    code: 'entry-altered',
    plant: (at) =>
      edit(at, 'ledger', isPending, ({ obligation }) => ({
        obligation: { ...(obligation as Fields), eraseBy: Date.now() + 300 * DAY },
      })),
  },
  {
    lie: 'an entry names the account of somebody else',
    code: 'entry-altered',
    plant: (at) => edit(at, 'ledger', isPending, () => ({ uin: 'somebody-else' })),
  },
  {
    lie: 'an entry is called held, and there is no hold',
    code: 'erasures-overdue',
    plant: (at) => edit(at, 'ledger', isPending, () => ({ state: 'held' })),
    ahead: 7 * DAY,
  },
  {
    lie: 'a hold that a report names is taken out',
    code: 'holds-lost',
    plant: (at) => edit(at, 'reports', isClosed, () => ({ holds: [`hold_${randomUUID()}`] })),
  },
  {
    lie: 'the holds are edited into something that is no list',
    code: 'holds-unreadable',
    plant: async ({ client, own }) => {
      const { _source: honest } = await client.get<Fields>({ index: own.controls, id: 'current' });
      await client.index({ index: own.controls, id: 'current', document: { ...honest, holds: {} }, refresh: true });
      return () => client.index({ index: own.controls, id: 'current', document: honest, refresh: true });
    },
  },
  {
    lie: 'an entry is called erased, and nothing says how',
    code: 'entry-unproven',
    plant: (at) => edit(at, 'ledger', isPending, () => ({ state: 'erased' })),
  },
  {
    lie: 'an entry is in a state that there is not',
    code: 'entry-unproven',
    plant: (at) => edit(at, 'ledger', isPending, () => ({ state: 'done' })),
  },
  {
    lie: 'somebody writes an entry that no event tells of',
    code: 'entry-unsupported',
    plant: async ({ client, own, category, records }) => {
      const { source } = first((await records('ledger')).filter((each) => isPending(each.source as Fields)));
      const id = `${category.id}/account-deleted/test/${'x'.repeat(43)}`;
      await client.index({ index: own.ledger, id, document: { ...source, id }, refresh: true });
    },
  },
  {
    lie: 'a termination is removed from the event log',
    code: 'event-missing',
    plant: (at) => remove(at, 'events', ({ type }) => type === 'account-deleted'),
  },
  {
    lie: 'a reinstatement is removed from the event log',
    code: 'entry-closed-early',
    plant: (at) => remove(at, 'events', ({ type }) => type === 'account-reinstated'),
  },
  {
    lie: 'somebody adds an event',
    code: 'event-uncopied',
    plant: async ({ client, own }) => {
      const document = forgedEvent('y'.repeat(43));
      await client.index({ index: own.events, id: document.id, document, refresh: true });
    },
  },
  {
    lie: 'an event gets another date',
    code: 'event-altered',
    plant: (at) =>
      edit(
        at,
        'events',
        ({ type }) => type === 'account-deleted',
        () => ({ at: isoInstant(Date.now() + DAY) }),
      ),
  },
  {
    lie: 'the ledger is deleted as a whole',
    code: 'records-missing',
    plant: async ({ client, own, cli }) => {
      await client.indices.delete({ index: own.ledger });
      return () => cli('setup');
    },
  },
  {
    lie: 'a receipt is removed everywhere',
    code: 'receipt-lost',
    plant: async (at) => {
      for (const id of await remove(at, 'receipts', always)) rmSync(inArchive(at, 'receipts', id));
    },
  },
  {
    lie: 'a receipt is edited',
    code: 'receipt-altered',
    plant: (at) => edit(at, 'receipts', always, ({ jws }) => ({ jws: `${jws}`.replace(/\.[^.]{4}/, '.AAAA') })),
  },
];

const DAYS = [1, 2, 3];

/** Statements of the next days, as their audits make them. */
const stateDays = async ({ audit }: AuditedWorld): Promise<void> => {
  for (const days of DAYS) await audit({ clock: () => Date.now() + days * DAY });
};

const statementOf = (at: AuditedWorld, days: number): string =>
  inArchive(at, 'statements', statementId(dateOf(Date.now() + days * DAY), at.category.id));

const onArchive: readonly Lie[] = [
  {
    lie: 'a copy is removed from the archive',
    code: 'copy-lost',
    plant: async (at) => {
      const [event] = (await at.records('events')).filter(
        ({ source }) => (source as Fields).type === 'account-deleted',
      );
      rmSync(inArchive(at, 'events', event?.id ?? ''));
    },
  },
  {
    lie: 'an event and its copy are removed',
    code: 'event-missing',
    plant: async (at) => {
      for (const id of await remove(at, 'events', ({ type }) => type === 'account-deleted'))
        rmSync(inArchive(at, 'events', id));
    },
  },
  {
    lie: 'a statement is altered',
    code: 'statement-altered',
    plant: async (at) => {
      await stateDays(at);
      const file = statementOf(at, 2);
      writeFileSync(file, readFileSync(file, 'utf8').replace(/.{4}$/, 'AAAA'));
    },
    ahead: 4 * DAY,
  },
  {
    lie: 'a statement is removed',
    code: 'statement-missing',
    plant: async (at) => {
      await stateDays(at);
      rmSync(statementOf(at, 2));
    },
    ahead: 4 * DAY,
  },
  {
    lie: 'two statements change places',
    code: 'statement-altered',
    plant: async (at) => {
      await stateDays(at);
      renameSync(statementOf(at, 1), `${statementOf(at, 1)}.other`);
      renameSync(statementOf(at, 2), statementOf(at, 1));
      renameSync(`${statementOf(at, 1)}.other`, statementOf(at, 2));
    },
    ahead: 4 * DAY,
  },
  {
    lie: 'a statement is signed again with the right key',
    code: 'statement-fork',
    plant: async (at) => {
      await stateDays(at);
      const copies = folderArchive(at.archive, TEST_RING.archive);
      const seal = statementSeal(TEST_RING.signing);
      const id = statementId(dateOf(Date.now() + 2 * DAY), at.category.id);
      for await (const copy of copies.list('statements', (each) => each === id)) {
        const { jws } = ('content' in copy ? copy.content : {}) as { readonly jws: string };
        const statement = (await seal.open(jws)) as Statement;
        rmSync(inArchive(at, 'statements', id));
        await copies.put('statements', id, { jws: await seal.sign({ ...statement, isKept: !statement.isKept }) });
      }
    },
    ahead: 4 * DAY,
  },
  {
    lie: 'the audit did not run for a day',
    code: 'statement-missing',
    plant: ({ audit }) => audit(),
    ahead: 2 * DAY,
  },
];

const onCluster: readonly Lie[] = [
  {
    lie: 'data of an erased account comes back',
    code: 'erased-is-there',
    plant: addDocument(() => aged(5 * DAY, 'ended')),
  },
  {
    lie: 'data of an erased application comes back in another index',
    code: 'erased-is-there',
    plant: addIndex(second, {}, aged(6 * DAY, 'apps', 'gone')),
  },
  {
    lie: 'a snapshot holds erased data for longer than the policy says',
    code: 'snapshot-too-old',
    plant: async ({ client, id, index }) => {
      await client.snapshot.createRepository({ name: id, repository: { type: 'fs', settings: { location: id } } });
      await client.snapshot.create({ repository: id, snapshot: 'old', indices: index, wait_for_completion: true });
      return async () => {
        await client.snapshot.delete({ repository: id, snapshot: 'old' });
        await client.snapshot.deleteRepository({ name: id });
      };
    },
    ahead: 31 * DAY,
  },
  {
    lie: 'a slow log quotes the documents',
    code: 'content-in-slow-log',
    plant: addIndex(second, { settings: { 'index.indexing.slowlog.threshold.index.warn': '0ms' } }),
  },
  {
    lie: 'another ledger of the category owes erasures',
    code: 'ledger-elsewhere',
    plant: async ({ client, id, category }) => {
      const index = `other-${id}-ledger.${category.id}`;
      await client.index({ index, document: { state: 'pending' }, refresh: true });
    },
  },
];

const LIES = [...onReports, ...onData, ...onRecords, ...onArchive, ...onCluster];

const codesOf = async ({ audit }: AuditedWorld, ahead: number): Promise<ReadonlySet<string>> =>
  new Set(breachesIn(await audit({ clock: () => Date.now() + ahead })).map(({ code }) => code));

test('the audit names no breach if nobody has lied', async () => {
  expect(breachesIn(await world().audit())).toEqual([]);
  const { code, stdout } = await world().cli('audit');
  expect([code, stdout]).toEqual([0, expect.stringContaining('Audit: no breach in 1 category')]);
});

test('the audit names the hash of its newest statement', async () => {
  const restore = await world().remember();
  const [first] = (await world().audit()).categories;
  const [again] = (await world().audit()).categories;
  const [stored] = await storedStatements(folderArchive(world().archive, TEST_RING.archive), world().category.id);
  expect(first?.chainEnd).toMatchObject({ number: 1, hash: sha256(stored?.jws ?? '') });
  expect(again?.chainEnd).toEqual(first?.chainEnd);
  await restore();
});

test('there are at least fifty lies, each with its own name', () => {
  expect(new Set(LIES.map(({ lie }) => lie)).size).toBe(LIES.length);
  expect(LIES.length).toBeGreaterThanOrEqual(50);
});

describe('a lie', () => {
  const honest = madeOnce(() => world().remember());

  test.each(LIES)('makes the next audit report a breach: $lie', async ({ code, plant, ahead = 0 }) => {
    const at = world();
    const undo = [honest()];
    try {
      const planted = await plant(at);
      if (typeof planted === 'string') undo.unshift(() => deleteIndices(at.client, [planted]));
      if (typeof planted === 'function') undo.unshift(planted as () => Promise<void>);
      expect([...(await codesOf(at, ahead))]).toContain(code);
    } finally {
      for (const each of undo) await each();
    }
  });
});

test('the audit names no breach once all lies are undone', async () => {
  expect(breachesIn(await world().audit())).toEqual([]);
});

test('an index of somebody else with blocked metadata causes no breach in the audit', async () => {
  const { client } = world();
  const foreign = `zebra-${randomUUID().slice(0, 8)}`;
  await client.indices.create({ index: foreign });
  await client.indices.putSettings({ index: foreign, settings: { 'index.blocks.metadata': true } });
  try {
    expect(breachesIn(await world().audit())).toEqual([]);
  } finally {
    await client.indices.putSettings({ index: foreign, settings: { 'index.blocks.metadata': null } });
    await client.indices.delete({ index: foreign });
  }
});

test('accounts whose numbers JSON cannot represent are listed exactly', async () => {
  const { client } = world();
  const index = `numbers-${randomUUID().slice(0, 8)}`;
  const mapped = { uin: { type: 'long' }, app: { type: 'long' } } as const;
  await client.indices.create({ index, mappings: { properties: mapped } });
  // Written as texts: this process cannot write such numbers.
  const documents = [
    { uin: '7', app: '9007199254740993' },
    { uin: ['9007199254740993', '-5'] },
    { uin: '9007199254740992' },
  ];
  for (const document of documents) await client.index({ index, document, refresh: true });
  const reader = elasticsearchAudit(client, { timeout: () => 30_000 });
  const fieldsOfIt = { account: 'uin', application: 'app' };
  try {
    const found: Account[] = [];
    for await (const page of reader.accounts(index, fieldsOfIt)) found.push(...page);
    const big = [{ uin: '9007199254740992' }, { uin: '9007199254740993' }];
    expect(found).toEqual([{ uin: '-5' }, { uin: '7', sdkAppId: '9007199254740993' }, ...big].sort(byUin));
    expect(await reader.documentsOf(index, { uin: '9007199254740993' }, fieldsOfIt)).toBe(1);
    // A text that is no number is in no document.
    expect(await reader.documentsOf(index, { uin: 'a text' }, fieldsOfIt)).toBe(0);
  } finally {
    await deleteIndices(client, [index]);
  }
});

test('the audit does not report documents and erasures on hold as overdue', async () => {
  const { cli, index } = world();
  const held = async (...target: readonly string[]) => {
    const review = isoInstant(Date.now() + 90 * DAY);
    const placed = await cli('hold', ...target, '--reason', 'case', '--by', 'me', '--review-at', review, '--json');
    expect(placed.code).toBe(0);
    return (JSON.parse(placed.stdout) as { readonly id: string }).id;
  };
  const restore = await world().remember();
  const later = async () => [...(await codesOf(world(), 8 * DAY))].filter((code) => code.endsWith('-overdue'));
  expect(await later()).toEqual(expect.arrayContaining(['documents-overdue', 'erasures-overdue']));
  const account = await held('--uin', 'waits');
  expect(await later()).not.toContain('erasures-overdue');
  const whole = await held('--index', index);
  expect(await later()).toEqual([]);
  const { categories } = await world().audit();
  expect(categories.flatMap(({ findings }) => findings.map(({ code }) => code))).toContain('held');
  for (const id of [account, whole]) expect((await cli('release', id, '--by', 'me')).code).toBe(0);
  expect(await later()).toContain('documents-overdue');
  await restore();
});

test('a later audit without lies reports no old snapshot and no broken chain of statements', async () => {
  const restore = await world().remember();
  expect(await codesOf(world(), 31 * DAY + HOUR)).not.toContain('snapshot-too-old');
  await restore();
  await stateDays(world());
  const codes = await codesOf(world(), 4 * DAY);
  for (const code of ['statement-altered', 'statement-missing', 'statement-fork']) expect(codes).not.toContain(code);
  const { code, stdout } = await world().cli('audit', '--check');
  expect([code, stdout]).toEqual([0, expect.stringContaining('Statements: 5 statements, no break')]);
  await restore();
});

/** The server of the tests has no transforms, so the answer of one that has comes from a proxy. */
test('a transform that copies data elsewhere makes the next audit report a breach', async () => {
  const { id, environment } = world();
  const transform = { id: 'daily', source: { index: [`${id}-*`] }, dest: { index: `summary-${id}` } };
  const url = await rewritingProxy(environment.ELASTICSEARCH_URL ?? '', (passing) => {
    if (!passing.line.includes('/_transform/')) return;
    passing.status = 200;
    passing.text = JSON.stringify({ count: 1, transforms: [transform] });
  });
  const through = createClient({ url });
  const reader = elasticsearchAudit(through, { timeout: () => 30_000 });
  const breaches = breachesIn(await world().audit({ reader }));
  expect(breaches).toEqual([expect.objectContaining({ code: 'copied-elsewhere', index: `summary-${id}` })]);
  await through.close();
});
