import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { publishMetrics, publishRefusal } from '../../../lib/lambda/report-metrics.ts';
import type { Report } from '../../../lib/purge/report.ts';

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

const report = (changes: Partial<Report> = {}): Report =>
  ({
    category: 'uins',
    outcome: 'complete',
    found: { indices: 1, documents: 5, due: 0, overdue: 0, undatable: 0, behindIngestion: 0 },
    retentionLagMilliseconds: 0,
    findings: [],
    ...changes,
  }) as unknown as Report;

test('a run that kept the promise sends every metric, zero included, under exactly two dimensions', () => {
  publishMetrics(report(), { overdue: 0 }, true, NOW);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({
    service: 'es-retention',
    category: 'uins',
    OverdueDocuments: 0,
    RetentionLagSeconds: 0,
    UndatableDocuments: 0,
    DocumentsBehindIngestion: 0,
    ErasuresOverdue: 0,
    NewUseAfterTermination: 0,
    PlansRefused: 0,
    RunsSucceeded: 1,
  });
  expect(lines[0]).not.toHaveProperty('ErasureHoursLeft');
  const [line = {}] = lines;
  expect(line._aws).toMatchObject({
    CloudWatchMetrics: [{ Namespace: 'es-retention', Dimensions: [['service', 'category']] }],
  });
});

test.each(['orphaned-erasures', 'forgotten-events', 'forgotten-copies'] as const)(
  'an erasure that is forgotten counts as past its deadline, an archive that is silent does not: %s',
  (code) => {
    const finding = { code, severity: 'blocking', expected: 'a', found: 'b', wayOut: 'c' } as const;
    publishMetrics(
      report({ outcome: 'incomplete', findings: [{ ...finding, subjects: 2 }] }),
      { overdue: 1 },
      true,
      NOW,
    );
    publishMetrics(report({ outcome: 'incomplete', findings: [finding] }), { overdue: 0 }, true, NOW);
    expect(lines).toMatchObject([
      { ErasuresOverdue: 3, RunsSucceeded: 0 },
      { ErasuresOverdue: 0, RunsSucceeded: 0 },
    ]);
  },
);

test('what is wrong is in the numbers', () => {
  const found = { indices: 1, documents: 5, due: 4, overdue: 3, undatable: 2, behindIngestion: 1 };
  const late = report({ outcome: 'incomplete', found, retentionLagMilliseconds: 90_000 });
  publishMetrics(late, { overdue: 1, nearestEraseBy: NOW + 6 * 3_600_000 }, true, NOW);
  expect(lines[0]).toMatchObject({
    OverdueDocuments: 3,
    RetentionLagSeconds: 90,
    UndatableDocuments: 2,
    DocumentsBehindIngestion: 1,
    ErasuresOverdue: 1,
    ErasureHoursLeft: 6,
    RunsSucceeded: 0,
  });
});

test('those who use the feature again after its termination are counted', () => {
  const findings = [{ code: 'new-use', subjects: 3 }] as unknown as Report['findings'];
  publishMetrics(report({ findings }), { overdue: 0 }, true, NOW);
  expect(lines[0]).toMatchObject({ NewUseAfterTermination: 3, RunsSucceeded: 1 });
});

test.each<[string, Partial<Report>, number, number]>([
  ['a refused plan', { outcome: 'refused' }, 1, 0],
  ['a run that only observed, and looked at everything', { outcome: 'observed' }, 0, 1],
  [
    'a run that only observed, and could not look at an index',
    { outcome: 'observed', findings: [{ code: 'closed' }] as unknown as Report['findings'] },
    0,
    0,
  ],
])('%s', (_, changes, refused, succeeded) => {
  publishMetrics(report(changes), { overdue: 0 }, true, NOW);
  expect(lines[0]).toMatchObject({ PlansRefused: refused, RunsSucceeded: succeeded });
});

test('a run that kept the promise and could not close its books is no success', () => {
  publishMetrics(report(), { overdue: 0 }, false, NOW);
  expect(lines[0]).toMatchObject({ OverdueDocuments: 0, RunsSucceeded: 0 });
});

test('a plan that its guard refused is measured like any other: what is overdue stays heard', () => {
  const found = { indices: 1, documents: 5, due: 4, overdue: 3, undatable: 2, behindIngestion: 1 };
  const refused = report({ outcome: 'refused', found, retentionLagMilliseconds: 90_000 });
  publishMetrics(refused, { overdue: 1, nearestEraseBy: NOW }, true, NOW);
  expect(lines[0]).toMatchObject({
    OverdueDocuments: 3,
    RetentionLagSeconds: 90,
    UndatableDocuments: 2,
    DocumentsBehindIngestion: 1,
    ErasuresOverdue: 1,
    ErasureHoursLeft: 0,
  });
});

test('a deployment bound to another cluster counts as refused, as no success, and says nothing of what it has not seen', () => {
  publishRefusal('uins');
  const [{ _aws: _, ...sent } = {}] = lines;
  expect(sent).toEqual({ service: 'es-retention', category: 'uins', PlansRefused: 1, RunsSucceeded: 0 });
});
