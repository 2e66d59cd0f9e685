import { z } from 'zod';
import { isoInstant, parseInstant } from '../../policy/time/instant.ts';
import { TRIGGERS } from '../../policy/trigger.ts';
import { RECEIPT_TYPE, type Receipt, type ReceiptCategory } from './receipt.ts';

const isInstant = (text: string): boolean => {
  const instant = parseInstant(text);
  return instant !== undefined && isoInstant(instant) === text;
};

const instant = z.string().refine(isInstant, 'an ISO 8601 instant in UTC with milliseconds');
const text = z
  .string()
  .min(1)
  .refine((value) => value.isWellFormed(), 'a text without half of a surrogate pair');
const count = z.int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in hex');
const day = z.iso.date();

const request = z.strictObject({
  id: text,
  trigger: z.enum(TRIGGERS),
  scope: z.enum(['account', 'application']),
  terminatedAt: instant,
  receivedAt: instant,
  eraseFrom: instant,
  eraseBy: instant,
  immediate: z.boolean(),
});

const promise = z.strictObject({
  category: text,
  title: text,
  quote: text,
  source: text,
  sourceDate: day,
  deadline: z.iso.duration(),
});

/** Something was erased, at some time, exactly when the outcome says so. */
const agrees = ({ outcome, documentsErased, firstErasedAt }: ReceiptCategory): boolean =>
  outcome === 'erased' ? firstErasedAt !== undefined : documentsErased === 0 && firstErasedAt === undefined;

const category = z
  .strictObject({
    category: text,
    outcome: z.enum(['erased', 'nothing-found']),
    documentsErased: count,
    firstErasedAt: instant.exactOptional(),
    verifiedAt: instant,
    documentsLeft: z.literal(0),
    newUseKept: count,
    policyVersion: text,
    patterns: z.array(text).min(1),
    indices: count,
  })
  .refine(agrees, 'an outcome that agrees with its documents');

const isKeptInTime = ({ keptInTime, categories, request: { eraseBy } }: Receipt): boolean =>
  keptInTime === categories.every(({ verifiedAt }) => verifiedAt <= eraseBy);

/** Nothing is verified to be gone before it was to go. */
const isVerifiedAfter = ({ categories, request: { terminatedAt } }: Receipt): boolean =>
  categories.every(({ verifiedAt }) => verifiedAt >= terminatedAt);

/** A receipt, no more and no less. What contradicts itself is none either. */
export const receiptSchema: z.ZodType<Receipt> = z
  .strictObject({
    type: z.literal(RECEIPT_TYPE),
    issuedAt: instant,
    request,
    subject: z.strictObject({ commitment: sha256 }),
    promises: z.array(promise),
    categories: z.array(category).min(1),
    keptInTime: z.boolean(),
    cluster: z.strictObject({ uuid: text, name: text, version: text }),
    notCovered: z.array(text).min(1),
    stages: z.strictObject({
      searchable: z.literal('verified'),
      segmentFiles: z.literal('not examined'),
      snapshots: z.literal('not examined'),
    }),
    previous: sha256.nullable(),
  })
  .refine(isKeptInTime, { path: ['keptInTime'], message: 'a keptInTime that agrees with the instants' })
  .refine(isVerifiedAfter, { path: ['categories'], message: 'no verifiedAt before terminatedAt' });
