import { createHash, createHmac, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { CompactSign } from 'jose';
import { describe, expect, test } from 'vitest';
import { canonicalReceipt, receiptHash, signReceipt } from '../../../../lib/adapters/crypto/receipt-signer.ts';
import { verifyReceipt } from '../../../../lib/adapters/crypto/receipt-verifier.ts';
import { buildReceipt, type Receipt } from '../../../../lib/erasure/receipts/receipt.ts';
import { newRing, ringOf } from '../../../support/erasure/key-ring-text.ts';
import { aboutSubject, receiptFacts, SUBJECT } from '../../../support/receipts/receipt-facts.ts';

const ring = ringOf(newRing());
const receipt = buildReceipt(receiptFacts());
const jws = await signReceipt(receipt, ring);
const [header = '', payload = '', signature = ''] = jws.split('.');

const privateKey = (kid: string): KeyObject => ring.signing.keys.get(kid) as KeyObject;
const publicPem = (kid = 'new'): string =>
  String(createPublicKey(privateKey(kid)).export({ type: 'spki', format: 'pem' }));
const HEADER = { alg: 'EdDSA', kid: 'new', typ: 'es-retention-receipt+jws' };
const base64url = (text: string): string => Buffer.from(text).toString('base64url');

/** Anything at all, well signed by the right key. */
const signed = (text: string, more: object = {}): Promise<string> =>
  new CompactSign(Buffer.from(text)).setProtectedHeader({ ...HEADER, ...more }).sign(privateKey('new'));

describe('a signed receipt', () => {
  test('verifies with the public key as PEM and JWK, and names the key version', async () => {
    const jwk = JSON.stringify(createPublicKey(privateKey('new')).export({ format: 'jwk' }));
    for (const key of [publicPem(), jwk, `\n${publicPem()}\n`])
      expect(await verifyReceipt(jws, key)).toEqual({ kid: 'new', receipt });
  });

  test('is a compact JWS for any tool: an Ed25519 signature over canonical JSON', () => {
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual(HEADER);
    expect(Buffer.from(payload, 'base64url').toString()).toBe(canonicalReceipt(receipt));
    const bytes = Buffer.from(signature, 'base64url');
    expect(verify(null, Buffer.from(`${header}.${payload}`), publicPem(), bytes)).toBe(true);
  });

  test('is identified by the SHA-256 of its text', () => {
    expect(receiptHash(jws)).toBe(createHash('sha256').update(jws).digest('hex'));
  });

  test('is identical when the same content is signed again', async () => {
    const turned = Object.fromEntries(Object.entries(receipt).reverse()) as unknown as Receipt;
    expect(await signReceipt(turned, ring)).toBe(jws);
  });

  test('may refer to an earlier receipt', async () => {
    const later = buildReceipt(receiptFacts({ previous: receiptHash(jws) }));
    const { receipt: verified } = await verifyReceipt(await signReceipt(later, ring), publicPem());
    expect(verified.previous).toBe(receiptHash(jws));
  });

  test('is not signed if its content would not verify', async () => {
    const wrong = { ...receipt, keptInTime: false };
    await expect(signReceipt(wrong, ring)).rejects.toThrow('keptInTime');
    const half = { ...receipt, cluster: { ...receipt.cluster, name: 'a\ud800' } };
    await expect(signReceipt(half, ring)).rejects.toMatchObject({ code: 'bad-receipt' });
  });
});

test('canonical JSON sorts as RFC 8785 (3.2.3) shows', () => {
  const sample = {
    '€': 'Euro Sign',
    '\r': 'Carriage Return',
    '\ufb33': 'Hebrew Letter Dalet With Dagesh',
    '1': 'One',
    '😀': 'Emoji: Grinning Face',
    '\u0080': 'Control',
    ö: 'Latin Small Letter O With Diaeresis',
  };
  expect([...canonicalReceipt(sample).matchAll(/:"(\w+)/g)].map(([, word]) => word)).toEqual([
    'Carriage',
    'One',
    'Control',
    'Latin',
    'Euro',
    'Emoji',
    'Hebrew',
  ]);
});

describe('a receipt', () => {
  const refused = async (text: string, code: string, key = publicPem()): Promise<void> => {
    await expect(verifyReceipt(text, key)).rejects.toMatchObject({
      name: 'InvalidReceipt',
      code,
      explanation: { expected: expect.any(String), found: expect.any(String), fix: expect.any(String) },
    });
  };

  test('is refused with another key', () => refused(jws, 'bad-signature', publicPem('old')));
  test('is refused with another key by a message that names the right one', async () => {
    await expect(verifyReceipt(jws, publicPem('old'))).rejects.toThrow(
      'Take the public key that its issuer calls "new"',
    );
  });
  test('is refused with the signature of another receipt', async () => {
    const other = await signReceipt(buildReceipt(receiptFacts(aboutSubject(SUBJECT, 'B'.repeat(43)))), ring);
    await refused(`${header}.${payload}.${other.split('.')[2]}`, 'bad-signature');
  });
  test('is refused if its header says alg none', async () => {
    const none = base64url(JSON.stringify({ ...HEADER, alg: 'none' }));
    await refused(`${none}.${payload}.${signature}`, 'wrong-algorithm');
    await refused(`${none}.${payload}.`, 'not-a-receipt');
  });
  test('is refused if it is signed by HS256 with the public key as the secret', async () => {
    const input = `${base64url(JSON.stringify({ ...HEADER, alg: 'HS256' }))}.${payload}`;
    const mac = createHmac('sha256', publicPem()).update(input).digest('base64url');
    await refused(`${input}.${mac}`, 'wrong-algorithm');
  });
  test.each([
    ['jwk', createPublicKey(privateKey('new')).export({ format: 'jwk' })],
    ['jku', 'https://example.org/keys'],
    ['x5c', ['MIIB']],
  ])('is refused with an embedded key, under %s, even if it is the right one', async (name, value) => {
    await refused(await signed(canonicalReceipt(receipt), { [name]: value }), 'embedded-key');
  });
  test.each([
    ['another typ', { typ: 'JWT' }],
    ['no typ', { typ: undefined }],
    ['no kid', { kid: undefined }],
    ['a field that is not known', { iat: 1 }],
  ])('is refused with %s in its header', async (_, more) => {
    await refused(await signed(canonicalReceipt(receipt), more), 'wrong-header');
  });
  test('is refused with a repeated parameter in its header', async () => {
    const twice = base64url('{"alg":"EdDSA","kid":"old","kid":"new","typ":"es-retention-receipt+jws"}');
    const bytes = sign(null, Buffer.from(`${twice}.${payload}`), privateKey('new'));
    await refused(`${twice}.${payload}.${bytes.toString('base64url')}`, 'wrong-header');
  });
  test('is refused if it names another key version than the public key does', async () => {
    const jwk = createPublicKey(privateKey('new')).export({ format: 'jwk' });
    await refused(jws, 'wrong-kid', JSON.stringify({ ...jwk, kid: 'old' }));
    expect((await verifyReceipt(jws, JSON.stringify({ ...jwk, kid: 'new' }))).kid).toBe('new');
  });
  test.each(['"\\ud800"', '1e400'])('is refused with a value that has no canonical form: %s', async (value) => {
    await refused(
      await signed(canonicalReceipt(receipt).replace('"es-retention', `${value},"es-retention`)),
      'not-a-receipt',
    );
    await refused(
      await signed(canonicalReceipt({ ...receipt, note: 0 }).replace('"note":0', `"note":${value}`)),
      'not-canonical',
    );
  });
  test('is refused if its verification is dated before the termination', async () => {
    const [category] = receipt.categories;
    const early = { ...receipt, categories: [{ ...category, verifiedAt: '2026-10-31T09:00:00.000Z' }] };
    await refused(await signed(canonicalReceipt(early)), 'bad-receipt');
    await expect(signReceipt(early as Receipt, ring)).rejects.toThrow('no verifiedAt before terminatedAt');
  });
  test('is refused in another spelling of the same JSON', async () => {
    await refused(await signed(JSON.stringify(receipt, undefined, 1)), 'not-canonical');
    await refused(await signed(canonicalReceipt(receipt).replace('{', '{"type":"x",')), 'not-canonical');
    await refused(await signed(`\ufeff${canonicalReceipt(receipt)}`), 'not-a-receipt');
  });
  test('is refused if its type is unknown', async () => {
    await refused(await signed(canonicalReceipt({ ...receipt, type: 'x/2' })), 'unknown-receipt-type');
    await refused(await signed('"text"'), 'unknown-receipt-type');
  });
  test('is refused with an unknown or missing field', async () => {
    await refused(await signed(canonicalReceipt({ ...receipt, note: 'x' })), 'bad-receipt');
    await refused(await signed(canonicalReceipt({ ...receipt, stages: undefined })), 'bad-receipt');
  });
  test.each([
    ['nothing', ''],
    ['a text', 'no receipt'],
    ['two parts', `${header}.${payload}`],
    ['four parts', `${jws}.${signature}`],
    ['its JSON', JSON.stringify(receipt)],
    ['a header that is no JSON', `${base64url('x')}.${payload}.${signature}`],
  ])('is refused if it is %s', async (_, text) => {
    await refused(text, 'not-a-receipt');
  });
});

test('a receipt that a mail program has wrapped is refused with that explanation', async () => {
  await expect(verifyReceipt(`${jws.slice(0, 76)}\r\n${jws.slice(76)}`, publicPem())).rejects.toThrow(
    'line ends within it',
  );
});

describe('a public key', () => {
  test.each([
    ['a private key as PEM', String(privateKey('new').export({ type: 'pkcs8', format: 'pem' })), 'a private key'],
    ['a private key as JWK', JSON.stringify(privateKey('new').export({ format: 'jwk' })), 'a private key'],
    ['a key of another kind', JSON.stringify({ kty: 'OKP', crv: 'X25519', x: 'A'.repeat(43) }), 'x25519'],
    ['no key', 'no key', 'neither'],
    ['a set of keys', '{"keys":[]}', 'no JWK'],
    ['one of several', `${publicPem('old')}${publicPem()}`, 'several keys'],
    ['a broken PEM', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----', 'cannot be read'],
  ])('is refused if it is %s', async (_, key, found) => {
    await expect(verifyReceipt(jws, key)).rejects.toMatchObject({
      code: 'bad-public-key',
      explanation: { found: expect.stringContaining(found) },
    });
  });
});
