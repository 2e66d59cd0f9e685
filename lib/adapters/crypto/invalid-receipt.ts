import type { z } from 'zod';
import type { Receipt } from '../../erasure/receipts/receipt.ts';
import { receiptSchema } from '../../erasure/receipts/receipt-schema.ts';
import { InputError } from '../../purge/errors.ts';

/** A text that is no valid receipt under the key at hand. Nothing that stands in it can be relied upon. */
export class InvalidReceipt extends InputError {}

/** What zod found, in one line. */
export const describeIssues = ({ issues }: z.ZodError): string =>
  issues.map(({ path, message }) => [path.join('.'), message].filter((text) => text !== '').join(': ')).join('; ');

/**
 * Makes sure that JSON is a receipt, no more and no less. What would not verify is not signed.
 * @throws InvalidReceipt `bad-receipt`
 */
export const assertReceipt = (json: unknown): Receipt => {
  const parsed = receiptSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new InvalidReceipt('bad-receipt', {
    expected: 'the fields of a receipt, no more and no less, and none that contradicts another',
    found: describeIssues(parsed.error),
    fix: 'A signed one of this kind is a fault of ours: please report it.',
  });
};
