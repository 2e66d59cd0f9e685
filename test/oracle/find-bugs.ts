import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbeddedElasticsearch } from '../../embedded-elasticsearch/start.ts';

// Applies each patch of test/simulation/bugs/adapters to a copy of the working tree, and lets small worlds on a real
// server look for it. Prints a table.

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    worlds: { type: 'string', default: '12' },
    only: { type: 'string', default: '' },
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

const campaign = (): string => {
  const worlds = Number(values.worlds);
  const sizes = { ...WORLDS, documents: Number(WORLDS.documents) * 16 * worlds, schedules: 16 * worlds };
  const options = { ...sizes, worlds, minutes: values.minutes, campaign: 'bugs' };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const more = { cwd: copy, encoding: 'utf8', env: environment, maxBuffer: 1e8 } as const;
  const { stdout, stderr } = spawnSync(process.execPath, ['test/oracle/main.ts', ...args, '--first', '--dense'], more);
  return stdout + stderr;
};

const rowOf = (name: string): string => {
  const began = Date.now();
  const found = campaign();
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
  console.log('| bug | complaint | seed | runs | seconds |\n| --- | --- | --- | ---: | ---: |');
  const only = values.only.split(',');
  for (const file of readdirSync(bugs).filter((each) => only.some((part) => each.includes(part)))) {
    git('apply', join(bugs, file));
    console.log(rowOf(file.replace('.patch', '')));
    git('apply', '--reverse', join(bugs, file));
  }
} finally {
  await server?.stop();
  execFileSync('git', ['worktree', 'remove', '--force', copy], { cwd: root });
  rmSync(copy, { recursive: true, force: true });
}
