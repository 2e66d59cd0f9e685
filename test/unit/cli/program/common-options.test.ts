import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { program } from '../../../../lib/cli/program/program.ts';
import { runInProcess } from '../../../support/command-line/in-process.ts';
import { serviceInMemory } from '../../../support/in-memory/service-in-memory.ts';

const DAY = 86_400_000;

const root = () => program('0', { out: () => undefined, err: () => undefined }, async () => undefined);

const leaves = (command = root(), words: readonly string[] = []): readonly (readonly string[])[] =>
  command.commands.length === 0 ? [words] : command.commands.flatMap((each) => leaves(each, [...words, each.name()]));

describe('every command', () => {
  test.each(leaves().map((words) => [words.join(' ')]))(
    '%s has examples, --quiet and --no-color in its help',
    async (words) => {
      const { code, stdout } = await runInProcess([...words.split(' '), '--help'], {});
      expect(stdout).toContain(`Examples:\n  node bin/es-retention.mjs ${words}`);
      for (const option of ['--json', '--quiet', '--no-color']) expect(stdout).toContain(option);
      expect(code).toBe(0);
    },
  );
});

const expired = () => {
  const service = serviceInMemory();
  for (let at = 0; at < 1_200; at += 1)
    service.store.write('call-log-1', `${at}`, { timestamps: [Date.now() - 20 * DAY], ingested: [] });
  service.store.write('call-log-2', 'new', { timestamps: [Date.now() - DAY], ingested: [] });
  return service;
};

test('--quiet prints the summary alone', async () => {
  const { run } = expired();
  const { summary } = JSON.parse((await run('plan', '--json')).stdout);
  expect((await run('plan', '--quiet')).stdout).toBe(`${summary}\n`);
});

test('the header of a command names cluster, time, policy and its version', async () => {
  const { stdout } = await expired().run('verify');
  expect(stdout.split('\n')[1]).toMatch(
    /^Cluster in memory \(Elasticsearch 9\.4\.3\) at memory · \d{4}-\d\d-\d\d \d\d:\d\d UTC · policy \S+policy\.yml [0-9a-f]{8}$/,
  );
});

test('plan shows the indices that change, and counts the others', async () => {
  const { run } = expired();
  const { stdout } = await run('plan');
  expect(stdout).toContain('call-log-1');
  expect(stdout).not.toContain('call-log-2');
  expect(stdout).toContain('… and 1 index stays as it is: --all shows it');
  expect((await run('plan', '--all')).stdout).toMatch(/call-log-2 +keep/);
  expect(JSON.parse((await run('plan', '--json')).stdout).categories[0].indices).toHaveLength(2);
});

test('--csv prints the table as CSV, with numbers without separators', async () => {
  const { run } = expired();
  const { stdout } = await run('plan', '--csv', '--all');
  const [header, first, second, last] = stdout.split('\r\n');
  expect(header).toBe('category,index,action,documents,due,undatable,from_to_utc,why');
  expect(first).toMatch(/^call-logs,call-log-1,drop,1200,1200,0,.*,every document expired$/);
  expect(second).toMatch(/^call-logs,call-log-2,keep,1,0,0,/);
  expect(last).toBe('');
  expect((await run('verify', '--csv')).stdout).toMatch(/^category,state,indices,documents,/);
});

describe('completion', () => {
  const scriptFor = async (shell: string) => (await runInProcess(['completion', shell], {})).stdout;

  test('offers commands and the options of the typed command in bash', async () => {
    const script = await scriptFor('bash');
    const completed = (...words: string[]) =>
      execFileSync(
        'bash',
        [
          '--norc',
          '-c',
          `${script}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 )); _es_retention; printf '%s\\n' "\${COMPREPLY[@]}"`,
        ],
        { encoding: 'utf8' },
      )
        .trim()
        .split('\n');
    expect(completed('es-retention', 'ver')).toEqual(['verify', 'verify-receipt']);
    expect(completed('es-retention', 'keys', 'ro')).toEqual(['rotate']);
    expect(completed('es-retention', 'purge', '--ex')).toEqual(['--execute']);
    expect(completed('es-retention', 'plan', '--category', 'x', '--a')).toEqual(['--allow-empty', '--all']);
  });

  test.each(['zsh', 'fish'])('prints a script that %s can read', async (shell) => {
    const script = await scriptFor(shell);
    expect(script).toContain('es-retention');
    const { status, error } = spawnSync(shell, ['-n'], { input: script });
    if (error === undefined) expect(status).toBe(0);
    expect(script).toContain('--execute'.slice(shell === 'fish' ? 2 : 0));
  });

  test('refuses another shell, and names the supported ones', async () => {
    const { code, stderr } = await runInProcess(['completion', 'csh'], {});
    expect(stderr).toContain('Allowed choices are bash, zsh, fish');
    expect(code).toBe(2);
  });
});

test('verify says when the last run was, or that there was none', async () => {
  const { run } = expired();
  expect((await run('verify')).stdout).toMatch(/^Kept: .* · no run yet\n/);
  await run('purge', '--execute');
  const { stdout } = await run('verify');
  expect(stdout).toMatch(/^Kept: .* · last run \d\d:\d\d UTC\n/);
  const [callLogs] = JSON.parse((await run('verify', '--json')).stdout).categories;
  expect(Date.now() - Date.parse(callLogs.lastRunAt)).toBeLessThan(60_000);
});

test('a command at a terminal says that it asks the cluster, unless --quiet is set', async () => {
  const { startAtTerminal } = expired();
  const asked = await startAtTerminal('plan').ended;
  expect(asked.stderr).toContain('plan: asking the cluster');
  const quiet = await startAtTerminal('plan', '--quiet').ended;
  expect([quiet.stderr, quiet.stdout.split('\n').length > 1]).toEqual(['', true]);
});
