import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Client } from '@elastic/elasticsearch';
import { inject } from 'vitest';
import { auditPorts } from '../../../lib/app/audit-ports.ts';
import { elasticsearchBackend } from '../../../lib/app/elasticsearch-backend.ts';
import type { AuditPorts } from '../../../lib/audit/audit.ts';
import { type Audit, audit } from '../../../lib/audit/audit.ts';
import { type OwnIndices, ownIndices } from '../../../lib/policy/own-indices.ts';
import type { Category, RetentionPolicy } from '../../../lib/policy/retention-policy.ts';
import { DAY, HOUR } from '../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../lib/policy/time/instant.ts';
import { type Ended, runInProcess } from '../command-line/in-process.ts';
import { fixturePolicy, PROPERTIES, purgeFixture } from '../purge/purge-fixture.ts';
import { temporaryFolder } from '../receipts/archive-worlds.ts';
import { temporaryFile } from '../run/temporary-file.ts';
import { deleteIndices } from '../server/delete-indices.ts';
import { TEST_RING_TEXT } from './key-ring-text.ts';

/**
 * An account and an application field that no other test maps at the same time: the audit looks at the whole cluster.
 */
const fieldsOf = (prefix: string) => ({ accountField: `${prefix}Uin`, applicationField: `${prefix}App` });

const CATEGORY = {
  schedule: 'rate(15 minutes)',
  guard: { maxShare: 1, maxAccountShare: 1 },
  rules: {
    age: { maxAge: 'P14D', allowedLateness: 'PT1H' },
    termination: { triggers: ['account-deleted', 'feature-terminated'], deadline: 'P7D', cancelWindow: 'P3D' },
  },
};

const RECORDS = ['ledger', 'events', 'receipts', 'reports'] as const satisfies readonly (keyof OwnIndices)[];

/** A document of this age that belongs to an account. It says when it arrived. */
export const aged = (milliseconds: number, uin = '1', app = 'a', prefix = 'audited'): object => {
  const date = isoInstant(Date.now() - milliseconds);
  return { '@timestamp': date, event: { ingested: date }, [`${prefix}Uin`]: uin, [`${prefix}App`]: app };
};

/** A category on a real server, with its own clock: documents, erasures of every kind, reports, archive. */
export interface AuditedWorld {
  readonly client: Client;
  readonly id: string;
  readonly policy: RetentionPolicy;
  readonly category: Category;
  readonly own: OwnIndices;
  /** The index with the documents. */
  readonly index: string;
  readonly archive: string;
  readonly environment: Readonly<Record<string, string>>;
  cli(...args: readonly string[]): Promise<Ended>;
  /** Runs an audit. */
  audit(changes?: Partial<AuditPorts>): Promise<Audit>;
  /** The documents of one of our own indices. */
  records(kind: (typeof RECORDS)[number]): Promise<readonly { readonly id: string; readonly source: object }[]>;
  /** Saves documents, records and archive, and returns a function that restores them. */
  remember(): Promise<() => Promise<void>>;
}

const ago = (days: number): string => isoInstant(Date.now() - days * DAY);

/**
 * Fills the world: an account in use, an account whose feature ended, a deleted account, and an account whose erasure
 * was cancelled.
 */
const tellAll = async (cli: AuditedWorld['cli']): Promise<void> => {
  const told: readonly (readonly string[])[] = [
    ['terminate', '--uin', 'ended', '--at', ago(4)],
    ['terminate', '--uin', 'apps', '--app', 'gone', '--at', ago(4)],
    ['terminate', '--uin', 'waits', '--account-deleted', '--at', ago(1)],
    ['terminate', '--uin', 'back', '--at', ago(2)],
    ['reinstate', '--uin', 'back', '--at', ago(1.5)],
  ];
  for (const args of told) {
    const { code, stderr } = await cli(...args);
    if (code !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
  }
};

const documentsOf = (prefix: string) => ({
  expired: aged(20 * DAY, '1', 'a', prefix),
  oldest: aged(13 * DAY, '1', 'a', prefix),
  live: aged(3 * DAY, '2', 'b', prefix),
  ended: aged(5 * DAY, 'ended', 'a', prefix),
  'app-gone': aged(5 * DAY, 'apps', 'gone', prefix),
  'app-stays': aged(5 * DAY, 'apps', 'stays', prefix),
  waits: aged(5 * DAY, 'waits', 'a', prefix),
  back: aged(5 * DAY, 'back', 'a', prefix),
});

const sourcesOf = async (client: Client, index: string) => {
  await client.indices.refresh({ index });
  const { hits } = await client.search<object>({ index, size: 1_000 });
  const documents = hits.hits.map(({ _id = '', _source = {} }) => ({ id: _id, source: _source }));
  return documents.toSorted((a, b) => (a.id < b.id ? -1 : 1));
};

/** Makes an honest world. Call it in a test or in `madeOnce`; it is cleaned up afterwards. */
export const auditedWorld = async (prefix = 'audited'): Promise<AuditedWorld> => {
  const changes = { ownLedger: true, category: { ...CATEGORY, ...fieldsOf(prefix) } };
  const { client, id, policy, category, createIndex } = purgeFixture(changes, 'audited');
  const own = ownIndices(policy, category.id);
  const archive = temporaryFolder();
  const environment = {
    ELASTICSEARCH_URL: inject('elasticsearchUrl'),
    RETENTION_POLICY: temporaryFile('policy.yml', fixturePolicy(id, changes)),
    RETENTION_KEYS: TEST_RING_TEXT,
    RETENTION_ARCHIVE: archive,
  };
  const cli: AuditedWorld['cli'] = (...args) => runInProcess(args, environment);
  const keyword = { type: 'keyword' } as const;
  const properties = { ...PROPERTIES, [`${prefix}Uin`]: keyword, [`${prefix}App`]: keyword };
  const index = await createIndex('a', documentsOf(prefix), { mappings: { properties } });
  await cli('setup');
  await tellAll(cli);
  const { code, stdout } = await cli('purge', '--execute');
  if (code !== 0) throw new Error(stdout);
  const requests = { timeout: () => 30_000, firstWait: 20 };
  const backend = elasticsearchBackend(client, policy, { requests, clock: Date.now });
  const { audit: ports } = auditPorts(backend, { environment, clock: Date.now, wait: async () => undefined });
  const records: AuditedWorld['records'] = (kind) => sourcesOf(client, own[kind]);
  return {
    client,
    id,
    policy,
    category,
    own,
    index,
    archive,
    environment,
    cli,
    records,
    audit: async (more = {}) => {
      const subject = { policy, categories: [category], cluster: 'test' };
      return audit(subject, { ...(ports as AuditPorts), ...more });
    },
    remember: async () => {
      const before = await Promise.all(RECORDS.map(async (kind) => [kind, await records(kind)] as const));
      const copy = temporaryFolder();
      cpSync(archive, copy, { recursive: true, preserveTimestamps: true });
      return async () => {
        for (const [kind, documents] of before) {
          if (isDeepStrictEqual(await records(kind), documents)) continue;
          const name = own[kind];
          await client.deleteByQuery({ index: name, query: { match_all: {} }, refresh: true, conflicts: 'proceed' });
          const operations = documents.flatMap(({ id: _id, source }) => [{ index: { _id } }, source]);
          if (operations.length > 0) await client.bulk({ index: name, operations, refresh: true });
        }
        const names = Object.keys(
          await client.indices.get({ index: [`${id}*`, `*-${id}-*`], expand_wildcards: 'all' }),
        );
        await deleteIndices(
          client,
          names.filter((name) => name !== index && !name.startsWith('retention-')),
        );
        const others = { bool: { must_not: [{ ids: { values: Object.keys(documentsOf(prefix)) } }] } };
        await client.deleteByQuery({ index, query: others, refresh: true });
        rmSync(archive, { recursive: true });
        cpSync(copy, archive, { recursive: true, preserveTimestamps: true });
      };
    },
  };
};

export const LATE = 14 * DAY + 2 * HOUR;
export const inArchive = ({ archive }: AuditedWorld, kind: string, id: string): string =>
  join(archive, kind, `${id}.jwe`);
