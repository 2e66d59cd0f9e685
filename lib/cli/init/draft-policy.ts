import { count, number } from '../../base/number-text.ts';
import type { Instant } from '../../policy/time/instant.ts';
import { isoInstant } from '../../policy/time/instant.ts';
import type { IndexGroup } from './group-indices.ts';

/** What a person said about a group of indices, or what stands in for it. */
export interface Answers {
  /** The promise, word for word. */
  readonly quote: string;
  /** How long a document may stay by its date, as in the policy. Absent: not by age. */
  readonly maxAge?: string;
  /** The latest erasure after the end of an account, as in the policy. Absent: the end of an account erases nothing. */
  readonly deadline?: string;
  readonly timestampField?: string;
  readonly accountField?: string;
}

/** A category to be written. */
export interface DraftCategory extends Answers {
  readonly group: IndexGroup;
  /** The dates of its documents, if they are known. */
  readonly dates?: { readonly from: Instant; readonly to: Instant };
}

/** A policy to be written. */
export interface Draft {
  /** The name of the cluster. */
  readonly cluster: string;
  readonly now: Instant;
  /** The document that makes the promises, and its date (ISO 8601). */
  readonly source: string;
  readonly sourceDate: string;
  readonly categories: readonly DraftCategory[];
  /** Index names and patterns that were seen and left out. */
  readonly leftOut: readonly string[];
}

/** The text in place of a promise that nobody has written yet. */
export const NO_QUOTE = 'Write the promise here, word for word.';
/** The same for the document that makes it. */
export const NO_SOURCE = 'Name the document that makes the promise.';

/** Fields that the policy assumes where none is written. */
const USUAL_TIMESTAMP = '@timestamp';

const PLAIN = /^[A-Za-z][\w./*-]*(?<![:*])\*?$/;

/** A text of YAML. JSON's strings are YAML. */
const yaml = (text: string): string => (PLAIN.test(text) ? text : JSON.stringify(text));

const day = (instant: Instant): string => isoInstant(instant).slice(0, 10);

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const;

/** `2.1 MB` */
const sizeText = (bytes: number): string => {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1_000 ** power;
  return `${power === 0 ? number(value) : value.toFixed(1)} ${UNITS[power]}`;
};

/** What was seen of a group: `3 indices, 12,000 documents, 2.1 MB, 2026-09-01 to 2026-11-28`. */
export const seenText = ({ group, dates }: Pick<DraftCategory, 'group' | 'dates'>): string =>
  [
    count(group.indices.length, 'index', 'indices'),
    count(group.documents, 'document', 'documents'),
    sizeText(group.bytes),
    ...(dates === undefined ? [] : [`${day(dates.from)} to ${day(dates.to)}`]),
  ].join(', ');

const rulesText = ({ maxAge, deadline }: Answers): readonly string[] => {
  if (maxAge === undefined && deadline === undefined)
    return ['    rules: {} # no rule: nothing is removed. By age: { age: { maxAge: P14D, allowedLateness: P1D } }'];
  return [
    '    rules:',
    ...(maxAge === undefined ? [] : [`      age: { maxAge: ${maxAge}, allowedLateness: P1D } # overdue one day later`]),
    ...(deadline === undefined
      ? []
      : [
          `      # Erases the data of an account at most ${deadline} after it was deleted, and not in the first three days.`,
          `      termination: { triggers: [account-deleted], deadline: ${deadline}, cancelWindow: P3D }`,
        ]),
  ];
};

/** A register, whose documents stay until their account ends, has no dated documents. */
const isDated = ({ maxAge, deadline, group }: DraftCategory): boolean =>
  maxAge !== undefined || (deadline === undefined && group.dates.length > 0);

const categoryText = (draft: Draft, category: DraftCategory): string => {
  const { group, quote, timestampField = USUAL_TIMESTAMP, accountField } = category;
  const { source, sourceDate } = draft;
  return [
    `  ${group.id}:`,
    `    # ${seenText(category)}`,
    `    promise: { quote: ${JSON.stringify(quote)}, source: ${JSON.stringify(source)}, sourceDate: ${sourceDate} }`,
    `    indices: [${group.patterns.map(yaml).join(', ')}]`,
    `    records: ${isDated(category) ? 'dated # each document records something that happened' : 'current-state # each document says how things are now'}`,
    ...(timestampField === USUAL_TIMESTAMP ? [] : [`    timestampField: ${yaml(timestampField)} # dates a document`]),
    accountField === undefined
      ? '    # accountField: not seen in all indices; a legal hold of an account keeps all documents where it is not mapped'
      : `    accountField: ${yaml(accountField)} # names the account`,
    ...rulesText(category),
    '    schedule: rate(1 hour)',
  ].join('\n');
};

/** Writes a policy of minimal length, with a comment where a reader needs one. */
export const policyText = (
  draft: Draft,
): string => `# What has been promised about personal data, and how it is kept. Drafted on ${day(draft.now)}
# from the cluster ${JSON.stringify(draft.cluster)}. docs/policy.md explains each key.
# To check this file: node bin/es-retention.mjs policy check FILE
mode: observe # destroys nothing; write enforce when the plan is as it should be
earliest: 2000-01-01T00:00:00Z # older dates are not believed
reports: { index: retention-reports, maxAge: P1095D } # what each run did is kept for three years
categories:
${draft.categories.map((category) => categoryText(draft, category)).join('\n')}
${draft.leftOut.length === 0 ? '' : `# Seen, and in no category: ${draft.leftOut.join(', ')}\n`}`;
