import type { estypes } from '@elastic/elasticsearch';
import { describe, expect, test } from 'vitest';
import { sinceByServer } from '../../../../lib/adapters/elasticsearch/query/date-ranges.ts';
import { parseAge } from '../../../../lib/policy/time/calendar-period.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { type Documents, NOW, purgeFixture } from '../../../support/purge/purge-fixture.ts';
import { serverNow } from '../../../support/server/server-clock.ts';

/** The year that began last, by the clock of the tests. */
const YEAR = new Date(NOW).getUTCFullYear();

const calendarFixture = (age: object, timeZone = 'UTC', maxShare = 1) =>
  purgeFixture({
    category: { rules: { age: { allowedLateness: 'PT1H', ...age } }, timeZone, guard: { maxShare } },
  });

const TWO_YEARS = { maxAge: 'P2Y', from: 'end-of-year' };

const dated = (dates: Readonly<Record<string, string>>): Documents =>
  Object.fromEntries(Object.entries(dates).map(([id, date]) => [id, { '@timestamp': date }]));

const many = (count: number, year: number): Documents =>
  dated(Object.fromEntries(Array.from({ length: count }, (_, at) => [`${year}-${at}`, `${year}-06-15T00:00:00Z`])));

describe('a purge by the calendar', () => {
  test.each<[string, object, string, string, string]>([
    ['two years before a leap day', { maxAge: 'P2Y' }, 'UTC', '2024-02-29T12:00:00Z', '2022-02-28T12:00:00.000Z'],
    ['six months before 31 August', { maxAge: 'P6M' }, 'UTC', '2025-08-31T12:00:00Z', '2025-02-28T12:00:00.000Z'],
    ['a leap day, four years later', { maxAge: 'P4Y' }, 'UTC', '2024-02-29T12:00:00Z', '2020-02-29T12:00:00.000Z'],
    ['by the clock of Berlin', { maxAge: 'P6M' }, 'Europe/Berlin', '2025-07-15T07:00:00Z', '2025-01-15T08:00:00.000Z'],
    ['a year of Berlin', TWO_YEARS, 'Europe/Berlin', '2024-12-31T23:00:00Z', '2022-12-31T23:00:00.000Z'],
    ['a year of Kiritimati', TWO_YEARS, 'Pacific/Kiritimati', '2024-12-31T10:00:00Z', '2022-12-31T10:00:00.000Z'],
    [
      'a month of Brazil that began at one o’clock',
      { maxAge: 'P8Y', from: 'end-of-month' },
      'America/Sao_Paulo',
      '2023-10-31T00:00:00Z',
      '2015-10-01T03:00:00.000Z',
    ],
  ])('deletes exactly what is before the cutoff: %s', async (_, age, zone, now, cutoff) => {
    const at = Date.parse(cutoff);
    const fixture = calendarFixture(age, zone);
    const documents = dated({ gone: isoInstant(at - 1), kept: cutoff, later: isoInstant(at + 1) });
    const types = ['date', 'date_nanos'] as const;
    const indices = await fixture.createIndices(
      types.map((type) => ({ suffix: type, documents, properties: { '@timestamp': { type } } })),
    );
    const report = await fixture.runPurge({ clock: () => Date.parse(now) });
    expect(report).toMatchObject({ outcome: 'complete', cutoff, documentsRemoved: 2, kept: true });
    const left = await fixture.leftInAll();
    for (const index of indices) expect([index, left.get(index)]).toEqual([index, ['kept', 'later']]);
  });

  test('drops an index once the year of its documents is over, and reports the promise', async () => {
    const fixture = calendarFixture(TWO_YEARS, 'Europe/Berlin');
    const index = await fixture.createIndex('old', many(3, YEAR - 3));
    await fixture.createIndex('new', many(3, YEAR - 2));
    const clock = () => Date.parse(`${YEAR}-02-01T00:00:00Z`);
    const report = await fixture.runPurge({ clock });
    expect(report).toMatchObject({
      outcome: 'complete',
      indicesDropped: 1,
      maxAge: 'P2Y from end-of-year in Europe/Berlin',
    });
    expect(await fixture.left(index)).toBeUndefined();
  });
});

describe('a whole year that falls due on 1 January', () => {
  /** So long after it began in Berlin. */
  const sinceNewYear = (milliseconds: number) => () => Date.parse(`${YEAR - 1}-12-31T23:00:00Z`) + milliseconds;

  test('stays until that day', async () => {
    const fixture = calendarFixture(TWO_YEARS, 'Europe/Berlin', 0.1);
    await fixture.createIndex('logs', { ...many(6, YEAR - 3), ...many(4, YEAR - 1) });
    expect(await fixture.runPurge({ clock: sinceNewYear(-1) })).toMatchObject({
      outcome: 'complete',
      documentsRemoved: 0,
      found: { documents: 10, due: 0 },
    });
  });

  test('is deleted at once: the last run of the old year has announced it', async () => {
    const fixture = calendarFixture(TWO_YEARS, 'Europe/Berlin', 0.1);
    const index = await fixture.createIndex('logs', { ...many(6, YEAR - 3), ...many(4, YEAR - 1) });
    await fixture.runPurge({ clock: sinceNewYear(-600_000) });
    expect(await fixture.runPurge({ clock: sinceNewYear(300_000) })).toMatchObject({
      outcome: 'complete',
      refusals: [],
      documentsRemoved: 6,
      kept: true,
    });
    expect(await fixture.left(index)).toHaveLength(4);
  });

  test('is late at once, but overdue only after the allowed lateness', async () => {
    const fixture = calendarFixture(TWO_YEARS, 'Europe/Berlin', 0.1);
    await fixture.createIndex('logs', { ...many(6, YEAR - 3), ...many(4, YEAR - 1) });
    const observed = (clock: () => number) => fixture.runPurge({ clock, dryRun: true });
    expect(await observed(sinceNewYear(300_000))).toMatchObject({
      found: { due: 6, overdue: 0 },
      retentionLagMilliseconds: 300_000,
      kept: true,
    });
    expect(await observed(sinceNewYear(DAY / 24 - 1))).toMatchObject({ found: { due: 6, overdue: 0 }, kept: true });
    expect(await observed(sinceNewYear(DAY / 24))).toMatchObject({ found: { due: 6, overdue: 6 }, kept: false });
  });

  test('is not reported as a wrong clock if two dates are seconds apart at midnight', async () => {
    const fixture = calendarFixture(TWO_YEARS, 'Europe/Berlin');
    const around = (timestamp: string, ingested: string) => ({ '@timestamp': timestamp, event: { ingested } });
    const [before, midnight] = [`${YEAR - 3}-12-31T22:59:58Z`, `${YEAR - 3}-12-31T23:00:01Z`];
    await fixture.createIndex('logs', { ahead: around(midnight, before), behind: around(before, midnight) });
    for (const later of [300_000, DAY, 200 * DAY])
      expect(await fixture.runPurge({ clock: sinceNewYear(later) })).toMatchObject({
        found: { due: 0, overdue: 0, behindIngestion: 0 },
        findings: [],
        kept: true,
      });
    await fixture.createIndex('wrong', { ahead: around(midnight, `${YEAR - 3}-12-30T00:00:00Z`) });
    expect(await fixture.runPurge({ clock: sinceNewYear(DAY) })).toMatchObject({
      findings: [{ code: 'ahead-of-ingestion' }],
      kept: false,
    });
  });

  test.each([
    ['a backlog that is older', 300_000, { ...many(10, YEAR - 4), ...many(4, YEAR - 3), ...many(9, YEAR - 1) }],
    ['itself, if no run has announced it', 300_000, { ...many(6, YEAR - 3), ...many(4, YEAR - 1) }],
    ['itself, when it is still there in February', 40 * DAY, { ...many(6, YEAR - 3), ...many(4, YEAR - 1) }],
  ])('lets the guard refuse %s', async (_, later, documents) => {
    const fixture = calendarFixture(TWO_YEARS, 'Europe/Berlin', 0.5);
    const index = await fixture.createIndex('logs', documents);
    const report = await fixture.runPurge({ clock: sinceNewYear(later) });
    expect(report).toMatchObject({ outcome: 'refused', documentsRemoved: 0, refusals: [{ code: 'share' }] });
    expect(await fixture.left(index)).toHaveLength(Object.keys(documents).length);
  });
});

describe("the cluster's own clock and calendar", () => {
  test.each<[string, object, number]>([
    ['two years', { maxAge: 'P2Y' }, 700],
    ['two years from the end of the year', TWO_YEARS, 600],
    ['six months from the end of the month', { maxAge: 'P6M', from: 'end-of-month' }, 150],
    ['a hundred days from the end of the month', { maxAge: 'P100D', from: 'end-of-month' }, 90],
  ])('keep everything younger than %s, whatever our clock says', async (_, age, days) => {
    const fixture = calendarFixture(age, 'Europe/Berlin');
    const index = await fixture.createIndex('logs', dated({ young: isoInstant(serverNow() - days * DAY) }));
    const clock = () => serverNow() + 1000 * DAY;
    expect(await fixture.runPurge({ clock })).toMatchObject({ documentsRemoved: 0, found: { due: 0 } });
    expect(await fixture.left(index)).toEqual(['young']);
  });

  test('know every time zone that a policy may name', async () => {
    const fixture = purgeFixture();
    const index = await fixture.createIndex('logs', dated({ old: isoInstant(NOW - 3000 * DAY) }));
    // Old names, and another spelling, beside those that the runtime lists.
    const zones = [
      ...Intl.supportedValuesOf('timeZone'),
      'UTC',
      'GMT',
      'EST',
      'HST',
      'ROC',
      'US/Pacific',
      'europe/berlin',
    ];
    const searches = zones.flatMap((timeZone): estypes.MsearchRequestItem[] => [
      { index },
      { query: sinceByServer('@timestamp', { maxAge: parseAge('P2Y'), from: 'end-of-year', timeZone }, NOW) },
    ]);
    const { responses } = await fixture.client.msearch({ searches });
    expect(responses.flatMap((answer, at) => ('error' in answer ? [zones[at]] : []))).toEqual([]);
  });
});
