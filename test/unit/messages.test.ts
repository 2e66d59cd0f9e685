import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { messagesOf, messagesPage } from '../../scripts/messages.ts';

const messages = messagesOf('.');

test('docs/messages.md is current: npm run messages writes it', () => {
  expect(readFileSync('docs/messages.md', 'utf8')).toBe(messagesPage(messages));
});

test('no message has a word that the glossary forbids', () => {
  const [, old = ''] = readFileSync('docs/glossary.md', 'utf8').split('## Words that are not used any more');
  const words = [...old.matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, word = '']) => word),
  );
  expect(words.length).toBeGreaterThan(10);
  const wrong = messages.filter(({ expected, found, fix }) =>
    words.some((word) => new RegExp(`\\b${word}\\b`).test(`${expected} ${found} ${fix}`)),
  );
  expect(wrong).toEqual([]);
});
