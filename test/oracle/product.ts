import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClientOptions } from '@elastic/elasticsearch';
import { createClient } from '../../lib/adapters/elasticsearch/client/client.ts';
import { clusterOn } from '../../lib/app/cluster.ts';
import { elasticsearchBackend } from '../../lib/app/elasticsearch-backend.ts';
import type { OpenCluster } from '../../lib/cli/session.ts';
import { CategoryVisit } from '../../lib/erasure/recording/category-visit.ts';
import { placesOf, recordEverywhere } from '../../lib/erasure/recording/record-everywhere.ts';
import { parseRetentionPolicy } from '../../lib/policy/parsing/parse-retention-policy.ts';
import type { PromiseKind } from '../simulation/oracle.ts';
import type { Message } from '../simulation/promise.ts';
import { runInProcess } from '../support/command-line/in-process.ts';
import { TEST_RING_TEXT } from '../support/erasure/key-ring-text.ts';

const COMMON = {
  fields: ['room'],
  dataSubjects: 'participants',
  purpose: 'Tests.',
  legalBasis: 'Contract.',
  promise: { quote: 'Stored for 14 days.', source: 'Privacy policy', sourceDate: '2023-09-08' },
  applicationField: 'sdkAppId',
  guard: { maxShare: 1, maxAccountShare: 1, minAccounts: 100_000 },
};

/** The policy of a world: documents go by age in one category, and after the end of their account in the other. */
const policyOf = (id: string): string =>
  JSON.stringify({
    mode: 'enforce',
    earliest: '2015-01-01T00:00:00Z',
    reports: { index: `retention-${id}-reports`, maxAge: 'P1095D' },
    indexPrefix: `retention-${id}-`,
    backups: 'P30D',
    terminations: { maxPerHour: 100_000 },
    categories: {
      [`age-${id}`]: {
        ...COMMON,
        title: 'Logs',
        indices: [`${id}-log-*`],
        records: 'dated',
        schedule: 'rate(15 minutes)',
        rules: { age: { maxAge: 'P14D', allowedLateness: 'PT1H' } },
      },
      [`erasure-${id}`]: {
        ...COMMON,
        title: 'Console',
        indices: [`${id}-con-*`],
        records: 'current-state',
        schedule: 'rate(1 hour)',
        rules: {
          termination: { triggers: ['account-deleted', 'feature-terminated'], deadline: 'P7D', cancelWindow: 'P3D' },
        },
      },
    },
  });

/** What a command answered. */
export interface Answer {
  readonly code: number | null;
  /** What it said as JSON, or nothing. */
  readonly said: Readonly<Record<string, unknown>>;
  readonly text: string;
}

type Connection = NonNullable<ClientOptions['Connection']>;

/**
 * The product as it is shipped, on a real server, with the clock of a world. That clock is behind the server's, which
 * seems to agree with it.
 */
export class Product {
  readonly #id: string;
  readonly #url: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'es-retention-oracle-'));
  readonly #environment: Readonly<Record<string, string>>;
  readonly #clock: () => number;
  readonly #archived = new Set<string>();

  constructor(id: string, url: string, clock: () => number) {
    this.#id = id;
    this.#url = url;
    this.#clock = clock;
    const file = join(this.#folder, 'policy.yml');
    writeFileSync(file, policyOf(id));
    this.#environment = {
      ELASTICSEARCH_URL: url,
      RETENTION_POLICY: file,
      RETENTION_KEYS: TEST_RING_TEXT,
      RETENTION_ARCHIVE: join(this.#folder, 'archive'),
    };
  }

  categoryOf(promise: PromiseKind): string {
    return `${promise}-${this.#id}`;
  }

  /** The name of one of its own indices. */
  own(kind: 'ledger' | 'receipts', promise: PromiseKind = 'erasure'): string {
    return `retention-${this.#id}-${kind}.${this.categoryOf(promise)}`;
  }

  #open(connection?: Connection): OpenCluster {
    return (policy, environment) => {
      const client = createClient({ url: this.#url }, connection === undefined ? {} : { Connection: connection });
      const requests = { timeout: () => 60_000, firstWait: 5 };
      const backend = elasticsearchBackend(client, policy, { requests, clock: this.#clock });
      const agreeing = { ...backend, store: { ...backend.store, serverTime: async () => this.#clock() } };
      const surroundings = { environment, clock: this.#clock, wait: async () => undefined };
      return clusterOn(agreeing, policy, surroundings, { host: 'server' });
    };
  }

  /** Runs a command of the product's own command line in this process. */
  async command(args: readonly string[], connection?: Connection): Promise<Answer> {
    const { code, stdout, stderr } = await runInProcess([...args, '--json'], this.#environment, this.#open(connection));
    this.#dateArchive();
    let said = {};
    try {
      said = JSON.parse(stdout);
    } catch {
      // It said nothing.
    }
    return { code, said, text: stdout + stderr };
  }

  /**
   * Records a message as the functions and the command line do.
   * @returns whether it is known everywhere.
   * @throws what the product throws.
   */
  async record(message: Message, requestId: string, connection?: Connection): Promise<boolean> {
    const policy = parseRetentionPolicy(policyOf(this.#id), 'policy.yml');
    const cluster = this.#open(connection)(policy, this.#environment);
    try {
      const ports = await cluster.erasure.openRecord();
      const { type, at, immediate, account } = message;
      const subject = { uin: account.uin, ...(account.app !== undefined && { sdkAppId: account.app }) };
      const visit = new CategoryVisit();
      const event = { requestId, type, at, immediate, subject, source: 'person', arrivedAt: this.#clock() } as const;
      await recordEverywhere(event, await placesOf(policy, ports.ledger), ports, visit);
      return visit.unreached.length === 0;
    } finally {
      await cluster.close();
      this.#dateArchive();
    }
  }

  /** The archive goes by the times of its files, which must be those of the world's clock. */
  #dateArchive(): void {
    const now = new Date(this.#clock());
    for (const file of readdirSync(this.#folder, { recursive: true, withFileTypes: true })) {
      const path = join(file.parentPath, file.name);
      // A file that is not finished gets its name a moment later, while others record.
      if (!file.isFile() || this.#archived.has(path) || file.name.endsWith('.unfinished')) continue;
      this.#archived.add(path);
      utimesSync(path, now, now);
    }
  }

  /** Removes its files. */
  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
