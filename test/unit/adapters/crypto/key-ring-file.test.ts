import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { keyVariable, readKeyRing, readKeys } from '../../../../lib/adapters/crypto/read-key-ring.ts';
import { signReceipt } from '../../../../lib/adapters/crypto/receipt-signer.ts';
import { verifyReceipt } from '../../../../lib/adapters/crypto/receipt-verifier.ts';
import {
  createKeyRingFile,
  publicKeyOf,
  rotateKeyRingFile,
  splitKeyRingFile,
} from '../../../../lib/adapters/files/key-ring-file.ts';
import { buildReceipt } from '../../../../lib/erasure/receipts/receipt.ts';
import { KEY_KINDS } from '../../../../lib/erasure/subjects/key-ring.ts';
import { receiptFacts } from '../../../support/receipts/receipt-facts.ts';

const NOW = Date.parse('2026-11-24T23:59:59.999Z');

const newPath = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'es-retention-keys-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'keys.json');
};
const newFile = async (): Promise<string> => {
  const file = newPath();
  await createKeyRingFile(file, NOW);
  return file;
};
const json = (file: string) => JSON.parse(readFileSync(file, 'utf8'));

describe('a new key ring', () => {
  test('is accepted by RETENTION_KEYS, in a file that only its owner can read', async () => {
    const file = newPath();
    const current = await createKeyRingFile(file, NOW);
    const ring = readKeyRing({ RETENTION_KEYS: file });
    for (const kind of KEY_KINDS) {
      expect(ring[kind].current).toBe(current[kind]);
      expect(current[kind]).toMatch(/^2026-11-24-[0-9a-f]{8}$/);
    }
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('is different each time', async () => {
    const [one, other] = [json(await newFile()), json(await newFile())];
    for (const kind of KEY_KINDS) expect(Object.values(one[kind].keys)).not.toEqual(Object.values(other[kind].keys));
  });

  test('overwrites no file that exists', async () => {
    const file = newPath();
    writeFileSync(file, 'precious');
    await expect(createKeyRingFile(file, NOW)).rejects.toMatchObject({ name: 'InputError', code: 'keys-exist' });
    expect(readFileSync(file, 'utf8')).toBe('precious');
  });

  test('that cannot be written is reported with the reason', async () => {
    await expect(createKeyRingFile(join(newPath(), 'x', 'y'), NOW)).rejects.toMatchObject({
      code: 'keys-not-written',
      explanation: { found: expect.stringContaining('ENOENT') },
    });
  });
});

describe('a rotation', () => {
  test.each(KEY_KINDS)('adds a current %s key and keeps everything else', async (kind) => {
    const file = await newFile();
    const before = json(file);
    const { kid, kept } = await rotateKeyRingFile(file, kind, NOW);
    const after = json(file);
    const { [kid]: added, ...old } = after[kind].keys;
    expect(added).toBeDefined();
    expect(kept).toEqual([before[kind].current]);
    expect({ ...after, [kind]: { current: before[kind].current, keys: old } }).toEqual(before);
    expect(readKeyRing({ RETENTION_KEYS: file })[kind].current).toBe(kid);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(file, '..'))).toEqual(['keys.json']);
  });

  test('leaves old receipts verifiable by the old public key', async () => {
    const file = await newFile();
    const receipt = buildReceipt(receiptFacts());
    const jws = await signReceipt(receipt, readKeyRing({ RETENTION_KEYS: file }));
    const { signing } = readKeyRing({ RETENTION_KEYS: file });
    await rotateKeyRingFile(file, 'signing', NOW);
    const old = publicKeyOf(file, signing.current).key.export({ type: 'spki', format: 'pem' });
    expect(await verifyReceipt(jws, String(old))).toEqual({ kid: signing.current, receipt });
    const current = publicKeyOf(file).key.export({ type: 'spki', format: 'pem' });
    await expect(verifyReceipt(jws, String(current))).rejects.toMatchObject({ code: 'bad-signature' });
  });

  test('follows a link to the file behind it', async () => {
    const file = await newFile();
    const link = join(file, '..', 'link.json');
    symlinkSync(file, link);
    const { kid } = await rotateKeyRingFile(link, 'archive', NOW);
    expect(json(file).archive.current).toBe(kid);
  });

  test('does not change an invalid ring', async () => {
    const file = await newFile();
    const text = readFileSync(file, 'utf8').replace('"archive"', '"archives"');
    writeFileSync(file, text);
    await expect(rotateKeyRingFile(file, 'subject', NOW)).rejects.toMatchObject({ code: 'bad-keys' });
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  test('that runs several times at once refuses some attempts, and keeps the keys of all others', async () => {
    const file = await newFile();
    const link = `${file}.link`;
    symlinkSync(file, link);
    const rotations = [file, link, file].map((path) => rotateKeyRingFile(path, 'subject', NOW));
    const ended = await Promise.allSettled(rotations);
    const keyIds = ended.flatMap((each) => (each.status === 'fulfilled' ? [each.value.kid] : []));
    const refused = ended.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    expect(refused.length).toBeGreaterThan(0);
    for (const error of refused) expect(error).toMatchObject({ name: 'InputError', code: 'at-work' });
    expect(Object.keys(json(file).subject.keys)).toEqual(expect.arrayContaining(keyIds));
    expect(Object.keys(json(file).subject.keys)).toHaveLength(1 + keyIds.length);
    expect(readdirSync(dirname(file)).sort()).toEqual(['keys.json', 'keys.json.link']);
  });

  test('is refused if a killed one left its lock file, and works once that is removed', async () => {
    const file = await newFile();
    const before = readFileSync(file, 'utf8');
    const lock = `${file}.lock`;
    writeFileSync(lock, '1');
    await expect(rotateKeyRingFile(file, 'archive', NOW)).rejects.toMatchObject({
      code: 'at-work',
      explanation: { expected: expect.stringContaining(lock), fix: expect.stringContaining('remove that file') },
    });
    expect(readFileSync(file, 'utf8')).toBe(before);
    rmSync(lock);
    expect((await rotateKeyRingFile(file, 'archive', NOW)).kept).toHaveLength(1);
  });

  test('of a missing file says how to create one', async () => {
    await expect(rotateKeyRingFile(newPath(), 'subject', NOW)).rejects.toMatchObject({
      code: 'no-keys',
      explanation: { fix: expect.stringContaining('keys generate') },
    });
  });
});

describe('a split ring', () => {
  test("has an owner-only file for each kind of key, for that kind's variable", async () => {
    const file = await newFile();
    const files = await splitKeyRingFile(file);
    expect(files).toEqual(KEY_KINDS.map((kind) => file.replace('.json', `.${kind}.json`)));
    const ring = readKeyRing({ RETENTION_KEYS: file });
    for (const [at, kind] of KEY_KINDS.entries()) {
      const part = files[at] ?? '';
      expect(readKeys(kind, { [keyVariable(kind)]: part }).current).toBe(ring[kind].current);
      expect(json(part)).toEqual({ kind, ...json(file)[kind] });
      expect(statSync(part).mode & 0o777).toBe(0o600);
    }
  });

  test('is refused if a variable contains the part of another kind', async () => {
    const file = await newFile();
    const files = await splitKeyRingFile(file);
    for (const kind of KEY_KINDS)
      for (const [at, other] of KEY_KINDS.entries()) {
        if (other === kind) continue;
        for (const part of [files[at] ?? '', readFileSync(files[at] ?? '', 'utf8')])
          expect(() => readKeys(kind, { [keyVariable(kind)]: part })).toThrow(
            expect.objectContaining({
              code: 'bad-keys',
              explanation: {
                expected: `the ${kind} keys of a key ring in ${keyVariable(kind)}`,
                found: `the ${other} keys`,
                fix: expect.stringContaining(keyVariable(other)),
              },
            }),
          );
      }
  });

  test('of an earlier version, without kinds in its parts, is still accepted', async () => {
    const file = await newFile();
    for (const kind of KEY_KINDS) {
      const { [kind]: part } = json(file);
      expect(readKeys(kind, { [keyVariable(kind)]: JSON.stringify(part) }).current).toBe(part.current);
    }
  });

  test('can be combined into a whole ring again', async () => {
    const file = await newFile();
    const files = await splitKeyRingFile(file);
    const whole = Object.fromEntries(KEY_KINDS.map((kind, at) => [kind, json(files[at] ?? '')]));
    writeFileSync(file, JSON.stringify(whole));
    const { kid } = await rotateKeyRingFile(file, 'subject', NOW);
    expect(readKeyRing({ RETENTION_KEYS: file }).subject.current).toBe(kid);
    const swapped = { ...whole, subject: whole.archive, archive: whole.subject };
    expect(() => readKeyRing({ RETENTION_KEYS: JSON.stringify(swapped) })).toThrow('subject.kind (expected: subject)');
  });

  test('does not overwrite an existing part, and says how to continue', async () => {
    const file = await newFile();
    await splitKeyRingFile(file);
    await expect(splitKeyRingFile(file)).rejects.toMatchObject({
      code: 'keys-exist',
      explanation: { fix: expect.stringContaining('remove it') },
    });
  });
});

test('an unknown key version is refused with a list of the existing ones', async () => {
  const file = await newFile();
  const { current } = readKeyRing({ RETENTION_KEYS: file }).signing;
  expect(() => publicKeyOf(file, 'x')).toThrow(
    expect.objectContaining({
      code: 'unknown-kid',
      explanation: expect.objectContaining({ expected: `one of ${current}` }),
    }),
  );
});

test('an error does not show a key ring that was given in place of its file', async () => {
  const text = readFileSync(await newFile(), 'utf8');
  const { subject } = JSON.parse(text);
  for (const given of [text, text.replaceAll(/\s/g, '')]) {
    const act = () => publicKeyOf(given);
    expect(act).toThrow(expect.objectContaining({ code: 'no-keys' }));
    expect(act).not.toThrow(subject.keys[subject.current]);
    await expect(rotateKeyRingFile(given, 'signing', 0)).rejects.not.toThrow(subject.keys[subject.current]);
  }
});
