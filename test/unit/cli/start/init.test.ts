import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { clusterOn } from '../../../../lib/app/cluster.ts';
import { groupIndices } from '../../../../lib/cli/init/group-indices.ts';
import type { OpenCluster } from '../../../../lib/cli/session.ts';
import { parseRetentionPolicy } from '../../../../lib/policy/parsing/parse-retention-policy.ts';
import { runInProcess, startAtTerminal } from '../../../support/command-line/in-process.ts';
import { inMemoryBackend } from '../../../support/in-memory/in-memory-backend.ts';
import { InMemoryCluster } from '../../../support/in-memory/in-memory-cluster.ts';
import { POLICY } from '../../../support/policy/policy-text.ts';
import { temporaryFolder } from '../../../support/receipts/archive-worlds.ts';

const DAY = 86_400_000;

const date = { type: 'date', searchable: true, aggregatable: true };
const keyword = { type: 'keyword', searchable: true, aggregatable: true };

/** A cluster of another service: monthly orders, daily logs, and a register of profiles. */
const otherService = () => {
  const cluster = new InMemoryCluster();
  const now = Date.now();
  for (const name of ['orders-2026.10', 'orders-2026.11', 'app-log-000001']) {
    cluster.create(name, {
      fields: new Map([
        ['@timestamp', date],
        ['customer_id', keyword],
      ]),
    });
    for (let at = 0; at < 3; at += 1)
      cluster.write(name, `${at}`, { timestamps: [now - (20 + at) * DAY], ingested: [] });
  }
  cluster.create('profiles', { fields: new Map([['user_id', keyword]]) });
  cluster.write('profiles', 'a', { timestamps: [], ingested: [] });
  cluster.create('empty-1', { fields: new Map([['@timestamp', date]]) });
  const open: OpenCluster = (policy, environment) =>
    clusterOn(
      inMemoryBackend(cluster, parseRetentionPolicy(POLICY, 'p.yml'), Date.now),
      policy,
      { environment, clock: Date.now },
      { host: 'memory' },
    );
  const file = join(temporaryFolder(), 'my-policy.yml');
  return { cluster, open, file, run: (...args: string[]) => runInProcess(args, {}, open) };
};

describe('init without a terminal', () => {
  test('drafts a policy without any rule, that policy check and plan accept', async () => {
    const { run, file } = otherService();
    const { code, stdout } = await run('init', file);
    expect(stdout).toMatch(/^Written: .*my-policy\.yml · 3 categories · mode observe\n/);
    expect(code).toBe(0);
    const { categories, mode } = parseRetentionPolicy(readFileSync(file, 'utf8'), file);
    expect(mode).toBe('observe');
    expect([...categories.values()].map(({ id, indices, rules }) => [id, indices, rules])).toEqual([
      ['orders', ['orders-*'], {}],
      ['app-log', ['app-log-*'], {}],
      ['profiles', ['profiles'], {}],
    ]);
    // Without it, a hold of an account would look for the account in a field that no document has.
    expect([...categories.values()].map(({ accountField }) => accountField)).toEqual([
      'customer_id',
      'customer_id',
      'user_id',
    ]);
    expect((await run('policy', 'check', file)).code).toBe(0);
    const plan = await run('plan', '--policy', file);
    expect(plan.stdout).toContain('to purge: 0 documents');
    expect(plan.code).toBe(0);
  });

  test('refuses to overwrite a file before it calls the cluster', async () => {
    const { file } = otherService();
    writeFileSync(file, 'mine');
    const unasked: OpenCluster = () => {
      throw new Error('it was asked');
    };
    const { code, stderr } = await runInProcess(['init', file], {}, unasked);
    expect(stderr).toContain('Failed: file-exists');
    expect([code, readFileSync(file, 'utf8')]).toEqual([2, 'mine']);
  });

  test('takes only the indices that are named', async () => {
    const { run, file } = otherService();
    await run('init', file, '--index', 'prof*');
    expect([...parseRetentionPolicy(readFileSync(file, 'utf8'), file).categories.keys()]).toEqual(['profiles']);
    const none = await run('init', `${file}2`, '--index', 'nobody-*');
    expect(none.stderr).toContain('Failed: no-index');
    expect([none.code, existsSync(`${file}2`)]).toEqual([2, false]);
  });
});

describe('init at a terminal', () => {
  test('asks a person for what it cannot know, and writes the answers', async () => {
    const { open, file, run } = otherService();
    const { ended, answer } = startAtTerminal(['init', file], {}, open);
    await answer('orders-* (2 indices, 6 documents', 'P2Y\n');
    await answer('orders: the promise, word for word', 'Orders are kept for "two years".\n');
    await answer('app-log-* (1 index', '\n');
    await answer('profiles (1 index', 'account\n');
    await answer('profiles: the field that names the account', '\n');
    await answer('profiles: erased at most how long', '\n');
    await answer('profiles: the promise, word for word', '\n');
    await answer('Which document makes these promises?', 'Privacy policy\n');
    await answer('The date of that document', '2026-01-31\n');
    const { code, stdout, stderr } = await ended;
    expect(stdout).toContain('Written: ');
    expect(code).toBe(0);
    // No question breaks inside a word at the edge of the terminal.
    const first = /orders-\* .*?: how long may.*?not in this policy/s.exec(stripVTControlCharacters(stderr))?.[0];
    expect(first?.split('\n').length).toBeGreaterThan(1);
    expect(first?.replaceAll(/\s+/g, ' ')).toMatch(
      /how long may a document stay\? P14D, P6M or P2Y; "account": until its/,
    );
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('# Seen, and in no category: app-log-*');
    const { categories } = parseRetentionPolicy(text, file);
    expect(categories.get('orders')).toMatchObject({
      promise: { quote: 'Orders are kept for "two years".', source: 'Privacy policy', sourceDate: '2026-01-31' },
      rules: { age: { maxAge: { iso: 'P2Y' } } },
      records: 'dated',
    });
    expect(categories.get('profiles')).toMatchObject({
      accountField: 'user_id',
      rules: { termination: { deadline: { iso: 'P30D' } } },
    });
    expect((await run('policy', 'check', file)).code).toBe(0);
  });

  test('refuses a text that is not a period, and asks again', async () => {
    const { open, file } = otherService();
    const { ended, answer } = startAtTerminal(['init', file, '--index', 'app-log-*'], {}, open);
    await answer('app-log-* (1 index', '14 days\n');
    await answer('expected an ISO 8601 duration', '\u0015P14D\n');
    await answer('the promise, word for word', '\n');
    await answer('Which document', '\n');
    await answer('The date of that document', '\n');
    expect((await ended).code).toBe(0);
    expect(readFileSync(file, 'utf8')).toContain('maxAge: P14D');
  });

  test('refuses a field that no index maps, and asks for it again', async () => {
    const { open, file } = otherService();
    const { ended, answer } = startAtTerminal(['init', file, '--index', 'profiles'], {}, open);
    await answer('profiles (1 index', 'account\n');
    await answer('profiles: the field that names the account', 'no such field\n');
    await answer('the path of one field', '\u0015usr_id\n');
    await answer('a field that the indices map for this: user_id', '\u0015user_id\n');
    await answer('profiles: erased at most how long', '\n');
    await answer('the promise, word for word', '\n');
    await answer('Which document', '\n');
    await answer('The date of that document', '\n');
    expect((await ended).code).toBe(0);
    expect(readFileSync(file, 'utf8')).toContain('accountField: user_id');
  });

  test('shows the answers so far if the questions end early', async () => {
    const { open, file } = otherService();
    const { ended, answer } = startAtTerminal(['init', file], {}, open);
    await answer('orders-* (2 indices', 'P2Y\n');
    await answer('orders: the promise, word for word', 'Two years.\n');
    await answer('app-log-* (1 index', '\u0003');
    const { code, stdout } = await ended;
    expect([code, existsSync(file)]).toEqual([3, false]);
    expect(stdout).toContain('The answers so far, as a policy:');
    expect(stdout).toContain('promise: { quote: "Two years."');
    expect(stdout).toContain('age: { maxAge: P2Y');
  });

  test.each([
    ['Ctrl-C', '\u0003'],
    ['the end of input', '\u0004'],
  ])('writes nothing after %s', async (_, typed) => {
    const { open, file } = otherService();
    const { ended, answer } = startAtTerminal(['init', file], {}, open);
    await answer('orders-* (2 indices', typed);
    const { code, stdout } = await ended;
    expect(stdout).toContain('Nothing written: the questions were not answered');
    expect([code, existsSync(file)]).toEqual([3, false]);
  });
});

describe('indices in groups', () => {
  const index = (name: string, documents = 1, dataStream?: string) => ({
    name,
    documents,
    bytes: documents,
    dates: ['b', '@timestamp'],
    identifiers: ['user.id', 'status'],
    ...(dataStream !== undefined && { dataStream }),
  });
  const patternsOf = (...listed: ReturnType<typeof index>[]) =>
    groupIndices(listed, []).map(({ id, patterns }) => [id, patterns]);

  test('have a pattern in place of a date or a number', () => {
    expect(patternsOf(index('a-log-2026.11.01'), index('a-log-2026.11.02'), index('b-log-000001'))).toEqual([
      ['a-log', ['a-log-*']],
      ['b-log', ['b-log-*']],
    ]);
  });

  test('have a pattern that matches no index of another group', () => {
    expect(patternsOf(index('orders-2026.10', 3), index('orders-archive'))).toEqual([
      ['orders', ['orders-2*']],
      ['orders-archive', ['orders-archive']],
    ]);
  });

  test('of a data stream are named by the stream', () => {
    expect(patternsOf(index('.ds-web-2026.11.01-000001', 1, 'web'))).toEqual([['web', ['web']]]);
  });

  test('list the most likely date first, and the fields that may name an account', () => {
    expect(groupIndices([index('x-1')], [])).toMatchObject([{ dates: ['@timestamp', 'b'], accounts: ['user.id'] }]);
  });

  test.each(['2026.11.01', 'a-1', '_x'])('get an id that the policy accepts (%s)', (name) => {
    const [group] = groupIndices([index(name)], []);
    expect(group?.id).toMatch(/^[a-z][a-z0-9-]*$/);
  });
});
