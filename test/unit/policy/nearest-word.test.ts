import { describe, expect, test } from 'vitest';
import { isSlipOf, nearestWord } from '../../../lib/policy/nearest-word.ts';

describe('the nearest word', () => {
  test.each([
    ['maxAg', ['maxDay', 'maxAge', 'maxShare'], 'maxAge'],
    ['MAXAGE', ['maxAge'], 'maxAge'],
    ['alowedLatenes', ['maxAge', 'allowedLateness'], 'allowedLateness'],
    ['titel', ['rules', 'title'], 'title'],
    ['timestamp', ['timestampField'], undefined],
    ['retention', ['mode', 'earliest'], undefined],
    ['x', [], undefined],
  ])('to %s among %j is %s', (word, candidates, nearest) => {
    expect(nearestWord(word, candidates)).toBe(nearest);
  });
});

describe('the check for a typing error', () => {
  test.each([
    ['two neighbours swapped in a short word', 'lgos', 'logs', true],
    ['one letter too many in a short word', 'loggs', 'logs', true],
    ['two other letters in a short word', 'lags2', 'logs', false],
    ['two neighbours swapped, and a wrong letter', 'settnigz', 'settings', true],
    ['two neighbours swapped, and a letter missing', 'bakcend-log', 'backend-logs', true],
    ['two pairs of neighbours swapped', 'abckedn', 'backend', true],
    ['three wrong letters', 'zettinxz', 'settings', false],
    ['the word itself', 'settings', 'settings', false],
    ['a word of three letters', 'sdl', 'sdk', false],
    ['a single letter', 'x', 'logs', false],
  ])('accepts or rejects %s', (_, word, meant, is) => {
    expect(isSlipOf(word, meant)).toBe(is);
  });
});
