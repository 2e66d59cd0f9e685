import { describe, expect, test } from 'vitest';
import { isBlocking } from '../../../../lib/criteria/finding.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { CUTOFF, daysAgo, NOW, purgeFixture } from '../../../support/purge/purge-fixture.ts';
import { purgedOnce } from '../../../support/purge/purged-once.ts';

const HOUR = 3_600_000;
const EARLIEST = Date.parse('2015-01-01T00:00:00Z');
const timestamp = (value: unknown) => ({ '@timestamp': value });
const tolerant = { properties: { '@timestamp': { type: 'date', ignore_malformed: true } } } as const;

describe('a document without a believable timestamp', () => {
  const cases = [
    ['has none', {}],
    ['is dated in the future, beyond the allowed lateness', timestamp(isoInstant(NOW + HOUR))],
    ['is dated years ahead', timestamp('2099-01-01T00:00:00Z')],
    ['is dated in the past and in the future', timestamp([daysAgo(20), daysAgo(-20)])],
    ['is dated before the earliest', timestamp(isoInstant(EARLIEST - 1))],
    ['is dated before the earliest and after it', timestamp(['1970-01-01T00:00:00Z', daysAgo(20)])],
    ['holds epoch seconds where milliseconds are meant: 1970', timestamp(CUTOFF / 1000 - 1)],
    ['holds nothing but a malformed value', timestamp('yesterday')],
    ['holds a malformed value beside an old one', timestamp([daysAgo(20), 'yesterday'])],
  ] as const;

  const { report, of } = purgedOnce([
    ...cases.map(([, doubtful], at) => ({
      suffix: `doubtful-${at}`,
      documents: { doubtful, old: timestamp(daysAgo(15)) },
      ...tolerant,
    })),
    ...cases.map(([, document], at) => {
      const ingested = (days: number) => ({ ...document, event: { ingested: daysAgo(days) } });
      const documents = { ingestedLate: ingested(13), ingestedOld: ingested(15) };
      return { suffix: `ingested-${at}`, documents, ...tolerant };
    }),
    {
      suffix: 'bounds',
      documents: {
        earliest: timestamp(isoInstant(EARLIEST)),
        ahead: timestamp(isoInstant(NOW + HOUR - 1)),
      },
    },
    { suffix: 'implausible', documents: { doubtful: { event: { ingested: CUTOFF / 1000 } } } },
  ]);
  const rows = cases.map(([name], at) => [name, at] as const);

  test.each(rows)('stays and is reported if it %s', (_, at) => {
    expect(of(`doubtful-${at}`)).toMatchObject({
      left: ['doubtful'],
      undatableAfter: 1,
      findings: [
        {
          code: 'undatable',
          found: expect.stringContaining('1 that neither field dates'),
          fix: expect.stringContaining(`node bin/es-retention.mjs backfill-dates --category ${report().category}`),
        },
      ],
    });
  });

  test.each(rows)('is deleted by its ingestion date when it %s', (_, at) => {
    const { left, documentsRemoved, undatableAfter, findings } = of(`ingested-${at}`);
    expect({ left, documentsRemoved, undatableAfter }).toEqual({
      left: ['ingestedLate'],
      documentsRemoved: 1,
      undatableAfter: 0,
    });
    expect(findings.filter(isBlocking)).toEqual([]);
  });

  test('is not one dated exactly at earliest, or ahead by less than the lateness', () => {
    expect(of('bounds')).toMatchObject({ left: ['ahead'], undatableAfter: 0, findings: [] });
  });

  test('stays if its ingestion date is not believable either', () => {
    expect(of('implausible')).toMatchObject({ left: ['doubtful'], undatableAfter: 1 });
  });

  test('makes the outcome incomplete, and does not set the oldest date of the report', () => {
    expect(report()).toMatchObject({ outcome: 'incomplete', kept: false, oldestAt: daysAgo(13) });
    expect(report().found.undatable).toBe(cases.length + 1);
  });
});

test('a run uses the later of both dates, and reports timestamps ahead of or behind ingestion', async () => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('logs', {
    liveButIngestedOld: { ...timestamp(daysAgo(13)), event: { ingested: daysAgo(15) } },
    oldButIngestedLate: { ...timestamp(daysAgo(15)), event: { ingested: daysAgo(1) } },
  });
  const report = await fixture.runPurge();
  expect(await fixture.left(index)).toEqual(['liveButIngestedOld', 'oldButIngestedLate']);
  expect(report).toMatchObject({ outcome: 'incomplete', kept: false, found: { behindIngestion: 1, due: 0 } });
  expect(report.findings).toMatchObject([
    { code: 'ahead-of-ingestion', severity: 'blocking', index },
    { code: 'behind-ingestion', severity: 'notice', index },
  ]);
});

test('a document with epoch seconds in a field of type long is not deleted', async () => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex(
    'logs',
    { live: timestamp(NOW / 1000), old: timestamp(CUTOFF / 1000 - 1) },
    { properties: { '@timestamp': { type: 'long' } } },
  );
  const report = await fixture.runPurge();
  expect(await fixture.left(index)).toEqual(['live', 'old']);
  expect(report.outcome).toBe('incomplete');
  expect(report.findings).toContainEqual(
    expect.objectContaining({ code: 'timestamp-mapping', found: '"@timestamp" mapped as long' }),
  );
});
