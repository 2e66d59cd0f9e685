import { describe, expect, test } from 'vitest';
import { isIdentifier, readIdentifier, readRequestId } from '../../../../lib/erasure/events/identifier.ts';
import { identifier } from '../../../support/erasure/arbitrary-termination.ts';
import { thrownBy } from '../../../support/erasure/refusals.ts';
import fc from '../../../support/run/fast-check.ts';

/** As account systems write them. */
const ACCOUNTS = [
  '9007199254740993',
  'auth0|5f7c1ad2b9',
  'jo+tag@example.com',
  'José',
  'Jose\u0301',
  '利用者 42',
  '👩‍👩‍👧',
  'urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66',
  'CN=Jo Smith,OU="Sales; EMEA",O=Example\\, Inc.',
  "O'Brien",
  '*',
  '?{a=1}',
  '#7',
  '-7',
  '--app',
  '__proto__',
  'constructor',
  'null',
  '<b>&amp;</b>',
  '{{x}}$(x)`x`%s',
  '\u200b',
  'a\u2028b',
];

describe('an identifier', () => {
  test.each(ACCOUNTS)('may be %j', (text) => {
    expect(readIdentifier(text, 'uin')).toBe(text);
  });

  test('has at most 128 UTF-16 units', () => {
    for (const text of ['x'.repeat(128), 'é'.repeat(128), '😀'.repeat(64)]) expect(isIdentifier(text)).toBe(true);
    for (const text of ['x'.repeat(129), `${'😀'.repeat(64)}x`]) expect(isIdentifier(text)).toBe(false);
  });

  test.each([
    ['a control character', 'a\u0000b', 'a text of 3 characters: a control character'],
    ['a line end', 'a\nb', 'a control character'],
    ['a tab', 'a\tb', 'a control character'],
    ['a delete', 'a\u007f', 'a control character'],
    ['a C1 control character', 'a\u009b31mb', 'a control character'],
    ['a high half of a pair', 'a\ud83d', 'half of a surrogate pair'],
    ['a low half of a pair', '\ude00a', 'half of a surrogate pair'],
    ['a noncharacter', 'a\uffff', 'a code point that is no character'],
    ['another noncharacter', 'a\ufdd0', 'a code point that is no character'],
    ['a noncharacter of a further plane', 'a\u{1fffe}', 'a code point that is no character'],
    ['a blank in front', ' a', 'a blank at one of its ends'],
    ['a blank behind', 'a ', 'a blank at one of its ends'],
    ['a no-break space in front', '\u00a0a', 'a blank at one of its ends'],
    ['an ideographic space behind', 'a\u3000', 'a blank at one of its ends'],
    ['a byte order mark', '\ufeffa', 'a blank at one of its ends'],
    ['nothing but a blank', ' ', 'a blank at one of its ends'],
    ['nothing', '', 'an empty text'],
    ['too much', 'x'.repeat(129), 'longer than 128'],
  ])('is refused with %s, and the message names the problem without the text', (_, text, found) => {
    const error = thrownBy(() => readIdentifier(text, 'uin'));
    expect(error).toMatchObject({ code: 'bad-termination', field: 'uin' });
    expect(error.explanation.found).toContain(found);
    expect(error.message).not.toMatch(/[^ -~]/);
  });

  test('is not normalised: two spellings of a letter are two accounts', () => {
    expect(readIdentifier('Jose\u0301', 'uin')).not.toBe(readIdentifier('José', 'uin'));
    expect('Jose\u0301'.normalize()).toBe('José');
  });

  test('may be any text of the generator that other tests use', () => {
    fc.assert(fc.property(identifier, (text) => isIdentifier(text)));
  });
});

test.each(['José', 'a b', 'a|b', '+1', '_a', 'a/b', '', 'x'.repeat(129)])('a request id cannot be %j', (text) => {
  expect(() => readRequestId(text, 'webhook-id')).toThrow(expect.objectContaining({ code: 'bad-termination' }));
});
