import { describe, expect, it } from 'vitest';
import type { FieldFacts } from '../../../lib/purge/document-store.ts';
import { datingOf, mappingFindings } from '../../../lib/purge/field-mapping.ts';
import { CATEGORY, describedIndex } from '../../support/described-index.ts';

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

describe('a field dates documents', () => {
  it.each<[string, FieldFacts | undefined, boolean]>([
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
  ])('mapped as %s: %#', (_, field, dates) => {
    expect(datingOf(withField('@timestamp', field), CATEGORY)).toMatchObject({ timestamp: dates, ingested: true });
    expect(datingOf(withField('event.ingested', field), CATEGORY)).toMatchObject({ timestamp: true, ingested: dates });
  });
});

describe('an account is found', () => {
  it.each<[string, FieldFacts | undefined, string | undefined]>([
    ['keyword', fact('keyword'), 'keyword'],
    ['long', fact('long'), 'long'],
    ['text', fact('text'), undefined],
    ['double', fact('double'), undefined],
    ['keyword with a normalizer', fact('keyword', { normalizer: 'lowercase' }), undefined],
    ['keyword without doc values', fact('keyword', { aggregatable: false }), undefined],
    ['keyword with an ignore_above that takes every identifier', fact('keyword', { ignoreAbove: 128 }), 'keyword'],
    ['keyword with an ignore_above that does not', fact('keyword', { ignoreAbove: 127 }), undefined],
    ['long that ignores what it cannot hold', fact('long', { ignoresMalformed: true }), undefined],
    ['an alias', fact('keyword', { indirect: 'alias' }), undefined],
    ['a run-time field', fact('keyword', { indirect: 'runtime' }), undefined],
    ['a field in a nested object', fact('keyword', { indirect: 'nested' }), undefined],
    ['nothing', undefined, undefined],
  ])('where it is mapped as %s: %#', (_, field, type) => {
    expect(datingOf(withField('uin', field), CATEGORY).account).toBe(type);
    expect(datingOf(withField('sdkAppId', field), CATEGORY).application).toBe(type);
  });
});

describe('findings of one index', () => {
  const found = (name: string, field: FieldFacts | undefined) =>
    mappingFindings(withField(name, field), CATEGORY).map(({ code, severity, found }) => ({ code, severity, found }));

  it.each<[string, string, FieldFacts | undefined, string, string]>([
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
    ['an account that is not mapped', 'uin', undefined, 'account-mapping', '"uin" not mapped'],
    ['an account as text', 'uin', fact('text'), 'account-mapping', '"uin" mapped as text'],
    ['an account as double', 'uin', fact('double'), 'account-mapping', '"uin" mapped as double'],
    [
      'an account with a normalizer',
      'uin',
      fact('keyword', { normalizer: 'lowercase' }),
      'account-mapping',
      '"uin" mapped as keyword, with normalizer "lowercase"',
    ],
    [
      'an account that cannot be searched',
      'uin',
      fact('keyword', { searchable: false }),
      'account-mapping',
      '"uin" mapped as keyword, not searchable',
    ],
    ['an application as text', 'sdkAppId', fact('text'), 'account-mapping', '"sdkAppId" mapped as text'],
  ])('%s', (_, name, field, code, text) => {
    const severity = code === 'timestamp-mapping' ? 'blocking' : 'notice';
    expect(found(name, field)).toEqual([{ code, severity, found: text }]);
  });

  it.each(['keyword', 'constant_keyword', 'long', 'unsigned_long', 'integer'])('an account as %s is right', (type) => {
    expect(found('uin', fact(type))).toEqual([]);
  });

  it('an account that cannot be found is in the way of a termination rule', () => {
    const days = { iso: 'P7D', milliseconds: 1 };
    const termination = { triggers: ['account-deleted'], deadline: days, cancelWindow: days } as const;
    const findings = mappingFindings(withField('uin', undefined), { ...CATEGORY, rules: { termination } });
    expect(findings).toMatchObject([{ code: 'account-mapping', severity: 'blocking' }]);
  });

  describe('of a category that ends with the feature, whose new use stays', () => {
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

    it.each<[string, FieldFacts | undefined, FieldFacts | undefined, readonly string[]]>([
      ['text', fact('text'), fact('date'), ['"@timestamp" mapped as text']],
      ['text, and nothing beside it', fact('text'), undefined, ['"@timestamp" mapped as text']],
      ['long', fact('long'), fact('date'), ['"@timestamp" mapped as long']],
      ['not mapped, nor is the ingestion', undefined, undefined, ['"@timestamp" not mapped']],
      ['not mapped where the ingestion dates', undefined, fact('date'), []],
    ])('a timestamp that is %s', (_, timestamp, ingested, texts) => {
      const index = without(timestamp, ingested);
      const findings = mappingFindings(index, { ...CATEGORY, rules: rulesFor('feature-terminated') });
      expect(findings).toMatchObject(
        texts.map((found) => ({ code: 'timestamp-mapping', severity: 'blocking', found })),
      );
      expect(mappingFindings(index, { ...CATEGORY, rules: rulesFor('account-deleted') })).toEqual([]);
    });
  });

  it('a timestamp that is not mapped is no finding: its documents are counted as undatable', () => {
    expect(found('@timestamp', undefined)).toEqual([]);
  });

  it('dates do not matter to a category without an age rule', () => {
    expect(mappingFindings(withField('@timestamp', fact('text')), { ...CATEGORY, rules: {} })).toEqual([]);
  });
});
