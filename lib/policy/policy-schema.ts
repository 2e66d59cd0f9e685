import * as z from 'zod';
import { CATEGORY_ID, collidesWithOurs, OWN_PREFIX } from './own-indices.ts';
import {
  findingInIgnoredPattern,
  findingInIndexPrefix,
  findingInPattern,
  findingInReportsIndex,
} from './parsing/pattern-check.ts';
import { checked, date, duration, field, instant, schedule, text, timeZone } from './parsing/policy-value.ts';
import { RULE_FORMS, type WrittenRules } from './rules/rule-forms.ts';
import { WEBHOOK_TYPES } from './termination-trigger.ts';

/** The largest limit on accounts or messages. */
const MAX_COUNTED = 1_000_000_000;

// The shape of retention-policy.yml. The types, the validation and the JSON Schema for editors all come from it.

const guard = z
  .strictObject({
    maxShare: z.number().gt(0).lte(1).meta({
      description:
        "Share of the category's documents, above 0 and at most 1, that one run may remove. Documents that an earlier run has announced to fall due by now are left out",
    }),
    maxAccountShare: z
      .number()
      .gt(0)
      .lte(1)
      .meta({
        description:
          "Share of the category's accounts, above 0 and at most 1, that one run may erase after terminations. If more are due, all of them are braked, except those that a person has confirmed",
      })
      .optional(),
    minAccounts: z
      .int()
      .min(0)
      .max(MAX_COUNTED)
      .meta({ description: 'Number of accounts that one run may always erase, whatever their share' })
      .optional(),
  })
  .meta({
    description:
      'Limits of one run. A run that would remove more documents is refused as a whole. A run that would erase more accounts leaves these erasures to a person',
  });

/** Settings that `defaults` sets for all categories and that a category may override. */
const adjustable = {
  timestampField: field('Field that dates a document').optional(),
  ingestedField: field('Field that says when a document arrived: the later of both dates counts').optional(),
  accountField: field("Field with the customer's account number").optional(),
  applicationField: field(
    "Field with the application's identifier. Without it, documents belong to an account as a whole, and the end of one application is refused",
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
      description: 'The rules by which documents are removed. To have no rule, write {}',
    }) as unknown as z.ZodType<WrittenRules>,
);

const interpretation = z
  .strictObject({
    reading: text('The interpretation of the promise'),
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
  .meta({ description: "The category's indices. An index may belong to only one category" });

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
        'timestamp: if the timestamp dates a document, the age counts from the timestamp alone. ingested: the same for the ingested field. later: the later of both dates counts, as without a decision',
    }),
    reason: text('Why that date is the right one in these indices'),
    decidedBy: text('Who decided so'),
    decidedOn: date('When it was decided'),
  })
  .meta({ description: 'Which date counts in indices of which the dates disagree' });

/** One category as written, without the values from `defaults`. */
export const categorySchema = z
  .strictObject({
    title: text('Name of the category, as the privacy policy has it. Default: the id').optional(),
    fields: z
      .array(text('One kind of data'))
      .min(1)
      .meta({ description: 'The personal data in it, as the privacy policy lists it' })
      .optional(),
    dataSubjects: text('Whose data it is, such as: customers').optional(),
    purpose: text('Why the data is processed').optional(),
    legalBasis: text('The legal basis of the processing').optional(),
    promise,
    indices,
    records: z.enum(['dated', 'current-state']).meta({
      description: 'dated: each document records something that happened; current-state: each says how things are now',
    }),
    rules,
    physical: z
      .strictObject({
        within: duration('Time that is reserved before the deadline, in which the bytes leave the disk', 'PT24H'),
      })
      .meta({ description: 'The physical erasure that follows an erasure after termination' })
      .optional(),
    schedule,
    ...adjustable,
    interpretations: z
      .array(interpretation)
      .default([])
      .meta({ description: 'How an unclear promise was interpreted' }),
    dateDecisions: z
      .array(dateDecision)
      .default([])
      .meta({ description: 'Decisions about indices whose ingestion dates were set again, or whose clocks ran ahead' }),
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
    source: text('The exact value of the source attribute'),
    type: text('The exact value of the type attribute'),
    means: z.enum(WEBHOOK_TYPES).meta({ description: 'The webhook event that this CloudEvent stands for' }),
  })
  .meta({ description: 'A CloudEvent that the webhook takes' });

const terminations = z
  .strictObject({
    immediate: z.boolean().default(false).meta({
      description:
        'true: messages to the webhook and on the bus may skip the cancel window. false: the window applies to them too. A person may always skip it with --immediate',
    }),
    maxPerHour: z.int().min(1).max(MAX_COUNTED).default(100).meta({
      description:
        'How many terminations an hour are accepted from one source, the webhook or the bus. Terminations beyond that are recorded, but braked: nothing is erased before a person confirms them',
    }),
  })
  .meta({ description: 'What messages about the end of an account may ask for' });

const processing = z
  .strictObject({
    controller: text('Who decides about the processing: name and contact').optional(),
    representative: text('The representative of the controller: name and contact').optional(),
    dataProtectionOfficer: text('The data protection officer: name and contact').optional(),
    responsible: text('Who answers for the rules in this file').optional(),
    operator: text('Who operates the runs, and reads their reports').optional(),
    recipients: text('To whom the data is disclosed').optional(),
    transfers: text('Transfers to third countries, and the safeguards for them').optional(),
    security: text('The technical and organisational security measures, or where they are described').optional(),
  })
  .meta({
    description:
      'What the deletion concept says beside the rules. Evidence contains it, so name roles instead of persons. No run needs it, but like every change of this file, a change of it makes a new version of the policy',
  });

/** Finds an event that is listed twice, because its meaning would be ambiguous. */
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
          expected: 'each pair of source and type only once',
          found: 'the same pair a second time',
          fix: 'Remove one of the two',
        };
        context.addIssue({ code: 'custom', message: 'twice', path: [again], params });
      })
      .meta({
        description: 'Which CloudEvents are accepted, and what each means. Without entries, no CloudEvent is accepted',
      }),
  })
  .meta({ description: 'What the webhook accepts in addition to Standard Webhooks' });

/** The whole file. */
export const policySchema = z
  .strictObject({
    mode: z
      .enum(['observe', 'enforce'])
      .meta({ description: 'observe does everything except destroying data; enforce keeps the promises' }),
    earliest: instant(
      'Dates before this are not believed, and such documents are treated as undatable (for example a date in 1970 that comes from seconds read as milliseconds). Must not be later than any promise',
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
        'Beginning of the names of the indices in which es-retention keeps its own records. If several policies share a cluster, each needs a different one. Do not change it: open erasures stay in the indices under the earlier prefix, until replay',
      examples: ['retention-billing-'],
    }).default(OWN_PREFIX),
    backups: duration(
      'How long snapshots may contain what was erased; the ledger remembers erased subjects, as keyed hashes, a little longer',
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
          'Indices that look like those of a category, but contain nothing that a promise covers. verify names all other such indices',
      }),
    terminations: terminations.prefault({}),
    webhook: webhook.prefault({}),
    processing: processing.optional(),
    defaults: defaultsSchema.default({}),
    categories,
  })
  .superRefine(({ reports, indexPrefix }, context) => {
    if (!collidesWithOurs(reports.index, indexPrefix)) return;
    const params = {
      expected: 'an index that contains only reports',
      found: `${reports.index}, which indexPrefix already gives to another index of ours`,
      fix: `Write for example ${indexPrefix}reports`,
    };
    context.addIssue({ code: 'custom', message: 'taken', path: ['reports', 'index'], params });
  })
  .meta({ title: 'Retention policy', description: 'What has been promised about personal data, and how it is kept' });

/** The JSON Schema with which editors complete and check `retention-policy.yml`; generated, never written by hand. */
export function retentionPolicyJsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(policySchema, { io: 'input', target: 'draft-7' });
}
