import { describe, expect, test } from 'vitest';
import type { Hold } from '../../../../lib/control/controls.ts';
import type { HeldCriteria, UsableFields } from '../../../../lib/criteria/due-criteria.ts';
import {
  heldByOf,
  holdIdsOn,
  holdNotExamined,
  isHeldItself,
  isKeptWhole,
} from '../../../../lib/purge/controls/held-index.ts';
import { CATEGORY, counted, describedIndex } from '../../../support/purge/described-index.ts';

const FIELD = CATEGORY.accountField;
const INDEX = describedIndex({ fields: new Map([[FIELD, { type: 'keyword' }]]) as never });

const REFUSING = { refusesScripts: true } as const;

const hold = (changes: Partial<Hold>): Hold => ({
  id: 'hold_1',
  scope: 'account',
  reason: 'case',
  by: 'somebody',
  placedAt: 0,
  reviewAt: 1,
  ...changes,
});

const heldOf = (uin: string): HeldCriteria => ({ accountField: FIELD, accounts: [{ uin }], holds: [hold({ uin })] });

const usableWith = (account?: UsableFields['account']): UsableFields => ({
  timestamp: true,
  ingested: true,
  ...(account !== undefined && { account }),
});

describe('the holds of an index', () => {
  test('keep nothing if no hold applies to the index', () => {
    expect(heldByOf(INDEX, usableWith(), undefined)).toBeUndefined();
    const ofAnother = { accountField: FIELD, accounts: [], holds: [hold({ scope: 'index', index: 'another' })] };
    expect(heldByOf(INDEX, usableWith(), ofAnother)).toBeUndefined();
  });

  test.each([
    ['of its category', hold({ scope: 'category' })],
    ['of the index', hold({ scope: 'index', index: INDEX.name })],
  ])('keep the whole index if one of them is %s', (_, one) => {
    const held = { accountField: FIELD, accounts: [], holds: [one] };
    expect(heldByOf(INDEX, usableWith(), held)).toBe('whole');
    expect(holdIdsOn(INDEX, held)).toBe('hold_1');
    expect(holdIdsOn(INDEX, undefined)).toBe('');
  });

  test('keep every document of an index that does not map the account field', () => {
    expect(heldByOf(describedIndex({ fields: new Map() }), usableWith(), heldOf('1'))).toBe('unclear');
  });

  test.each<readonly [string, UsableFields['account'], string, boolean, ReturnType<typeof heldByOf>]>([
    ['no usable field', undefined, '1', false, 'unclear'],
    ['a keyword', { type: 'keyword', path: FIELD }, '1', false, 'searched'],
    ['a keyword that _source does not prove', { type: 'keyword' }, '1', false, 'searched'],
    ['a keyword, where scripts are refused', { type: 'keyword', path: FIELD }, '1', true, 'unclear'],
    ['an integer that _source does not prove', { type: 'long' }, '1', false, 'unclear'],
    ['an integer, and an account spelled otherwise', { type: 'long', path: FIELD }, '007', false, 'unclear'],
    ['an integer, and an account that is no number', { type: 'long', path: FIELD }, 'a1', false, 'searched'],
    ['an integer', { type: 'long', path: FIELD }, '7', false, 'searched'],
    ['a large unsigned integer', { type: 'unsigned_long', path: FIELD }, '9223372036854775808', false, 'unclear'],
    ['an unsigned integer', { type: 'unsigned_long', path: FIELD }, '9223372036854775807', false, 'searched'],
  ])(
    'keep all documents, or only those found by the account, in an index with %s',
    (_, account, uin, refusesScripts, expected) => {
      expect(heldByOf({ ...INDEX, ...(refusesScripts && REFUSING) }, usableWith(account), heldOf(uin))).toBe(expected);
    },
  );
});

describe('an index under a hold', () => {
  const keyword = { type: 'keyword' } as const;

  test('is kept whole if nobody can tell which documents are held', () => {
    expect(isKeptWhole({ held: 'whole' })).toBe(true);
    expect(isKeptWhole({ held: 'unclear', account: keyword })).toBe(true);
    expect(isKeptWhole({ held: 'searched' })).toBe(true);
    expect(isKeptWhole({ held: 'searched', account: keyword })).toBe(false);
  });

  test('stays even without documents if the hold is on the index itself', () => {
    expect(isHeldItself({ held: 'whole' })).toBe(true);
    expect(isHeldItself({ held: 'unclear' })).toBe(false);
  });

  test.each<readonly [string, UsableFields, boolean, string]>([
    ['run-time fields', { ...usableWith(), held: 'searched' }, false, 'could not be searched by run-time fields'],
    ['scripts', { ...usableWith(keyword), held: 'unclear' }, true, 'search.allow_expensive_queries is false'],
    ['the mapping', { ...usableWith(), held: 'unclear' }, false, FIELD],
  ])('has a finding that names the obstacle: %s', (_, usable, refusesScripts, found) => {
    const findings = holdNotExamined(
      { ...INDEX, ...(refusesScripts && REFUSING) },
      usable,
      counted(3, 0, { held: 3 }),
      CATEGORY,
    );
    expect(findings).toMatchObject([{ code: 'hold-not-examined', found: expect.stringContaining(found) }]);
  });

  test('has a finding about its missing account field, even if scripts are refused', () => {
    const index = { ...describedIndex({ fields: new Map() }), ...REFUSING };
    const findings = holdNotExamined(index, { ...usableWith(), held: 'unclear' }, counted(3, 0, { held: 3 }), CATEGORY);
    expect(findings).toMatchObject([{ found: expect.stringContaining('not mapped') }]);
  });

  test('has no finding if it has no held document, or if the hold is on the whole index', () => {
    expect(holdNotExamined(INDEX, { ...usableWith(), held: 'unclear' }, counted(3, 0), CATEGORY)).toEqual([]);
    const whole = { ...usableWith(), held: 'whole' } as const;
    expect(holdNotExamined(INDEX, whole, counted(3, 0, { held: 3 }), CATEGORY)).toEqual([]);
  });
});
