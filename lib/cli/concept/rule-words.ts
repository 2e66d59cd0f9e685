import type { Category } from '../../policy/retention-policy.ts';
import type { AgeRule, TerminationRule } from '../../policy/rules/rules.ts';
import { kindsOf } from '../../rules/rule-kinds.ts';
import type { DeletionRule } from './concept-data.ts';

const ISO_PARTS =
  /^P(?:(?<years>\d+)Y)?(?:(?<months>\d+)M)?(?:(?<weeks>\d+)W)?(?:(?<days>\d+)D)?(?:T(?:(?<hours>\d+)H)?(?:(?<minutes>\d+)M)?(?:(?<seconds>\d+)S)?)?$/;

const LONG = new Intl.DurationFormat('en', { style: 'long' });

/**
 * A period in words: `14 days` for P14D.
 * @param iso as the policy writes it, ISO 8601. A fraction of a second stays as it is.
 */
export const periodWords = (iso: string): string => {
  const parts = Object.entries(ISO_PARTS.exec(iso)?.groups ?? {}).flatMap(([unit, amount]) =>
    amount === undefined ? [] : [[unit, Number(amount)] as const],
  );
  if (parts.length === 0) return iso;
  return LONG.format(Object.fromEntries(parts)) || 'no time';
};

const ageRule = (
  { maxAge, from, timeZone, allowedLateness }: AgeRule,
  { timestampField, ingestedField }: Category,
): DeletionRule => {
  const unit = from === 'end-of-year' ? 'year' : 'month';
  const start = from === undefined ? 'the date of the document' : `the end of the ${unit} of its date`;
  const period = periodWords(maxAge.iso);
  const zone = timeZone === undefined ? '' : ` Years and months are counted in ${timeZone}.`;
  return {
    start,
    period,
    deletionClass: `${period} from ${start}`,
    startIs: `The later of the fields ${timestampField} and ${ingestedField} counts, where a document has both.${zone}`,
    margin: `A document is overdue ${periodWords(allowedLateness.iso)} after the end of the period.`,
  };
};

const ENDS = { 'account-deleted': 'of the account', 'feature-terminated': 'of the use of the feature' } as const;

const terminationRule = ({ triggers, deadline, cancelWindow }: TerminationRule, { physical }: Category) => {
  const start = `the end ${triggers.map((trigger) => ENDS[trigger]).join(' or ')}`;
  const period = periodWords(deadline.iso);
  const window = periodWords(cancelWindow.iso);
  const disk =
    physical === undefined
      ? ''
      : ` The last ${periodWords(physical.within.iso)} are reserved for the bytes to leave the disk.`;
  return {
    start,
    period,
    deletionClass: `${period} from ${start}`,
    startIs: 'The account system reports it, or a person does. The ledger keeps it.',
    margin: `Nothing is erased in the first ${window}, so that a termination by mistake can be cancelled.${disk}`,
  };
};

/** A rule of a kind that this document has no words for: the text that the plan shows of it. */
const otherRule = (text: string): DeletionRule => ({
  start: text,
  period: text,
  deletionClass: text,
  startIs: '',
  margin: '',
});

/**
 * The deletion rules of a category, in words.
 * @returns none if the category has no rule.
 */
export const deletionRules = (category: Category): readonly DeletionRule[] => {
  const { age, termination } = category.rules;
  const known = new Set(['age', 'termination']);
  return [
    ...(age === undefined ? [] : [ageRule(age, category)]),
    ...(termination === undefined ? [] : [terminationRule(termination, category)]),
    ...kindsOf(category).flatMap((kind) => (known.has(kind.id) ? [] : [otherRule(kind.wording.rule(category))])),
  ];
};
