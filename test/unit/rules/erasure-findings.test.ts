import { describe, expect, test } from 'vitest';
import { NO_DOCUMENTS, type SearchObstacle, type SubjectCounts } from '../../../lib/criteria/counts.ts';
import type { SurveyedIndex } from '../../../lib/criteria/survey-result.ts';
import { erasureFindings } from '../../../lib/rules/accounts/erasure-findings.ts';
import { counted, surveyed } from '../../support/purge/described-index.ts';

const NOW = 1_000;
const ACCOUNT = { account: { type: 'keyword', path: 'uin' } };
const WHOLE: SurveyedIndex = { ...surveyed(counted(9, 0)), usable: { timestamp: true, ingested: true, ...ACCOUNT } };

interface Found {
  readonly counts?: readonly Partial<SubjectCounts>[];
  readonly eraseBy?: number;
  readonly more?: number;
  readonly indices?: readonly SurveyedIndex[];
  readonly unsearched?: ReadonlyMap<string, SearchObstacle>;
}

/** Findings about subjects that were found with these counts; about one without documents unless told otherwise. */
const findings = ({ counts = [{}], eraseBy = NOW + 1, more = 0, indices = [WHOLE], unsearched }: Found) => {
  const subjects = counts.map((_, at) => ({ key: `${at}`, uin: `secret-${at}`, eraseBy }));
  const found = new Map(counts.map((each, at) => [`${at}`, { ...NO_DOCUMENTS, ...each }]));
  const fields = { accountField: 'uin', timestampField: 't', ingestedField: 'i' };
  const survey = { indices, subjects: found, ...(unsearched !== undefined && { unsearched }) };
  return erasureFindings({ termination: { ...fields, subjects, more } }, survey, NOW, ['a-*', 'b-*']);
};
const codes = (found: Found) => findings(found).map(({ code, severity, subjects }) => [code, severity, subjects]);

describe('an erasure past its deadline', () => {
  test('is reported from a millisecond after the deadline', () => {
    const owing = (eraseBy: number) => codes({ counts: [{ due: 3 }], eraseBy });
    expect([owing(NOW), owing(NOW - 1)]).toEqual([[], [['erasure-overdue', 'blocking', 1]]]);
  });

  test.each(['due', 'unclear', 'unindexed', 'unreadable'] as const)('is reported while documents are %s', (which) => {
    expect(codes({ counts: [{ [which]: 1 }], eraseBy: 0 })).toContainEqual(['erasure-overdue', 'blocking', 1]);
  });

  test('is reported while an index does not answer, but not if nothing is left', () => {
    const silent = surveyed(undefined);
    expect(codes({ eraseBy: 0, indices: [WHOLE, silent] })).toEqual([['erasure-overdue', 'blocking', 1]]);
    expect(codes({ eraseBy: 0 })).toEqual([]);
  });

  test('is reported with the numbers of subjects and documents that are left', () => {
    const [finding] = findings({ counts: [{ due: 3 }, {}, { due: 4 }], eraseBy: 0 });
    expect(finding).toMatchObject({ subjects: 2, found: '2 past it; their documents that were found: 7' });
  });
});

describe('documents of a terminated subject', () => {
  test.each([
    ['shared', 'shared-documents', 'blocking'],
    ['newUse', 'new-use', 'notice'],
    ['unindexed', 'unindexed-account', 'blocking'],
    ['unclear', 'unclear-account', 'blocking'],
    ['unreadable', 'unreadable-documents', 'blocking'],
  ] as const)('that are %s are reported as %s (%s)', (which, code, severity) => {
    expect(codes({ counts: [{ [which]: 2 }, {}, { [which]: 1 }] })).toEqual([[code, severity, 2]]);
  });

  test('are counted in the singular or plural, in a text that names no account', () => {
    const [one] = findings({ counts: [{ shared: 1 }] });
    const [several] = findings({ counts: [{ shared: 2 }, { shared: 3 }] });
    expect(one?.found).toMatch(/^1 document of 1 terminated subject;/);
    expect(several?.found).toMatch(/^5 documents of 2 terminated subjects;/);
    const counts = [{ due: 1, shared: 1, newUse: 1, unclear: 1, unindexed: 1, unreadable: 1 }];
    expect(JSON.stringify(findings({ counts, eraseBy: 0, more: 2 }))).not.toContain('secret');
  });

  test('that are unreadable may belong to anybody, so they are counted once', () => {
    const [finding] = findings({ counts: [{ unreadable: 4 }, { unreadable: 3 }] });
    expect(finding?.found).toMatch(/^4 that it stored and cannot read/);
    const [, request = ''] = /POST \/a-\*,b-\*\/_search (\{.*\})\. Send/.exec(finding?.fix ?? '') ?? [];
    expect(JSON.parse(request)).toMatchObject({
      _source: false,
      runtime_mappings: { unreadable: { type: 'boolean', script: { params: { path: ['uin'] } } } },
      query: { term: { unreadable: true } },
    });
  });
});

test('the fix selects the documents without the account, to index them again', () => {
  const query = (which: keyof SubjectCounts) => {
    const [finding] = findings({ counts: [{ [which]: 1 }] });
    const [, body = ''] =
      /POST \/a-\*,b-\*\/_update_by_query\?\S+ (\{.*\})\. (?:The|Inexact)/.exec(finding?.fix ?? '') ?? [];
    return JSON.parse(body).query;
  };
  const without = { bool: { must_not: { exists: { field: 'uin' } } } };
  expect(query('unindexed')).toEqual({ bool: { should: [{ term: { _ignored: 'uin' } }, without] } });
  expect(query('unclear')).toEqual({ exists: { field: 'uin' } });
});

describe('a search for subjects that the cluster refuses', () => {
  const refused = (...whys: readonly SearchObstacle[]) =>
    findings({ unsearched: new Map(whys.map((why, at) => [`a-${at}`, why])) });

  test('is reported once, with the setting and how to reset it', () => {
    const [finding, ...others] = refused('search.max_buckets', 'search.max_buckets');
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      code: 'not-examined',
      severity: 'blocking',
      subjects: 1,
      found: 'search.max_buckets refuses it in 2 indices; nothing was erased there',
      fix: expect.stringContaining('"search.max_buckets": null'),
    });
  });

  test('has another text if the search took too long', () => {
    const [finding] = refused('time');
    expect(finding?.found).toBe('it took too long in 1 index; nothing was erased there');
    expect(finding?.fix).not.toContain('Set it back');
  });

  test('is not reported while no erasure is due', () => {
    expect(findings({ counts: [], unsearched: new Map([['a-1', 'time']]) })).toEqual([]);
  });
});

describe('a category without a termination rule', () => {
  test('has no finding about subjects', () => {
    expect(erasureFindings({}, { indices: [WHOLE] }, NOW, ['a-*'])).toEqual([]);
  });
});
