import { createPublicKey, type KeyObject } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { receiptHash, signReceipt } from '../../../lib/adapters/receipt-signer.ts';
import { buildReceipt, type CategoryFacts, type ReceiptFacts } from '../../../lib/erasure/receipt.ts';
import { newRing, ringOf } from '../../support/key-ring-text.ts';
import { OPENING, receiptFacts } from '../../support/receipt-facts.ts';
import { cli, temporaryFile } from './command-line.ts';

const ring = ringOf(newRing());
const pemOf = (kid: string): string =>
  String(createPublicKey(ring.signing.keys.get(kid) as KeyObject).export({ type: 'spki', format: 'pem' }));
const signed = (changes: Partial<ReceiptFacts> = {}): Promise<string> =>
  signReceipt(buildReceipt(receiptFacts(changes)), ring);

/** Runs it with nothing in its environment: neither a policy nor a cluster is named. */
const verified = (jws: string, more: readonly string[] = [], key = pemOf('new')) =>
  cli(['verify-receipt', temporaryFile('receipt.jws', jws), '--key', temporaryFile('issuer.pem', key), ...more]);

const facts = receiptFacts();
const [category] = facts.categories as [CategoryFacts];
const UIN = ['--uin', facts.subject.uin];

describe('verify-receipt', () => {
  test('says that a receipt is valid, what was done, and what that does not prove', async () => {
    const { code, stdout, stderr } = await verified(`${await signed()}\n`);
    expect(stdout).toMatch(/^Valid: signed by kid new · account erased from 1 category, 12 documents, in time\n/);
    for (const text of [
      'account-deleted, one account',
      '2026-11-08T09:00:00.000Z',
      '“we will delete this data within 7 days” (Privacy policy, 2023-09-08)',
      'console-configuration-* (3 indices)',
      'conferences (c1u2), Elasticsearch 9.4.3',
      'files         not examined',
      'Records that a law requires to be kept.',
      'What this check does not prove',
      'That the data is gone',
      'Whose data it is about',
    ])
      expect(stdout).toContain(text);
    expect(stdout).not.toContain(facts.subject.uin);
    expect([code, stderr]).toEqual([0, '']);
  });

  test('with --json is one document', async () => {
    const jws = await signed();
    const { code, stdout, stderr } = await verified(jws, ['--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      command: 'verify-receipt',
      verdict: expect.stringMatching(/^Valid: /),
      exitCode: 0,
      valid: true,
      key: { kid: 'new', thumbprint: expect.stringMatching(/^[\w-]{43}$/) },
      hash: receiptHash(jws),
      subject: 'not-checked',
      receipt: buildReceipt(facts),
    });
    expect([code, stderr]).toEqual([0, '']);
  });

  test.each([
    [
      'that was late',
      { categories: [{ ...category, verifiedAt: facts.request.eraseBy + 3_600_000 }] },
      /12 documents, 1 h late/,
    ],
    [
      'of which nothing was found',
      { categories: [{ ...receiptFacts().categories[0], outcome: 'nothing-found', documentsErased: 0 }] },
      /account: nothing found in 1 category, in time/,
    ],
    ['of an application', { subject: { uin: '1', sdkAppId: '2' } }, /· application erased from/],
    ['of two categories', { categories: [category, category] }, /from 2 categories, 24 documents/],
  ])('says of an erasure %s that it was', async (_, changes, expected) => {
    const { firstErasedAt: _at, ...without } = category;
    const plain = { ...without, outcome: 'nothing-found', documentsErased: 0 } as const;
    const isEmpty = JSON.stringify(changes).includes('nothing-found');
    const { code, stdout } = await verified(
      await signed(isEmpty ? { categories: [plain] } : (changes as Partial<ReceiptFacts>)),
    );
    expect(stdout.split('\n')[0]).toMatch(expected);
    expect(code).toBe(0);
  });

  test('names the receipt that it adds to', async () => {
    const previous = receiptHash(await signed());
    expect((await verified(await signed({ previous }))).stdout).toContain(`the receipt with sha256 ${previous}`);
  });

  test('says whose it is to those who have the opening', async () => {
    const jws = await signed();
    const mine = await verified(jws, [...UIN, '--opening', OPENING]);
    expect(mine.stdout).toContain('subject       the one that was named');
    expect(mine.stdout).not.toContain('Whose data it is about');
    expect(mine.code).toBe(0);
  });

  test.each([
    ['another account', ['--uin', '42', '--opening', OPENING]],
    ['an application of the account', [...UIN, '--app', '14', '--opening', OPENING]],
    ['another opening', [...UIN, '--opening', 'B'.repeat(43)]],
  ])('with %s ends with 3', async (_, more) => {
    const { code, stdout } = await verified(await signed(), more);
    expect(stdout).toMatch(/^Not about that subject: valid, signed by kid new/);
    expect(code).toBe(3);
  });

  test.each([
    [
      'altered',
      async () => (await signed()).replace(/\.(.)/, (_, first) => `.${first === 'A' ? 'B' : 'A'}`),
      'bad-signature',
    ],
    ['no receipt', async () => 'hello', 'not-a-receipt'],
    ['empty', async () => '', 'not-a-receipt'],
  ])('that is %s ends with 3, for people and for programs', async (_, jws, error) => {
    const text = await jws();
    const { code, stdout, stderr } = await verified(text);
    expect(stdout).toMatch(
      new RegExp(`^Not valid: ${error}\n      expected  .+\n      found     .+\n      way out   .+\n$`),
    );
    expect([code, stderr]).toEqual([3, '']);
    const { stdout: json } = await verified(text, ['--json']);
    expect(JSON.parse(json)).toMatchObject({ valid: false, exitCode: 3, error: { code: error } });
  });

  test('under another key ends with 3', async () => {
    const { code, stdout } = await verified(await signed(), [], pemOf('old'));
    expect(stdout).toMatch(/^Not valid: bad-signature\n/);
    expect(code).toBe(3);
  });

  test('lets no text in a receipt steer the terminal', async () => {
    const { stdout } = await verified(await signed({ cluster: { uuid: 'u', name: '\u001b[2J\u202e', version: '9' } }));
    expect(stdout).toContain('\\u{1b}[2J\\u{202e}');
  });
});

describe('usage errors of verify-receipt end with 2:', () => {
  test.each([
    ['no key', ['verify-receipt', 'x'], /required option '--key <file>' not specified/],
    ['no receipt', ['verify-receipt', '--key', 'x'], /missing required argument 'file'/],
    [
      'a key that is not there',
      ['verify-receipt', 'x', '--key', 'no/such.pem'],
      /^Failed: unreadable-file\n.*\n.*ENOENT/,
    ],
    ['an account without an opening', ['verify-receipt', 'x', '--key', 'x', '--uin', '1'], /^Failed: half-a-subject/],
    [
      'an opening without an account',
      ['verify-receipt', 'x', '--key', 'x', '--opening', OPENING],
      /^Failed: half-a-subject/,
    ],
    ['an application alone', ['verify-receipt', 'x', '--key', 'x', '--app', '1'], /^Failed: half-a-subject/],
    [
      'an opening that is none',
      ['verify-receipt', 'x', '--key', 'x', '--uin', '1', '--opening', 'y'],
      /^Failed: bad-opening\n(.*\n)*.*a text of 1 characters/,
    ],
  ])('%s', async (_, args, expected) => {
    const { code, stdout, stderr } = await cli(args);
    expect(stderr).toMatch(expected);
    expect([code, stdout]).toEqual([2, '']);
  });

  test('a receipt that is not there, and a private key', async () => {
    const missing = await cli(['verify-receipt', 'no/such.jws', '--key', temporaryFile('k.pem', pemOf('new'))]);
    expect(missing.stderr).toMatch(/^Failed: unreadable-file\n.*a receipt in no\/such\.jws/);
    const secret = String((ring.signing.keys.get('new') as KeyObject).export({ type: 'pkcs8', format: 'pem' }));
    const leaked = await verified(await signed(), [], secret);
    expect(leaked.stderr).toMatch(/^Failed: bad-public-key\n(.*\n)*.*found +a private key\n.*Keep it secret/);
    expect([missing.code, leaked.code]).toEqual([2, 2]);
  });
});

test('verify-receipt --help has examples and ends with 0', async () => {
  const { code, stdout } = await cli(['verify-receipt', '--help']);
  expect(stdout).toMatch(/Examples:\n {2}npx es-retention verify-receipt/);
  expect(code).toBe(0);
});
