import { createSecretKey } from 'node:crypto';
import { CompactEncrypt, compactDecrypt } from 'jose';
import { describe, expect, test } from 'vitest';
import { type JweHeader, NotOpened, openJwe, sealJwe } from '../../../../lib/adapters/archive/compact-jwe.ts';

const key = createSecretKey(Buffer.alloc(32, 7));
const TEXT = Buffer.from('ünïcode 😀');
const HEADER = { kid: '1', kind: 'events', id: 'a' };

const encoded = (text: string | Buffer): string => Buffer.from(text).toString('base64url');
const byJose = (header: { readonly alg: string; readonly enc: string }) =>
  new CompactEncrypt(TEXT).setProtectedHeader({ ...header, ...HEADER }).encrypt(key);
const opened = (sealed: string) => openJwe(sealed, () => key);

/** With another header than the one that was sealed. */
const withHeader = (header: JweHeader): string => {
  const [, ...rest] = sealJwe(TEXT, HEADER, key).split('.');
  return [encoded(JSON.stringify(header)), ...rest].join('.');
};

describe('a compact JWE', () => {
  test('of es-retention can be opened by jose, and one of jose by es-retention', async () => {
    const ours = await compactDecrypt(sealJwe(TEXT, HEADER, key), key);
    expect([Buffer.from(ours.plaintext), ours.protectedHeader]).toEqual([
      TEXT,
      { alg: 'dir', enc: 'A256GCM', ...HEADER },
    ]);
    const theirs = opened(await byJose({ alg: 'dir', enc: 'A256GCM' }));
    expect([theirs.plaintext, theirs.header]).toEqual([TEXT, { alg: 'dir', enc: 'A256GCM', ...HEADER }]);
  });

  test('of another algorithm is not opened', async () => {
    for (const header of [
      { alg: 'A256KW', enc: 'A256GCM' },
      { alg: 'dir', enc: 'A128CBC-HS256' },
    ])
      await expect(byJose(header).then(opened)).rejects.toThrow(NotOpened);
  });

  test.each<[what: string, header: JweHeader]>([
    ['that it does not understand', { crit: ['b64'] }],
    ['of a compressed text', { zip: 'DEF' }],
  ])('is not opened with a header %s', (_, header) => {
    expect(() => opened(sealJwe(TEXT, header, key))).toThrow(NotOpened);
  });

  test.each<[what: string, sealed: () => string]>([
    ['no text', () => ''],
    ['four parts', () => sealJwe(TEXT, HEADER, key).split('.').slice(1).join('.')],
    ['an encrypted key', () => sealJwe(TEXT, HEADER, key).replace('..', '.AA.')],
    ['a header that is no object', () => sealJwe(TEXT, HEADER, key).replace(/^[^.]*/, encoded('[]'))],
    ['another header', () => withHeader({ alg: 'dir', enc: 'A256GCM', ...HEADER, id: 'b' })],
    ['a short tag', () => sealJwe(TEXT, HEADER, key).slice(0, -2)],
  ])('is not opened with %s', (_, sealed) => {
    expect(() => opened(sealed())).toThrow();
  });

  test('asks for the key that the header names, and never repeats a nonce', () => {
    const asked: unknown[] = [];
    const all = Array.from({ length: 50 }, () => sealJwe(TEXT, HEADER, key));
    for (const each of all)
      openJwe(each, ({ kid }) => {
        asked.push(kid);
        return key;
      });
    expect(new Set(asked)).toEqual(new Set(['1']));
    expect(new Set(all.map((each) => each.split('.')[2])).size).toBe(50);
  });
});
