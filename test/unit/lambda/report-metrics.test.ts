import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { publishMetrics, publishRefusal, type RunResult } from '../../../lib/lambda/metrics/report-metrics.ts';
import type { Report } from '../../../lib/purge/report/report.ts';
import { metricsIn } from '../../support/deployment/embedded-metrics.ts';

const NOW = Date.parse('2026-11-24T09:00:00Z');
let lines: Record<string, unknown>[];

beforeEach(() => {
  lines = [];
  vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false');
  vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(JSON.parse(line)));
  // Outside Lambda, Powertools writes to a console of its own.
  vi.stubEnv('POWERTOOLS_DEV', 'true');
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const ORIGIN = { service: 'es-retention', stage: 'prod' };

const report = (changes: Partial<Report> = {}): Report =>
  ({
    category: 'uins',
    outcome: 'complete',
    found: { indices: 1, documents: 5, due: 0, overdue: 0, undatable: 0, behindIngestion: 0 },
    retentionLagMilliseconds: 0,
    kept: true,
    findings: [],
    ...changes,
  }) as unknown as Report;

/** What the metrics of a run say, whose erasures were finished unless told otherwise. */
const publish = (changes: Partial<Report> = {}, more: Partial<RunResult> = {}): void =>
  publishMetrics(
    ORIGIN,
    { report: report(changes), ledger: { overdue: 0, braked: 0 }, areErasuresFinished: true, ...more },
    NOW,
  );

test('a run that kept the promise sends every metric, with exact dimensions', () => {
  publish();
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({
    service: 'es-retention',
    stage: 'prod',
    category: 'uins',
    OverdueDocuments: 0,
    RetentionLagSeconds: 0,
    UndatableDocuments: 0,
    DocumentsBehindIngestion: 0,
    ErasuresOverdue: 0,
    ErasuresBraked: 0,
    NewUseAfterTermination: 0,
    PlansRefused: 0,
    RunsReported: 1,
    PromiseKept: 1,
  });
  expect(lines[0]).not.toHaveProperty('ErasureHoursLeft');
  const [line = {}] = lines;
  expect(line._aws).toMatchObject({
    CloudWatchMetrics: [{ Namespace: 'es-retention', Dimensions: [['service', 'stage', 'category']] }],
  });
});

test('a run reports how many erasures wait for a person', () => {
  publish({}, { ledger: { overdue: 1, braked: 12 } });
  expect(lines[0]).toMatchObject({ ErasuresOverdue: 1, ErasuresBraked: 12 });
});

test.each(['orphaned-erasures', 'forgotten-events', 'forgotten-copies'] as const)(
  'the overdue erasures include those of a finding if it has a number: %s',
  (code) => {
    const finding = { code, severity: 'blocking', expected: 'a', found: 'b', fix: 'c' } as const;
    const incomplete = { outcome: 'incomplete', kept: false } as const;
    publish({ ...incomplete, findings: [{ ...finding, subjects: 2 }] }, { ledger: { overdue: 1, braked: 0 } });
    publish({ ...incomplete, findings: [finding] });
    expect(lines).toMatchObject([
      { ErasuresOverdue: 3, PromiseKept: 0 },
      { ErasuresOverdue: 0, PromiseKept: 0 },
    ]);
  },
);

test('an incomplete run sends the numbers of its problems', () => {
  const found = { indices: 1, documents: 5, due: 4, held: 0, overdue: 3, undatable: 2, behindIngestion: 1 };
  const late = { outcome: 'incomplete', kept: false, found, retentionLagMilliseconds: 90_000 } as const;
  publish(late, { ledger: { overdue: 1, braked: 0, nearestEraseBy: NOW + 6 * 3_600_000 } });
  expect(lines[0]).toMatchObject({
    OverdueDocuments: 3,
    RetentionLagSeconds: 90,
    UndatableDocuments: 2,
    DocumentsBehindIngestion: 1,
    ErasuresOverdue: 1,
    ErasureHoursLeft: 6,
    RunsReported: 1,
    PromiseKept: 0,
  });
});

test('subjects that use the feature after its end are counted', () => {
  const findings = [{ code: 'new-use', subjects: 3 }] as unknown as Report['findings'];
  publish({ findings });
  expect(lines[0]).toMatchObject({ NewUseAfterTermination: 3, PromiseKept: 1 });
});

test.each<[string, Partial<Report>, number, number]>([
  ['a run whose plan was refused, though nothing is overdue yet', { outcome: 'refused' }, 1, 0],
  ['a run that only observed a promise that is kept', { outcome: 'observed' }, 0, 1],
  ['a run that only observed a promise that is not', { outcome: 'observed', kept: false }, 0, 0],
  ['a run that one undated document keeps from being complete', { outcome: 'incomplete', kept: false }, 0, 0],
])('%s counts as reported, and sends whether the promise is kept', (_, changes, refused, kept) => {
  publish(changes);
  expect(lines[0]).toMatchObject({ PlansRefused: refused, RunsReported: 1, PromiseKept: kept });
});

test('a promise is not reported as kept while the erasures of its run are unfinished', () => {
  publish({}, { areErasuresFinished: false });
  expect(lines[0]).toMatchObject({ OverdueDocuments: 0, RunsReported: 1, PromiseKept: 0 });
});

test('if the ledger does not answer after the report, all other metrics are sent', () => {
  publish({}, { ledger: undefined, areErasuresFinished: false });
  expect(lines[0]).toMatchObject({ OverdueDocuments: 0, RunsReported: 1, PromiseKept: 0 });
  expect(lines[0]).not.toHaveProperty('ErasuresOverdue');
});

test('a run whose plan was refused still sends its overdue documents', () => {
  const found = { indices: 1, documents: 5, due: 4, held: 0, overdue: 3, undatable: 2, behindIngestion: 1 };
  const refused = { outcome: 'refused', found, retentionLagMilliseconds: 90_000 } as const;
  publish(refused, { ledger: { overdue: 1, braked: 0, nearestEraseBy: NOW } });
  expect(lines[0]).toMatchObject({
    OverdueDocuments: 3,
    RetentionLagSeconds: 90,
    UndatableDocuments: 2,
    DocumentsBehindIngestion: 1,
    ErasuresOverdue: 1,
    ErasureHoursLeft: 0,
  });
});

test('a deployment bound to another cluster sends only that it was refused', () => {
  publishRefusal(ORIGIN, 'uins');
  const [{ _aws: _, ...sent } = {}] = lines;
  expect(sent).toEqual({ ...ORIGIN, category: 'uins', PlansRefused: 1 });
});

test.each([
  { service: 'es-retention', stage: 'dev' },
  { service: 'es-retention-eu', stage: 'prod' },
])('the metrics of $service in $stage are not those of another deployment', (other) => {
  publish();
  publishMetrics(other, { report: report(), ledger: { overdue: 0, braked: 0 }, areErasuresFinished: true }, NOW);
  const [ours, theirs] = lines.map((line) => new Set(metricsIn(JSON.stringify(line)).map(({ key }) => key)));
  expect(ours?.size).toBeGreaterThan(5);
  expect([...(ours ?? [])].filter((key) => theirs?.has(key))).toEqual([]);
});
