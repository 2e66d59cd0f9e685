import { createHash, createHmac, createSecretKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { isOpening, subjectCommitment } from '../../../../lib/erasure/subjects/subject-commitment.ts';
import { subjectHash, subjectHashes } from '../../../../lib/erasure/subjects/subject-hash.ts';
import { newRing, ringOf } from '../../../support/erasure/key-ring-text.ts';
import { OPENING } from '../../../support/receipts/receipt-facts.ts';

const BYTES = Buffer.from(Array.from({ length: 32 }, (_, at) => at + 7));
const key = createSecretKey(BYTES);

describe('a subject hash', () => {
  test.each([
    [{ uin: '42' }, '["es-retention/subject-hash/1","42",null]'],
    [{ uin: '42', sdkAppId: '14' }, '["es-retention/subject-hash/1","42","14"]'],
  ])('of %j is the HMAC-SHA-256 over the documented text', (subject, text) => {
    expect(subjectHash(subject, key)).toBe(createHmac('sha256', BYTES).update(text).digest('base64url'));
  });

  test('distinguishes accounts, applications and similar identifiers', () => {
    const subjects = [
      { uin: '123' },
      { uin: '12', sdkAppId: '3' },
      { uin: '1', sdkAppId: '23' },
      { uin: '123', sdkAppId: '' },
      { uin: '123', sdkAppId: 'null' },
      { uin: '12","3' },
    ];
    expect(new Set(subjects.map((subject) => subjectHash(subject, key))).size).toBe(subjects.length);
  });

  test('exists for every key version, the current one first', () => {
    const ring = ringOf(newRing());
    const hashes = subjectHashes({ uin: '42' }, ring);
    expect(hashes.map(({ kid }) => kid)).toEqual(['new', 'old']);
    expect(new Set(hashes.map(({ hash }) => hash)).size).toBe(2);
  });

  test('made before a rotation is among the hashes after it', () => {
    const before = newRing();
    const [written] = subjectHashes({ uin: '42' }, ringOf(before));
    const keys = { ...before.subject.keys, newest: BYTES.toString('base64') };
    const after = subjectHashes({ uin: '42' }, ringOf({ ...before, subject: { current: 'newest', keys } }));
    expect(after[0]?.kid).toBe('newest');
    expect(after).toContainEqual(written);
  });
});

describe('a subject commitment', () => {
  test.each([
    [{ uin: '42' }, `["es-retention/subject-commitment/1","${OPENING}","42",null]`],
    [{ uin: '42', sdkAppId: '14' }, `["es-retention/subject-commitment/1","${OPENING}","42","14"]`],
  ])('of %j is the SHA-256 over the documented text', (subject, text) => {
    expect(subjectCommitment(subject, OPENING)).toBe(createHash('sha256').update(text).digest('hex'));
  });

  test.each([
    [OPENING, true],
    [OPENING.slice(1), false],
    [`${OPENING}=`, false],
    [OPENING.replace('A', '+'), false],
  ])('accepts 32 bytes of base64url as an opening: %s is %s', (text, expected) => {
    expect(isOpening(text)).toBe(expected);
  });
});
