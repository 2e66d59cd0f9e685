import * as z from 'zod';
import { TRIGGERS } from '../../policy/termination-trigger.ts';
import { isoInstant, parseInstant } from '../../policy/time/instant.ts';
import { MET_STATES, SCOPES } from '../ledger/ledger-entry.ts';

/** The `type` of every receipt, with its version. */
export const RECEIPT_TYPE = 'es-retention/erasure-receipt/1';

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
  /** The sender's id of the message; the same from webhook to receipt. */
  id: text,
  trigger: z.enum(TRIGGERS),
  scope: z.enum(SCOPES),
  terminatedAt: instant,
  receivedAt: instant,
  eraseFrom: instant,
  eraseBy: instant,
  /** Whether the cancel window was skipped, as requested. */
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
  outcome: z.enum(MET_STATES),
  /**
   * The number of documents that were counted before the run and not found after it (docs/limits/records.md says what
   * can change this number); 0 if nothing was found.
   */
  documentsErased: count,
  /** When the first of them was erased. Present exactly if the outcome is `erased`. */
  firstErasedAt: instant.exactOptional(),
  verifiedAt: instant,
  /** Always 0: there is no receipt while documents are left. */
  documentsLeft: z.literal(0),
  /** Documents dated after the termination: new use by an account that came back; they are kept. */
  newUseKept: count,
  /** `sha256:<hex>` of the policy used for the verification. */
  policyVersion: text,
  /** The index patterns that were searched. */
  patterns: z.array(text).min(1),
  /** The number of indices that the patterns matched. */
  indices: count,
  /** The legal holds that delayed the erasure, and when. Their reasons are not stated. Absent without any. */
  holds: z
    .array(z.strictObject({ id: text, from: instant, to: instant }))
    .min(1)
    .exactOptional(),
});

/** Whether count, time and outcome agree: documents were erased exactly if the outcome says so. */
const agrees = ({ outcome, documentsErased, firstErasedAt }: z.output<typeof categoryShape>): boolean =>
  outcome === 'erased' ? firstErasedAt !== undefined : documentsErased === 0 && firstErasedAt === undefined;

const category = categoryShape.refine(agrees, 'an outcome that agrees with its documents');

const receiptShape = z.strictObject({
  type: z.literal(RECEIPT_TYPE),
  issuedAt: instant,
  request,
  /** A `subjectCommitment`. Whoever has the opening can check to whom the receipt belongs. */
  subject: z.strictObject({ commitment: sha256 }),
  promises: z.array(promise),
  categories: z.array(category).min(1),
  /** Whether every category of the receipt was verified empty by `eraseBy`. */
  keptInTime: z.boolean(),
  /** The cluster in which the receipt was issued. */
  cluster: z.strictObject({ uuid: text, name: text, version: text }),
  /** The places that this receipt does not cover, in plain words. */
  notCovered: z.array(text).min(1),
  /** The status of each stage of erasure. */
  stages: z.strictObject({
    /** Searches no longer find the documents. */
    searchable: z.literal('verified'),
    /** The bytes in the files of the indices. */
    segmentFiles: z.literal('not examined'),
    snapshots: z.literal('not examined'),
  }),
  /** SHA-256, in hex, of the JWS of an earlier receipt, to which this receipt adds. */
  previous: sha256.nullable(),
});

type Written = z.output<typeof receiptShape>;

const isKeptInTime = ({ keptInTime, categories, request: { eraseBy } }: Written): boolean =>
  keptInTime === categories.every(({ verifiedAt }) => verifiedAt <= eraseBy);

/** Whether each category was verified after the termination. */
const isVerifiedAfter = ({ categories, request: { terminatedAt } }: Written): boolean =>
  categories.every(({ verifiedAt }) => verifiedAt >= terminatedAt);

/**
 * The shape of a receipt, without further keys; its types come from here. A receipt that contradicts itself is refused.
 */
export const receiptSchema = receiptShape
  .refine(isKeptInTime, { path: ['keptInTime'], message: 'a keptInTime that agrees with the instants' })
  .refine(isVerifiedAfter, { path: ['categories'], message: 'no verifiedAt before terminatedAt' });
