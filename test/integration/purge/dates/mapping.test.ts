import type { estypes } from '@elastic/elasticsearch';
import { expect, test } from 'vitest';
import { daysAgo } from '../../../support/purge/purge-fixture.ts';
import { purgedOnce } from '../../../support/purge/purged-once.ts';

const old = { '@timestamp': daysAgo(20), uin: '100000000000000000001' };

const named = (index: string, code: string, severity: string, found: string) => ({
  code,
  severity,
  index,
  expected: expect.stringMatching(/\w/),
  found,
  fix: expect.stringMatching(/\w/),
});

const lowercase: estypes.IndicesIndexSettings = {
  analysis: { normalizer: { small: { type: 'custom', filter: ['lowercase'] } } },
};

const TIMESTAMPS: readonly (readonly [string, Record<string, estypes.MappingProperty>, string])[] = [
  ['text', { '@timestamp': { type: 'text' } }, '"@timestamp" mapped as text'],
  ['keyword', { '@timestamp': { type: 'keyword' } }, '"@timestamp" mapped as keyword'],
  ['a date range', { '@timestamp': { type: 'date_range' } }, '"@timestamp" mapped as date_range'],
  [
    'a date that cannot be searched',
    { '@timestamp': { type: 'date', index: false, doc_values: false } },
    '"@timestamp" mapped as date, not searchable, without doc values',
  ],
];

const NO_FIELDS: readonly (readonly [string, estypes.MappingTypeMapping, string])[] = [
  [
    'an alias',
    { properties: { stamp: { type: 'date', ignore_malformed: true }, '@timestamp': { type: 'alias', path: 'stamp' } } },
    'an alias of another field',
  ],
  [
    'a run-time field',
    { runtime: { '@timestamp': { type: 'date', script: 'emit(0L)' } }, properties: { stamp: { type: 'keyword' } } },
    'a run-time field',
  ],
];

const ACCOUNTS: readonly (readonly [string, estypes.MappingProperty])[] = [
  ['text', { type: 'text' }],
  ['double', { type: 'double' }],
  ['keyword with a normalizer', { type: 'keyword', normalizer: 'small' }],
  ['keyword that cannot be searched', { type: 'keyword', index: false, doc_values: false }],
  ['an object without fields', { type: 'object', enabled: false }],
];

const SEARCHED: readonly (readonly [string, string, estypes.MappingProperty, string])[] = [
  [
    'a timestamp that cannot be searched',
    '@timestamp',
    { type: 'date', index: false, doc_values: false },
    'timestamp-mapping',
  ],
  ['a timestamp without doc values', '@timestamp', { type: 'date', doc_values: false }, 'timestamp-mapping'],
];

const live = { '@timestamp': daysAgo(1) };
const { report, of } = purgedOnce(
  [
    ...TIMESTAMPS.map(([type, properties], at) => {
      const value = type === 'a date range' ? { gte: daysAgo(20), lt: daysAgo(19) } : daysAgo(20);
      return { suffix: `timestamp-${at}`, documents: { old: { '@timestamp': value, uin: '1' } }, properties };
    }),
    ...NO_FIELDS.map(([, mappings], at) => ({
      suffix: `no-field-${at}`,
      mappings,
      documents: { doubtful: { stamp: [daysAgo(20), 'yesterday'] } },
    })),
    {
      suffix: 'bare',
      mappings: { properties: { uin: { type: 'keyword' } } },
      documents: { undated: { uin: '1' } },
    },
    ...ACCOUNTS.map(([type, uin], at) => {
      const account = type.startsWith('an object') ? { id: '1' } : '17';
      return {
        suffix: `account-${at}`,
        documents: { old: { ...old, uin: account }, live: { ...live, uin: account } },
        properties: { uin },
        settings: lowercase,
      };
    }),
    ...SEARCHED.map(([, field, property], at) => ({
      suffix: `wrong-${at}`,
      documents: { old, live },
      properties: { [field]: property },
    })),
    { suffix: 'right', documents: { old, live } },
    { suffix: 'expired', documents: { old } },
  ],
  // Without a template, which would map what an index does not.
  { template: false },
);

test.each(TIMESTAMPS.map(([type, , found], at) => [type, found, at] as const))(
  'a timestamp mapped as %s is reported, and dates no document',
  (_, found, at) => {
    const { index, findings, left } = of(`timestamp-${at}`);
    expect(findings[0]).toEqual(named(index, 'timestamp-mapping', 'blocking', found));
    expect(left).toEqual(['old']);
  },
);

test.each(NO_FIELDS.map(([what, , flaw], at) => [what, flaw, at] as const))(
  'a timestamp that is %s dates no document, since malformed values are not seen',
  (_, flaw, at) => {
    const { index, findings, left } = of(`no-field-${at}`);
    expect(findings).toContainEqual(
      named(index, 'timestamp-mapping', 'blocking', `"@timestamp" mapped as date, ${flaw}`),
    );
    expect(left).toEqual(['doubtful']);
  },
);

test('an index without a timestamp field is not purged', () => {
  const { index, findings, left } = of('bare');
  expect(findings).toContainEqual(expect.objectContaining({ code: 'undatable', index }));
  expect(left).toEqual(['undated']);
});

test.each(ACCOUNTS.map(([type], at) => [type, at] as const))(
  'an age rule needs no account: an account mapped as %s is not reported',
  (_, at) => {
    expect(of(`account-${at}`)).toMatchObject({ left: ['live'], documentsRemoved: 1, findings: [] });
  },
);

test.each(SEARCHED.map(([what, , , code], at) => [what, code, at] as const))(
  '%s in one index is reported there, and other indices are purged normally',
  (_, code, at) => {
    const { index, findings, left } = of(`wrong-${at}`);
    expect(findings.filter((finding) => finding.code.endsWith('-mapping'))).toMatchObject([{ code, index }]);
    expect(left).toEqual(['live', 'old']);
    expect(of('right')).toMatchObject({ left: ['live'], findings: [] });
  },
);

test('the mapping of each index is judged separately', () => {
  expect(of('expired')).toMatchObject({ left: undefined, found: 'gone', findings: [] });
  expect(report().outcome).toBe('incomplete');
});
