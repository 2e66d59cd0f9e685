import { describe, expect, test } from 'vitest';
import { printable, printableIdentifier, printableJson } from '../../../../lib/cli/output/printable.ts';
import fc from '../../../support/run/fast-check.ts';

describe('text for a terminal', () => {
  test.each([
    ['an escape sequence', 'a\u001b[31mb', 'a\\u{1b}[31mb'],
    ['the one-byte form of its beginning', 'a\u009b31mb', 'a\\u{9b}31mb'],
    ['a line feed, which would forge a line', 'a\nb', 'a\\u{a}b'],
    ['a carriage return, which would overwrite one', 'a\rb', 'a\\u{d}b'],
    ['a delete', 'a\u007fb', 'a\\u{7f}b'],
    ['a mark that turns the direction of writing', 'a\u202eb', 'a\\u{202e}b'],
    ['an invisible character', 'a\u200bb', 'a\\u{200b}b'],
    ['a line separator', 'a\u2028b', 'a\\u{2028}b'],
    ['half of a surrogate pair', 'a\ud800b', 'a\\u{d800}b'],
    ['an invisible character beyond the first plane', 'a\u{e0041}b', 'a\\u{e0041}b'],
  ])('contains only an escaped form of %s', (_, hostile, shown) => {
    expect(printable(hostile)).toBe(shown);
  });

  test('leaves letters of any script, spaces and signs unchanged', () => {
    const harmless = 'Überfällig · 期限切れ 🔥 "x" \\ 100 %';
    expect(printable(harmless)).toBe(harmless);
  });
});

describe('JSON for a terminal', () => {
  const hostile = { 'a\u009b': ['\u001b[2J', '\u202e', '\u007f', '\u{e0041}', '\n', 'ü'] };

  test('parses to the same value', () => {
    expect(JSON.parse(printableJson(hostile))).toEqual(hostile);
  });

  test('contains no control characters except its own line feeds', () => {
    expect(printableJson(hostile).replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
  });
});

describe('an identifier in the output', () => {
  test.each(['9007199254740993', 'auth0|5f7c', 'jo+tag@example.com', 'José', '利用者', '-7', '*', '€', '期限'])(
    'is shown unchanged if it is %s',
    (text) => {
      expect(printableIdentifier(text)).toBe(text);
    },
  );

  test.each([
    ['a blank', 'Jo Smith', '"Jo Smith"'],
    ['a quotation mark', 'a"b', '"a\\"b"'],
    ['a backslash', 'a\\u{1b}', '"a\\\\u{1b}"'],
    ['an invisible character', 'a\u200bb', '"a\\u200bb"'],
    ['an invisible letter', 'a\u3164b', '"a\\u3164b"'],
    ['a mark that turns the direction of writing', 'a\u202eb', '"a\\u202eb"'],
    ['a letter that is composed otherwise', 'Jose\u0301', '"Jose\\u0301"'],
    ['a mark in front', '\u0301a', '"\\u0301a"'],
    ['another blank', 'a\u00a0b', '"a\\u00a0b"'],
    ['an escape sequence', 'a\u001b[2J', '"a\\u001b[2J"'],
    ['half of a surrogate pair', 'a\ud800', '"a\\ud800"'],
    ['an invisible character beyond the first plane', 'a\u{e0041}', '"a\\udb40\\udc41"'],
  ])('is written as JSON if it contains %s', (_, text, shown) => {
    expect(printableIdentifier(text)).toBe(shown);
    expect(JSON.parse(shown)).toBe(text);
  });

  test('is printable, and can be converted back to the identifier', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 12 }), (text) => {
        const shown = printableIdentifier(text);
        return (shown.startsWith('"') ? JSON.parse(shown) : shown) === text && printable(shown) === shown;
      }),
    );
  });
});
