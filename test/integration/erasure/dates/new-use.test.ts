import type { estypes } from '@elastic/elasticsearch';
import { describe, expect, test } from 'vitest';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { erasureFixture } from '../../../support/erasure/erasure-fixture.ts';
import { lookThrough } from '../../../support/erasure/looked-through.ts';
import { aroundRemover, type Documents, type NewIndex, NOW } from '../../../support/purge/purge-fixture.ts';
import { madeOnce } from '../../../support/run/made-once.ts';

const HOUR = DAY / 24;
/** Ten o'clock of a day, so that this day and its month begin before and end after. */
const ENDED = NOW - 4 * DAY - ((NOW - 4 * DAY) % DAY) + 10 * HOUR;
const BEFORE = isoInstant(ENDED - 40 * DAY);
const AFTER = isoInstant(ENDED + HOUR);
const of = (timestamp: unknown, more: object = {}) => ({ uin: '42', sdkAppId: '1', '@timestamp': timestamp, ...more });
const day = (instant: number) => isoInstant(instant).slice(0, 10);
const month = (instant: number) => isoInstant(instant).slice(0, 7);
const minute = (instant: number) => isoInstant(instant).slice(0, 16);
const year = (instant: number) => isoInstant(instant).slice(0, 4);

const DATE = { type: 'date' } as const;
const KEYWORD = { type: 'keyword' } as const;
const SHAPE = { '@timestamp': DATE, uin: KEYWORD, sdkAppId: KEYWORD };
const LOST = { source: { enabled: false } };

type Properties = Record<string, estypes.MappingProperty>;

const ingested = (property: estypes.MappingProperty) => ({ event: { properties: { ingested: property } } });

/** An index, and what two runs after the end of a feature of account 42 leave of it. */
interface Row extends Omit<NewIndex, 'suffix'> {
  readonly documents: Documents;
  /** Fields that are mapped when the documents are there. */
  readonly later?: Properties;
  readonly left: readonly string[];
  /** The code of the one blocking finding of that index. */
  readonly finding?: string;
  /** By that index alone, nothing would be called gone. */
  readonly staysOpen?: true;
}

/** With a mapping that takes no field by itself, unless told otherwise. */
const mapped = (mappings: estypes.MappingTypeMapping) => ({
  mappings: { ...mappings, properties: { ...SHAPE, ...mappings.properties } },
});

const coarse = {
  day: of(day(ENDED)),
  month: of(month(ENDED)),
  year: of(year(ENDED)),
  minute: of(minute(ENDED)),
  'two-days': of([day(ENDED - 2 * DAY), day(ENDED)]),
  ingested: of(BEFORE, { event: { ingested: day(ENDED) } }),
  'old-day': of(day(ENDED - DAY)),
  'old-days': of([day(ENDED - 2 * DAY), day(ENDED - DAY)]),
  'old-month': of(month(ENDED - 32 * DAY)),
  'old-minute': of(minute(ENDED - 60_000)),
  exact: of(isoInstant(ENDED)),
  millis: of(ENDED),
  others: { ...of(BEFORE), uin: '9' },
};
const { exact: _, millis: __, ...sure } = coarse;
const coarseLeft = ['day', 'ingested', 'minute', 'month', 'others', 'two-days', 'year'];

const inFormat = (format: string, late: string, early: string): Row => ({
  properties: { '@timestamp': { type: 'date', format } },
  documents: { late: of(late), early: of(early), others: { ...of(early), uin: '9' } },
  left: ['late', 'others'],
});

const datedBy = (properties: Properties, name = '@timestamp'): Row => {
  const dated = (at: string) => ({ uin: '42', sdkAppId: '1', [name]: at });
  return {
    properties,
    documents: {
      late: dated(AFTER),
      day: dated(day(ENDED)),
      early: dated(BEFORE),
      others: { ...dated(BEFORE), uin: '9' },
    },
    left: ['day', 'late', 'others'],
    finding: 'timestamp-mapping',
  };
};

const stamps = { '@timestamp': AFTER, event: { ingested: AFTER } };
const hidden = (properties: Properties, finding: string): Row => ({
  properties,
  documents: {
    late: of(AFTER),
    both: { ...of(AFTER), ...stamps },
    early: of(BEFORE),
    deleted: { ...of(AFTER), uin: '43' },
  },
  left: ['both', 'early', 'late'],
  finding,
  staysOpen: true,
});
const noValues = { type: 'date', doc_values: false } as const;

const local = (instant: number) => `${isoInstant(instant + 307 * 60_000).slice(0, 13)}+05:07`;

/** It takes no document whose date may end after it. */
const COARSE: readonly (readonly [string, Row])[] = [
  ['no document whose coarse date ends after it', { documents: coarse, left: coarseLeft }],
  [
    'no document that may be dated coarsely, where _source is lost',
    {
      documents: { ...sure, exact: of(isoInstant(ENDED - 1)), millis: of(ENDED - 61_001) },
      ...LOST,
      // A whole minute may be the start of an hour in some zone.
      left: [...coarseLeft, 'old-minute'].sort(),
    },
  ],
  ['no date in the format yyyy-MM-dd before its end', inFormat('yyyy-MM-dd', day(ENDED), day(ENDED - DAY))],
  ['no date in the format yyyy-MM before its end', inFormat('yyyy-MM', month(ENDED), month(ENDED - 32 * DAY))],
  [
    'no date in the format yyyy before its end',
    inFormat('yyyy', year(ENDED), `${new Date(ENDED).getUTCFullYear() - 1}`),
  ],
  [
    'no date in the format yyyy-MM-dd HH before its end',
    inFormat('yyyy-MM-dd HH', `${day(ENDED)} 10`, `${day(ENDED)} 09`),
  ],
  [
    'no hour of an odd zone before its end, where _source is lost',
    {
      properties: { '@timestamp': { type: 'date', format: "yyyy-MM-dd'T'HHXXX||strict_date_time" } },
      ...LOST,
      documents: { late: of(local(ENDED)), early: of(local(ENDED - HOUR)), others: { ...of(BEFORE), uin: '9' } },
      left: ['late', 'others'],
    },
  ],
];

const DATED_BY: readonly (readonly [string, Row])[] = [
  ['with a null_value', datedBy({ '@timestamp': { type: 'date', null_value: '2020-01-01' } })],
  ['that another is copied into', datedBy({ made: { type: 'date', copy_to: '@timestamp' } })],
  ['that is an alias', datedBy({ made: DATE, '@timestamp': { type: 'alias', path: 'made' } }, 'made')],
  ['in nanoseconds', datedBy({ '@timestamp': { type: 'date_nanos', null_value: '2020-01-01' } })],
  [
    'in a flattened object',
    {
      ...mapped({ dynamic: false, properties: { event: { type: 'flattened' } } }),
      documents: {
        late: of(BEFORE, { event: { ingested: AFTER } }),
        early: of(BEFORE),
        others: { ...of(BEFORE), uin: '9' },
      },
      left: ['late', 'others'],
    },
  ],
];

const HIDDEN: readonly (readonly [string, Row])[] = [
  ['text', hidden({ '@timestamp': { type: 'text' } }, 'timestamp-mapping')],
  ['keyword', hidden({ '@timestamp': KEYWORD }, 'timestamp-mapping')],
  ['a date without doc values', hidden({ '@timestamp': noValues }, 'timestamp-mapping')],
  ['an ingestion of type keyword', hidden(ingested(KEYWORD), 'ingested-mapping')],
  ['an ingestion without doc values', hidden(ingested(noValues), 'ingested-mapping')],
  ['a nested ingestion', hidden({ event: { type: 'nested', properties: { ingested: DATE } } }, 'ingested-mapping')],
];

const readInPart = { type: 'date', format: 'YYYY-MM-dd' } as const;

/** It never takes a document for a date of which Elasticsearch has read only a part. */
const IN_PART: readonly (readonly [string, Row])[] = [
  [
    'a field',
    {
      properties: ingested(readInPart),
      documents: { late: of(BEFORE, { event: { ingested: day(ENDED) } }), none: of(BEFORE) },
      left: ['late', 'none'],
      finding: 'ingested-mapping',
      staysOpen: true,
    },
  ],
  [
    'an alias of such a field',
    {
      properties: { made: readInPart, ...ingested({ type: 'alias', path: 'made' }) },
      documents: { late: of(BEFORE, { made: day(ENDED) }), none: of(BEFORE) },
      left: ['late', 'none'],
      finding: 'ingested-mapping',
      staysOpen: true,
    },
  ],
];

const at = (ingestion: unknown) => of(BEFORE, { event: { ingested: ingestion } });
const unseen = {
  late: at(AFTER),
  dotted: of(BEFORE, { 'event.ingested': AFTER }),
  listed: at([BEFORE, AFTER]),
  millis: at(Date.parse(AFTER)),
  seconds: at(Math.ceil(Date.parse(AFTER) / 1000)),
  day: at(day(ENDED)),
  text: at('a minute ago'),
  early: at(BEFORE),
  'early-list': at([BEFORE, null]),
  'early-day': at(day(ENDED - DAY)),
  none: of(BEFORE),
  others: { ...at(BEFORE), uin: '9' },
};
const inSource = (mappings: estypes.MappingTypeMapping, later?: Properties): Row => ({
  ...mapped(mappings),
  ...(later && { later }),
  documents: unseen,
  left: ['day', 'dotted', 'late', 'listed', 'millis', 'others', 'seconds', 'text'],
});
const misread = (type: 'date' | 'date_nanos'): Row => ({
  ...mapped({ properties: ingested({ type }) }),
  documents: { seconds: unseen.seconds, early: unseen.early, before: at(Math.floor(Date.parse(BEFORE) / 1000)) },
  left: ['seconds'],
});
const everything = Object.keys(unseen).sort();

/** It never takes a document while a date of it that no index knows may be later. */
const UNSEEN: readonly (readonly [string, Row])[] = [
  ['what may be later: under dynamic: false', inSource({ dynamic: false })],
  [
    'what may be later: in an object with dynamic: false',
    inSource({ properties: { event: { type: 'object', dynamic: false } } }),
  ],
  [
    'what may be later: in an object that is not enabled',
    inSource({ properties: { event: { type: 'object', enabled: false } } }),
  ],
  ['what may be later: in a nested object', inSource({ dynamic: false, properties: { event: { type: 'nested' } } })],
  ['what may be later: from before its field was mapped', inSource({ dynamic: false }, ingested(DATE))],
  [
    'what may be later: from before it was mapped as nanoseconds',
    inSource({ dynamic: false }, ingested({ type: 'date_nanos' })),
  ],
  ['seconds that a date read as milliseconds', misread('date')],
  ['seconds that a date_nanos read as milliseconds', misread('date_nanos')],
  [
    'everything that may have one, where _source is lost',
    { ...inSource({ dynamic: false, _source: { enabled: false } }), left: everything },
  ],
  [
    'everything where it lies in no index at all, and _source is lost',
    {
      ...inSource({ _source: { enabled: false }, properties: { event: { type: 'object', enabled: false } } }),
      left: everything,
      finding: 'ingested-mapping',
      staysOpen: true,
    },
  ],
];

describe('the end of a feature', () => {
  const rows = [...COARSE, ...DATED_BY, ...HIDDEN, ...IN_PART, ...UNSEEN].map(([, row]) => row);
  const once = madeOnce(async () => {
    const fixture = erasureFixture({ template: false });
    const names = await fixture.createIndices(rows.map((row, suffix) => ({ ...row, suffix: `${suffix}` })));
    for (const [place, { later }] of rows.entries())
      if (later) await fixture.client.indices.putMapping({ index: names[place] ?? '', properties: later });
    await fixture.tell('account-deleted', { uin: '43' });
    await fixture.tell('feature-terminated', { uin: '42' }, ENDED);
    await fixture.runPurge({ clock: () => NOW - HOUR });
    const looked = await lookThrough(fixture);
    return { names, left: await fixture.leftInAll(), ...looked };
  });
  const expectLeft = (row: Row): void => {
    const { names, left, report, callsGone } = once();
    const index = names[rows.indexOf(row)] ?? '';
    expect(left.get(index)).toEqual(row.left);
    const blocking = report.findings.filter((each) => each.index === index && each.severity === 'blocking');
    expect(blocking.map(({ code }) => code)).toEqual(row.finding === undefined ? [] : [row.finding]);
    if (row.staysOpen) expect(callsGone(index, { uin: '42', until: ENDED })).toBe(false);
  };

  test.each(COARSE)('erases %s, but erases all older documents', (___, row) => expectLeft(row));
  test.each(DATED_BY)('deletes no document that is dated later by a field %s', (___, row) => expectLeft(row));
  test.each(HIDDEN)('deletes nothing if a date field cannot be used: %s', (___, row) => expectLeft(row));
  test.each(IN_PART)('erases nothing if the date format ignores a part of the date: %s', (___, row) => expectLeft(row));
  test.each(UNSEEN)('keeps what may have a later date only in _source: %s', (___, row) => expectLeft(row));
});

describe('the end of a feature, with a field that is mapped after the plan', () => {
  const MEANWHILE = [
    ['date', DATE, ['late', 'others']],
    ['text', { type: 'text' }, ['early', 'late', 'others']],
    ['keyword', KEYWORD, ['early', 'late', 'others']],
  ] as const;

  const once = madeOnce(async () => {
    const fixture = erasureFixture({ template: false });
    const documents = { early: of(BEFORE), others: { ...of(BEFORE), uin: '9' } };
    await fixture.createIndices(MEANWHILE.map(([suffix]) => ({ suffix, ...mapped({ dynamic: false }), documents })));
    await fixture.tell('feature-terminated', { uin: '42' }, ENDED);
    const toMap = new Map(MEANWHILE.map(([suffix, property]) => [`${fixture.id}-${suffix}`, property]));
    await fixture.runPurge({
      around: aroundRemover((real) => ({
        slices: async (target, criteria) => {
          const property = toMap.get(target.name);
          toMap.delete(target.name);
          if (property !== undefined) {
            await fixture.client.indices.putMapping({ index: target.name, properties: ingested(property) });
            await fixture.add(target.name, {
              late: of(BEFORE, { event: { ingested: AFTER } }),
              early: of(BEFORE, { event: { ingested: BEFORE } }),
            });
          }
          return real.slices(target, criteria);
        },
      })),
    });
    const meanwhile = await fixture.leftInAll();
    await fixture.runPurge();
    return { fixture, unmapped: [...toMap.keys()], meanwhile, left: await fixture.leftInAll() };
  });

  test.each(MEANWHILE)('erases no later document when it is mapped as %s', (suffix, ___, expected) => {
    const { fixture, unmapped, meanwhile, left } = once();
    const index = `${fixture.id}-${suffix}`;
    expect(unmapped).toEqual([]);
    // Nothing is destroyed by a mapping that is not the one of the plan.
    expect(meanwhile.get(index)).toEqual(['early', 'late', 'others']);
    expect(left.get(index)).toEqual(expected);
  });
});
