import { z } from 'zod';
import { CATEGORY_ID, isTakenByOurs, OWN_PREFIX } from './own-indices.ts';
import {
  findingInIgnoredPattern,
  findingInIndexPrefix,
  findingInPattern,
  findingInReportsIndex,
} from './parsing/pattern-check.ts';
import { checked, date, duration, field, instant, schedule, text, timeZone } from './parsing/policy-value.ts';
import { RULE_FORMS, type WrittenRules } from './rules/rule-forms.ts';
import { WEBHOOK_TYPES } from './trigger.ts';

/** No limit on accounts or messages needs more. */
const MOST_COUNTED = 1_000_000_000;

// The shape of retention-policy.yml. The types, the validation and the JSON Schema for editors all come from it.

const guard = z
  .strictObject({
    maxShare: z
      .number()
      .gt(0)
      .lte(1)
      .meta({ description: "Share of the category's documents, above 0 and at most 1, that one run may remove" }),
    maxAccountShare: z
      .number()
      .gt(0)
      .lte(1)
      .meta({
        description:
          "Share of the category's accounts, above 0 and at most 1, that one run may erase after terminations. If more are due, all of them are braked, but for those that a person has confirmed",
      })
      .optional(),
    minAccounts: z
      .int()
      .min(0)
      .max(MOST_COUNTED)
      .meta({ description: 'So many accounts one run may always erase, whatever share they are' })
      .optional(),
  })
  .meta({
    description:
      'Limits of one run: one that would remove more documents is refused as a whole, one that would erase more accounts leaves their erasures to a person',
  });

/** Settings that `defaults` sets for all categories and that a category may override. */
const adjustable = {
  timestampField: field('Field that dates a document').optional(),
  ingestedField: field('Field that says when a document arrived: the later of both dates counts').optional(),
  accountField: field("Field with the customer's account number").optional(),
  applicationField: field(
    "Field with the application's identifier. Without it, documents belong to an account as a whole, and the end of one application cannot be told",
  ).optional(),
  guard: guard.optional(),
  timeZone: timeZone.optional(),
};

const promise = z
  .strictObject({
    quote: text('The promise, word for word'),
    source: text('The document that makes the promise'),
    sourceDate: date("The date of that document's version"),
  })
  .meta({ description: 'What has been promised, and where' });

/** Evaluated on first use: until then, a test may add a kind of rule. */
const rules = z.lazy(
  () =>
    z.strictObject(Object.fromEntries(RULE_FORMS.map(({ id, schema }) => [id, schema.optional()]))).meta({
      description: 'The rules by which documents go; none is written {}',
    }) as unknown as z.ZodType<WrittenRules>,
);

const interpretation = z
  .strictObject({
    reading: text('How an unclear promise is read'),
    decidedBy: text('Who decided so'),
    decidedOn: date('When it was decided'),
  })
  .meta({ description: 'How an unclear promise is read, by whom and since when' });

const indices = z
  .array(
    checked(findingInPattern, {
      description: 'Index name, or pattern with *, in lower case and with a literal beginning',
      examples: ['trtc-sdk-log-*'],
    }),
  )
  .min(1)
  .meta({ description: "The category's indices; no index may belong to two categories" });

const dateDecision = z
  .strictObject({
    indices: z
      .array(
        checked(findingInPattern, {
          description: "Index name, or pattern with *, of the category's own indices",
          examples: ['trtc-sdk-log-2026.11'],
        }),
      )
      .min(1)
      .meta({ description: 'The indices that it is about' }),
    date: z.enum(['timestamp', 'ingested', 'later']).meta({
      description:
        'timestamp: where it dates a document, its age counts from it alone; ingested: the same of the ingested field; later: the later of both, as everywhere else',
    }),
    reason: text('Why that date is the right one there'),
    decidedBy: text('Who decided so'),
    decidedOn: date('When it was decided'),
  })
  .meta({ description: 'Which date counts in indices of which the dates disagree' });

/** One category as written, without the values from `defaults`. */
export const categorySchema = z
  .strictObject({
    title: text('Name of the category, as the privacy policy has it'),
    fields: z
      .array(text('One kind of data'))
      .min(1)
      .meta({ description: 'The personal data in it, as the privacy policy lists it' }),
    dataSubjects: z
      .enum(['customer', 'participants'])
      .meta({ description: 'Whose data it is: that of the customer, or of participants, who are not customers' }),
    purpose: text('Why the data is processed'),
    legalBasis: text('The legal basis of processing it'),
    promise,
    indices,
    records: z.enum(['dated', 'current-state']).meta({
      description: 'dated: each document records something that happened; current-state: each says how things are now',
    }),
    rules,
    physical: z
      .strictObject({ within: duration('Time kept free before the deadline for the bytes to leave the disk', 'PT24H') })
      .meta({ description: 'The physical erasure that follows an erasure after termination' })
      .optional(),
    schedule,
    ...adjustable,
    interpretations: z
      .array(interpretation)
      .default([])
      .meta({ description: 'How the promise was read where it is unclear' }),
    dateDecisions: z
      .array(dateDecision)
      .default([])
      .meta({ description: 'Decisions about indices that were stamped anew, or whose clocks ran ahead' }),
  })
  .meta({ description: 'One category of personal data' });

/** Settings that may be set once for all categories. */
export const defaultsSchema = z
  .strictObject(adjustable)
  .meta({ description: 'Set once for all categories; a category may set its own' });

const categoryId = z.string().regex(CATEGORY_ID);

const categories = z
  .record(categoryId, categorySchema)
  .superRefine((all, context) => {
    if (Object.keys(all).length > 0) return;
    const params = { expected: 'at least one category', found: 'none', fix: 'Add a category, such as backend-logs' };
    context.addIssue({ code: 'custom', message: 'no category', params });
  })
  .meta({ description: 'The categories of personal data, by id (kebab-case, such as backend-logs)', minProperties: 1 });

const cloudEvent = z
  .strictObject({
    source: text('The source attribute, exactly'),
    type: text('The type attribute, exactly'),
    means: z.enum(WEBHOOK_TYPES).meta({ description: 'The event of the webhook that it stands for' }),
  })
  .meta({ description: 'A CloudEvent that the webhook takes' });

const terminations = z
  .strictObject({
    immediate: z.boolean().default(false).meta({
      description:
        'true: messages to the webhook and on the bus may skip the cancel window; false: it applies all the same. A person may always, by --immediate',
    }),
    maxPerHour: z.int().min(1).max(MOST_COUNTED).default(100).meta({
      description:
        'So many terminations an hour are taken from one source, the webhook or the bus. What comes beyond is recorded, and braked: nothing is erased before a person confirms it',
    }),
  })
  .meta({ description: 'What messages about the end of an account may ask for' });

/** Finds an event that is listed twice: its meaning would be ambiguous. */
const findAgain = (events: readonly z.output<typeof cloudEvent>[]): number =>
  events.findIndex(({ source, type }, at) =>
    events.slice(0, at).some((before) => before.source === source && before.type === type),
  );

const webhook = z
  .strictObject({
    cloudEvents: z
      .array(cloudEvent)
      .default([])
      .superRefine((events, context) => {
        const again = findAgain(events);
        if (again === -1) return;
        const params = {
          expected: 'every source and type once',
          found: 'both a second time',
          fix: 'Remove one of the two',
        };
        context.addIssue({ code: 'custom', message: 'twice', path: [again], params });
      })
      .meta({ description: 'Which CloudEvents are taken, and what each means; without any, none is' }),
  })
  .meta({ description: 'What the webhook takes beside Standard Webhooks' });

/** The whole file. */
export const policySchema = z
  .strictObject({
    mode: z
      .enum(['observe', 'enforce'])
      .meta({ description: 'observe does everything but destroy; enforce keeps the promises' }),
    earliest: instant(
      'Documents dated before this are treated as undatable (a 1970 that meant seconds); not later than any promise',
    ),
    reports: z
      .strictObject({
        index: checked(findingInReportsIndex, {
          description: 'Beginning of the names of the report indices: each category has one, <index>.<category>',
          examples: ['retention-reports'],
        }),
        maxAge: duration('How long reports are kept', 'P1095D'),
      })
      .meta({ description: 'Where the reports of all runs are kept, and for how long' }),
    indexPrefix: checked(findingInIndexPrefix, {
      description:
        'Beginning of the names of the indices that es-retention keeps for itself; where several policies share a cluster, each needs one of its own. Keep it: what is owed stays in the indices under the earlier one, until replay',
      examples: ['retention-billing-'],
    }).default(OWN_PREFIX),
    backups: duration(
      'How long snapshots may hold what was erased; the ledger remembers erased subjects, as keyed hashes, a little longer',
      'P30D',
    ).prefault('P30D'),
    ignoredIndices: z
      .array(
        checked(findingInIgnoredPattern, {
          description: 'Index name, or pattern with *, that no category matches',
          examples: ['trtc-billing-*'],
        }),
      )
      .default([])
      .meta({
        description:
          'Indices that look like those of a category and hold nothing that was promised about; others are named by verify',
      }),
    terminations: terminations.prefault({}),
    webhook: webhook.prefault({}),
    defaults: defaultsSchema.default({}),
    categories,
  })
  .superRefine(({ reports, indexPrefix }, context) => {
    if (!isTakenByOurs(reports.index, indexPrefix)) return;
    const params = {
      expected: 'an index for the reports alone',
      found: `${reports.index}, which indexPrefix makes another one of ours`,
      fix: `Write for example ${indexPrefix}reports`,
    };
    context.addIssue({ code: 'custom', message: 'taken', path: ['reports', 'index'], params });
  })
  .meta({ title: 'Retention policy', description: 'What has been promised about personal data, and how it is kept' });

/** The JSON Schema with which editors complete and check `retention-policy.yml`; generated, never written by hand. */
export function retentionPolicyJsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(policySchema, { io: 'input', target: 'draft-7' });
}
