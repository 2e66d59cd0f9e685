import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@elastic/elasticsearch';
import { COMMON_PROPERTIES } from '../demo/seed/catalogue.ts';
import { templateName } from '../lib/adapters/elasticsearch/own-index/own-index-shape.ts';
import { createKeyRingFile } from '../lib/adapters/files/key-ring-file.ts';
import { DAY } from '../lib/policy/time/duration.ts';
import { deleteIndices } from '../test/support/server/delete-indices.ts';

export const LAUNCHER = join(import.meta.dirname, '..', 'bin', 'es-retention.mjs');
const POLICY = 'retention-policy.yml';
const KEYS = 'keys.json';
const COPIES = 40;
const FIRST_ACCOUNT = 9_007_199_254_740_993n;

/** An account of the seeded console configuration. */
export const ACCOUNT = String(FIRST_ACCOUNT);

/** A server for the run. */
export interface Stage {
  readonly client: Client;
  readonly url: string;
  /** The common prefix of all indices created there. May be empty. */
  readonly prefix: string;
  /** Patterns of indices that belong to others. */
  readonly ignoredIndices: readonly string[];
}

/**
 * Indices, and the ages of their documents in days, {@link COPIES} of each. No age is close to a whole hour, so that a
 * slow run gives the same output.
 */
const SEED: Readonly<Record<string, readonly number[]>> = {
  'console-configuration-current': [400.02, 300.02, 200.02, 12.02],
  'backend-log-1': [14.02, 13.6, 13.2],
  'backend-log-2': [2.02, 1.02],
  'dashboard-1': [13.02, 6.02],
  'sdk-log-1': [17.02, 16.6, 16.2],
  'sdk-log-2': [14.8, 13.9, 13.4],
  'sdk-log-3': [3.02, 2.02, 1.02, 0.6],
  'uin-1': [5.02],
  'sdk-appid-1': [9.02],
  'troubleshooting-1': [11.02],
};

/** The indices of {@link Stage}, by name. */
const indexNames = ({ prefix }: Stage): readonly string[] => Object.keys(SEED).map((name) => `${prefix}trtc-${name}`);

const fill = async (stage: Stage): Promise<void> => {
  const now = Date.now();
  for (const [name, ages] of Object.entries(SEED)) {
    const index = `${stage.prefix}trtc-${name}`;
    await stage.client.indices.create({
      index,
      settings: { number_of_replicas: 0 },
      mappings: { properties: COMMON_PROPERTIES },
    });
    const dates = ages.flatMap((age) => Array.from({ length: COPIES }, () => new Date(now - age * DAY).toISOString()));
    const operations = dates.flatMap((date, at) => [
      { create: {} },
      { '@timestamp': date, uin: String(FIRST_ACCOUNT + BigInt(at)), sdkAppId: String(1_400_100_201 + at) },
    ]);
    const { errors } = await stage.client.bulk({ index, operations, refresh: true });
    if (errors) throw new Error(`Documents of ${index} were not written.`);
  }
};

/** The names of our own indices begin like this. */
const ownPrefix = ({ prefix }: Stage): string => `retention-${prefix}`;

/** The shipped policy, enforced, for indices of these names. */
const policyText = (stage: Stage): string =>
  readFileSync(new URL('../retention-policy.yml', import.meta.url), 'utf8')
    .replace(/^mode: observe$/m, `mode: enforce\nindexPrefix: ${ownPrefix(stage)}`)
    .replace('index: retention-reports', `index: ${ownPrefix(stage)}reports`)
    .replaceAll('[trtc-', `[${stage.prefix}trtc-`)
    .replace('ignoredIndices: []', `ignoredIndices: ${JSON.stringify(stage.ignoredIndices)}`);

const removeAll = async (stage: Stage): Promise<void> => {
  const { indices } = stage.client;
  const own = Object.keys(await indices.get({ index: `${ownPrefix(stage)}*`, expand_wildcards: 'all' }));
  await deleteIndices(stage.client, [...indexNames(stage), ...own]);
  await Promise.all(own.map((name) => indices.deleteIndexTemplate({ name: templateName(name) }, { ignore: [404] })));
};

/** Where commands run: a folder with a policy, a key ring and an archive, and the environment that names them. */
export interface ShownService {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Fills a server with a few days of the seven categories, some of them overdue, and calls a function that runs commands
 * there. Removes the indices afterwards.
 */
export const withShownService = async <T>(stage: Stage, work: (service: ShownService) => Promise<T>): Promise<T> => {
  const folder = mkdtempSync(join(tmpdir(), 'es-retention-shown-'));
  writeFileSync(join(folder, POLICY), policyText(stage));
  await createKeyRingFile(join(folder, KEYS), Date.now());
  const { PATH = '', NODE_COMPILE_CACHE } = process.env;
  const files = { RETENTION_POLICY: POLICY, RETENTION_KEYS: KEYS, RETENTION_ARCHIVE: 'archive' };
  const env = { PATH, ...(NODE_COMPILE_CACHE && { NODE_COMPILE_CACHE }), ELASTICSEARCH_URL: stage.url, ...files };
  try {
    await fill(stage);
    return await work({ folder, env });
  } finally {
    rmSync(folder, { recursive: true });
    await removeAll(stage);
  }
};
