import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isTermination, terminationFromBus } from '../../lib/erasure/bus-event.ts';
import { terminationFromWebhook } from '../../lib/erasure/webhook-body.ts';
import { DAY } from '../../lib/policy/duration.ts';
import { parseRetentionPolicy } from '../../lib/policy/parse-retention-policy.ts';

const documents = [
  'README.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

const linksIn = (document: string): readonly string[] =>
  [...readFileSync(document, 'utf8').matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link = '']) => link);

describe('the documents', () => {
  it.each(documents)('%s links only to what is there', (document) => {
    expect(linksIn(document).filter((link) => !existsSync(join(dirname(document), link)))).toEqual([]);
  });

  it('show events as the webhook and the functions accept them', () => {
    const bounds = { now: Date.parse('2026-11-24T09:00:10Z'), memory: 45 * DAY };
    const [, yaml = ''] = /```yaml\n(.*?)```/s.exec(readFileSync('docs/webhook.md', 'utf8')) ?? [];
    const policy = `${readFileSync('retention-policy.yml', 'utf8')}\n${yaml.replaceAll(/^ {2}/gm, '')}`;
    const { cloudEvents } = parseRetentionPolicy(policy, 'p.yml').webhook;
    expect(cloudEvents).toHaveLength(1);
    const shown = [...readFileSync('docs/webhook.md', 'utf8').matchAll(/```json\n(.*?)```/gs)].map(
      ([, json = '']) => json,
    );
    const events = shown.map((json) =>
      isTermination(JSON.parse(json))
        ? terminationFromBus(JSON.parse(json), bounds)
        : terminationFromWebhook('msg_1', Buffer.from(json), { bounds, cloudEvents }),
    );
    expect(events.map((event) => event?.type)).toEqual(['account-deleted', 'feature-terminated', 'account-reinstated']);
  });

  it('and every message name the command so that it cannot come from a registry', () => {
    const files = ['lib', 'bin', 'deploy', 'functions', 'demo']
      .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)))
      .filter((name) => /\.(?:ts|mjs|js|yml)$/.test(name));
    const wrong = [...documents, ...files, 'serverless.yml', 'retention-policy.yml'].filter((name) =>
      /\bnp(?:x|m exec) (?:-\S+ )*es-retention\b/.test(readFileSync(name, 'utf8')),
    );
    expect(wrong).toEqual([]);
  });

  it('name every reader of the environment', () => {
    const readers = readdirSync('lib', { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && /process\.env\b/.test(readFileSync(join('lib', name), 'utf8')))
      .sort();
    const decision = readFileSync('docs/decisions/0009-the-shape-of-the-code.md', 'utf8');
    const named = [...(decision.match(/\| one reader.*/)?.[0] ?? '').matchAll(/`(\w[\w/-]+\.ts)`/g)].map(
      ([, name]) => name,
    );
    expect(readers).toEqual(named.map((name) => `adapters/${name}`));
  });

  it('name only scripts that package.json has', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
    const named = documents.flatMap((document) =>
      [...readFileSync(document, 'utf8').matchAll(/npm run (?:--silent )?([\w:.-]+)/g)].map(([, name = '']) =>
        name.replace(/[.:]$/, ''),
      ),
    );
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
    expect(named).toContain('demo');
  });
});
