import { readFileSync, statSync } from 'node:fs';
import { InvalidReceipt } from '../../../adapters/crypto/invalid-receipt.ts';
import { keyThumbprint, parsePublicKey } from '../../../adapters/crypto/public-key.ts';
import { receiptHash } from '../../../adapters/crypto/receipt-signer.ts';
import { verifyReceipt } from '../../../adapters/crypto/receipt-verifier.ts';
import { reasonOf, shownPath } from '../../../adapters/files/secret-file.ts';
import { InputError } from '../../../base/errors.ts';
import type { Receipt } from '../../../erasure/receipts/receipt.ts';
import { isOpening, subjectCommitment } from '../../../erasure/subjects/subject-commitment.ts';
import { type Checked, receiptPage, receiptSummary } from '../../erasures/receipt-page.ts';
import { assertSubject } from '../../erasures/subject-entries.ts';
import { EXIT } from '../../exit-code.ts';
import { failureOf } from '../../failure.ts';
import { failureReasons } from '../../output/findings-page.ts';
import type { Result } from '../../output/result.ts';
import type { ReceiptQuestion } from '../../program/offline-program.ts';

/** Bytes, many times the size of any receipt or key. A larger file is not read. */
const LARGEST = 1_048_576;

const unreadable = (file: string, what: string, found: string): InputError =>
  new InputError('unreadable-file', {
    expected: `${what} in ${shownPath(file)}`,
    found,
    fix: 'Name a file that holds it.',
  });

const readText = (file: string, what: string): string => {
  try {
    if (statSync(file).size <= LARGEST) return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw unreadable(file, what, `nothing that can be read (${reasonOf(error)})`);
  }
  throw unreadable(file, what, `more than ${LARGEST} bytes`);
};

/**
 * Checks the combination of options.
 * @throws InputError `half-a-subject`, `bad-termination`, `bad-opening`
 */
const assertAskable = ({ uin, app, opening }: ReceiptQuestion): void => {
  if ((uin === undefined) !== (opening === undefined) || (app !== undefined && uin === undefined))
    throw new InputError('half-a-subject', {
      expected: '--uin and --opening together, with --app for an application, or none of them',
      found: 'only some of them',
      fix: 'The opening is the text that was given out with the receipt.',
    });
  if (uin !== undefined) assertSubject({ uin, ...(app !== undefined && { app }) });
  if (opening !== undefined && !isOpening(opening))
    throw new InputError('bad-opening', {
      expected: 'an opening of 43 letters, digits and - _ after --opening',
      found: `a text of ${opening.length} characters`,
      fix: 'Copy it exactly as it was given out with the receipt.',
    });
};

const compareSubject = (receipt: Receipt, { uin, app, opening }: ReceiptQuestion): Checked['subject'] => {
  if (uin === undefined || opening === undefined) return 'not-checked';
  const subject = { uin, ...(app === undefined ? {} : { sdkAppId: app }) };
  return subjectCommitment(subject, opening) === receipt.subject.commitment ? 'matches' : 'differs';
};

const checkedResult = (checked: Checked): Result => {
  const { kid, thumbprint, hash, subject, receipt } = checked;
  const summary = receiptSummary(checked);
  const exitCode = subject === 'differs' ? EXIT.left : EXIT.done;
  return {
    page: receiptPage(checked),
    json: {
      command: 'verify-receipt',
      summary,
      exitCode,
      valid: true,
      key: { kid, thumbprint },
      hash,
      subject,
      receipt,
    },
    exitCode,
  };
};

const invalidResult = (invalid: InvalidReceipt): Result => {
  const error = failureOf(invalid);
  const summary = `Not valid: ${error.code}`;
  return {
    page: [{ text: summary, style: 'bold' }, ...failureReasons(error)],
    json: { command: 'verify-receipt', summary, exitCode: EXIT.left, valid: false, error },
    exitCode: EXIT.left,
  };
};

/**
 * `verify-receipt`: checks whether a receipt has its issuer's signature, and shows its content. Needs no policy,
 * cluster or network.
 * @throws InputError if a file cannot be read, or the key is not valid.
 */
export const verifyReceiptCommand = async (question: ReceiptQuestion): Promise<Result> => {
  assertAskable(question);
  const key = readText(question.key, 'a public key');
  const thumbprint = await keyThumbprint(parsePublicKey(key));
  const jws = readText(question.file, 'a receipt');
  try {
    const verified = await verifyReceipt(jws, key);
    const subject = compareSubject(verified.receipt, question);
    return checkedResult({ ...verified, thumbprint, hash: receiptHash(jws), subject });
  } catch (error) {
    if (error instanceof InvalidReceipt) return invalidResult(error);
    throw error;
  }
};
