import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { eventFromBus, isAccountEvent } from '../../../lib/erasure/intake/bus-event.ts';
import { eventFromWebhook } from '../../../lib/erasure/intake/webhook-body.ts';
import { parseRetentionPolicy } from '../../../lib/policy/parsing/parse-retention-policy.ts';
import { DAY } from '../../../lib/policy/time/duration.ts';
import { EXAMPLE_POLICY } from '../../support/policy/example-policy.ts';

const documents = [
  ...readdirSync('.').filter((name) => name.endsWith('.md')),
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

const proseOf = (document: string): string => readFileSync(document, 'utf8').replaceAll(/```.*?```/gs, '');

interface Link {
  /** As it is written. */
  readonly link: string;
  readonly file: string;
  readonly anchor: string | undefined;
}

const linksIn = (document: string): readonly Link[] =>
  [...proseOf(document).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)].map(([link, path = '', anchor]) => ({
    link,
    file: path === '' ? document : join(dirname(document), path),
    anchor,
  }));

/** The anchors of a page's headings, as GitHub makes them. */
const anchorsIn = (page: string): readonly string[] =>
  [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

const isThere = ({ file, anchor }: Link): boolean =>
  existsSync(file) && (anchor === undefined || anchorsIn(file).includes(anchor));

describe('the documents', () => {
  test.each(documents)('%s links only to existing targets', (document) => {
    expect(linksIn(document).flatMap((each) => (isThere(each) ? [] : [each.link]))).toEqual([]);
  });

  test('are all linked from a document, except the decisions', () => {
    const linked = documents.flatMap((document) => linksIn(document).map(({ file }) => file));
    const decisions = documents.filter((name) => name.startsWith(join('docs', 'decisions')));
    expect(documents.filter((name) => !linked.includes(name) && !decisions.includes(name))).toEqual([]);
  });

  test('name a test and the remaining risk in each row of the threat model', () => {
    const [, ...tables] = readFileSync('docs/threat-model.md', 'utf8').split(/^\| who, and how .*$/m);
    const rows = tables.flatMap((table) =>
      table.split('\n').flatMap((line) => (/^\| (?!---)/.test(line) ? [line.split(' | ')] : [])),
    );
    expect(tables).toHaveLength(3);
    expect(rows.length).toBeGreaterThan(45);
    const isWhole = ([, , tests = '', left]: readonly string[]) =>
      /\]\(\.\.\/test\/[\w/-]+\.test\.ts\)/.test(tests) && left !== undefined;
    expect(rows.filter((row) => row.length !== 4 || !isWhole(row))).toEqual([]);
  });

  test('exist if messages or code name them', () => {
    const files = ['lib', 'deploy', 'demo', 'embedded-elasticsearch', 'functions']
      .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)))
      .filter((name) => name.endsWith('.ts'));
    const named = [...files, 'serverless.yml'].flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/\bdocs\/[\w/-]+\.md/g)].map(([page]) => page),
    );
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((page) => !existsSync(page))).toEqual([]);
  });

  test('include a README with one quick start and at most 130 lines', () => {
    const readme = readFileSync('README.md', 'utf8');
    // Without the marks of what a script writes.
    const lines = readme.split('\n').filter((line) => !line.startsWith('<!--'));
    expect(lines).toContain('npm ci && npm run demo');
    expect(lines.length).toBeLessThanOrEqual(130);
  });

  test('show a category in the README that the policy accepts', () => {
    const [, yaml = ''] = /```yaml\n(.*?)```/s.exec(readFileSync('README.md', 'utf8')) ?? [];
    const [settings] = EXAMPLE_POLICY.split(/^categories:$/m);
    const { categories } = parseRetentionPolicy(`${settings}${yaml}`, 'p.yml');
    expect([...categories.keys()]).toEqual(['sdk-logs']);
  });

  test('show events that the webhook and the functions accept', () => {
    const bounds = { now: Date.parse('2026-11-24T09:00:10Z'), memory: 45 * DAY };
    const [, yaml = ''] = /```yaml\n(.*?)```/s.exec(readFileSync('docs/webhook.md', 'utf8')) ?? [];
    const policy = `${EXAMPLE_POLICY}\n${yaml.replaceAll(/^ {2}/gm, '')}`;
    const { cloudEvents } = parseRetentionPolicy(policy, 'p.yml').webhook;
    expect(cloudEvents).toHaveLength(1);
    const shown = [...readFileSync('docs/webhook.md', 'utf8').matchAll(/```json\n(.*?)```/gs)].map(
      ([, json = '']) => json,
    );
    // The answer to a question is compared where questions are tested (test/unit/lambda/show-termination.test.ts).
    const isAnswer = (json: string): boolean => 'done' in JSON.parse(json);
    expect(shown.filter(isAnswer)).toHaveLength(1);
    const messages = shown.filter((json) => !isAnswer(json));
    const events = messages.map((json) =>
      isAccountEvent(JSON.parse(json))
        ? eventFromBus(JSON.parse(json), bounds)
        : eventFromWebhook('msg_1', Buffer.from(json), { bounds, cloudEvents }),
    );
    expect(events.map((event) => event?.type)).toEqual(['account-deleted', 'feature-terminated', 'account-reinstated']);
  });

  test('never call the command through npx or npm exec, and neither does the code', () => {
    const files = ['lib', 'bin', 'deploy', 'functions', 'demo']
      .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)))
      .filter((name) => /\.(?:ts|mjs|js|yml)$/.test(name));
    const wrong = [...documents, ...files, 'serverless.yml', 'retention-policy.yml'].filter((name) =>
      /\bnp(?:x|m exec) (?:-\S+ )*es-retention\b/.test(readFileSync(name, 'utf8')),
    );
    expect(wrong).toEqual([]);
  });

  test('name every file that reads the environment', () => {
    const readers = readdirSync('lib', { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && /process\.env\b/.test(readFileSync(join('lib', name), 'utf8')))
      .sort();
    const decision = readFileSync('docs/decisions/0009-the-shape-of-the-code.md', 'utf8');
    const named = [...(decision.match(/\| one reader.*/)?.[0] ?? '').matchAll(/`(\w[\w/-]+\.ts)`/g)].map(
      ([, name]) => name,
    );
    expect(readers).toEqual(named);
  });

  test('name only existing npm scripts, like all other files', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
    const files = ['lib', 'deploy', 'demo', 'functions', 'scripts', 'test', '.github', '.ci']
      .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)))
      .filter((name) => statSync(name).isFile() && !name.includes('embedded-elasticsearch'));
    const settings = readdirSync('.').filter((name) => /\.(?:yml|json|ts)$/.test(name) && name !== 'package-lock.json');
    const named = [...documents, ...files, ...settings].flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/npm run (?:--silent )?(\w[\w:.-]*)/g)].map(([, name = '']) => ({
        file,
        name: name.replace(/[.:]$/, ''),
      })),
    );
    expect(named.filter(({ name }) => !(name in scripts))).toEqual([]);
    expect(new Set(named.map(({ file }) => file)).size).toBeGreaterThan(20);
  });
});
