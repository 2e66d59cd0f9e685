import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { writeTable } from './bug-table.ts';

// Applies each patch of test/simulation/bugs/core to a copy of the last commit, and lets the simulation look for it.
// Prints a table, and writes it into docs/simulation.md if it is asked to.

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    worlds: { type: 'string', default: '12000' },
    only: { type: 'string', default: '' },
    write: { type: 'boolean' },
  },
});

const root = resolve(import.meta.dirname, '..', '..');
const bugs = join(root, 'test', 'simulation', 'bugs', 'core');
const copy = mkdtempSync(join(tmpdir(), 'es-retention-bugs-'));

const git = (...args: readonly string[]): string => execFileSync('git', [...args], { cwd: copy, encoding: 'utf8' });

const simulate = (...args: readonly string[]): string =>
  spawnSync(process.execPath, ['test/simulation/main.ts', ...args], { cwd: copy, encoding: 'utf8' }).stdout;

const rowOf = (name: string): string => {
  const began = Date.now();
  const { minutes, worlds } = values;
  const found = simulate('--campaign', 'bugs', '--minutes', minutes, '--worlds', worlds, '--first');
  const seconds = Math.round((Date.now() - began) / 1000);
  const seed = /--seed (\S+)/.exec(found)?.[1];
  const runs = /^(\d+) runs in/m.exec(found)?.[1] ?? '-';
  if (seed === undefined) return `| ${name} | not found | - | ${runs} | ${seconds} | - |`;
  const kind = /^\S+Z (\w+):/m.exec(found)?.[1] ?? '?';
  const shrunk = /shrunk from \d+ events to (\d+)/.exec(simulate('--seed', seed))?.[1] ?? '-';
  return `| ${name} | \`${kind}\` | \`${seed}\` | ${runs} | ${seconds} | ${shrunk} |`;
};

try {
  execFileSync('git', ['worktree', 'add', '--quiet', '--detach', '--force', copy, 'HEAD'], { cwd: root });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  const rows = ['| bug | complaint | seed | runs | seconds | events |', '| --- | --- | --- | ---: | ---: | ---: |'];
  console.log(rows.join('\n'));
  for (const file of readdirSync(bugs).filter((each) => new RegExp(values.only).test(each))) {
    git('apply', join(bugs, file));
    const row = rowOf(file.replace('.patch', ''));
    console.log(row);
    rows.push(row);
    git('apply', '--reverse', join(bugs, file));
  }
  if (values.write) writeTable('<!-- npm run test:simulate-bugs -- --write -->', rows);
} finally {
  execFileSync('git', ['worktree', 'remove', '--force', copy], { cwd: root });
  rmSync(copy, { recursive: true, force: true });
}
