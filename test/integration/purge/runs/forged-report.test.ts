import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { ownIndices } from '../../../../lib/policy/own-indices.ts';
import type { Ports } from '../../../../lib/purge/purge.ts';
import type { Report } from '../../../../lib/purge/report/report.ts';
import { daysAgo, type PurgeFixture, purgeFixture } from '../../../support/purge/purge-fixture.ts';

const old = { '@timestamp': daysAgo(20) };
const live = { '@timestamp': daysAgo(13) };
const indexOf = ({ policy, category }: PurgeFixture): string => ownIndices(policy, category.id).reports;

/** Does something before a call of the report store. */
const before =
  (call: 'open' | 'close', act: () => Promise<unknown>) =>
  (ports: Ports): Ports => ({
    ...ports,
    reportStore: {
      ...ports.reportStore,
      [call]: async (report: never) => {
        await act();
        return ports.reportStore[call](report);
      },
    },
  });

/** Writes a report in a run's name, as who may add to the index can. */
const forging = (fixture: PurgeFixture, id: string, document: object) => () =>
  fixture.client.create({ index: indexOf(fixture), id, document, refresh: true });

const found = (report: Report) => report.findings.filter(({ code }) => code === 'forged-report');

test('a run fails if somebody else closed its report, but stores its own under another name', async () => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('a', { old, live });
  const forged = (await fixture.runPurge({ dryRun: true })) as Report;
  expect(found(forged)).toEqual([]);
  const runId = randomUUID();
  const id = `${runId}.closed`;
  const around = before('close', forging(fixture, id, { ...forged, runId, opening: 'A'.repeat(43) }));
  const error = await fixture.runPurge({ runId, around }).catch((thrown) => thrown);
  expect(error).toMatchObject({ name: 'RefusedError', code: 'forged-report' });
  expect(error.explanation.expected).toContain(id);
  expect(error.message).not.toMatch(/_settings/);
  expect(await fixture.left(index)).toEqual(['live']);
  const [, kept = ''] = /the report (\S+) of that index/.exec(error.explanation.fix) ?? [];
  const { _source } = await fixture.client.get<Report>({ index: indexOf(fixture), id: kept });
  expect(_source).toMatchObject({ runId, state: 'closed', outcome: 'complete', documentsRemoved: 1 });
  const next = await fixture.runPurge();
  expect(found(next)).toMatchObject([{ severity: 'notice', found: expect.stringContaining(id) }]);
  expect(next.outcome).toBe('complete');
});

test('a run fails before any removal if somebody else opened its report', async () => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('a', { old, live });
  const forged = (await fixture.runPurge({ dryRun: true })) as Report;
  const runId = randomUUID();
  const around = before('open', forging(fixture, `${runId}.opened`, { ...forged, runId, state: 'open' }));
  const error = await fixture.runPurge({ runId, around }).catch((thrown) => thrown);
  expect(error).toMatchObject({ code: 'conflict' });
  expect(error.message).toContain('somebody else');
  expect(error.message).not.toMatch(/_settings/);
  expect(await fixture.left(index)).toEqual(['live', 'old']);
  expect(found(await fixture.runPurge())).toEqual([]);
});
