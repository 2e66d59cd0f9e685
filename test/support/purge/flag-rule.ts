import { onTestFinished } from 'vitest';
import { z } from 'zod';
import type { RuleQuery } from '../../../lib/adapters/elasticsearch/query/rule-query.ts';
import { RULE_QUERIES } from '../../../lib/adapters/elasticsearch/rules/rule-queries.ts';
import type { Finding } from '../../../lib/criteria/finding.ts';
import type { IndexDescription } from '../../../lib/criteria/index-description.ts';
import { field } from '../../../lib/policy/parsing/policy-value.ts';
import type { RuleForm } from '../../../lib/policy/rules/rule-form.ts';
import { RULE_FORMS } from '../../../lib/policy/rules/rule-forms.ts';
import type { CountedIndex, RuleKind } from '../../../lib/rules/rule.ts';
import { RULE_KINDS } from '../../../lib/rules/rule-kinds.ts';

/** A third kind of rule that exists in tests only: documents are due if one of their fields says so. */
interface FlagRule {
  readonly field: string;
  readonly value: boolean;
}

declare module '../../../lib/policy/rules/rules.ts' {
  interface Rules {
    readonly flag?: FlagRule;
  }
}

declare module '../../../lib/policy/rules/rule-forms.ts' {
  interface WrittenRules {
    readonly flag?: FlagRule;
  }
}

declare module '../../../lib/criteria/due-criteria.ts' {
  interface Criteria {
    readonly flag?: FlagRule;
  }
  interface UsableFields {
    /** Whether the flag field can be believed in this index. */
    readonly flag?: true;
  }
}

const FLAG_FORM: RuleForm = {
  id: 'flag',
  schema: z
    .strictObject({
      field: field('Field that says whether a document may go'),
      value: z.boolean().meta({ description: 'What it says of one that may' }),
    })
    .meta({ description: 'Purges documents whose field has a value' }),
  findings: () => [],
};

/** Whether the field is a boolean with the document's own values. Nothing else may make a document due. */
const isFlag = ({ fields }: IndexDescription, name: string): boolean => {
  const facts = fields.get(name);
  return (
    facts?.type === 'boolean' &&
    facts.searchable &&
    facts.indirect === undefined &&
    facts.nullValue === undefined &&
    facts.indexScript === undefined &&
    (facts.copiedFrom ?? []).length === 0
  );
};

const flagMapping = ({ index, category: { rules } }: CountedIndex): readonly Finding[] =>
  rules.flag === undefined || isFlag(index, rules.flag.field)
    ? []
    : [
        {
          code: 'not-examined',
          severity: 'blocking',
          index: index.name,
          expected: `"${rules.flag.field}" mapped as boolean, with the documents' own values`,
          found: index.fields.get(rules.flag.field)?.type ?? 'not mapped',
          fix: 'Nothing is purged there by this field: reindex with a boolean mapping.',
        },
      ];

const FLAG_RULE: RuleKind = {
  id: 'flag',
  criteriaOf: ({ category: { rules } }) => (rules.flag === undefined ? {} : { flag: rules.flag }),
  canBeDue: ({ flag }) => flag !== undefined,
  mappingNeeds: ({ rules }) => ({ dates: [], otherFields: rules.flag === undefined ? [] : [rules.flag.field] }),
  usableFieldsOf: (index, { rules }) =>
    rules.flag !== undefined && isFlag(index, rules.flag.field) ? { flag: true } : {},
  mappingFindings: flagMapping,
  wording: {
    due: 'flagged',
    dueDocuments: ['flagged document', 'flagged documents'],
    limit: ({ rules: { flag } }) => (flag === undefined ? '' : `until ${flag.field}`),
    rule: ({ rules: { flag } }) => (flag === undefined ? '' : `purged when ${flag.field} is ${flag.value}`),
    planned: ({ criteria: { flag } }) => (flag === undefined ? [] : [`removes what says ${flag.field}: ${flag.value}`]),
    json: ({ rules: { flag } }) => ({ flag: flag ?? null }),
    plannedJson: () => ({}),
  },
};

const FLAG_QUERY: RuleQuery = {
  id: 'flag',
  due: ({ flag }, usable) =>
    flag === undefined || usable.flag === undefined ? undefined : { term: { [flag.field]: { value: flag.value } } },
  dueInSlice: (criteria, usable, slice) =>
    'rule' in slice && slice.rule === 'flag' ? FLAG_QUERY.due(criteria, usable) : undefined,
  slices: async (_search, target, criteria) =>
    FLAG_QUERY.due(criteria, target.usable) === undefined ? [] : [{ rule: 'flag' }],
};

/** The lists are read-only for the product. Only this test writes to them. */
const addUntilTestEnds = <T>(list: readonly T[], item: T): void => {
  (list as T[]).push(item);
  onTestFinished(() => {
    (list as T[]).pop();
  });
};

/** Adds the rule `flag` until the test ends. */
export const withFlagRule = (): void => {
  addUntilTestEnds(RULE_FORMS, FLAG_FORM);
  addUntilTestEnds(RULE_KINDS, FLAG_RULE);
  addUntilTestEnds(RULE_QUERIES, FLAG_QUERY);
};
