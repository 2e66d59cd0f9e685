import type { estypes } from '@elastic/elasticsearch';
import { describe, expect, test } from 'vitest';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { CUTOFF, type Documents, daysAgo, NOW, purgeFixture } from '../../../support/purge/purge-fixture.ts';
import { purgedOnce } from '../../../support/purge/purged-once.ts';

const SECONDS = CUTOFF / 1000;
const [DAY_OF_CUTOFF = ''] = isoInstant(CUTOFF).split('T');
const nanos = (second: string, fraction: string): string => `${DAY_OF_CUTOFF}T${second}.${fraction}Z`;
const dotted = (timeAndZone: string): string => `${DAY_OF_CUTOFF.split('-').toReversed().join('.')} ${timeAndZone}`;

interface Row {
  readonly mapping: estypes.MappingProperty;
  readonly documents: Documents;
  readonly left: readonly string[];
}

const around = (before: unknown, at: unknown, after: unknown): Documents => ({
  before: { '@timestamp': before },
  at: { '@timestamp': at },
  after: { '@timestamp': after },
});

/** They are kept from the cutoff on. */
const ROWS: readonly (readonly [string, Row])[] = [
  [
    'date, to the millisecond',
    {
      mapping: { type: 'date' },
      documents: around(isoInstant(CUTOFF - 1), isoInstant(CUTOFF), isoInstant(CUTOFF + 1)),
      left: ['after', 'at'],
    },
  ],
  [
    'date_nanos, to the nanosecond',
    {
      mapping: { type: 'date_nanos' },
      documents: around(nanos('08:59:59', '999999999'), nanos('09:00:00', '000000000'), nanos('09:00:00', '000000001')),
      left: ['after', 'at'],
    },
  ],
  [
    'date with the format epoch_second, to the second',
    {
      mapping: { type: 'date', format: 'epoch_second' },
      documents: around(SECONDS - 1, SECONDS, SECONDS + 1),
      left: ['after', 'at'],
    },
  ],
  [
    'date with the format epoch_millis',
    {
      mapping: { type: 'date', format: 'epoch_millis' },
      documents: around(CUTOFF - 1, CUTOFF, CUTOFF + 1),
      left: ['after', 'at'],
    },
  ],
  [
    'date with a format and a zone of its own',
    {
      mapping: { type: 'date', format: 'dd.MM.yyyy HH:mm:ss.SSS XXX' },
      documents: around(dotted('10:59:59.999 +02:00'), dotted('11:00:00.000 +02:00'), dotted('04:00:00.001 -05:00')),
      left: ['after', 'at'],
    },
  ],
];

const { report, of } = purgedOnce([
  ...ROWS.map(([, { mapping, documents }], at) => ({
    suffix: `format-${at}`,
    documents,
    properties: { '@timestamp': mapping },
  })),
  {
    suffix: 'several',
    documents: {
      bothOld: { '@timestamp': [daysAgo(20), daysAgo(15)] },
      oneLive: { '@timestamp': [daysAgo(20), daysAgo(1)] },
      oneAtTheCutoff: { '@timestamp': [daysAgo(20), daysAgo(14)] },
    },
  },
  { suffix: 'dropped', documents: { bothOld: { '@timestamp': [daysAgo(20), daysAgo(15)] } } },
]);

describe('a document from about 14 days ago', () => {
  test.each(ROWS.map(([name, { left }], at) => [name, left, at] as const))(
    'is kept or deleted by the instant that its text means: %s',
    (_, left, at) => {
      expect(of(`format-${at}`)).toMatchObject({ left, documentsRemoved: 1, dueAfter: 0, findings: [] });
    },
  );
});

test('indices with different timestamp formats are purged by the same cutoff', () => {
  expect(report()).toMatchObject({
    outcome: 'complete',
    found: { due: 0 },
    oldestAt: isoInstant(CUTOFF),
    documentsRemoved: ROWS.length + 2,
  });
});

test('a document with several timestamps is deleted if all are before the cutoff', () => {
  expect(of('several')).toMatchObject({ left: ['oneAtTheCutoff', 'oneLive'], documentsRemoved: 1, findings: [] });
});

test('an index whose documents have several old timestamps is dropped', () => {
  expect(of('dropped')).toMatchObject({ left: undefined, found: 'gone' });
});

test.each(['date', 'date_nanos'] as const)(
  'an earliest date before 1970 is respected in a field of type %s',
  async (type) => {
    const fixture = purgeFixture();
    const documents = {
      old: { '@timestamp': daysAgo(20) },
      first: { '@timestamp': 0 },
      live: { '@timestamp': daysAgo(1) },
    };
    const index = await fixture.createIndex('logs', documents, { properties: { '@timestamp': { type } } });
    const policy = { ...fixture.policy, earliest: Date.parse('1960-01-01T00:00:00Z') };
    expect(await fixture.runPurge({ policy })).toMatchObject({ outcome: 'complete', documentsRemoved: 2 });
    expect(await fixture.left(index)).toEqual(['live']);
  },
);

/** A maximum age by which the cutoff of a run lies at an instant. */
const ageTo = (at: number): string => `PT${Math.round((NOW - at) / 1000)}S`;

test.each([
  ['years before 1970', -10 * 365 * DAY],
  ['a minute before 1970', -60_000],
  ['1970', 0],
  ['a minute after 1970', 60_000],
  ['a day after 1970', DAY],
])('a cutoff of %s does not make an index with nanoseconds unanswered', async (_, cutoff) => {
  const fixture = purgeFixture({ category: { rules: { age: { maxAge: ageTo(cutoff), allowedLateness: 'PT1H' } } } });
  const properties = {
    '@timestamp': { type: 'date_nanos' },
    event: { properties: { ingested: { type: 'date_nanos' } } },
  };
  const documents = { live: { '@timestamp': daysAgo(20) }, day: { '@timestamp': daysAgo(1).slice(0, 10) } };
  const index = await fixture.createIndex('logs', documents, { properties } as never);
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', kept: true, findings: [] });
  expect(await fixture.left(index)).toEqual(['day', 'live']);
});
