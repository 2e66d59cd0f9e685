import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@elastic/elasticsearch';
import { COMMON_PROPERTIES } from '../demo/seed/catalogue.ts';
import { templateName } from '../lib/adapters/elasticsearch/own-index/own-index-shape.ts';
import { createKeyRingFile } from '../lib/adapters/files/key-ring-file.ts';
import { DAY } from '../lib/policy/time/duration.ts';
import { deleteIndices } from '../test/support/server/delete-indices.ts';

const LAUNCHER = join(import.meta.dirname, '..', 'bin', 'es-retention.mjs');
const POLICY = 'retention-policy.yml';
const KEYS = 'keys.json';
const COPIES = 40;
const FIRST_ACCOUNT = 9_007_199_254_740_993n;

/** An account of the seeded console configuration. */
const ACCOUNT = String(FIRST_ACCOUNT);

/** One command line of the run. */
interface Step {
  readonly command: string;
  /** The block of the README that shows the output, below earlier outputs; absent: it is not shown. */
  readonly block?: string;
  /** Which lines of its output are shown, counted from 0; absent: all. */
  readonly lines?: readonly number[];
  /** Which columns of its table are shown, so that it is not wider than a page; absent: all. */
  readonly columns?: readonly string[];
}

const ERASE: Step = { command: 'purge --execute --category console-configuration' };

/** The commands in their order. */
const STEPS: readonly Step[] = [
  // All but the line about the cluster.
  {
    command: 'verify',
    block: 'verify',
    lines: [0, 3, 4, 5, 6, 7, 8, 9, 10],
    columns: ['CATEGORY', 'STATE', 'DUE', 'OVERDUE', 'WHY'],
  },
  {
    command: 'plan --category sdk-logs',
    block: 'plan',
    lines: [0, 3, 5, 6, 7],
    columns: ['INDEX', 'ACTION', 'DOCUMENTS', 'DUE', 'WHY'],
  },
  { command: 'purge --execute --category sdk-logs', block: 'after', lines: [0] },
  { command: `terminate --uin ${ACCOUNT} --account-deleted --immediate`, block: 'after', lines: [0] },
  // The second run counts once more, and issues the receipt.
  { ...ERASE, block: 'after', lines: [0] },
  ERASE,
  // What was erased.
  { command: `receipt --uin ${ACCOUNT}`, block: 'after', lines: [6] },
];

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

const run = (command: string, url: string, folder: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const files = { RETENTION_POLICY: POLICY, RETENTION_KEYS: KEYS, RETENTION_ARCHIVE: join(folder, 'archive') };
    const { PATH, NODE_COMPILE_CACHE } = process.env;
    const env = { PATH, ...(NODE_COMPILE_CACHE && { NODE_COMPILE_CACHE }), ELASTICSEARCH_URL: url, ...files };
    execFile(process.execPath, [LAUNCHER, ...command.split(' ')], { cwd: folder, env }, (error, stdout, stderr) => {
      if (stderr !== '' || stdout === '') reject(error ?? new Error(stderr));
      else resolve(stdout);
    });
  });

/** Where the columns of a table begin and end: at two or more characters that are blank in all its lines. */
const spansOf = (table: readonly string[]): readonly (readonly [from: number, to: number])[] => {
  const width = Math.max(...table.map((line) => line.length));
  const isBlank = (at: number): boolean => table.every((line) => (line[at] ?? ' ') === ' ');
  const blanks = Array.from({ length: width + 2 }, (_, at) => (isBlank(at) ? ' ' : 'x')).join('');
  return [...blanks.matchAll(/x(?: ?x)*/g)].map(({ index, 0: span }) => [index, index + span.length]);
};

/** A page with only some columns of its table. The table begins with a line of upper-case titles. */
const withColumns = (page: readonly string[], columns: readonly string[]): readonly string[] => {
  const at = page.findIndex((line) => /^ +[A-Z –()]+$/.test(line));
  const table = page.slice(at);
  const spans = spansOf(table).filter(([from, to]) => columns.includes((table[0] ?? '').slice(from, to).trim()));
  const cells = table.map((line) => spans.map(([from, to]) => line.slice(from, to).padEnd(to - from)).join('  '));
  return [...page.slice(0, at), ...cells.map((line) => `  ${line}`.trimEnd())];
};

/** The text on a terminal: the prompt with the command, and its output, or some of its lines and columns. */
const shownOf = ({ command, lines, columns }: Step, output: string): string => {
  const all = output.trimEnd().split('\n');
  const some = lines === undefined ? all : lines.map((at) => all[at] ?? '');
  const shown = columns === undefined ? some : withColumns(some, columns);
  return [`$ node bin/es-retention.mjs ${command}`, ...shown, ''].join('\n');
};

const removeAll = async (stage: Stage): Promise<void> => {
  const { indices } = stage.client;
  const own = Object.keys(await indices.get({ index: `${ownPrefix(stage)}*`, expand_wildcards: 'all' }));
  await deleteIndices(stage.client, [...indexNames(stage), ...own]);
  await Promise.all(own.map((name) => indices.deleteIndexTemplate({ name: templateName(name) }, { ignore: [404] })));
};

/**
 * Fills a server with a few days of the seven categories, some of them overdue, and runs the command line there: before
 * and after a purge, and for an account that was deleted. Removes the indices afterwards.
 * @returns what each block of the README shows, by its name.
 */
export const readmeOutput = async (stage: Stage): Promise<ReadonlyMap<string, string>> => {
  const folder = mkdtempSync(join(tmpdir(), 'es-retention-readme-'));
  writeFileSync(join(folder, POLICY), policyText(stage));
  await createKeyRingFile(join(folder, KEYS), Date.now());
  try {
    await fill(stage);
    const outputs = new Map<string, string>();
    for (const step of STEPS) {
      const output = await run(step.command, stage.url, folder);
      if (step.block !== undefined) outputs.set(step.block, (outputs.get(step.block) ?? '') + shownOf(step, output));
    }
    return outputs;
  } finally {
    rmSync(folder, { recursive: true });
    await removeAll(stage);
  }
};

/** Matches a block of the README: its beginning with its name, the output, and its end. */
const BLOCK = /(<!-- npm run readme: (.+?) -->\n```console\n).*?(```\n<!-- end -->)/gs;

/** The page with these outputs in its blocks. */
export const withOutput = (page: string, outputs: ReadonlyMap<string, string>): string =>
  page.replace(BLOCK, (_, begin: string, name: string, end: string) => {
    const output = outputs.get(name);
    if (output === undefined) throw new Error(`The README has a block "${name}", for which no command was run.`);
    return `${begin}${output}${end}`;
  });

/** The blocks of a page by name, without the parts that differ between runs: instants, minutes, widths. */
export const shownIn = (page: string): ReadonlyMap<string, string> =>
  new Map(
    [...page.matchAll(BLOCK)].map(([block, , name = '']) => [
      name,
      block
        .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'INSTANT')
        .replace(/(?:\d{4}-\d\d-\d\d )?\d\d:\d\d(?: UTC)?/g, 'MINUTE')
        .replace(/ +/g, ' '),
    ]),
  );
