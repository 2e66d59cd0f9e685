import type { estypes } from '@elastic/elasticsearch';
import { describe, expect, test } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { daysAgo, type NewIndex, NOW, ofIndex, purgeFixture } from '../../../support/purge/purge-fixture.ts';
import { madeOnce } from '../../../support/run/made-once.ts';

/** No unit begins or ends at the cutoff of such a run. */
const AT = NOW + 20 * MINUTE + 30_500;
const CUTOFF = AT - 14 * DAY;
const clock = () => AT;

const LIVE = { '@timestamp': daysAgo(1) };
const iso = (instant: number, length: number): string => isoInstant(instant).slice(0, length);
/** The ISO text of an instant in a zone so many minutes ahead of UTC. */
const inZone = (instant: number, minutes: number, length: number): string => iso(instant + minutes * MINUTE, length);
const midnight = CUTOFF - (CUTOFF % DAY);
const monthStart = Date.parse(`${iso(CUTOFF, 7)}-01T00:00:00Z`);
const yearStart = Date.parse(`${iso(CUTOFF, 4)}-01-01T00:00:00Z`);
const german = (instant: number): string =>
  `${iso(instant, 10).split('-').reverse().join('.')} ${isoInstant(instant).slice(11, 16)}`;

/** ISO week of an instant, `2026-W47`: the week of its Thursday. */
const weekOf = (instant: number): string => {
  const weekday = (new Date(instant).getUTCDay() + 6) % 7;
  const thursday = new Date(instant + (3 - weekday) * DAY);
  const first = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  return `${thursday.getUTCFullYear()}-W${`${Math.floor((thursday.getTime() - first) / (7 * DAY)) + 1}`.padStart(2, '0')}`;
};

type Property = estypes.MappingProperty;
const date = (format?: string): Property => ({ type: 'date', ...(format !== undefined && { format }) });

/**
 * What a document names: the last unit that ends after the cutoff is kept, the one before it goes. If the cutoff is
 * 2026-11-10T09:20:30Z, the row "a day in a default field" has the documents
 *   { "@timestamp": "2026-11-10" }, which stays, since its day ends after the cutoff, and
 *   { "@timestamp": "2026-11-09" }, which is deleted.
 */
const UNITS: readonly (readonly [string, Property, unknown, unknown])[] = [
  ['a year in a default field', date(), iso(CUTOFF, 4), iso(yearStart - 1, 4)],
  [
    'a year as a number, which the default format takes for one',
    date(),
    Number(iso(CUTOFF, 4)),
    Number(iso(yearStart - 1, 4)),
  ],
  ['a month in a default field', date(), iso(CUTOFF, 7), iso(monthStart - 1, 7)],
  ['a day in a default field', date(), iso(CUTOFF, 10), iso(midnight - 1, 10)],
  ['a day with an empty time', date(), `${iso(CUTOFF, 10)}T`, `${iso(midnight - 1, 10)}T`],
  [
    'a day in an array beside an older one',
    date(),
    [daysAgo(30), iso(CUTOFF, 10)],
    [daysAgo(30), iso(midnight - 1, 10)],
  ],
  ['an hour in a default field', date(), iso(CUTOFF, 13), iso(CUTOFF - HOUR, 13)],
  [
    'an hour of a zone half an hour off',
    date(),
    `${inZone(CUTOFF, 330, 13)}+05:30`,
    `${inZone(CUTOFF - HOUR, 330, 13)}+05:30`,
  ],
  [
    'an hour of a zone seven minutes beside the others',
    date(),
    `${inZone(CUTOFF, 307, 13)}+05:07`,
    `${inZone(CUTOFF - HOUR, 307, 13)}+05:07`,
  ],
  [
    'an hour of a zone behind UTC',
    date(),
    `${inZone(CUTOFF, -210, 13)}-03:30`,
    `${inZone(CUTOFF - HOUR, -210, 13)}-03:30`,
  ],
  ['a minute in a default field', date(), iso(CUTOFF, 16), iso(CUTOFF - MINUTE, 16)],
  ['a minute of a zone', date(), `${inZone(CUTOFF, 120, 16)}+02:00`, `${inZone(CUTOFF - MINUTE, 120, 16)}+02:00`],
  ['a day in a field of nanoseconds', { type: 'date_nanos' }, iso(CUTOFF, 10), iso(midnight - 1, 10)],
  ['a month in a format of months', date('yyyy-MM'), iso(CUTOFF, 7), iso(monthStart - 1, 7)],
  ['a year in a format of years', date('strict_year'), iso(CUTOFF, 4), iso(yearStart - 1, 4)],
  [
    'a day in a basic format',
    date('basic_date'),
    iso(CUTOFF, 10).replaceAll('-', ''),
    iso(midnight - 1, 10).replaceAll('-', ''),
  ],
  ['an hour in a format of hours', date('strict_date_hour'), iso(CUTOFF, 13), iso(CUTOFF - HOUR, 13)],
  ['a minute in a format of its own', date('dd.MM.yyyy HH:mm'), german(CUTOFF), german(CUTOFF - MINUTE)],
  ['a week', date('strict_weekyear_week'), weekOf(CUTOFF), weekOf(CUTOFF - 7 * DAY)],
  ['a month in a field of months or days', date('yyyy-MM||yyyy-MM-dd'), iso(CUTOFF, 7), iso(monthStart - 1, 7)],
  ['a month beside a format of seconds', date('yyyy-MM||strict_date_time'), iso(CUTOFF, 7), iso(monthStart - 1, 7)],
  [
    'a day beside milliseconds',
    date('basic_date||epoch_millis'),
    iso(CUTOFF, 10).replaceAll('-', ''),
    iso(midnight - 1, 10).replaceAll('-', ''),
  ],
  [
    'a month in a format with optional parts',
    date("yyyy-MM[-dd['T'HH:mm:ss]]"),
    iso(CUTOFF, 7),
    iso(monthStart - 1, 7),
  ],
  ['a week beside milliseconds', date('strict_weekyear_week||epoch_millis'), weekOf(CUTOFF), weekOf(CUTOFF - 7 * DAY)],
  [
    'a day of a zone',
    date('yyyy-MM-ddXXX'),
    `${inZone(CUTOFF, 540, 10)}+09:00`,
    `${inZone(CUTOFF - DAY - HOUR, 540, 10)}+09:00`,
  ],
];

/** Documents of midnight that name no more than an instant. */
const INSTANTS: readonly (readonly [string, unknown])[] = [
  ['seconds', isoInstant(midnight).replace('.000Z', 'Z')],
  ['milliseconds', isoInstant(midnight)],
  ['seconds of a zone', `${inZone(midnight, 120, 19)}+02:00`],
  ['a number', midnight],
  ['a number as a text', `${midnight}`],
  ['a number with a fraction', midnight + 0.5],
];

const WITHOUT_SOURCE: readonly (readonly [string, estypes.MappingSourceField])[] = [
  ['disabled', { enabled: false }],
  ['without the field', { excludes: ['@time*'] }],
];

const stamped = (value: unknown) => ({ '@timestamp': value });
const day = iso(CUTOFF, 10);

/** An index for each row, and two where one is to be deleted from and the other to be left alone. */
const INDICES: readonly NewIndex[] = [
  ...UNITS.flatMap(([, property, inside, outside], at) => {
    const properties = { '@timestamp': property };
    return [
      { suffix: `both-${at}`, documents: { inside: stamped(inside), outside: stamped(outside) }, properties },
      { suffix: `whole-${at}`, documents: { inside: stamped(inside) }, properties },
    ];
  }),
  ...INSTANTS.map(([, value], at) => ({
    suffix: `instant-${at}`,
    documents: { midnight: stamped(value), live: LIVE },
  })),
  ...WITHOUT_SOURCE.map(([, source], at) => ({
    suffix: `lost-${at}`,
    documents: {
      midnight: stamped(isoInstant(midnight)),
      before: stamped(isoInstant(midnight - 1)),
      live: LIVE,
    },
    source,
  })),
  {
    suffix: 'ingestion',
    documents: {
      nested: { event: { ingested: day } },
      dotted: { 'event.ingested': day },
      inList: { event: [{ kind: 'a' }, { ingested: [day] }] },
      old: { event: { ingested: iso(midnight - 1, 10) } },
      both: { '@timestamp': daysAgo(20), event: { ingested: day } },
      live: LIVE,
    },
  },
];

const once = madeOnce(async () => {
  const fixture = purgeFixture();
  await fixture.createIndices(INDICES);
  const report = await fixture.runPurge({ clock });
  const left = await fixture.leftInAll();
  return {
    report,
    of: (suffix: string) => {
      const index = `${fixture.id}-${suffix}`;
      return { left: left.get(index), ...ofIndex(report, index) };
    },
  };
});

test('a run over coarse dates is complete, and no document is late', () => {
  expect(once().report).toMatchObject({
    outcome: 'complete',
    kept: true,
    documentsRemoved: UNITS.length + INSTANTS.length + WITHOUT_SOURCE.length + 1,
    retentionLagMilliseconds: 0,
  });
});

/** It never deletes a document while what its date names has not ended fourteen days ago. */
describe('a date coarser than a second', () => {
  test.each(UNITS.map(([name], at) => [name, at] as const))('is treated as the end of its unit: %s', (_, at) => {
    const { of } = once();
    expect(of(`both-${at}`)).toMatchObject({ left: ['inside'], documentsRemoved: 1, findings: [] });
    expect(of(`whole-${at}`)).toMatchObject({ left: ['inside'], documentsRemoved: 0, findings: [] });
  });
});

test.each(INSTANTS.map(([name], at) => [name, at] as const))(
  'a document dated exactly at midnight is deleted as soon as it is due: %s',
  (_, at) => {
    expect(once().of(`instant-${at}`)).toMatchObject({ left: ['live'], documentsRemoved: 1, findings: [] });
  },
);

test('a coarse ingestion date is treated as the end of its unit, wherever the document has it', () => {
  expect(once().of('ingestion')).toMatchObject({
    left: ['both', 'dotted', 'inList', 'live', 'nested'],
    documentsRemoved: 1,
    findings: [],
  });
});

describe('a date at midnight whose precision nobody knows', () => {
  test.each(WITHOUT_SOURCE.map(([name], at) => [name, at] as const))(
    'is treated as a whole day where _source is %s',
    (_, at) => {
      expect(once().of(`lost-${at}`)).toMatchObject({ left: ['live', 'midnight'], documentsRemoved: 1, findings: [] });
    },
  );
});
