import { z } from 'zod';
import { isoInstant, parseInstant } from '../../policy/time/instant.ts';
import { TRIGGERS } from '../../policy/trigger.ts';

export const RECEIPT_TYPE = 'es-retention/erasure-receipt/1';

/** How an erasure ends that was not taken back. */
export const OUTCOMES = ['erased', 'nothing-found'] as const;

/** Of what the end of use is: an account with all its applications, or one application. */
export const SCOPES = ['account', 'application'] as const;

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
  /** The sender's id of the message: the same from webhook to receipt. */
  id: text,
  trigger: z.enum(TRIGGERS),
  scope: z.enum(SCOPES),
  terminatedAt: instant,
  receivedAt: instant,
  eraseFrom: instant,
  eraseBy: instant,
  /** The cancel window was skipped, as asked. */
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

const categoryShape = z.strictObject({
  category: text,
  outcome: z.enum(OUTCOMES),
  /** Those that were counted before and not found after (docs/limits.md says what can move it). 0 when nothing was found. */
  documentsErased: count,
  /** When the first of them was erased. There exactly when the outcome is `erased`. */
  firstErasedAt: instant.exactOptional(),
  verifiedAt: instant,
  /** There is no receipt while any are left. */
  documentsLeft: z.literal(0),
  /** Documents dated after the termination: new use of an account that came back, kept. */
  newUseKept: count,
  /** `sha256:<hex>` of the policy by which it was verified. */
  policyVersion: text,
  /** The index patterns that were searched. */
  patterns: z.array(text).min(1),
  /** How many indices they matched. */
  indices: count,
});

/** Something was erased, at some time, exactly when the outcome says so. */
const agrees = ({ outcome, documentsErased, firstErasedAt }: z.output<typeof categoryShape>): boolean =>
  outcome === 'erased' ? firstErasedAt !== undefined : documentsErased === 0 && firstErasedAt === undefined;

const category = categoryShape.refine(agrees, 'an outcome that agrees with its documents');

const receiptShape = z.strictObject({
  type: z.literal(RECEIPT_TYPE),
  issuedAt: instant,
  request,
  /** A `subjectCommitment`: whose receipt it is, for those who hold the opening. */
  subject: z.strictObject({ commitment: sha256 }),
  promises: z.array(promise),
  categories: z.array(category).min(1),
  /** Whether every category that it covers was verified empty by `eraseBy`. */
  keptInTime: z.boolean(),
  /** The one in which the receipt was issued. */
  cluster: z.strictObject({ uuid: text, name: text, version: text }),
  /** In plain words: what this receipt says nothing about. */
  notCovered: z.array(text).min(1),
  /** What the receipt says of each stage of erasure. */
  stages: z.strictObject({
    /** Searches no longer find it. */
    searchable: z.literal('verified'),
    /** The bytes in the files of the indices. */
    segmentFiles: z.literal('not examined'),
    /** Backups. */
    snapshots: z.literal('not examined'),
  }),
  /** SHA-256, in hex, of the JWS of an earlier receipt that this one adds to. */
  previous: sha256.nullable(),
});

type Written = z.output<typeof receiptShape>;

const isKeptInTime = ({ keptInTime, categories, request: { eraseBy } }: Written): boolean =>
  keptInTime === categories.every(({ verifiedAt }) => verifiedAt <= eraseBy);

/** Nothing is verified to be gone before it was to go. */
const isVerifiedAfter = ({ categories, request: { terminatedAt } }: Written): boolean =>
  categories.every(({ verifiedAt }) => verifiedAt >= terminatedAt);

/** A receipt, no more and no less: the source of its types. What contradicts itself is none either. */
export const receiptSchema = receiptShape
  .refine(isKeptInTime, { path: ['keptInTime'], message: 'a keptInTime that agrees with the instants' })
  .refine(isVerifiedAfter, { path: ['categories'], message: 'no verifiedAt before terminatedAt' });
