import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { GONE } from '../../../integration/cli/erasure-command-line.ts';
import { erasureCliInMemory } from '../../../support/in-memory/erasure-cli-in-memory.ts';
import { serviceInMemory } from '../../../support/in-memory/service-in-memory.ts';

const NO: readonly (readonly [what: string, typed: string])[] = [
  ['no', 'n\n'],
  ['an empty line', '\n'],
  ['Ctrl-C', '\u0003'],
  ['the end of input', '\u0004'],
];

/** The last line that is visible on a terminal. */
const lastLine = (text: string): string | undefined => stripVTControlCharacters(text).split('\n').at(-1);

describe('purge --execute at a terminal', () => {
  const expired = () => {
    const service = serviceInMemory();
    const day = 86_400_000;
    for (const id of ['a', 'b'])
      service.store.write('call-log-1', id, { timestamps: [Date.now() - 20 * day], ingested: [] });
    return service;
  };

  test.each([
    ...NO,
    ['the end of input after yes', 'yes\u0004'] as const,
    ['what is neither yes nor no, and then Ctrl-C', 'yno\n\u0003'] as const,
  ])('%s destroys nothing and ends with exit code 3', async (_, typed) => {
    const { store, startAtTerminal } = expired();
    const { ended, answer } = startAtTerminal('purge', '--execute');
    await answer('(y/N)', typed);
    const { code, stdout, stderr } = await ended;
    expect(stdout).toContain('nothing purged: 2 documents are left');
    // What follows the question begins on a line of its own.
    expect(lastLine(stderr)).toBe('');
    expect([code, store.indices.get('call-log-1')?.documents.size]).toEqual([3, 2]);
  });

  test('the answer yes purges what the question names', async () => {
    const { store, startAtTerminal } = expired();
    const { ended, answer } = startAtTerminal('purge', '--execute');
    await answer('Purge 2 documents, by dropping 1 index? (y/N)', 'y\n');
    const { code, stdout } = await ended;
    expect(stdout).toContain('purged: 2 documents');
    expect([code, store.indices.has('call-log-1')]).toEqual([0, false]);
  });

  test('--yes answers the question, and a dry run does not ask', async () => {
    const { store, startAtTerminal } = expired();
    const dry = await startAtTerminal('purge').ended;
    expect(dry.stdout + dry.stderr).not.toContain('(y/N)');
    expect(store.indices.get('call-log-1')?.documents.size).toBe(2);
    const done = await startAtTerminal('purge', '--execute', '--yes').ended;
    expect(done.stdout + done.stderr).not.toContain('(y/N)');
    expect(store.indices.has('call-log-1')).toBe(false);
  });

  test('shows progress unless --json is set', async () => {
    const { startAtTerminal } = expired();
    expect((await startAtTerminal('purge').ended).stderr).toContain('call-logs: counting');
    const { stdout, stderr } = await startAtTerminal('purge', '--json').ended;
    expect([JSON.parse(stdout), stderr]).toMatchObject([{ command: 'purge', dryRun: true }, '']);
  });
});

describe('terminate --immediate at a terminal', () => {
  const terminating = async (typed: string | undefined, args: readonly string[]) => {
    const { seed, run, startAtTerminal } = await erasureCliInMemory();
    await seed();
    const { ended, answer } = startAtTerminal(['terminate', '--uin', GONE, ...args]);
    if (typed !== undefined) await answer('(y/N)', typed);
    const { code, stdout, stderr } = await ended;
    const { summary } = JSON.parse((await run(['status', '--json'])).stdout);
    return { code, stdout, stderr, owed: summary.split(' · ')[0] };
  };

  test.each(NO)('%s records nothing and ends with exit code 3', async (_, typed) => {
    const { code, stdout, owed } = await terminating(typed, ['--immediate']);
    expect(stdout).toContain('Nothing recorded: the question was answered with no');
    expect([code, owed]).toEqual([3, 'Owed: nothing']);
  });

  test.each([['--immediate', '--yes'], ['--account-deleted']])(
    'asks nothing with the options %s %s',
    async (...args) => {
      const { code, stdout, stderr, owed } = await terminating(undefined, args.filter(Boolean));
      expect(stdout + stderr).not.toContain('(y/N)');
      expect([code, owed]).toEqual([0, 'Owed: 1 erasure']);
    },
  );
});
