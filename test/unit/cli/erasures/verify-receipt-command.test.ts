import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { receiptHash } from '../../../../lib/adapters/crypto/receipt-signer.ts';
import { verifyReceiptCommand } from '../../../../lib/cli/commands/offline/verify-receipt-command.ts';
import { renderPage } from '../../../../lib/cli/output/page.ts';
import type { Result } from '../../../../lib/cli/output/result.ts';
import type { ReceiptQuestion } from '../../../../lib/cli/program/offline-program.ts';
import { buildReceipt, type CategoryFacts } from '../../../../lib/erasure/receipts/receipt.ts';
import { aboutSubject, OPENING, receiptFacts, SUBJECT } from '../../../support/receipts/receipt-facts.ts';
import { privateKeyOf, publicPem, signedReceipt } from '../../../support/receipts/signed-receipt.ts';

const facts = receiptFacts();
const { uin } = SUBJECT;
const [category] = facts.categories as [CategoryFacts];
const signed = await signedReceipt();

const verified = async (jws: string, more: Partial<ReceiptQuestion> = {}, key = publicPem()): Promise<Result> => {
  const folder = mkdtempSync(join(tmpdir(), 'es-retention-receipt-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [file, keyFile] = [join(folder, 'receipt.jws'), join(folder, 'issuer.pem')];
  writeFileSync(file, jws);
  writeFileSync(keyFile, key);
  return verifyReceiptCommand({ command: 'verify-receipt', json: false, file, key: keyFile, ...more });
};

const shown = ({ page }: Result): string => renderPage(page, { paint: (_, text) => text });

describe('verify-receipt', () => {
  test('shows that a receipt is valid, what was erased, and what it does not prove', async () => {
    const result = await verified(`${await signedReceipt()}\n`);
    const text = shown(result);
    expect(text).toMatch(/^Valid: signed by kid new · account erased from 1 category, 12 documents, in time\n/);
    for (const part of [
      'account-deleted, one account',
      '2026-11-08T09:00:00.000Z',
      '“we will delete this data within 7 days” (Privacy policy, 2023-09-08)',
      'console-configuration-* (3 indices)',
      'Erased: counted before, and not found after. Left: found by the count after a refresh that closed the erasure.',
      'conferences (c1u2), Elasticsearch 9.4.3',
      'files         not examined',
      'Records that a law requires to be kept.',
      'What this check does not prove',
      'That the data is gone',
      'Whose data it is about',
    ])
      expect(text).toContain(part);
    expect(text).not.toContain(uin);
    expect(result.exitCode).toBe(0);
  });

  test('shows the whole receipt under --json', async () => {
    const jws = await signedReceipt();
    expect((await verified(jws)).json).toMatchObject({
      command: 'verify-receipt',
      summary: expect.stringMatching(/^Valid: /),
      exitCode: 0,
      valid: true,
      key: { kid: 'new', thumbprint: expect.stringMatching(/^[\w-]{43}$/) },
      hash: receiptHash(jws),
      subject: 'not-checked',
      receipt: buildReceipt(facts),
    });
  });

  const { firstErasedAt: _, ...unerased } = category;
  const nothing: CategoryFacts = { ...unerased, outcome: 'nothing-found', documentsErased: 0 };
  const hourLate = facts.request.eraseBy + 3_600_000;
  test.each([
    [
      'was late',
      { categories: [{ ...category, verifiedAt: hourLate }] },
      '· account erased from 1 category, 12 documents, 1 h late',
    ],
    ['found nothing', { categories: [nothing] }, '· account: nothing found in 1 category, in time'],
    ['found something in one of two', { categories: [nothing, category] }, 'from 1 category, 12 documents'],
    ['took two categories', { categories: [category, category] }, 'from 2 categories, 24 documents'],
    [
      'was for an application',
      { request: { ...facts.request, scope: 'application' as const } },
      '· application erased from',
    ],
  ])('says that an erasure %s', async (_name, changes, clause) => {
    const result = await verified(await signedReceipt(changes));
    expect(result.json.summary).toContain(clause);
    expect(result.exitCode).toBe(0);
  });

  test('names the hash of the previous receipt', async () => {
    const previous = receiptHash(await signedReceipt());
    expect(shown(await verified(await signedReceipt({ previous })))).toContain(`the receipt with sha256 ${previous}`);
  });

  test('confirms that a receipt belongs to the named account if the opening is given', async () => {
    const result = await verified(await signedReceipt(), { uin, opening: OPENING });
    expect(shown(result)).toContain('subject       the one that was named');
    expect(shown(result)).not.toContain('Whose data it is about');
    expect([result.exitCode, result.json.subject]).toEqual([0, 'matches']);
  });

  test('distinguishes an application from its account', async () => {
    const jws = await signedReceipt(aboutSubject({ uin, sdkAppId: '14' }));
    const subjects = [{ uin, app: '14' }, { uin, app: '15' }, { uin }];
    const results = await Promise.all(subjects.map((subject) => verified(jws, { ...subject, opening: OPENING })));
    expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 3, 3]);
  });

  test.each([
    ['another account', { uin: '42', opening: OPENING }],
    ['an application of the account', { uin, app: '14', opening: OPENING }],
    ['another opening', { uin, opening: 'B'.repeat(43) }],
  ])('ends with exit code 3 for a valid receipt and %s', async (_name, more) => {
    const { exitCode, json } = await verified(await signedReceipt(), more);
    expect([exitCode, json.valid, json.subject]).toEqual([3, true, 'differs']);
    expect(json.summary).toMatch(/^Not about that subject: valid, signed by kid new/);
  });

  test.each([
    ['that is no receipt', 'hello', publicPem(), 'not-a-receipt'],
    ['that is empty', '', publicPem(), 'not-a-receipt'],
    ['under another key', signed, publicPem('old'), 'bad-signature'],
  ])('ends with exit code 3 for a receipt %s, in text and in JSON', async (_name, jws, key, error) => {
    const result = await verified(jws, {}, key);
    expect(shown(result)).toMatch(
      new RegExp(`^Not valid: ${error}\n {6}expected {2}.+\n {6}found {5}.+\n {6}fix {7}.+\n$`),
    );
    expect(result.json).toMatchObject({ valid: false, exitCode: 3, error: { code: error } });
    expect(result.exitCode).toBe(3);
  });

  test('escapes every text in a receipt', async () => {
    const cluster = { uuid: 'u', name: '\u001b[2J\u202e', version: '9' };
    expect(shown(await verified(await signedReceipt({ cluster })))).toContain('\\u{1b}[2J\\u{202e}');
  });
});

describe('verify-receipt with unusable input', () => {
  test.each([
    ['a key that is not there', { key: 'no/such.pem' }, 'unreadable-file', 'a public key in no/such.pem'],
    ['a receipt that is not there', { file: 'no/such.jws' }, 'unreadable-file', 'a receipt in no/such.jws'],
    ['an account without an opening', { uin }, 'half-a-subject', '--uin and --opening together'],
    ['an opening without an account', { opening: OPENING }, 'half-a-subject', '--uin and --opening together'],
    ['an application alone', { app: '14' }, 'half-a-subject', '--uin and --opening together'],
    ['an opening that is none', { uin, opening: 'y' }, 'bad-opening', '43 letters'],
  ])('refuses %s as an input error, not as an invalid receipt', async (_name, more, code, expected) => {
    await expect(verified(await signedReceipt(), more)).rejects.toMatchObject({
      name: 'InputError',
      code,
      explanation: { expected: expect.stringContaining(expected) },
    });
  });

  test('refuses a file that is too large for a receipt', async () => {
    await expect(verified('.'.repeat(1_048_577))).rejects.toMatchObject({
      code: 'unreadable-file',
      explanation: { found: 'more than 1048576 bytes' },
    });
  });

  test.each([
    ['an account', { uin: `${uin} ` }, '--uin'],
    ['an application', { uin, app: '' }, '--app'],
  ])('refuses %s that is not valid', async (_name, subject, flag) => {
    await expect(verified(signed, { ...subject, opening: OPENING })).rejects.toMatchObject({
      explanation: { expected: expect.stringContaining(`${flag} to be a text`) },
    });
  });

  test('refuses a private key, and advises to keep it secret', async () => {
    const secret = String(privateKeyOf('new').export({ type: 'pkcs8', format: 'pem' }));
    await expect(verified(await signedReceipt(), {}, secret)).rejects.toMatchObject({
      code: 'bad-public-key',
      explanation: { found: 'a private key', fix: expect.stringContaining('Keep it secret') },
    });
  });
});

test('verify-receipt does not repeat a private key that is given instead of a file name', async () => {
  const key = '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIE\n-----END PRIVATE KEY-----\n';
  const given = verifyReceiptCommand({ command: 'verify-receipt', json: false, file: 'receipt.jws', key });
  await expect(given).rejects.toMatchObject({ code: 'unreadable-file' });
  await expect(given).rejects.not.toThrow('MC4CAQAwBQYDK2VwBCIE');
});
