import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbeddedElasticsearch } from '../../embedded-elasticsearch/start.ts';
import { writeTable } from '../simulation/bug-table.ts';

// Applies each patch of test/simulation/bugs/adapters to a copy of the last commit, and lets small worlds on a real
// server look for it. Before that, the same worlds must have no complaint without a bug. Prints a table, and writes it
// into docs/simulation.md if it is asked to.

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    worlds: { type: 'string', default: '12' },
    only: { type: 'string', default: '' },
    write: { type: 'boolean' },
  },
});

const root = resolve(import.meta.dirname, '..', '..');
const bugs = join(root, 'test', 'simulation', 'bugs', 'adapters');
const copy = mkdtempSync(join(tmpdir(), 'es-retention-oracle-bugs-'));
const named = process.env.ES_RETENTION_TEST_URL;
const server = named === undefined ? await startEmbeddedElasticsearch({ heap: '1g' }) : undefined;
const environment = {
  ...process.env,
  ...(server !== undefined && {
    ES_RETENTION_TEST_URL: server.url,
    ES_RETENTION_TEST_SNAPSHOTS: server.snapshotPath,
  }),
};

const git = (...args: readonly string[]): string => execFileSync('git', [...args], { cwd: copy, encoding: 'utf8' });

const WORLDS = { documents: '25', schedules: '16', days: '4', steps: '4', 'at-once': '4' };

const NO_BUG = '00-no-bug';
/** Longer than all worlds take. */
const WITHOUT_END = '600';

const campaign = (minutes: string): string => {
  const worlds = Number(values.worlds);
  const sizes = { ...WORLDS, documents: Number(WORLDS.documents) * 16 * worlds, schedules: 16 * worlds };
  const options = { ...sizes, worlds, minutes, campaign: 'bugs' };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const more = { cwd: copy, encoding: 'utf8', env: environment, maxBuffer: 1e8 } as const;
  const { stdout, stderr } = spawnSync(process.execPath, ['test/oracle/main.ts', ...args, '--first', '--dense'], more);
  return stdout + stderr;
};

/** @param minutes how long worlds may begin. */
const rowOf = (name: string, minutes: string): string => {
  const began = Date.now();
  const found = campaign(minutes);
  const seconds = Math.round((Date.now() - began) / 1000);
  const runs = /, (\d+) runs, /.exec(found)?.[1] ?? '-';
  const [, kind, seed] = /^\S+Z (\w+): [\s\S]*?\n {2}npm run test:oracle -- .*--seed (\S+)/m.exec(found) ?? [];
  // Whatever ends a campaign before its sums is not a finding.
  if (runs === '-') throw new Error(found);
  if (kind === undefined) return `| ${name} | not found | - | ${runs} | ${seconds} |`;
  return `| ${name} | \`${kind}\` | \`${seed}\` | ${runs} | ${seconds} |`;
};

try {
  execFileSync('git', ['worktree', 'add', '--quiet', '--detach', '--force', copy, 'HEAD'], { cwd: root });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  const rows = ['| bug | complaint | seed | runs | seconds |', '| --- | --- | --- | ---: | ---: |'];
  const add = (row: string): void => {
    console.log(row);
    rows.push(row);
  };
  console.log(rows.join('\n'));
  const parts = values.only.split(',');
  const isAsked = (name: string): boolean => parts.some((part) => name.includes(part));
  if (isAsked(NO_BUG)) add(rowOf(NO_BUG, WITHOUT_END));
  if (rows.at(-1)?.startsWith(`| ${NO_BUG} | \``)) throw new Error('these worlds complain without a bug');
  for (const file of readdirSync(bugs).filter(isAsked)) {
    git('apply', join(bugs, file));
    add(rowOf(file.replace('.patch', ''), values.minutes));
    git('apply', '--reverse', join(bugs, file));
  }
  if (values.write) writeTable('<!-- npm run test:oracle-bugs -- --write -->', rows);
} finally {
  await server?.stop();
  execFileSync('git', ['worktree', 'remove', '--force', copy], { cwd: root });
  rmSync(copy, { recursive: true, force: true });
}
