import { spawnSync } from 'node:child_process';
import { describe, expect, inject, test } from 'vitest';
import { madeOnce } from '../../../support/run/made-once.ts';
import { type AtWork, aged, cliFixture, LAUNCHER, start } from '../command-line.ts';
import { erasureCliFixture, GONE } from '../erasure-command-line.ts';

/** The bold of a terminal. With `NO_COLOR` there is none. */
const BOLD = '\u001b[1m';

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

  test('purge --execute asks once, shows cluster and numbers, and purges after yes', async () => {
    const { begin, left, old, categoryId, client } = await setUp();
    const atWork = begin(['purge', '--execute'], { NO_COLOR: '1' });
    await atWork.wrote('Purge 2 documents, by dropping 1 index? (y/N)');
    atWork.type('y\n');
    const { code, stdout } = await atWork.ended;
    const { cluster_name, cluster_uuid } = await client.info();
    expect(stdout).toContain(`Cluster ${cluster_name} (uuid ${cluster_uuid}, `);
    expect(stdout).toContain(`at ${new URL(inject('elasticsearchUrl')).host}`);
    expect(stdout).toMatch(new RegExp(`${categoryId('calls')} +2 +1`));
    expect(stdout.match(/Documents to purge/gi)).toHaveLength(1);
    expect(stdout).not.toContain(BOLD);
    expect(stdout).toContain('Kept: 1 of 1 · 1 empty · purged: 2 documents');
    expect([code, await left(old)]).toEqual([0, undefined]);
  });

  describe('a question that nobody answers with yes', () => {
    const once = madeOnce(setUp);

    // Other answers: test/unit/cli/consent/questions-in-memory.test.ts.
    test.each([
      ['Ctrl-C', '\u0003'],
      ['the end of input', '\u0004'],
    ])('%s destroys nothing and ends with exit code 3', async (_, typed) => {
      const { begin, left, old } = once();
      const atWork = begin(['purge', '--execute']);
      await atWork.wrote('(y/N)');
      atWork.type(typed);
      const { code, stdout } = await atWork.ended;
      expect(stdout).toContain('nothing purged: 2 documents are left');
      expect([code, await left(old)]).toMatchObject([3, { length: 2 }]);
    });
  });

  test('terminate --immediate explains and asks, and records the termination after yes', async () => {
    const { seed, run, environment } = await erasureCliFixture();
    await seed();
    const args = ['terminate', '--uin', GONE, '--immediate', '--account-deleted'];
    const atWork = onTerminal(args, { ...environment, NO_COLOR: '1' });
    await atWork.wrote('(y/N)');
    atWork.type('y\n');
    const { code, stdout } = await atWork.ended;
    expect(stdout).toMatch(/Cluster \S+ \(Elasticsearch \S+\) at 127\.0\.0\.1:\d+/);
    // The text is wrapped to the terminal.
    const prose = stdout.replaceAll(/\s+/g, ' ');
    expect(prose).toContain(`the next run erases the documents of account ${GONE} with all its applications`);
    expect(stdout).toMatch(/ {2}console-\S+: 2 documents found now/);
    expect(stdout).not.toContain(BOLD);
    const { summary } = JSON.parse((await run(['status', '--json'])).stdout);
    expect([code, summary.split(' · ')[0]]).toEqual([0, 'Owed: 1 erasure']);
  });

  test('the output has colours and progress', async () => {
    const { begin, categoryId } = await setUp();
    const { stdout } = await begin(['purge']).ended;
    expect(stdout).toContain(BOLD);
    expect(stdout).toContain(`${categoryId('calls')}: counting`);
  });

  test('Ctrl-C ends a purge with exit code 3 and releases its lease', async () => {
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
