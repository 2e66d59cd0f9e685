import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MAX_HOLDS } from '../../../lib/control/controls.ts';
import { LONGEST_IDENTIFIER } from '../../../lib/criteria/due-criteria.ts';
import { messagesOf, messagesPage } from '../../../scripts/messages.ts';
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

test('the list of messages has the value of a constant, also from another file', () => {
  const textsOf = (code: string): readonly string[] =>
    messages.filter((each) => each.code === code).map(({ expected }) => expected);
  expect(textsOf('too-many-holds')).toEqual([expect.stringContaining(`at most ${MAX_HOLDS} open holds`)]);
  expect(textsOf('bad-termination').join('\n')).toContain(`a text of 1 to ${LONGEST_IDENTIFIER} UTF-16 units`);
});

test('the list of messages names a value in words, not by its name in the code', () => {
  const values = messages.flatMap(({ expected, found, fix }) => `${expected} ${found} ${fix}`.match(/<[^>]*>/g) ?? []);
  expect(values).toContain('<account field>');
  expect(values.filter((value) => !/^<[a-z]+(?: \/? ?[a-z]+)*>$/.test(value))).toEqual([]);
});
