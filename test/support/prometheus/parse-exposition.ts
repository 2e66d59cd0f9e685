/** One sample of the text format of Prometheus. */
export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/g;
const VALUE = /^[+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf)$|^NaN$/i;

const unescaped = (text: string): string =>
  text.replaceAll(/\\([\\"n])/g, (_, character: string) => (character === 'n' ? '\n' : character));

const sampleIn = (line: string): ParsedSample => {
  const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? [];
  if (name === '' || !VALUE.test(value)) throw new Error(`no sample: ${line}`);
  const pairs = [...labels.matchAll(LABEL)].map(([, key = '', text = '']) => [key, unescaped(text)] as const);
  if (new Set(pairs.map(([key]) => key)).size < pairs.length) throw new Error(`a label twice: ${line}`);
  return { name, labels: Object.fromEntries(pairs), value: Number(value) };
};

/** A metric: its HELP, its TYPE, and at least one sample. */
const FAMILY = /# HELP (\S+) .+\n# TYPE (\S+) gauge\n((?:[^#\n].*\n)+)/y;

const familiesIn = (text: string): readonly (readonly [name: string, samples: readonly ParsedSample[]])[] => {
  const families: (readonly [string, readonly ParsedSample[]])[] = [];
  FAMILY.lastIndex = 0;
  while (FAMILY.lastIndex < text.length) {
    const begin = FAMILY.lastIndex;
    const [, name = '', typed, lines = ''] = FAMILY.exec(text) ?? [];
    if (!NAME.test(name) || typed !== name) throw new Error(`no metric: ${text.slice(begin, begin + 80)}`);
    families.push([name, lines.slice(0, -1).split('\n').map(sampleIn)]);
  }
  return families;
};

const refuseTwice = (what: readonly string[]): void => {
  if (new Set(what).size < what.length) throw new Error(`something twice among ${what.join(' ')}`);
};

/**
 * Reads the text format of Prometheus (0.0.4), and refuses what is not exactly that: a sample before its HELP and TYPE,
 * a metric in two places, a sample twice, a line that is neither, a missing line end.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export const parseExposition = (text: string): readonly ParsedSample[] => {
  const families = familiesIn(text);
  refuseTwice(families.map(([name]) => name));
  return families.flatMap(([name, samples]) => {
    const stray = samples.find((sample) => sample.name !== name);
    if (stray !== undefined) throw new Error(`${stray.name} among the samples of ${name}`);
    refuseTwice(samples.map(({ labels }) => JSON.stringify(Object.entries(labels).sort())));
    return samples;
  });
};
