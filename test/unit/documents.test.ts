import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

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
