import { describe, expect, test } from 'vitest';
import type { FieldFacts, IndexDescription } from '../../../lib/criteria/index-description.ts';
import type { Category, DateDecision } from '../../../lib/policy/retention-policy.ts';
import {
  dateDecisionFor,
  dateFieldsOf,
  describeDateField,
  isUnreadable,
  takesDates,
} from '../../../lib/rules/dates/date-field.ts';
import { usableWithIngested } from '../../../lib/rules/field-mapping.ts';
import { CATEGORY, describedIndex } from '../../support/purge/described-index.ts';

const TIMESTAMP = '@timestamp';
const INGESTED = 'event.ingested';
const date = (changes: Partial<FieldFacts> = {}): FieldFacts => ({
  type: 'date',
  searchable: true,
  aggregatable: true,
  ...changes,
});
const TEXT = date({ type: 'text', aggregatable: false });

/** An index whose fields have these mappings; `undefined` for a field that is not mapped. */
const index = (
  timestamp: FieldFacts | undefined,
  ingested: FieldFacts | undefined,
  changes: Partial<IndexDescription> = {},
): IndexDescription =>
  describedIndex({
    fields: new Map(
      [[TIMESTAMP, timestamp] as const, [INGESTED, ingested] as const].flatMap(([name, field]) =>
        field === undefined ? [] : [[name, field] as const],
      ),
    ),
    ...changes,
  });

const decide = (chosen: DateDecision['date'], ...indices: readonly string[]): DateDecision => ({
  indices,
  date: chosen,
  reason: 'Measured.',
  decidedBy: 'Privacy officer',
  decidedOn: '2026-11-28',
});
const deciding = (...dateDecisions: readonly DateDecision[]): Category => ({ ...CATEGORY, dateDecisions });

const BOTH = { timestamp: true, ingested: true };
const seen = (path: string) => ({ in: 'lacking', path });
const UNSEEN = { timestamp: seen('@timestamp'), ingested: seen('event.ingested') };

describe('the dates of an index', () => {
  test('come from both fields if both are mapped as dates', () => {
    expect(dateFieldsOf(index(date(), date()), CATEGORY)).toEqual({ ...BOTH, unseen: UNSEEN });
  });

  test.each<[string, FieldFacts]>([
    ['a null_value', date({ nullValue: '2020' })],
    ['copied values', date({ copiedFrom: ['a'] })],
    ['a script', date({ indexScript: true })],
    ['a missing doc value', date({ aggregatable: false })],
    ['an alias', date({ indirect: 'alias' })],
  ])('do not include a field with %s, but its live values keep documents', (_, field) => {
    const usable = dateFieldsOf(index(field, date()), CATEGORY);
    expect(usable).toMatchObject({ timestamp: false, ingested: true, vetoes: ['timestamp'] });
    expect(usable).not.toHaveProperty('unreadable');
    expect(isUnreadable(index(field, date()), TIMESTAMP)).toBe(false);
  });

  test.each<[string, FieldFacts]>([
    ['text', TEXT],
    ['a date that no search compares', date({ searchable: false })],
    ['a run-time field', date({ indirect: 'runtime' })],
    ['a field in a nested object', date({ indirect: 'nested' })],
    ['a date of which only a part is read', date({ format: 'YYYY-MM-dd' })],
  ])('cannot be read from %s', (_, field) => {
    const usable = dateFieldsOf(index(date(), field), CATEGORY);
    expect(usable).toMatchObject({ timestamp: true, ingested: false, unreadable: ['ingested'] });
    expect(usable).not.toHaveProperty('vetoes');
    expect(usable.unseen).toEqual({ timestamp: UNSEEN.timestamp });
    expect(isUnreadable(index(date(), field), INGESTED)).toBe(true);
  });

  test('cannot be read where no search reaches them, unlike those of an unmapped field', () => {
    const hidden = index(date(), undefined, { outOfSearch: new Map([[INGESTED, 'inside a disabled object']]) });
    expect(dateFieldsOf(hidden, CATEGORY)).toMatchObject({ unreadable: ['ingested'], unmapped: ['ingested'] });
    expect(dateFieldsOf(hidden, CATEGORY)).not.toHaveProperty('arriving');
    expect(takesDates(hidden, INGESTED)).toBe(false);
    const unmapped = index(date(), undefined);
    expect(dateFieldsOf(unmapped, CATEGORY)).toMatchObject({
      timestamp: true,
      ingested: false,
      unmapped: ['ingested'],
      unseen: { ingested: { in: 'ignored' } },
      arriving: { ingested: UNSEEN.ingested },
    });
    expect(dateFieldsOf(unmapped, CATEGORY)).not.toHaveProperty('unreadable');
    expect(takesDates(unmapped, INGESTED)).toBe(true);
  });

  test('have no unseen values where _source proves nothing', () => {
    const lost = index(date(), date(), { source: { kept: 'disabled' } });
    expect(dateFieldsOf(lost, CATEGORY)).toEqual(BOTH);
  });

  test.each([
    [date(), date({ type: 'date_nanos' }), true],
    [date({ type: 'date_nanos' }), date(), true],
    [date(), date(), undefined],
  ])('may have nanoseconds in either field', (timestamp, ingested, nanoseconds) => {
    expect(dateFieldsOf(index(timestamp, ingested), CATEGORY).nanoseconds).toBe(nanoseconds);
  });
});

describe('the precision of a date', () => {
  const MONTHS = date({ format: 'yyyy-MM||yyyy' });
  const precisionIn = (field: FieldFacts, changes: Partial<IndexDescription> = {}) =>
    dateFieldsOf(index(field, date(), changes), CATEGORY).precision?.timestamp;

  test('depends on the format, and _source shows it', () => {
    expect(precisionIn(MONTHS)).toMatchObject({ kind: 'perhaps', paths: ['@timestamp'] });
    expect(precisionIn(date({ ...MONTHS, path: 'at' }))).toMatchObject({ paths: ['at'] });
    expect(precisionIn(date({ ...MONTHS, locale: 'de' }))).toMatchObject({ texts: { locale: 'de' } });
    expect(precisionIn(date())).toBeUndefined();
    expect(dateFieldsOf(index(date(), date()), CATEGORY)).not.toHaveProperty('precision');
    expect(dateFieldsOf(index(date(), MONTHS), CATEGORY).precision).toMatchObject({ ingested: { kind: 'perhaps' } });
  });

  test('is also shown by the fields that are copied into the date field', () => {
    const copied = date({ ...MONTHS, copiedFrom: ['a', 'b'] });
    expect(precisionIn(copied)).toMatchObject({ paths: ['@timestamp', 'a', 'b'] });
  });

  test.each<[string, FieldFacts, Partial<IndexDescription>]>([
    ['_source is lost', MONTHS, { source: { kept: 'disabled' } }],
    [
      '_source leaves out one of the copied fields',
      date({ ...MONTHS, copiedFrom: ['a', 'b'] }),
      { source: { kept: 'stored', excludes: ['b'] } },
    ],
    ['scripts are refused', MONTHS, { refusesScripts: true }],
    ['the field has no doc values', date({ ...MONTHS, aggregatable: false }), {}],
    ['the field is an alias, whose values have another name', date({ ...MONTHS, indirect: 'alias' }), {}],
  ])('is not shown if %s', (_, field, changes) => {
    const precision = precisionIn(field, changes);
    expect(precision?.kind).toBe('perhaps');
    expect(precision).not.toHaveProperty('paths');
  });

  test('is uncertain in an alias, whose format is unknown', () => {
    expect(precisionIn(date({ indirect: 'alias' }))).toMatchObject({ kind: 'perhaps' });
  });

  test('does not matter in a field that dates nothing', () => {
    expect(precisionIn(date({ ...MONTHS, searchable: false }))).toBeUndefined();
  });
});

describe('a decision of a person about dates', () => {
  test('makes the other field irrelevant, if the chosen field dates documents', () => {
    const decided = deciding(decide('timestamp', 'call-log-*'));
    expect(dateFieldsOf(index(date(), TEXT), decided)).toMatchObject({ decided: 'timestamp' });
    expect(dateFieldsOf(index(date(), TEXT), decided)).not.toHaveProperty('unreadable');
    expect(dateFieldsOf(index(TEXT, date()), decided)).toMatchObject({ unreadable: ['timestamp'] });
    expect(dateFieldsOf(index(TEXT, TEXT), decided)).toMatchObject({ unreadable: ['timestamp', 'ingested'] });
  });

  test('for the later date changes nothing', () => {
    const later = dateFieldsOf(index(date(), TEXT), deciding(decide('later', 'call-log-*')));
    expect(later).toEqual(dateFieldsOf(index(date(), TEXT), CATEGORY));
    expect(later).not.toHaveProperty('decided');
  });

  test('is the first decision whose patterns match the index or its data stream', () => {
    const category = deciding(
      decide('later', 'call-log-9'),
      decide('ingested', 'other-*', 'call-log-1'),
      decide('timestamp', 'call-log-*'),
    );
    const chosen = (name: string, dataStream?: string) =>
      dateDecisionFor({ name, ...(dataStream !== undefined && { dataStream }) }, category)?.date;
    expect(chosen('call-log-1')).toBe('ingested');
    expect(chosen('call-log-2')).toBe('timestamp');
    expect(chosen('.ds-call-log-1-2026', 'call-log-1')).toBe('ingested');
    expect(chosen('else')).toBeUndefined();
  });
});

test.each<[string, IndexDescription, string]>([
  ['a plain date', index(date(), undefined), '"@timestamp" mapped as date'],
  ['text', index(TEXT, undefined), '"@timestamp" mapped as text'],
  [
    'a date with values of its own',
    index(date({ nullValue: '0', copiedFrom: ['a', 'b'], indexScript: true }), undefined),
    '"@timestamp" mapped as date, with a null_value, with values copied from "a", "b", with a script',
  ],
  [
    'a date of which a part is read',
    index(date({ format: 'YYYY-MM-dd' }), undefined),
    '"@timestamp" mapped as date, with a format that Elasticsearch reads only in part',
  ],
  ['no field', index(undefined, undefined), '"@timestamp" not mapped'],
  [
    'a field that no search reaches',
    index(undefined, undefined, { outOfSearch: new Map([[TIMESTAMP, 'inside a disabled object']]) }),
    '"@timestamp" not indexed, inside a disabled object',
  ],
])('a finding describes %s', (_, described, text) => {
  expect(describeDateField(described, '@timestamp')).toBe(text);
});

describe('an index that gets an ingested field', () => {
  const mapped = (description: IndexDescription) =>
    usableWithIngested({ description, usable: dateFieldsOf(description, CATEGORY) }, INGESTED);

  test('is dated by that field, and still lacks the timestamp if it is not mapped', () => {
    expect(mapped(index(date(), undefined))).toMatchObject(BOTH);
    expect(mapped(index(date(), undefined))).not.toHaveProperty('unmapped');
    expect(mapped(index(undefined, undefined))).toMatchObject({ ingested: true, unmapped: ['timestamp'] });
    expect(mapped(index(date(), date()))).toMatchObject(BOTH);
  });

  test('is refused if the field is mapped as something else', () => {
    expect(() => mapped(index(date(), TEXT))).toThrow('ingested-mapping');
  });
});
