import { describe, expect, test } from 'vitest';
import type { Counts } from '../../../lib/criteria/counts.ts';
import type { IndexDescription } from '../../../lib/criteria/index-description.ts';
import type { Category } from '../../../lib/policy/retention-policy.ts';
import {
  dateFindings,
  sourceUnsearchedFinding,
  stayedFinding,
  unseenFinding,
} from '../../../lib/rules/dates/date-findings.ts';
import { CATEGORY, counted, describedIndex } from '../../support/purge/described-index.ts';

const decided = (date: 'timestamp' | 'later'): Category => ({
  ...CATEGORY,
  dateDecisions: [
    { indices: ['call-log-*'], date, reason: 'Measured.', decidedBy: 'Privacy officer', decidedOn: '2026-11-28' },
  ],
});

test.each([
  ['timestamp', 'They are removed by their timestamp, as the policy decides.'],
  ['later', 'They are removed by the later of both dates, as the policy decides.'],
] as const)('the finding about a clock that was ahead names the date that the policy decided on: %s', (date, fix) => {
  const counts = counted(5, 0, { aheadOfIngestion: 1 });
  expect(dateFindings(describedIndex(), decided(date), counts)).toMatchObject([
    { code: 'ahead-of-ingestion', severity: 'notice', fix },
  ]);
});

const codes = (counts: Partial<Counts>, category = CATEGORY) =>
  dateFindings(describedIndex(), category, counted(10, 0, counts)).map(({ code, severity }) => [code, severity]);

describe('dates of an index', () => {
  test('have no finding if every document has a believable date', () => {
    expect(codes({})).toEqual([]);
  });

  test('have a blocking finding if they are missing, since the document would stay for ever', () => {
    expect(codes({ undatable: 1 })).toEqual([['undatable', 'blocking']]);
  });

  test('that are only in _source are distinguished from missing dates', () => {
    expect(codes({ undatable: 2, unseen: 2 })).toEqual([['undatable', 'blocking']]);
    const findings = dateFindings(describedIndex(), CATEGORY, counted(10, 0, { undatable: 3, unseen: 2 }));
    expect(findings.map(({ found }) => Number.parseInt(found, 10))).toEqual([1, 2]);
  });

  test('from a clock that was ahead have a blocking finding until a person decides', () => {
    expect(codes({ aheadOfIngestion: 1 })).toEqual([['ahead-of-ingestion', 'blocking']]);
  });

  test.each([
    ['half of them were stamped anew: they may have come late', 5, CATEGORY, 'notice'],
    ['more were: somebody stamped them', 6, CATEGORY, 'blocking'],
    ['more were, as a person has decided', 6, decided('later'), 'notice'],
  ] as const)('show whether documents came late or were stamped anew: %s', (_, behindIngestion, category, severity) => {
    expect(codes({ behindIngestion }, category)).toEqual([['behind-ingestion', severity]]);
  });
});

describe('the fix for documents without a date', () => {
  const fix = (changes: Partial<IndexDescription>) =>
    dateFindings(describedIndex(changes), CATEGORY, counted(1, 0, { undatable: 1 }))[0]?.fix;

  test('is to backfill a date, if the index accepts one', () => {
    expect(fix({})).toContain('backfill-dates --category call-logs --ingested-at <instant> --execute');
  });

  test('is to reindex, if the index does not accept a date', () => {
    const text = { type: 'text', searchable: true, aggregatable: false };
    expect(fix({ fields: new Map([['event.ingested', text]]) })).toMatch(
      /"event.ingested" mapped as text.*reindex call-log-1/,
    );
  });
});

describe('the fix for dates that are only in _source', () => {
  const date = { type: 'date', searchable: true, aggregatable: true };
  const only = (...names: readonly string[]): IndexDescription['fields'] => new Map(names.map((name) => [name, date]));
  const leftOut = (how: 'always' | 'beyond-limit') => ({ leavesOut: new Map([['event.ingested', how]]) });
  const fix = (changes: Partial<IndexDescription>) => unseenFinding(describedIndex(changes), CATEGORY, 3).fix;

  test('is to index the documents again', () => {
    const advice = fix({ fields: only('@timestamp', 'event.ingested') });
    expect(advice).toContain('POST /call-log-1/_update_by_query?pipeline=_none&refresh=true');
    expect(advice).not.toContain('_mapping');
    expect(advice).not.toContain('total_fields');
  });

  test('is to map the field first, if it is not mapped', () => {
    expect(fix({ fields: only('@timestamp'), ...leftOut('always') })).toContain(
      'PUT /call-log-1/_mapping {"properties":{"event":{"properties":{"ingested":{"type":"date"}}}}}',
    );
  });

  test('is to raise the limit of fields first, if that limit left the field out', () => {
    expect(fix({ fields: only('@timestamp'), ...leftOut('beyond-limit') })).toContain(
      'Raise index.mapping.total_fields.limit',
    );
  });

  test('selects the documents that lack one of the fields', () => {
    const advice = fix({ fields: only('@timestamp', 'event.ingested') });
    const [, query = ''] = /refresh=true (\{.*\})\. A value/.exec(advice) ?? [];
    const lacks = (field: string) => ({ bool: { must_not: [{ exists: { field } }] } });
    expect(JSON.parse(query)).toEqual({
      query: { bool: { should: [lacks('@timestamp'), lacks('event.ingested')] } },
    });
  });

  test('is to reindex, if an alias hides the dates of every document', () => {
    const fields = new Map([...only('@timestamp'), ['event.ingested', { ...date, indirect: 'alias' }]] as const);
    expect(fix({ fields, ...leftOut('always') } as never)).toContain(
      'Reindex call-log-1 into an index that maps "@timestamp" and "event.ingested" as date.',
    );
  });

  test('belongs to a finding that says whether documents have such dates, or only may have them', () => {
    const found = (changes: Partial<IndexDescription>) => unseenFinding(describedIndex(changes), CATEGORY, 3).found;
    expect(found({})).toMatch(/^3 documents may not be expired yet: they have one/);
    expect(found({ ...leftOut('always'), refusesScripts: true })).toMatch(
      /^3 documents may not be expired yet: they may have one/,
    );
  });

  test('is to send the documents again, if scripts are refused and the mapping leaves a date out', () => {
    expect(fix({ ...leftOut('always'), refusesScripts: true })).toContain('Send these documents again');
  });

  test('is never to rewrite a document if _source is incomplete', () => {
    const advice = fix({ fields: only('@timestamp', 'event.ingested'), source: { kept: 'disabled' } as never });
    expect(advice).not.toContain('_update_by_query');
    expect(advice).toContain('Send these documents again');
    const partial = fix({
      fields: only('@timestamp', 'event.ingested'),
      source: { kept: 'stored', excludes: ['text'] },
    });
    expect(partial).not.toContain('_update_by_query');
  });
});

test('the fix for documents that no deletion removes is to map their fields', () => {
  const advice = stayedFinding(describedIndex({ fields: new Map() }), CATEGORY, 2).fix;
  expect(advice).toContain('PUT /call-log-1/_mapping {"properties":{"@timestamp":{"type":"date"}}}');
  expect(advice).toContain('PUT /call-log-1/_mapping {"properties":{"event"');
  const half = new Map([...describedIndex().fields].filter(([name]) => name !== 'event.ingested'));
  expect(stayedFinding(describedIndex({ fields: half }), CATEGORY, 2).fix).not.toContain('"@timestamp"');
});

test.each([
  [5, CATEGORY, /arrived late\. They are removed when/],
  [6, CATEGORY, /To end this, decide in the policy/],
  [6, decided('later'), /arrived late\. They are removed when/],
])(
  'the fix for %i of ten documents stamped anew asks for a decision only if one is needed',
  (behindIngestion, category, fix) => {
    expect(dateFindings(describedIndex(), category, counted(10, 0, { behindIngestion }))[0]?.fix).toMatch(fix);
  },
);

test('the finding about a clock that was ahead asks for a decision if there is none', () => {
  const [finding] = dateFindings(describedIndex(), CATEGORY, counted(10, 0, { aheadOfIngestion: 1 }));
  expect(finding?.fix).toContain('decide in the policy, under dateDecisions of "call-logs"');
});

test('an unexamined index and remaining documents each have a blocking finding', () => {
  expect(sourceUnsearchedFinding(describedIndex(), CATEGORY)).toMatchObject({
    code: 'unanswered',
    severity: 'blocking',
  });
  const unmapped = describedIndex({ fields: new Map() });
  expect(stayedFinding(unmapped, CATEGORY, 2)).toMatchObject({
    code: 'not-purged',
    severity: 'blocking',
    found: expect.stringMatching(/^2 left: they arrived meanwhile/),
  });
});
