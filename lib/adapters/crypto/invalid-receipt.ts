import type { z } from 'zod';
import { InputError } from '../../base/errors.ts';
import type { Receipt } from '../../erasure/receipts/receipt.ts';
import { receiptSchema } from '../../erasure/receipts/receipt-schema.ts';

/** A text that is not a valid receipt under the given key. Nothing in it can be trusted. */
export class InvalidReceipt extends InputError {}

/** The issues that zod reports, in one line. */
export const describeIssues = ({ issues }: z.ZodError): string =>
  issues.map(({ path, message }) => [path.join('.'), message].filter((text) => text !== '').join(': ')).join('; ');

/**
 * Checks that JSON is a receipt, without further keys. We must not sign a text that would not verify.
 * @throws InvalidReceipt `bad-receipt`
 */
export const assertReceipt = (json: unknown): Receipt => {
  const parsed = receiptSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new InvalidReceipt('bad-receipt', {
    expected: 'exactly the fields of a receipt, without contradictions between them',
    found: describeIssues(parsed.error),
    fix: 'If the receipt is signed, this is a fault of ours: please report it.',
  });
};
