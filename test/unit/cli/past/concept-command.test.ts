import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TransientError } from '../../../../lib/base/errors.ts';
import type { ConceptData } from '../../../../lib/cli/concept/concept-data.ts';
import { periodWords } from '../../../../lib/cli/concept/rule-words.ts';
import { DAY, HOUR } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { runInProcess } from '../../../support/command-line/in-process.ts';
import { newRing, ringOf } from '../../../support/erasure/key-ring-text.ts';
import { CONCEPT_TIME, conceptService, runAt } from '../../../support/report/concept-world.ts';
import { HOSTILE, SECRETS } from '../../../support/report/report-world.ts';
import { madeOnce } from '../../../support/run/made-once.ts';

type Told = ConceptData & { readonly summary: string; readonly exitCode: number };

type Practice = Told['categories'][number]['practice'];

const practiceOf = (data: Told, category: string): Practice =>
  data.categories.find((each) => each.category === category)?.practice ?? [];

const about = (practice: Practice, subject: string) => practice.find((each) => each.about === subject);

const told = async (run: Awaited<ReturnType<typeof conceptService>>['run'], ...args: readonly string[]) => {
  const { code, stdout, stderr } = await run('concept', '--json', ...args);
  expect(stderr).toBe('');
  return { ...(JSON.parse(stdout) as Told), code };
};

describe('the deletion concept of a service with evidence', () => {
  const made = madeOnce(async () => {
    const service = await conceptService();
    return { ...service, data: await told(service.run) };
  });

  test('backs each statement of practice with a report or a signed statement', () => {
    const { data } = made();
    expect([data.code, data.missing, data.evidence.length]).toEqual([0, 0, 4]);
    expect(data.summary).toBe('Concept: 2 types of data · evidence for 15 statements of practice');
    const logs = practiceOf(data, 'logs-0');
    expect(about(logs, 'The oldest document')).toMatchObject({ found: '13 d 2 h old', evidence: 'E1' });
    expect(about(logs, 'The promise, by the last run')).toMatchObject({
      found: 'kept, outcome complete, at 2026-04-10 11:00 UTC',
    });
    expect(about(logs, 'Backup copies')).toMatchObject({
      found: 'no snapshot with indices of a category is older than 30 days',
      evidence: 'E2',
    });
    expect(about(practiceOf(data, 'settings'), 'Erasures of accounts')).toMatchObject({
      found: '2 open, of these 1 overdue; 7 closed in the ledger',
    });
  });

  test('names its evidence by id, place, age and hash', () => {
    const { data, statements } = made();
    expect(data.evidence.slice(0, 2)).toEqual([
      {
        id: 'E1',
        kind: 'report',
        name: `run-logs-0-${CONCEPT_TIME - HOUR - 60_000}.closed`,
        place: 'retention-reports.logs-0',
        madeAt: '2026-04-10T11:00:00.000Z',
        age: HOUR,
      },
      {
        id: 'E2',
        kind: 'statement',
        name: '2026-04-10@logs-0',
        place: 'archive',
        madeAt: '2026-04-10T00:00:00.000Z',
        age: 12 * HOUR,
        sha256: statements['logs-0'],
      },
    ]);
  });

  test('describes each rule in words with its deletion class, and names what the policy lacks', async () => {
    const { run, data } = made();
    expect(data.categories.map(({ rules }) => rules.map((rule) => rule.deletionClass))).toEqual([
      ['14 days from the date of the document'],
      ['7 days from the end of the use of the feature or of the account'],
    ]);
    const { stdout } = await run('concept');
    for (const text of [
      '| Deletion class (Löschklasse) | 14 days from the date of the document |',
      '“Stored for 14 days.” (Privacy policy, 2023-09-08)',
      '| (d) Recipients | **MISSING** (not in the policy: processing.recipients) |',
      '| (a) Controller | Example Ltd, privacy\\@example.org |',
      'It does not claim to conform to a standard',
      'Snapshots may hold deleted documents for 30 days more.',
    ])
      expect(stdout).toContain(text);
  });

  test('has the same bytes for the same instant, whenever it is printed', async () => {
    let now = CONCEPT_TIME;
    const { run, folder, backend, version } = await conceptService({ clock: () => now });
    const file = join(folder, 'concept.html');
    const print = async (...at: readonly string[]) => {
      await run('concept', '--html', file, ...at);
      return [(await run('concept', ...at)).stdout, readFileSync(file, 'utf8')];
    };
    const first = await print();
    now += 9 * DAY;
    await runAt(backend, 'logs-0', CONCEPT_TIME + HOUR, version);
    expect(await print('--at', isoInstant(CONCEPT_TIME))).toEqual(first);
    expect(first[0]).toContain('add --at 2026-04-10T12:00:00.000Z to the command');
    expect(await print()).not.toEqual(first);
  });

  test('links only to headings that exist exactly once, in Markdown and in HTML', async () => {
    const { run, folder } = made();
    const { stdout } = await run('concept');
    const headings = [...stdout.matchAll(/^#+ (.+)$/gm)].map(([, text = '']) =>
      text
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    );
    const linked = [...stdout.matchAll(/\]\(#([^)]+)\)/g)].map(([, id = '']) => id);
    expect(linked.length).toBeGreaterThan(15);
    expect(linked.filter((id) => headings.filter((each) => each === id).length !== 1)).toEqual([]);
    const file = join(folder, 'links.html');
    await run('concept', '--html', file);
    const page = readFileSync(file, 'utf8');
    const targets = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id = '']) => id);
    expect(targets.filter((id) => page.split(`id="${id}"`).length !== 2)).toEqual([]);
    for (const secret of SECRETS) expect(`${page}${stdout}`).not.toContain(secret);
  });
});

describe('a statement of practice without evidence', () => {
  const cases = [
    ['no report younger than a day', { reportAge: DAY }],
    ['only reports by another version of the policy', { reportVersion: `sha256:${'b'.repeat(64)}` }],
    ['no statement younger than a day', { statementAge: DAY }],
    ['no key of the ring has signed 2026-04-10@logs-0', { ring: ringOf(newRing()) }],
    ['only statements about another cluster', { cluster: 'another' }],
    ['only statements by another version of the policy', { statementVersion: `sha256:${'b'.repeat(64)}` }],
    ['the key of the audit could not look at snapshots', { unseen: ['snapshots'] }],
  ] as const;

  test.each([
    ['a statement', 'no statement younger than a day', { statementAge: -HOUR }],
    ['the end of a run', 'no report younger than a day', { reportAge: -30_000 }],
  ])('says MISSING if %s is later than the instant of the concept', async (_, why, changes) => {
    const { run } = await conceptService(changes);
    const missing = practiceOf(await told(run), 'logs-0').flatMap((each) => ('missing' in each ? each.missing : []));
    expect([...new Set(missing)]).toEqual([why]);
  });

  test.each(cases)('says MISSING with the reason: %s', async (why, changes) => {
    const { run } = await conceptService(changes);
    const data = await told(run, '--category', 'logs-0');
    expect(data.code).toBe(3);
    const missing = practiceOf(data, 'logs-0').flatMap((each) => ('missing' in each ? each.missing : []));
    expect([...new Set(missing)]).toEqual([why]);
    expect(data.missing).toBe(missing.length);
  });

  test('says MISSING, like every other statement, if no server is named', async () => {
    const { folder } = await conceptService();
    const { code, stdout, stderr } = await runInProcess(
      ['concept', '--policy', join(folder, 'policy.yml'), '--at', '2026-04-09'],
      {},
    );
    expect([code, stderr]).toEqual([3, '']);
    expect(stdout.match(/\*\*MISSING\*\* \(no server was asked\)/g)).toHaveLength(15);
    expect(stdout).toMatch(/^# Deletion concept of 2026-04-10 00:00 UTC\n/);
  });
});

test('the concept shows the breaches of the audit by their codes', async () => {
  const { run } = await conceptService({ breaches: { 'snapshot-too-old': 1, 'documents-overdue': 2 } });
  const practice = practiceOf(await told(run), 'logs-0');
  expect(about(practice, 'Promises and records, by the audit')).toMatchObject({
    found: 'breaches: documents-overdue, snapshot-too-old',
  });
  expect(about(practice, 'Backup copies')).toMatchObject({ found: 'breaches: snapshot-too-old' });
});

test('a legal hold of the last run is named by its id, without account or reason', async () => {
  const { run } = await conceptService({ holds: ['hold-1'] });
  expect(about(practiceOf(await told(run), 'logs-0'), 'Suspension of the deletion')).toMatchObject({
    found: '1 hold applied: hold-1',
  });
});

test('concept prints nothing and keeps the old file if the cluster does not answer', async () => {
  const { run, backend, folder } = await conceptService();
  backend.history.runs = async () => {
    throw new TransientError('no-server', { expected: 'an answer', found: 'none', fix: 'Look at the load.' });
  };
  const file = join(folder, 'concept.html');
  writeFileSync(file, 'from before');
  expect(await run('concept', '--html', file)).toMatchObject({ code: 1, stdout: '' });
  expect(readFileSync(file, 'utf8')).toBe('from before');
});

test('concept refuses an instant that is not in the past', async () => {
  const { run } = await conceptService();
  for (const at of ['2026-04-11', '2026-04-10', 'soon']) {
    const { code, stderr } = await run('concept', '--at', at);
    expect([code, stderr]).toEqual([2, expect.stringContaining('Failed: bad-period')]);
  }
});

test('concept escapes the texts of the policy in Markdown', async () => {
  const hostile = `${HOSTILE} | x | [link](https://evil.example) www.evil.example **bold** \`code\` # head`;
  const { run } = await conceptService({ hostile });
  const { stdout } = await run('concept');
  expect(stdout).toContain('\\<img src=x onerror="document.title=1"\\> \\& "Logs" \\\\u{202e}\\</style\\>');
  expect(stdout).toContain('\\| x \\| \\[link\\](https\\://evil.example) www\\.evil.example \\*\\*bold\\*\\*');
  expect(stdout).not.toMatch(/(?<!\\)<|\u202e/);
});

test.each([
  ['P14D', '14 days'],
  ['PT1H', '1 hour'],
  ['P1Y6M', '1 year, 6 months'],
  ['PT0S', 'no time'],
  ['PT0.5S', 'PT0.5S'],
])('the period %s is written in words', (iso, words) => {
  expect(periodWords(iso)).toBe(words);
});
