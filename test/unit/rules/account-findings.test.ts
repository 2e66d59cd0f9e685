import { describe, expect, test } from 'vitest';
import type { Counts } from '../../../lib/criteria/counts.ts';
import type { DueSubject, UsableFields } from '../../../lib/criteria/due-criteria.ts';
import type { FieldFacts, IndexDescription } from '../../../lib/criteria/index-description.ts';
import { lostFromSource, type SourceFacts } from '../../../lib/criteria/source-facts.ts';
import type { Category } from '../../../lib/policy/retention-policy.ts';
import type { TerminationRule } from '../../../lib/policy/rules/rules.ts';
import {
  accountFindings,
  isLookedFor,
  searchFactsOf,
  unlistedReason,
} from '../../../lib/rules/accounts/account-findings.ts';
import { usableFieldsOf } from '../../../lib/rules/field-mapping.ts';
import { CATEGORY, counted, describedIndex } from '../../support/purge/described-index.ts';

const days = { iso: 'P7D', milliseconds: 1 };
const erasingFor = (...triggers: TerminationRule['triggers']): Category => ({
  ...CATEGORY,
  rules: { termination: { triggers, deadline: days, cancelWindow: days } },
});
const TERMINATING = erasingFor('account-deleted', 'feature-terminated');

const fact = (type: string, changes: Partial<FieldFacts> = {}): FieldFacts => ({
  type,
  searchable: true,
  aggregatable: true,
  ...changes,
});
const indexWith = (name: string, field: FieldFacts | undefined, source?: SourceFacts): IndexDescription => {
  const fields = new Map(describedIndex().fields);
  if (field === undefined) fields.delete(name);
  else fields.set(name, field);
  return describedIndex({ fields, ...(source && { source }) });
};
const subject = (uin: string, sdkAppId?: string): DueSubject => ({
  key: uin,
  uin,
  eraseBy: 0,
  ...(sdkAppId !== undefined && { sdkAppId }),
});
const findingsOf = (
  index: IndexDescription,
  subjects: readonly DueSubject[] = [],
  category = TERMINATING,
  counts: Counts = counted(1, 0),
) => accountFindings({ index, usable: usableFieldsOf(index, category), counts, category, subjects });

const DISABLED: SourceFacts = { kept: 'disabled' };
const SYNTHETIC: SourceFacts = { kept: 'synthetic' };

describe('an account field', () => {
  test.each<[string, FieldFacts | undefined, string]>([
    ['is not mapped', undefined, '"uin" not mapped'],
    ['is text', fact('text'), '"uin" mapped as text'],
    ['is a double', fact('double'), '"uin" mapped as double'],
    ['has a normalizer', fact('keyword', { normalizer: 'x' }), '"uin" mapped as keyword, with normalizer "x"'],
    ['cannot be searched', fact('keyword', { searchable: false }), '"uin" mapped as keyword, not searchable'],
    ['has no doc values', fact('keyword', { aggregatable: false }), '"uin" mapped as keyword, without doc values'],
    ['is an alias', fact('keyword', { indirect: 'alias' }), '"uin" mapped as keyword, an alias of another field'],
    ['is computed', fact('keyword', { indirect: 'runtime' }), '"uin" mapped as keyword, a run-time field'],
    ['is nested', fact('keyword', { indirect: 'nested' }), '"uin" mapped as keyword, inside a nested object'],
    ['is made up', fact('keyword', { indexScript: true }), '"uin" mapped as keyword, filled by a script'],
    [
      'is filled by others',
      fact('keyword', { copiedFrom: ['a.b'] }),
      '"uin" mapped as keyword, filled by copy_to from "a.b"',
    ],
  ])('that %s finds no account, and has one finding if a rule needs it', (_, field, found) => {
    const index = indexWith('uin', field);
    expect(usableFieldsOf(index, CATEGORY).account).toBeUndefined();
    expect(findingsOf(index)).toMatchObject([{ code: 'account-mapping', severity: 'blocking', found }]);
    expect(findingsOf(index, [subject('1', '2')])).toHaveLength(1);
    expect(findingsOf(index, [], CATEGORY)).toEqual([]);
  });

  test.each<[string, FieldFacts, SourceFacts | undefined, object]>([
    ['a keyword', fact('keyword'), undefined, { type: 'keyword', path: 'uin' }],
    ['an integer', fact('long'), undefined, { type: 'long', path: 'uin' }],
    ['a constant', fact('constant_keyword'), undefined, { type: 'constant_keyword' }],
    ['a sub-field', fact('keyword', { path: 'user' }), undefined, { type: 'keyword', path: 'user' }],
    [
      'an integer with null_value',
      fact('long', { nullValue: '7' }),
      undefined,
      { type: 'long', path: 'uin', nullValue: '7' },
    ],
    ['a keyword without _source', fact('keyword'), DISABLED, { type: 'keyword' }],
    [
      'a keyword that leaves out long ones',
      fact('keyword', { ignoreAbove: 8 }),
      undefined,
      { type: 'keyword', path: 'uin', longest: 8 },
    ],
    [
      'a keyword with a high ignore_above',
      fact('keyword', { ignoreAbove: 128 }),
      undefined,
      { type: 'keyword', path: 'uin' },
    ],
    ['a lenient integer', fact('long', { ignoresMalformed: true }), undefined, { type: 'long', path: 'uin' }],
  ])('that is %s finds accounts', (_, field, source, account) => {
    const index = indexWith('uin', field, source);
    expect(usableFieldsOf(index, CATEGORY).account).toEqual(account);
    expect(findingsOf(index).filter(({ severity }) => severity === 'blocking')).toEqual([]);
  });

  test('with a null_value cannot be used without _source', () => {
    const index = indexWith('uin', fact('keyword', { nullValue: '7' }), DISABLED);
    expect(findingsOf(index)).toMatchObject([{ code: 'account-mapping' }]);
  });

  test('that is text has a fix that names the sub-field to use', () => {
    const [finding] = findingsOf(indexWith('uin', fact('text', { keywords: ['uin.keyword'] })));
    expect(finding?.fix).toContain('write accountField: uin.keyword into the policy');
  });

  test('that is filled by copy_to has a fix that names the field to use', () => {
    const [finding] = findingsOf(indexWith('uin', fact('keyword', { copiedFrom: ['a.b'] })));
    expect(finding?.fix).toContain('write accountField: a.b into the policy');
  });
});

describe('a category without an application field', () => {
  const { applicationField: _, ...whole } = TERMINATING;
  const index = indexWith('sdkAppId', undefined);

  test('has no finding about applications, and searches only whole accounts', () => {
    expect(usableFieldsOf(index, whole)).not.toHaveProperty('application');
    expect(findingsOf(index, [], whole)).toEqual([]);
    expect(findingsOf(index, [subject('1')], whole)).toEqual([]);
    expect(isLookedFor({ uin: '1' }, searchFactsOf(usableFieldsOf(index, whole), counted(1, 0)))).toBe(true);
  });

  test('has a finding if it owes the erasure of an application, which stays open', () => {
    expect(findingsOf(index, [subject('1', '2')], whole)).toMatchObject([
      {
        code: 'account-mapping',
        severity: 'blocking',
        found: 'none: documents belong to an account as a whole',
        fix: expect.stringContaining('write applicationField into the policy, or take the termination back'),
      },
    ]);
    expect(isLookedFor({ uin: '1', sdkAppId: '2' }, searchFactsOf(usableFieldsOf(index, whole), counted(1, 0)))).toBe(
      false,
    );
  });
});

describe('an application field', () => {
  test.each<[string, FieldFacts | undefined]>([
    ['not mapped', undefined],
    ['text', fact('text')],
    ['an integer', fact('long')],
    ['a keyword with a normalizer', fact('keyword', { normalizer: 'x' })],
  ])('may be %s if _source has it', (_, field) => {
    const index = indexWith('sdkAppId', field);
    expect(findingsOf(index, [subject('1', '2')])).toEqual([]);
    expect(isLookedFor(subject('1', '2'), searchFactsOf(usableFieldsOf(index, TERMINATING), counted(1, 0)))).toBe(true);
  });

  test.each<[string, FieldFacts | undefined, SourceFacts | undefined]>([
    ['an alias', fact('keyword', { indirect: 'alias' }), undefined],
    ['computed', fact('keyword', { indirect: 'runtime' }), undefined],
    ['filled by another', fact('text', { copiedFrom: ['x'] }), undefined],
    ['filled by a script', fact('keyword', { indexScript: true }), undefined],
    ['text, without _source', fact('text'), { kept: 'stored', excludes: ['sdk*'] }],
    ['an integer, without _source', fact('long'), { kept: 'stored', includes: ['uin'] }],
  ])('that is %s prevents only the erasure of applications', (_, field, source) => {
    const index = indexWith('sdkAppId', field, source);
    expect(findingsOf(index, [subject('1')])).toMatchObject([{ code: 'account-mapping', severity: 'notice' }]);
    expect(findingsOf(index, [subject('1', '2')])).toMatchObject([{ code: 'account-mapping', severity: 'blocking' }]);
    const look = searchFactsOf(usableFieldsOf(index, TERMINATING), counted(1, 0));
    expect([isLookedFor(subject('1'), look), isLookedFor(subject('1', '2'), look)]).toEqual([true, false]);
    expect(findingsOf(index, [], CATEGORY)).toEqual([]);
  });

  test.each<[TerminationRule['triggers'], readonly DueSubject[], readonly object[]]>([
    [['account-deleted'], [], []],
    [['account-deleted'], [subject('1')], []],
    [['account-deleted'], [subject('1'), subject('1', '2')], [{ code: 'account-mapping', severity: 'blocking' }]],
    [['feature-terminated'], [], [{ code: 'account-mapping', severity: 'notice' }]],
    [['feature-terminated', 'account-deleted'], [], [{ code: 'account-mapping', severity: 'notice' }]],
  ])('has a finding if triggers or due erasures need it: %o %#', (triggers, subjects, expected) => {
    const index = indexWith('sdkAppId', fact('keyword', { indirect: 'alias' }));
    expect(findingsOf(index, subjects, erasingFor(...triggers))).toMatchObject(expected);
  });
});

describe('an identifier', () => {
  test.each<[string, FieldFacts, boolean]>([
    ['7', fact('long'), true],
    ['0', fact('long'), true],
    ['007', fact('long'), false],
    ['7.0', fact('long'), false],
    ['a7', fact('long'), false],
    ['9223372036854775807', fact('long'), true],
    ['9223372036854775808', fact('long'), false],
    ['9223372036854775808', fact('unsigned_long'), false],
    ['128', fact('byte'), false],
    ['-128', fact('byte'), true],
    ['-129', fact('byte'), false],
    ['-0', fact('long'), false],
    ['-9223372036854775808', fact('long'), true],
    ['-9223372036854775809', fact('long'), false],
    ['-1', fact('unsigned_long'), false],
    ['😀😀😀😀', fact('keyword', { ignoreAbove: 8 }), true],
    ['😀😀😀😀x', fact('keyword', { ignoreAbove: 8 }), false],
    ['32768', fact('short'), false],
    ['2147483648', fact('integer'), false],
    ['007', fact('keyword'), true],
    ['123456789', fact('keyword', { ignoreAbove: 8 }), false],
    ['12345678', fact('keyword', { ignoreAbove: 8 }), true],
  ])('%s is searched, or reported if the field cannot contain it: %#', (uin, field, isHeld) => {
    const index = indexWith('uin', field);
    expect(isLookedFor(subject(uin), searchFactsOf(usableFieldsOf(index, TERMINATING), counted(1, 0)))).toBe(isHeld);
    const found = findingsOf(index, [subject(uin), subject('7')]);
    expect(found).toMatchObject(isHeld ? [] : [{ code: 'identifier-mapping', severity: 'blocking', subjects: 1 }]);
    expect(JSON.stringify(found)).not.toContain(`"${uin}"`);
  });
});

describe('an index whose _source proves nothing', () => {
  test.each([DISABLED, SYNTHETIC])('is not searched for a subject in an integer field: %o', (source) => {
    const index = indexWith('uin', fact('long'), source);
    expect(isLookedFor(subject('7'), searchFactsOf(usableFieldsOf(index, TERMINATING), counted(1, 0)))).toBe(false);
    expect(findingsOf(index, [subject('7')])).toMatchObject([{ code: 'not-examined', severity: 'blocking' }]);
    expect(findingsOf(index)).toMatchObject([{ code: 'not-examined', severity: 'notice' }]);
  });

  test('is searched for subjects in a keyword field, unless it lacks accounts', () => {
    const index = indexWith('uin', fact('keyword'), DISABLED);
    const usable = usableFieldsOf(index, TERMINATING);
    expect(isLookedFor(subject('7'), searchFactsOf(usable, counted(1, 0, { unexamined: 0 })))).toBe(true);
    expect(findingsOf(index, [subject('7')])).toEqual([]);
    const partial = counted(9, 0, { unexamined: 2 });
    expect(isLookedFor(subject('7'), searchFactsOf(usable, partial))).toBe(false);
    expect(findingsOf(index, [subject('7')], TERMINATING, partial)).toMatchObject([
      { code: 'not-examined', severity: 'blocking', found: expect.stringContaining('2 documents') },
    ]);
  });

  test.each<[SourceFacts, string, boolean]>([
    [{ kept: 'stored', excludes: ['uin'] }, 'uin', true],
    [{ kept: 'stored', excludes: ['u*'] }, 'uin', true],
    [{ kept: 'stored', excludes: ['owner'] }, 'owner.uin', true],
    [{ kept: 'stored', excludes: ['owner.*'] }, 'owner.uin', true],
    [{ kept: 'stored', excludes: ['*.uin'] }, 'owner.uin', true],
    [{ kept: 'stored', excludes: ['message'] }, 'uin', false],
    [{ kept: 'stored', excludes: ['uin2', 'ui'] }, 'uin', false],
    [{ kept: 'stored', includes: ['owner'] }, 'owner.uin', false],
    [{ kept: 'stored', includes: ['owner.*'] }, 'owner.uin', false],
    [{ kept: 'stored', includes: ['message'] }, 'uin', true],
    [{ kept: 'stored', includes: ['*'], excludes: ['uin'] }, 'uin', true],
  ])('with the settings %o has the field %s in _source, or not', (source, path, isLost) => {
    expect(lostFromSource(source, path) !== undefined).toBe(isLost);
  });
});

describe('a subject whose new use stays', () => {
  const until = { ...subject('7'), until: 1 };
  const looked = (usable: Partial<UsableFields>) =>
    isLookedFor(until, searchFactsOf({ ...usableFieldsOf(describedIndex(), TERMINATING), ...usable }, counted(1, 0)));

  test('is searched only where documents are dated and no date is hidden', () => {
    expect(looked({})).toBe(true);
    expect(looked({ timestamp: false, ingested: false })).toBe(false);
    expect(looked({ hidesDates: true })).toBe(false);
  });

  test('does not limit the search for the whole account', () => {
    const facts = searchFactsOf({ ...usableFieldsOf(describedIndex(), TERMINATING), hidesDates: true }, counted(1, 0));
    expect(isLookedFor(subject('7'), facts)).toBe(true);
  });

  test('is not searched without an account field', () => {
    const { account: _, ...usable } = usableFieldsOf(describedIndex(), TERMINATING);
    expect(isLookedFor(subject('7'), searchFactsOf(usable, counted(1, 0)))).toBe(false);
  });
});

describe('an application whose id does not fit into its field', () => {
  const short = indexWith('sdkAppId', fact('keyword', { ignoreAbove: 8 }), {
    kept: 'stored',
    excludes: ['sdkAppId'],
  });
  const look = searchFactsOf(usableFieldsOf(short, TERMINATING), counted(1, 0));

  test('stays open, and has a finding with the limit of the field', () => {
    expect(findingsOf(short, [subject('1', '123456789'), subject('2', '12345678'), subject('3')])).toMatchObject([
      {
        code: 'identifier-mapping',
        severity: 'blocking',
        subjects: 1,
        found: '"sdkAppId" mapped as keyword with ignore_above 8, which does not hold 1 of them',
      },
    ]);
    expect(isLookedFor(subject('1', '123456789'), look)).toBe(false);
    expect(isLookedFor(subject('1', '12345678'), look)).toBe(true);
  });

  test('is found by _source if _source has it', () => {
    const index = indexWith('sdkAppId', fact('keyword', { ignoreAbove: 8 }));
    expect(findingsOf(index, [subject('1', '123456789')])).toEqual([]);
  });
});

test('the limit of a field is named only if there is one', () => {
  const [finding] = findingsOf(indexWith('uin', fact('long')), [subject('007')]);
  expect(finding?.found).toBe('"uin" mapped as long, which does not hold 1 of them');
});

test('an unsearched application field has its own path, and one in a passthrough object is unusable', () => {
  const passthrough = indexWith('sdkAppId', fact('keyword', { indirect: 'passthrough' }));
  expect(usableFieldsOf(passthrough, TERMINATING)).not.toHaveProperty('application');
  const part = indexWith('sdkAppId', fact('text', { path: 'app' }));
  expect(usableFieldsOf(part, TERMINATING).application).toEqual({ type: 'unsearched', path: 'app' });
  const none = indexWith('sdkAppId', undefined);
  expect(usableFieldsOf(none, TERMINATING).application).toEqual({ type: 'unsearched', path: 'sdkAppId' });
});

test('a constant account field needs no _source, since every document has its value', () => {
  const index = indexWith('uin', fact('constant_keyword'), DISABLED);
  expect(findingsOf(index, [subject('7')], TERMINATING, counted(9, 0, { unexamined: 9 }))).toEqual([]);
});

describe('the accounts of an index', () => {
  test.each<[string, IndexDescription, RegExp]>([
    ['that is closed', describedIndex({ open: false }), /^closed$/],
    ['that is red', describedIndex({ health: 'red' }), /^red$/],
    ['whose reads are blocked', describedIndex({ blocks: ['read'] }), /^index\.blocks\.read$/],
    ['with a run-time field that hides metadata', describedIndex({ shadows: ['_index'] }), /_index/],
    ['that does not answer', describedIndex({ answers: false }), /^it does not tell its fields$/],
    ['whose account is text', indexWith('uin', fact('text')), /^"uin" mapped as text$/],
    [
      'whose account has a sub-field that would work',
      indexWith('uin', fact('text', { keywords: ['uin.keyword'] })),
      /^"uin" mapped as text: write accountField: uin\.keyword into the policy$/,
    ],
    [
      'whose account is an integer that _source does not show',
      indexWith('uin', fact('long'), DISABLED),
      /^its _source does not tell "007" from 7, and "uin" is mapped as long$/,
    ],
  ])('%s cannot be listed, and the reason is given', (_, index, reason) => {
    expect(unlistedReason(index, TERMINATING)).toMatch(reason);
  });

  test('can be listed if the index has no fault, or only a write block', () => {
    expect(unlistedReason(describedIndex(), TERMINATING)).toBeUndefined();
    expect(unlistedReason(describedIndex({ blocks: ['write'] }), TERMINATING)).toBeUndefined();
    expect(unlistedReason(indexWith('uin', fact('long')), TERMINATING)).toBeUndefined();
    expect(unlistedReason(indexWith('uin', fact('keyword'), DISABLED), TERMINATING)).toBeUndefined();
  });
});
