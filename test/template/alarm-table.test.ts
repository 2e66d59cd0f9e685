import { readFileSync } from 'node:fs';
import { describe, expect, inject, test } from 'vitest';
import { METRICS } from '../../lib/lambda/metrics/metric-names.ts';
import { readTemplate } from '../support/deployment/compiled-template.ts';
import { examplePolicy } from '../support/policy/example-policy.ts';

const { categories } = examplePolicy;
const alarms = readTemplate(inject('packagedService')).ofType('AWS::CloudWatch::Alarm');

const kindOf = (alarmName: string): string =>
  [...categories.keys()].reduce(
    (name, id) => name.replace(new RegExp(`^purge-${id}-`), ''),
    alarmName.replace('es-retention-dev-', '').replace(/-observing$/, ''),
  );
const kinds = new Map(alarms.map(({ Properties }) => [kindOf(Properties.AlarmName), Properties]));

const rows = readFileSync('docs/alarms.md', 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').map((cell) => cell.trim()));
const documented = new Map(
  rows.map(([, name = '', , observing = '', disabled = '', , otherCluster = '']) => [
    name.replaceAll('`', ''),
    { observing, disabled, otherCluster },
  ]),
);

describe('the table of alarms', () => {
  test('lists every kind of alarm, and no others', () => {
    expect([...documented.keys()].sort()).toEqual([...kinds.keys()].sort());
  });

  test.each([...documented])(
    'states correctly when the alarm %s notifies somebody',
    (name, { observing, disabled, otherCluster }) => {
      const { ActionsEnabled, TreatMissingData, MetricName } = kinds.get(name) ?? {};
      expect(observing.startsWith('notifies')).toBe(ActionsEnabled);
      expect(disabled === 'stays as it is').toBe(TreatMissingData === 'ignore');
      expect(disabled === 'notifies after two schedules').toBe(TreatMissingData === 'breaching');
      // Of a run that meets another cluster only this is heard: see `publishRefusal`.
      const isHeard = MetricName === METRICS.plansRefused.name;
      expect(otherCluster === 'stays as it is').toBe(TreatMissingData === 'ignore' && !isHeard);
    },
  );
});
