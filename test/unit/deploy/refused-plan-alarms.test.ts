import { readFileSync } from 'node:fs';
import { afterEach, expect, test, vi } from 'vitest';
import { alarmsOf, commonAlarms } from '../../../deploy/alarms/alarms.ts';
import { readDeployment } from '../../../deploy/deployment.ts';
import type { Value } from '../../../deploy/template.ts';
import type { Finding } from '../../../lib/criteria/finding.ts';
import { METRICS } from '../../../lib/lambda/metrics/metric-names.ts';
import { publishMetrics } from '../../../lib/lambda/metrics/report-metrics.ts';
import type { Report } from '../../../lib/purge/report/report.ts';
import { metricsIn } from '../../support/deployment/embedded-metrics.ts';

const NOW = Date.parse('2026-11-24T09:00:00Z');
const MONTH = 30 * 86_400_000;

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** What a run sends whose plan was refused, in a category in which everything is wrong that can be. */
const sentByRefusedRun = (): ReadonlyMap<string, number> => {
  vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false');
  vi.stubEnv('POWERTOOLS_DEV', 'true');
  const lines = vi.spyOn(console, 'log').mockReturnValue(undefined);
  const findings = (['new-use', 'controls-unread', 'hold-to-review', 'pause-breaks-promise'] as const).map(
    (code) => ({ code, severity: 'notice', subjects: 1 }) as Finding,
  );
  const report = {
    category: 'c',
    outcome: 'refused',
    found: { indices: 1, documents: 5, due: 4, overdue: 3, undatable: 2, behindIngestion: 1 },
    retentionLagMilliseconds: MONTH,
    kept: true,
    findings,
  } as unknown as Report;
  const ledger = { overdue: 1, braked: 1, nearestEraseBy: NOW - 1 };
  publishMetrics({ service: 's', stage: 'dev' }, { report, ledger, areErasuresFinished: true }, NOW);
  return new Map(lines.mock.calls.flatMap(([line]) => metricsIn(line)).map(({ name, value }) => [name, value]));
};

/** The properties of each kind of alarm, by its name. */
const alarmKinds = async (): Promise<ReadonlyMap<string, Readonly<Record<string, Value>>>> => {
  const values: Readonly<Record<string, unknown>> = {
    'self:provider.tags': {},
    'self:service': 'es-retention',
    'sls:stage': 'dev',
    'param:secrets': 'es-retention/dev',
  };
  const deployment = await readDeployment({ resolveVariable: async (name) => values[name] ?? '' });
  const resources = [
    commonAlarms(deployment),
    ...[...deployment.policy.categories.values()].map((category) => alarmsOf(deployment, category)),
  ].flatMap((each) => Object.values(each)) as { readonly Properties: Readonly<Record<string, Value>> }[];
  return new Map(
    resources.map(({ Properties }) => [
      String(Properties.AlarmDescription).split('operations.md#')[1] ?? '',
      Properties,
    ]),
  );
};

const documented = new Map(
  readFileSync('docs/alarms.md', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, name = '', , , , refused = '']) => [name.replaceAll('`', ''), refused]),
);

/** How the table begins to say what becomes of an alarm where the worst was sent, or nothing. */
const wordsFor = (
  { ComparisonOperator, Threshold }: Readonly<Record<string, Value>>,
  metric: string,
  value?: number,
) => {
  if (value === undefined) return /^(-$|as ever)/;
  const goesOff = ComparisonOperator === 'LessThanThreshold' ? value < Number(Threshold) : value > Number(Threshold);
  if (!goesOff) return /^stays quiet/;
  if (metric === METRICS.plansRefused.name) return /^notifies$/;
  return metric === METRICS.promiseKept.name ? /^goes off after two schedules$/ : /^goes off /;
};

test('the table of alarms states correctly what each alarm does after a refused plan', async () => {
  const [sent, kinds] = [sentByRefusedRun(), await alarmKinds()];
  expect([...documented.keys()].sort()).toEqual([...kinds.keys()].sort());
  for (const [name, properties] of kinds) {
    const metric = String(properties.MetricName);
    expect(documented.get(name), name).toMatch(wordsFor(properties, metric, sent.get(metric)));
  }
});
