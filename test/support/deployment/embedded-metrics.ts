import type { Loose } from './compiled-template.ts';

/** A metric in a log line. */
export interface SentMetric {
  /** The result of {@link metricKey}. */
  readonly key: string;
  readonly name: string;
  readonly value: number;
}

/** Identifies a metric by its names and the values of its dimensions. */
export const metricKey = (namespace: unknown, name: unknown, dimensions: Readonly<Record<string, unknown>>): string =>
  JSON.stringify([namespace, name, Object.entries(dimensions).sort()]);

/**
 * The metrics in a log line; empty if there are none.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export const metricsIn = (line: string): readonly SentMetric[] => {
  const at = line.indexOf('{"_aws"');
  if (at < 0) return [];
  const values = JSON.parse(line.slice(at));
  return values._aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }: Record<string, readonly Loose[]>) =>
    (Dimensions ?? []).flatMap((names: readonly string[]) =>
      (Metrics ?? []).map(({ Name }) => ({
        key: metricKey(Namespace, Name, Object.fromEntries(names.map((name) => [name, values[name]]))),
        name: Name,
        value: values[Name],
      })),
    ),
  );
};
