import { describe, expect, test } from 'vitest';
import { matchesPattern, patternsOverlap } from '../../../lib/policy/index-pattern.ts';
import fc from '../../support/run/fast-check.ts';

describe('an index name', () => {
  test.each([
    ['trtc-sdk-log-2026.11.24', 'trtc-sdk-log-*'],
    ['trtc-sdk-log-', 'trtc-sdk-log-*'],
    ['trtc-sdk-log', 'trtc-sdk-log'],
    ['ab', 'a*b'],
    ['axxb', 'a*b'],
    ['a-b-a-b', 'a*b'],
    ['abcabc', 'a*bc*c'],
    ['a**b', 'a*b'],
    ['anything', '**'],
    ['', '*'],
    ['a.b', 'a.b'],
  ])('%j matches %j', (name, pattern) => {
    expect(matchesPattern(name, pattern)).toBe(true);
  });

  test.each([
    ['trtc-sdk-log', 'trtc-sdk-log-*'],
    ['xtrtc-sdk-log-1', 'trtc-sdk-log-*'],
    ['trtc-sdk-log-1', 'trtc-sdk-log'],
    ['a', 'a*a'],
    ['abc', 'a*b'],
    ['abab', 'ab*ba*ab'],
    ['TRTC-1', 'trtc-*'],
    ['axb', 'a.b'],
    ['axb', 'a?b'],
  ])('%j does not match %j', (name, pattern) => {
    expect(matchesPattern(name, pattern)).toBe(false);
  });

  test('matches like a regular expression in which * is .*', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '-'), maxLength: 8 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '-', '*'), maxLength: 6 });
    fc.assert(
      fc.property(word, pattern, (name, wildcard) => {
        expect(matchesPattern(name, wildcard)).toBe(new RegExp(`^${wildcard.replaceAll('*', '.*')}$`).test(name));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('two patterns', () => {
  test.each([
    ['trtc-*', 'trtc-sdk-*'],
    ['trtc-*-log', 'trtc-sdk-*'],
    ['*-log', 'trtc-*'],
    ['a*', '*a'],
    ['a*b*c', 'a*c*b*c'],
    ['logs', 'logs'],
    ['logs', 'log*'],
    ['*', ''],
    ['a**', 'a'],
  ])('%j and %j overlap', (a, b) => {
    expect(patternsOverlap(a, b)).toBe(true);
    expect(patternsOverlap(b, a)).toBe(true);
  });

  test.each([
    ['trtc-sdk-log-*', 'trtc-sdk-appid-*'],
    ['trtc-uin-*', 'trtc-uin'],
    ['a*b', 'a*c'],
    ['logs', 'logs-*'],
    ['a', 'b'],
    ['a*', ''],
    ['ab*', 'a'],
  ])('%j and %j do not overlap', (a, b) => {
    expect(patternsOverlap(a, b)).toBe(false);
    expect(patternsOverlap(b, a)).toBe(false);
  });

  test('overlap exactly if some name matches both', () => {
    const names = wordsUpTo(8);
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 4 });
    fc.assert(
      fc.property(pattern, pattern, (a, b) => {
        // Letters of both patterns in any order suffice: a shortest common name is never longer than the two together.
        const common = names.some((name) => matchesPattern(name, a) && matchesPattern(name, b));
        expect(patternsOverlap(a, b)).toBe(common);
      }),
      { numRuns: 500 },
    );
  });
});

/** Every word of a and b with at most so many letters. */
function wordsUpTo(length: number): string[] {
  let longest = [''];
  const all = [''];
  for (let i = 0; i < length; i++) {
    longest = longest.flatMap((word) => [`${word}a`, `${word}b`]);
    all.push(...longest);
  }
  return all;
}
