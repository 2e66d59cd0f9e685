import { describe, expect, test } from 'vitest';
import type { FieldFacts, IndexDescription } from '../../../lib/criteria/index-description.ts';
import type { Category } from '../../../lib/policy/retention-policy.ts';
import type { TerminationRule } from '../../../lib/policy/rules/rules.ts';
import { canTellNewUse, hidesDates, mayEndFeature } from '../../../lib/rules/accounts/new-use.ts';
import { CATEGORY, describedIndex } from '../../support/purge/described-index.ts';

const TIMESTAMP = '@timestamp';
const INGESTED = 'event.ingested';
const date = (changes: Partial<FieldFacts> = {}): FieldFacts => ({
  type: 'date',
  searchable: true,
  aggregatable: true,
  ...changes,
});
const withField = (name: string, field: FieldFacts | undefined, changes: Partial<IndexDescription> = {}) => {
  const fields = new Map([...describedIndex().fields].filter(([each]) => each !== name));
  if (field !== undefined) fields.set(name, field);
  return describedIndex({ fields, ...changes });
};

// After the end of a feature, documents written later are new use and stay. A date that nobody sees would be erased.
describe.each([TIMESTAMP, INGESTED])('the date field %s', (name) => {
  const isHidden = (field: FieldFacts | undefined, changes: Partial<IndexDescription> = {}) =>
    hidesDates(withField(name, field, changes), CATEGORY);

  test.each<[string, FieldFacts]>([
    ['text', date({ type: 'text' })],
    ['a number', date({ type: 'long' })],
    ['a date that no search compares', date({ searchable: false })],
    ['a date without doc values', date({ aggregatable: false })],
    ['a date in a nested object', date({ indirect: 'nested' })],
    ['a run-time field', date({ indirect: 'runtime' })],
    ['a date of which only a part is read', date({ format: 'YYYY-MM-dd' })],
  ])('hides new use if it is %s', (_, field) => {
    expect(isHidden(field)).toBe(true);
  });

  test.each<[string, FieldFacts | undefined]>([
    ['a date', date()],
    ['a date with nanoseconds', date({ type: 'date_nanos' })],
    ['an alias of a date', date({ indirect: 'alias' })],
    ['a date with values that are not its own', date({ nullValue: '0' })],
    ['not mapped', undefined],
  ])('does not hide new use if it is %s', (_, field) => {
    expect(isHidden(field)).toBe(false);
  });

  test('hides new use if no search reaches it and _source proves nothing', () => {
    const outOfSearch = new Map([[name, 'inside a disabled object']]);
    expect(isHidden(undefined, { outOfSearch })).toBe(false);
    expect(isHidden(undefined, { outOfSearch, source: { kept: 'disabled' } })).toBe(true);
    expect(isHidden(undefined, { outOfSearch, refusesScripts: true })).toBe(true);
  });
});

test.each([
  [true, true, undefined, true],
  [true, false, undefined, true],
  [false, true, undefined, true],
  [false, false, undefined, false],
  [true, true, true, false],
  [false, false, true, false],
] as const)('new use is visible by timestamp (%s) or ingestion date (%s) if nothing hides it (%s): %s', (...row) => {
  const [timestamp, ingested, hides, isTold] = row;
  expect(canTellNewUse({ timestamp, ingested, ...(hides && { hidesDates: hides }) })).toBe(isTold);
});

test('only a rule for the end of a feature may keep new use', () => {
  const days = { iso: 'P7D', milliseconds: 1 };
  const on = (...triggers: TerminationRule['triggers']): Category => ({
    ...CATEGORY,
    rules: { termination: { triggers, deadline: days, cancelWindow: days } },
  });
  expect(mayEndFeature(on('account-deleted'))).toBe(false);
  expect(mayEndFeature(on('account-deleted', 'feature-terminated'))).toBe(true);
  expect(mayEndFeature({ ...CATEGORY, rules: {} })).toBe(false);
});
