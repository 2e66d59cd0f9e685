import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@elastic/elasticsearch';
import { COMMON_PROPERTIES } from '../demo/seed/catalogue.ts';
import { DAY } from '../lib/policy/time/duration.ts';

const LAUNCHER = join(import.meta.dirname, '..', 'bin', 'es-retention.mjs');
const POLICY = 'retention-policy.yml';
const COPIES = 40;

/** The commands whose output the README shows. */
const COMMANDS: readonly string[] = ['verify', 'plan --category sdk-logs'];

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
      { '@timestamp': date, uin: String(9_007_199_254_740_993n + BigInt(at)), sdkAppId: String(1_400_100_201 + at) },
    ]);
    const { errors } = await stage.client.bulk({ index, operations, refresh: true });
    if (errors) throw new Error(`Documents of ${index} were not written.`);
  }
};

/** The shipped policy, for indices of these names. */
const policyText = ({ prefix, ignoredIndices }: Stage): string =>
  readFileSync(new URL('../retention-policy.yml', import.meta.url), 'utf8')
    .replaceAll('[trtc-', `[${prefix}trtc-`)
    .replace('ignoredIndices: []', `ignoredIndices: ${JSON.stringify(ignoredIndices)}`);

const run = (args: readonly string[], url: string, folder: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const env = { PATH: process.env.PATH, ELASTICSEARCH_URL: url, RETENTION_POLICY: POLICY };
    execFile(process.execPath, [LAUNCHER, ...args], { cwd: folder, env }, (error, stdout, stderr) => {
      if (stderr !== '' || stdout === '') reject(error ?? new Error(stderr));
      else resolve(stdout);
    });
  });

/**
 * Fills a server with a few days of the seven categories, some of them overdue, and runs the command line there.
 * Removes the indices afterwards.
 * @returns the output of each command, by its arguments.
 */
export const readmeOutput = async (stage: Stage): Promise<ReadonlyMap<string, string>> => {
  const folder = mkdtempSync(join(tmpdir(), 'es-retention-readme-'));
  writeFileSync(join(folder, POLICY), policyText(stage));
  try {
    await fill(stage);
    const outputs = new Map<string, string>();
    for (const command of COMMANDS) outputs.set(command, await run(command.split(' '), stage.url, folder));
    return outputs;
  } finally {
    rmSync(folder, { recursive: true });
    await stage.client.indices.delete({ index: [...indexNames(stage)], ignore_unavailable: true });
  }
};

/** Matches a block of the README: its beginning with the command, the output, and its end. */
const BLOCK = /(<!-- npm run readme: (.+?) -->\n```console\n).*?(```\n<!-- end -->)/gs;

/** The page with these outputs in its blocks. */
export const withOutput = (page: string, outputs: ReadonlyMap<string, string>): string =>
  page.replace(BLOCK, (_, begin: string, command: string, end: string) => {
    const output = outputs.get(command);
    if (output === undefined)
      throw new Error(`The README shows "${command}", which is not among the commands that were run.`);
    return `${begin}$ node bin/es-retention.mjs ${command}\n${output}${end}`;
  });

/** The blocks of a page by command, without what differs between runs: instants, addresses, versions, widths. */
export const shownIn = (page: string): ReadonlyMap<string, string> =>
  new Map(
    [...page.matchAll(BLOCK)].map(([block, , command = '']) => [
      command,
      block
        .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'INSTANT')
        .replace(/(?:\d{4}-\d\d-\d\d )?\d\d:\d\d(?: UTC)?/g, 'MINUTE')
        .replace(/Cluster \S+ \(Elasticsearch [\d.]+\) at \S+/, 'CLUSTER')
        .replace(/ +/g, ' '),
    ]),
  );
