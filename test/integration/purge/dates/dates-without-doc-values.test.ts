import { expect, test } from 'vitest';
import { DAY, MINUTE } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { daysAgo, NOW, purgeFixture } from '../../../support/purge/purge-fixture.ts';

const noValues = { type: 'date', doc_values: false } as const;
const CUTOFF = NOW - 14 * DAY;
const MIDNIGHT = CUTOFF - (CUTOFF % DAY);

test.each([
  ['the time of ingestion', { event: { properties: { ingested: noValues } } }, 'ingested'],
  ['the timestamp', { '@timestamp': noValues }, 'timestamp'],
])(
  'days or minutes near the cutoff do not make an index unanswered if %s has no doc values',
  async (_, properties, field) => {
    const fixture = purgeFixture();
    const index = await fixture.createIndex('values', {}, { properties });
    const dated = (veto: string) =>
      field === 'timestamp'
        ? { '@timestamp': veto, event: { ingested: daysAgo(30) } }
        : { '@timestamp': daysAgo(30), event: { ingested: veto } };
    await fixture.add(index, {
      old: dated(daysAgo(30)),
      day: dated(isoInstant(CUTOFF).slice(0, 10)),
      minute: dated(isoInstant(MIDNIGHT + MINUTE)),
      before: dated(isoInstant(CUTOFF - 5 * DAY - 1)),
      live: dated(daysAgo(1)),
    });
    const report = await fixture.runPurge();
    // At midnight a day may begin, which no script can tell here.
    expect(await fixture.left(index)).toEqual(['day', 'live']);
    expect(report.findings.map(({ code }) => code)).not.toContain('unanswered');
    expect(report).toMatchObject({ documentsRemoved: 3 });
  },
);
