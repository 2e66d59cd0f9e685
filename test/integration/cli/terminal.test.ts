import { spawnSync } from 'node:child_process';
import { describe, expect, inject, test } from 'vitest';
import { madeOnce } from '../../support/made-once.ts';
import { type AtWork, aged, cliFixture, LAUNCHER, start } from './command-line.ts';
import { type ErasureCliFixture, erasureCliFixture, GONE } from './erasure-command-line.ts';

/** `script` (util-linux, on every Debian) gives a program a terminal of its own. BSD's takes other options. */
const SCRIPT = 'script';
const hasPseudoTerminal =
  spawnSync(SCRIPT, ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false;

const onTerminal = (args: readonly string[], environment: Record<string, string>): AtWork => {
  const words = [process.execPath, LAUNCHER, ...args].map((word) => `'${word}'`).join(' ');
  return start(SCRIPT, ['-q', '-e', '-c', `stty cols 120 && exec ${words}`, '/dev/null'], {
    TERM: 'xterm',
    ...environment,
  });
};

describe.runIf(hasPseudoTerminal)('on a terminal', () => {
  const setUp = async () => {
    const fixture = cliFixture();
    const old = await fixture.createIndex('calls-1', aged(20, 2));
    const environment = { ELASTICSEARCH_URL: inject('elasticsearchUrl'), RETENTION_POLICY: fixture.policyFileWith() };
    return {
      ...fixture,
      old,
      begin: (args: readonly string[], more = {}) => onTerminal(args, { ...environment, ...more }),
    };
  };

  test('purge --execute asks once with cluster and numbers, and yes purges', async () => {
    const { begin, left, old, categoryId, client } = await setUp();
    const atWork = begin(['purge', '--execute'], { NO_COLOR: '1' });
    await atWork.wrote('Purge 2 documents, 1 whole index among them? (y/N)');
    atWork.type('y\n');
    const { code, stdout } = await atWork.ended;
    const { cluster_name, cluster_uuid } = await client.info();
    expect(stdout).toContain(`Cluster ${cluster_name} (uuid ${cluster_uuid}, `);
    expect(stdout).toContain(`at ${new URL(inject('elasticsearchUrl')).host}`);
    expect(stdout).toMatch(new RegExp(`${categoryId('calls')} +2 +1`));
    expect(stdout.match(/Documents to purge/gi)).toHaveLength(1);
    expect(stdout).toContain('Kept: 1 of 1 · 1 empty · purged: 2 documents');
    expect([code, await left(old)]).toEqual([0, undefined]);
  });

  describe('a question that nobody answers with yes', () => {
    const once = madeOnce(setUp);

    test.each([
      ['no', 'n\n'],
      ['an empty line', '\n'],
      ['Ctrl-C', '\u0003'],
      ['the end of input', '\u0004'],
      ['the end of input after yes', 'yes\u0004'],
      ['what is neither yes nor no, and then Ctrl-C', 'yno\n\u0003'],
    ])('%s destroys nothing and ends with 3', async (_, typed) => {
      const { begin, left, old } = once();
      const atWork = begin(['purge', '--execute']);
      await atWork.wrote('(y/N)');
      atWork.type(typed);
      const { code, stdout } = await atWork.ended;
      expect(stdout).toContain('nothing purged: 2 documents, 1 whole index among them are left');
      expect([code, await left(old)]).toMatchObject([3, { length: 2 }]);
    });
  });

  test('--yes answers the question, and a dry run does not ask', async () => {
    const { begin, left, old } = await setUp();
    const dry = await begin(['purge']).ended;
    expect(dry.stdout).not.toContain('(y/N)');
    expect(await left(old)).toHaveLength(2);
    const done = await begin(['purge', '--execute', '--yes']).ended;
    expect(done.stdout).not.toContain('(y/N)');
    expect(await left(old)).toBe(undefined);
  });

  describe('terminate --immediate', () => {
    const seeded = async () => {
      const fixture = await erasureCliFixture();
      await fixture.seed();
      return fixture;
    };
    const once = madeOnce(seeded);

    const terminating = async (
      { run, environment }: ErasureCliFixture,
      typed: string | undefined,
      args: readonly string[],
    ) => {
      const atWork = onTerminal(['terminate', '--uin', GONE, ...args], { ...environment, NO_COLOR: '1' });
      if (typed !== undefined) {
        await atWork.wrote('(y/N)');
        atWork.type(typed);
      }
      const { code, stdout } = await atWork.ended;
      const { summary } = JSON.parse((await run(['status', '--json'])).stdout);
      return { code, stdout, owed: summary.split(' · ')[0] };
    };

    test('asks and explains, and yes records it', async () => {
      const { code, stdout, owed } = await terminating(await seeded(), 'y\n', ['--immediate', '--account-deleted']);
      expect(stdout).toMatch(/Cluster \S+ \(Elasticsearch \S+\) at 127\.0\.0\.1:\d+/);
      expect(stdout).toContain(`the next run erases the documents of account ${GONE} with all its applications`);
      expect(stdout).toMatch(/ {2}console-\S+: 2 documents found now/);
      expect([code, owed]).toEqual([0, 'Owed: 1 erasure']);
    });

    test.each(['n\n', '\n', '\u0003', '\u0004'])('records nothing after %j, and ends with 3', async (typed) => {
      const { code, stdout, owed } = await terminating(once(), typed, ['--immediate']);
      expect(stdout).toContain('Nothing recorded: the question was answered with no');
      expect([code, owed]).toEqual([3, 'Owed: nothing']);
    });

    test.each([['--immediate', '--yes'], ['--account-deleted']])('does not ask with %s %s', async (...args) => {
      const { code, stdout, owed } = await terminating(await seeded(), undefined, args.filter(Boolean));
      expect(stdout).not.toContain('(y/N)');
      expect([code, owed]).toEqual([0, 'Owed: 1 erasure']);
    });
  });

  test('output has colours and progress, unless NO_COLOR or --json is set', async () => {
    const { begin, categoryId } = await setUp();
    const colour = '\u001b[1m';
    const progress = `${categoryId('calls')}: counting`;
    const usual = await begin(['purge']).ended;
    expect(usual.stdout).toContain(colour);
    expect(usual.stdout).toContain(progress);
    expect((await begin(['purge'], { NO_COLOR: '1' }).ended).stdout).not.toContain(colour);
    const json = await begin(['purge', '--json']).ended;
    expect(JSON.parse(json.stdout)).toMatchObject({ command: 'purge', dryRun: true });
  });

  test('Ctrl-C during a purge ends it cleanly', async () => {
    const { begin, createIndex, client, categoryId } = await setUp();
    await createIndex('chats-1', { ...aged(20, 30_000), ...aged(1) });
    const atWork = begin(['purge', '--execute', '--yes', '--category', categoryId('chats')]);
    await atWork.wrote(`${categoryId('chats')}: counting`);
    atWork.type('\u0003');
    const { code, stdout } = await atWork.ended;
    expect(stdout).toContain('Ending after the requests in flight');
    expect(stdout).toMatch(/expired documents left\)/);
    const lease = await client.get<{ released: boolean }>({
      index: `retention-leases.${categoryId('chats')}`,
      id: categoryId('chats'),
    });
    expect([code, lease._source?.released]).toEqual([3, true]);
  });
});
