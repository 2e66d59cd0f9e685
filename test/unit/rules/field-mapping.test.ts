import { describe, expect, test } from 'vitest';
import type { FieldFacts } from '../../../lib/criteria/index-description.ts';
import type { Category } from '../../../lib/policy/retention-policy.ts';
import { mappingFindings, usableFieldsOf } from '../../../lib/rules/field-mapping.ts';
import { CATEGORY, describedIndex } from '../../support/purge/described-index.ts';

const right = describedIndex().fields;
const fact = (type: string, changes: Partial<FieldFacts> = {}): FieldFacts => ({
  type,
  searchable: true,
  aggregatable: true,
  ...changes,
});
const withField = (name: string, field: FieldFacts | undefined) => {
  const fields = new Map(right);
  if (field === undefined) fields.delete(name);
  else fields.set(name, field);
  return describedIndex({ fields });
};

describe('a date field', () => {
  test.each<[string, FieldFacts | undefined, boolean]>([
    ['date', fact('date'), true],
    ['date_nanos', fact('date_nanos'), true],
    ['long', fact('long'), false],
    ['text', fact('text', { aggregatable: false }), false],
    ['keyword', fact('keyword'), false],
    ['date without doc values', fact('date', { aggregatable: false }), false],
    ['date that cannot be searched', fact('date', { searchable: false }), false],
    ['date that ignores what is malformed, and says so', fact('date', { ignoresMalformed: true }), true],
    ['an alias of a date', fact('date', { indirect: 'alias' }), false],
    ['a date in a nested object', fact('date', { indirect: 'nested' }), false],
    ['nothing', undefined, false],
  ])('dates documents, or not, if it is mapped as %s: %#', (_, field, dates) => {
    expect(usableFieldsOf(withField('@timestamp', field), CATEGORY)).toMatchObject({
      timestamp: dates,
      ingested: true,
    });
    expect(usableFieldsOf(withField('event.ingested', field), CATEGORY)).toMatchObject({
      timestamp: true,
      ingested: dates,
    });
  });
});

describe('findings of one index', () => {
  const found = (name: string, field: FieldFacts | undefined) =>
    mappingFindings(withField(name, field), CATEGORY).map(({ code, severity, found }) => ({ code, severity, found }));

  test.each<[string, string, FieldFacts | undefined, string, string]>([
    ['a timestamp as text', '@timestamp', fact('text'), 'timestamp-mapping', '"@timestamp" mapped as text'],
    [
      'a timestamp without doc values',
      '@timestamp',
      fact('date', { aggregatable: false }),
      'timestamp-mapping',
      '"@timestamp" mapped as date, without doc values',
    ],
    [
      'an ingestion time as keyword',
      'event.ingested',
      fact('keyword'),
      'ingested-mapping',
      '"event.ingested" mapped as keyword',
    ],
  ])('name a field with an unusable mapping: %s', (_, name, field, code, text) => {
    expect(found(name, field)).toEqual([{ code, severity: 'blocking', found: text }]);
  });

  describe('in a category that keeps new use after the end of a feature', () => {
    const days = { iso: 'P7D', milliseconds: 1 };
    const rulesFor = (trigger: 'account-deleted' | 'feature-terminated') =>
      ({ termination: { triggers: [trigger], deadline: days, cancelWindow: days } }) as const;
    const without = (timestamp: FieldFacts | undefined, ingested: FieldFacts | undefined) => {
      const fields = new Map(right);
      for (const name of ['@timestamp', 'event.ingested']) fields.delete(name);
      if (timestamp !== undefined) fields.set('@timestamp', timestamp);
      if (ingested !== undefined) fields.set('event.ingested', ingested);
      return describedIndex({ fields });
    };

    test.each<[string, FieldFacts | undefined, FieldFacts | undefined, readonly string[]]>([
      ['text', fact('text'), fact('date'), ['"@timestamp" mapped as text']],
      ['text, and nothing beside it', fact('text'), undefined, ['"@timestamp" mapped as text']],
      ['long', fact('long'), fact('date'), ['"@timestamp" mapped as long']],
      ['not mapped, nor is the ingestion', undefined, undefined, ['"@timestamp" not mapped']],
      ['not mapped where the ingestion dates', undefined, fact('date'), []],
    ])('name a timestamp, or not, if it is %s', (_, timestamp, ingested, texts) => {
      const index = without(timestamp, ingested);
      const findings = mappingFindings(index, { ...CATEGORY, rules: rulesFor('feature-terminated') });
      expect(findings).toMatchObject(
        texts.map((found) => ({ code: 'timestamp-mapping', severity: 'blocking', found })),
      );
      expect(mappingFindings(index, { ...CATEGORY, rules: rulesFor('account-deleted') })).toEqual([]);
    });
  });

  test('do not name an unmapped timestamp, whose documents are undatable', () => {
    expect(found('@timestamp', undefined)).toEqual([]);
    const neither = new Map([...right].filter(([name]) => name === 'uin'));
    expect(mappingFindings(describedIndex({ fields: neither }), CATEGORY)).toEqual([]);
  });

  test('do not name dates of a category without an age rule', () => {
    expect(mappingFindings(withField('@timestamp', fact('text')), { ...CATEGORY, rules: {} })).toEqual([]);
  });
});

describe('the fix for a date field that dates nothing', () => {
  const days = { iso: 'P7D', milliseconds: 1 };
  const ENDING: Category = {
    ...CATEGORY,
    rules: { termination: { triggers: ['feature-terminated'], deadline: days, cancelWindow: days } },
  };
  const decided = (date: 'timestamp' | 'ingested'): Category => ({
    ...CATEGORY,
    dateDecisions: [
      { indices: ['*'], date, reason: 'Measured.', decidedBy: 'Privacy officer', decidedOn: '2026-11-28' },
    ],
  });
  const of = (name: string, field: FieldFacts | undefined, category = CATEGORY) =>
    mappingFindings(withField(name, field), category).map(({ severity, fix }) => [severity, fix]);

  test('is to reindex or to decide, if the field prevents every deletion by age', () => {
    expect(of('@timestamp', fact('text'))).toEqual([
      [
        'blocking',
        'Reindex it with a plain date mapping, or name the right field as timestampField in the policy; until then nothing in call-log-1 is deleted by age, since a live date of this field would not be seen. Where the other field is mapped as a date and is enough, decide so under dateDecisions of "call-logs" (date: ingested).',
      ],
    ]);
    expect(of('event.ingested', fact('text'))).toMatchObject([
      ['blocking', expect.stringMatching(/^Reindex .* ingestedField .* deleted by age.*\(date: timestamp\)\.$/)],
    ]);
  });

  test('mentions the objects that documents have in place of the field', () => {
    expect(of('@timestamp', fact('object'))).toMatchObject([
      ['blocking', expect.stringContaining('date mapping, with the objects there under another name, or')],
    ]);
  });

  test('is to reindex, if the field prevents erasures after the end of a feature', () => {
    expect(of('@timestamp', fact('text'), ENDING)).toMatchObject([
      ['blocking', expect.stringMatching(/; until then nothing there is erased for the end of a feature\.$/)],
    ]);
    expect(of('event.ingested', fact('text'), ENDING)).toMatchObject([
      ['blocking', expect.stringMatching(/; until then nothing there is erased for the end of a feature\.$/)],
    ]);
    expect(usableFieldsOf(withField('@timestamp', fact('text')), ENDING)).toMatchObject({ hidesDates: true });
    expect(usableFieldsOf(withField('@timestamp', fact('date')), ENDING)).not.toHaveProperty('hidesDates');
  });

  test('is not needed if a person decided that the other field counts', () => {
    const fix = 'The other field counts there, as the policy decides.';
    expect(of('@timestamp', fact('text'), decided('ingested'))).toEqual([['notice', fix]]);
    expect(of('event.ingested', fact('text'), decided('timestamp'))).toEqual([['notice', fix]]);
  });

  test('for an alias is to reindex the timestamp, or to map the ingestion date in new indices', () => {
    const alias = fact('date', { indirect: 'alias' });
    expect(of('@timestamp', alias)).toEqual([
      [
        'blocking',
        'Reindex it with a plain date mapping, or name the right field as timestampField in the policy; until then this field dates nothing there.',
      ],
    ]);
    expect(of('event.ingested', alias)).toEqual([
      [
        'notice',
        'Map it as date in new indices; until then it cannot date a document whose timestamp is missing or wrong.',
      ],
    ]);
  });
});
