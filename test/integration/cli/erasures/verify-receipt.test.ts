import { expect, test } from 'vitest';
import { OPENING, SUBJECT } from '../../../support/receipts/receipt-facts.ts';
import { publicPem, signedReceipt } from '../../../support/receipts/signed-receipt.ts';
import { temporaryFile } from '../../../support/run/temporary-file.ts';
import { cli } from '../command-line.ts';

/** Runs it with nothing in its environment: neither a policy nor a cluster is named. */
const verified = (jws: string, ...more: readonly string[]) =>
  cli([
    'verify-receipt',
    temporaryFile('receipt.jws', jws),
    '--key',
    temporaryFile('issuer.pem', publicPem()),
    ...more,
  ]);

test('a receipt is verified without a policy and without a cluster', async () => {
  const { code, stdout, stderr } = await verified(await signedReceipt(), '--uin', SUBJECT.uin, '--opening', OPENING);
  expect(stdout).toMatch(/^Valid: signed by kid new · account erased from 1 category, 12 documents, in time\n/);
  expect(stdout).toContain('the one that was named');
  expect([code, stderr]).toEqual([0, '']);
});

test('verify-receipt ends with exit code 3 for an altered receipt, also with --json', async () => {
  const altered = (await signedReceipt()).replace(/\.(.)/, (_, first) => `.${first === 'A' ? 'B' : 'A'}`);
  const { code, stdout, stderr } = await verified(altered, '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    command: 'verify-receipt',
    exitCode: 3,
    valid: false,
    error: { code: 'bad-signature', expected: expect.any(String), fix: expect.any(String) },
  });
  expect([code, stderr]).toEqual([3, '']);
});

test.each([
  ['no key', ['verify-receipt', 'x'], /required option '--key <file>' not specified/],
  ['no receipt', ['verify-receipt', '--key', 'x'], /missing required argument 'file'/],
  [
    'a key that is not there',
    ['verify-receipt', 'x', '--key', 'no/such.pem'],
    /^Failed: unreadable-file\n.*\n.*ENOENT/,
  ],
])('verify-receipt with %s ends with exit code 2', async (_, args, expected) => {
  const { code, stdout, stderr } = await cli(args);
  expect(stderr).toMatch(expected);
  expect([code, stdout]).toEqual([2, '']);
});
