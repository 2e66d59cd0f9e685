import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { SignatureError, verifySignature } from '../../../../lib/adapters/crypto/webhook-signature.ts';
import { InputError } from '../../../../lib/base/errors.ts';
import { MESSAGE_ID, OTHER_SECRET, SECRET, signedHeaders } from '../../../support/erasure/signed-webhook.ts';

const keyOf = (secret: string) => Buffer.from(secret.slice('whsec_'.length), 'base64');
const KEYS = [keyOf(SECRET)];

/**
 * The vector that the specification's libraries share:
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries/javascript/src/webhook.test.ts
 */
const VECTOR = {
  body: '{"test": 2432232314}',
  seconds: 1614265330,
  headers: {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  },
};
/** As the same file has it: signatures of the right form that fit nothing. */
const OTHER_SIGNATURE = 'v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=';
const SIGNATURE = VECTOR.headers['webhook-signature'];
const AT = VECTOR.seconds * 1000;

const verify = (
  headers: Record<string, string | undefined> = {},
  { keys = KEYS, now = AT, body = VECTOR.body }: { keys?: Buffer[]; now?: number; body?: string | Buffer } = {},
) => verifySignature({ headers: { ...VECTOR.headers, ...headers }, body: Buffer.from(body) }, keys, now);

const refused = (code: string) => expect.objectContaining({ code });

describe('a signature', () => {
  test("of the specification's test vector is valid", () => {
    expect(verify()).toBe(MESSAGE_ID);
  });

  test.each([
    ['short', '{"test": 2432232314}'],
    ['empty', ''],
    ['beyond ASCII', '{"name":"Zürich 東京 🗑️"}'],
    ['of many lines', '{\r\n  "a": 1\n}\n'],
  ])('of the reference implementation over a body that is %s is valid', (_, body) => {
    expect(verify(signedHeaders(body, { at: AT }), { body })).toBe(MESSAGE_ID);
  });

  test('is found among several, including other schemes', () => {
    const signatures = [OTHER_SIGNATURE, OTHER_SIGNATURE.replace('v1', 'v2'), SIGNATURE, OTHER_SIGNATURE];
    expect(verify({ 'webhook-signature': signatures.join(' ') })).toBe(MESSAGE_ID);
  });

  test.each([
    ['commas, as a repeated header arrives', [OTHER_SIGNATURE, SIGNATURE].join(',')],
    ['commas and blanks', [OTHER_SIGNATURE, SIGNATURE, OTHER_SIGNATURE].join(', ')],
    ['tabs', [OTHER_SIGNATURE, SIGNATURE].join('\t')],
    ['several blanks', [OTHER_SIGNATURE, SIGNATURE].join('   ')],
    ['a comma, after one of another scheme', [OTHER_SIGNATURE.replace('v1', 'v1a'), SIGNATURE].join(',')],
  ])('is found among several that are joined by %s', (_, header) => {
    expect(verify({ 'webhook-signature': header })).toBe(MESSAGE_ID);
  });

  test.each([
    ['of another scheme', SIGNATURE.replace('v1,', 'v2,')],
    ['of the asymmetric scheme', SIGNATURE.replace('v1,', 'v1a,')],
    ['without a scheme', SIGNATURE.replace('v1,', '')],
    ['of another message', OTHER_SIGNATURE],
    ['cut off', SIGNATURE.slice(0, 8)],
    ['of nothing', 'v1,'],
    ['with something after it', `${SIGNATURE}x`],
    ['beyond ASCII', 'v1,üüüüüüüüüüüüüüüüüüüüüü'],
  ])('%s is invalid', (_, signature) => {
    expect(() => verify({ 'webhook-signature': signature })).toThrow(refused('wrong-signature'));
  });

  test('is valid with either key during a rotation, and only with the new one afterwards', () => {
    const rotating = [keyOf(OTHER_SECRET), keyOf(SECRET)];
    const byNew = signedHeaders(VECTOR.body, { at: AT, secret: OTHER_SECRET });
    expect(verify({}, { keys: rotating })).toBe(MESSAGE_ID);
    expect(verify(byNew, { keys: rotating })).toBe(MESSAGE_ID);
    expect(() => verify({}, { keys: [keyOf(OTHER_SECRET)] })).toThrow(refused('wrong-signature'));
    expect(verify(byNew, { keys: [keyOf(OTHER_SECRET)] })).toBe(MESSAGE_ID);
  });

  test('with the wrong key or without a key is invalid', () => {
    const byOther = signedHeaders(VECTOR.body, { at: AT, secret: OTHER_SECRET });
    expect(() => verify(byOther)).toThrow(refused('wrong-signature'));
    expect(() => verify({}, { keys: [] })).toThrow(refused('wrong-signature'));
  });

  test.each([
    ['the body', {}, '{"test": 2432232315}'],
    ['white space of the body', {}, '{"test":2432232314}'],
    ['the id', { 'webhook-id': 'msg_other' }, VECTOR.body],
    ['the timestamp', { 'webhook-timestamp': String(VECTOR.seconds + 1) }, VECTOR.body],
    ['the writing of the timestamp', { 'webhook-timestamp': `0${VECTOR.seconds}` }, VECTOR.body],
  ])('is invalid after %s is altered', (_, headers, body) => {
    expect(() => verify(headers, { body })).toThrow(refused('wrong-signature'));
  });

  test('covers bytes, so bodies that decode to the same text have different signatures', () => {
    const replaced = '{"name":"\uFFFD"}';
    const headers = signedHeaders(replaced, { at: AT });
    const invalid = Buffer.from([...Buffer.from('{"name":"'), 0xff, ...Buffer.from('"}')]);
    expect(invalid.toString()).toBe(replaced);
    expect(verify(headers, { body: replaced })).toBe(MESSAGE_ID);
    expect(() => verify(headers, { body: invalid })).toThrow(refused('wrong-signature'));
  });
});

describe('a timestamp', () => {
  /** It, and the right signature over exactly this text. */
  const signedTimestamp = (timestamp: string) => ({
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${createHmac('sha256', keyOf(SECRET)).update(`${MESSAGE_ID}.${timestamp}.${VECTOR.body}`).digest('base64')}`,
  });

  test.each([-300_000, -299_000, 0, 299_000, 300_000, 300_999])(
    'that is %i ms behind our clock is accepted',
    (behind) => {
      expect(verify({}, { now: AT + behind })).toBe(MESSAGE_ID);
    },
  );

  test.each([
    [301_000, 'one 301 seconds behind it'],
    [86_400_000, 'one 86400 seconds behind it'],
    [-300_001, 'one 301 seconds ahead of it'],
  ])('that is %i ms behind our clock is refused as stale', (behind, found) => {
    expect(() => verify({}, { now: AT + behind })).toThrow(refused('stale-timestamp'));
    expect(() => verify({}, { now: AT + behind })).toThrow(found);
  });

  test.each(['hello', '1614265330.5', '1614265330abc', '0x60381E32', '-1614265330', '1e9', '9'.repeat(400)])(
    'is refused as stale, even if it is signed, if it is "%s"',
    (timestamp) => {
      expect(verify(signedTimestamp(`${VECTOR.seconds}`))).toBe(MESSAGE_ID);
      expect(() => verify(signedTimestamp(timestamp))).toThrow(refused('stale-timestamp'));
    },
  );

  test('is checked before the signature', () => {
    const forged = { 'webhook-signature': OTHER_SIGNATURE };
    expect(() => verify(forged, { now: AT + 301_000 })).toThrow(refused('stale-timestamp'));
  });
});

describe('headers', () => {
  test.each(Object.keys(VECTOR.headers))('without %s are refused', (name) => {
    expect(() => verify({ [name]: undefined })).toThrow(refused('unsigned'));
    expect(() => verify({ [name]: '' })).toThrow(refused('unsigned'));
  });

  test('are found whatever the case of their names', () => {
    const headers = Object.fromEntries(
      Object.entries(VECTOR.headers).map(([name, value]) => [name.replace('webhook', 'Webhook').toUpperCase(), value]),
    );
    expect(verifySignature({ headers, body: Buffer.from(VECTOR.body) }, KEYS, AT)).toBe(MESSAGE_ID);
  });
});

test.each([
  ['wrong-signature', {}, AT],
  ['stale-timestamp', {}, AT + 301_000],
  ['unsigned', { 'webhook-signature': undefined }, AT],
])('the signature error %s is an input error, and shows no key', (code, headers, now) => {
  const act = () => verify(headers, { keys: [keyOf(OTHER_SECRET)], now });
  expect(act).toThrow(refused(code));
  expect(act).toThrow(SignatureError);
  expect(act).toThrow(InputError);
  expect(act).not.toThrow(OTHER_SECRET.slice('whsec_'.length));
});
