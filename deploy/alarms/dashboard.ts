import { METRIC_NAMESPACE, METRICS, type Metric } from '../../lib/lambda/metrics/metric-names.ts';
import type { Deployment } from '../deployment.ts';
import { logicalIdOf } from '../naming.ts';
import { type Resources, sub } from '../template.ts';
import { dimensionsOf } from './alarm.ts';

const ROWS: readonly (readonly [title: string, metric: Metric, statistic: string])[] = [
  ['Kept longer than promised (documents)', METRICS.overdueDocuments, 'Maximum'],
  ['Retention lag (seconds)', METRICS.retentionLag, 'Maximum'],
  ['Undatable (documents)', METRICS.undatableDocuments, 'Maximum'],
  ['Behind their ingestion (documents)', METRICS.behindIngestion, 'Maximum'],
  ['Erasures past their deadline', METRICS.erasuresOverdue, 'Maximum'],
  ['Erasures that wait for a person (braked)', METRICS.erasuresBraked, 'Maximum'],
  ['Subjects with new use after a termination', METRICS.newUse, 'Maximum'],
  ['Hours to the nearest deadline of an erasure', METRICS.erasureHoursLeft, 'Minimum'],
  ['Legal holds past their review date', METRICS.holdsToReview, 'Maximum'],
  ['Pause breaks a promise (1 or 0)', METRICS.pauseBreaksPromise, 'Maximum'],
  ['Holds and pause not read (1 or 0)', METRICS.controlsUnread, 'Maximum'],
  ['Plans refused', METRICS.plansRefused, 'Sum'],
  ['Runs that reached their report', METRICS.runsReported, 'Sum'],
  ['Promise kept, and its erasures finished (1 or 0)', METRICS.promiseKept, 'Minimum'],
];

const graph = (title: string, metrics: readonly unknown[], stat: string, at: number): object => ({
  type: 'metric',
  width: 12,
  height: 6,
  x: (at % 2) * 12,
  y: Math.floor(at / 2) * 6,
  properties: { title, region: `\${AWS::Region}`, view: 'timeSeries', stat, period: 900, metrics },
});

const widgets = (deployment: Deployment): readonly object[] => {
  const categories = [...deployment.policy.categories.keys()];
  const ours = ROWS.map(([title, metric, stat], at) => {
    const lines = categories.map((id) => [
      METRIC_NAMESPACE,
      metric.name,
      ...dimensionsOf(deployment, id).flat(),
      { label: id },
    ]);
    return graph(title, lines, stat, at);
  });
  const queues = [...categories.map((id) => `${logicalIdOf(id)}Failures`), 'DeadLetters'].map(
    (queue) => `\${${queue}.QueueName}`,
  );
  const waiting = queues.map((queue) => ['AWS/SQS', 'ApproximateNumberOfMessagesVisible', 'QueueName', queue]);
  return [...ours, graph('Failures and dead letters (messages)', waiting, 'Maximum', ours.length)];
};

/** One page that shows for every category the metrics of its alarms. */
export const dashboardOf = (deployment: Deployment): Resources => ({
  Dashboard: {
    Type: 'AWS::CloudWatch::Dashboard',
    Properties: {
      DashboardName: deployment.name,
      DashboardBody: sub(JSON.stringify({ widgets: widgets(deployment) })),
    },
  },
});
