import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { messagesOf, messagesPage } from '../../scripts/messages.ts';
import { OLD_WORDS } from './old-words.ts';

const messages = messagesOf('.');

test('docs/messages.md is current (if not: npm run messages)', () => {
  expect(readFileSync('docs/messages.md', 'utf8')).toBe(messagesPage(messages));
});

test('no message has a word that the glossary forbids', () => {
  expect(OLD_WORDS.length).toBeGreaterThan(10);
  const wrong = messages.filter(({ expected, found, fix }) =>
    OLD_WORDS.some((word) => new RegExp(`\\b${word}\\b`).test(`${expected} ${found} ${fix}`)),
  );
  expect(wrong).toEqual([]);
});
