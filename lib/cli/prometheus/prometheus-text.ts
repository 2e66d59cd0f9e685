import { printable } from '../output/printable.ts';

/** One value of a metric, and what it is the value of. */
export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A gauge with its samples. Its name ends with its base unit, if it has one. */
export interface Gauge {
  readonly name: string;
  /** One sentence. */
  readonly help: string;
  readonly samples: readonly Sample[];
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');

/** A terminal must not act upon a label that comes from a cluster, so that such characters are shown as text. */
const labelValue = (text: string): string => escaped(printable(text)).replaceAll('"', '\\"');

const labelsText = (labels: Readonly<Record<string, string>>): string => {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${labelValue(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
};

const gaugeLines = ({ name, help, samples }: Gauge): readonly string[] =>
  samples.length === 0
    ? []
    : [
        `# HELP ${name} ${escaped(help)}`,
        `# TYPE ${name} gauge`,
        ...samples.map(({ labels = {}, value }) => `${name}${labelsText(labels)} ${value}`),
      ];

/**
 * Gauges in the text format of Prometheus, version 0.0.4:
 * https://prometheus.io/docs/instrumenting/exposition_formats/. A gauge without samples is left out.
 * @returns lines, each with its line end.
 */
export const prometheusText = (gauges: readonly Gauge[]): string =>
  gauges
    .flatMap(gaugeLines)
    .map((line) => `${line}\n`)
    .join('');
