import type { Comparison, Felt, FeltWindows, Found, GrowthCurve } from './found.ts';
import { growthOf } from './growth-section.ts';
import { median } from './statistics.ts';
import { type Bar, curves, ratioBars, type Series } from './svg.ts';
import { bestOther, isOurs, secondsOf } from './wanted.ts';

/** A plot, and the name of its file. */
export interface Plot {
  readonly file: string;
  readonly title: string;
  readonly svg: string;
}

const plot = (name: string, title: string, svg: (title: string) => string): Plot => ({
  file: `benchmarks-${name}.svg`,
  title,
  svg: svg(title),
});

const barsOf = (compared: Comparison): readonly Bar[] => {
  const best = bestOther(compared);
  if (best === undefined) return [];
  const [row = compared.title] = compared.title.split(':');
  return compared.ways.flatMap(({ name }) => {
    const seconds = isOurs(name) ? secondsOf(compared, name) : undefined;
    return seconds === undefined
      ? []
      : [{ label: `${row}: ${name} beside ${best.name}`, value: best.seconds / seconds }];
  });
};

/** Our speed beside the best other way of each row that others can do, too. */
export const ratioPlot = ({ backlog, boundary, accounts }: Found): readonly Plot[] => {
  const bars = [backlog, boundary, accounts].flatMap((part) => (part?.found ?? []).flatMap(barsOf));
  if (bars.length === 0) return [];
  const title = 'Speed compared with the fastest other way';
  return [
    plot('ratios', title, (text) => ratioBars(text, 'times as fast (net seconds of the other way ÷ ours)', bars)),
  ];
};

/** Ways whose names have the same beginning, up to a comma, are one series. */
const seriesOf = (windows: readonly Felt[], of: (each: Felt) => number): readonly Series[] => {
  const ways = Map.groupBy(windows, ({ way }) => way);
  const series = Map.groupBy(ways.entries(), ([way]) => way.split(', ')[0] ?? way);
  return [...series].map(([name, each]) => ({
    name,
    isJoined: true,
    points: each.map(
      ([, found]) => [median(found.map(({ rate = 0 }) => rate)), median(found.map((window) => of(window)))] as const,
    ),
  }));
};

/** How slow searches of others become at which rate of deletion. */
export const neighbourPlots = ({ windows, searchesPerSecond }: FeltWindows): readonly Plot[] => {
  const x = { label: 'deleted documents a second' };
  const measures = [
    ['p99', ({ p99 }: Felt) => p99],
    ['p50', ({ p50 }: Felt) => p50],
  ] as const;
  return measures.map(([name, of]) =>
    plot(name, `${name} of ${searchesPerSecond} searches a second while documents are deleted`, (title) =>
      curves(title, { x, y: { label: `${name} of searches, ms` } }, seriesOf(windows, of)),
    ),
  );
};

/** The net seconds of each work, and the fitted laws. */
export const growthPlot = (curve: GrowthCurve): Plot => {
  const series = Object.keys(curve.works).flatMap((work) => {
    const { points, law } = growthOf(curve, work);
    if (points.length === 0) return [];
    const fitted = law && { law: (x: number) => law.factor * x ** law.exponent };
    return [{ name: law === undefined ? work : `${work}: exponent ${law.exponent.toFixed(2)}`, points, ...fitted }];
  });
  const axes = {
    x: { label: curve.of, isLogarithmic: true },
    y: { label: 'net seconds', isLogarithmic: true },
  };
  return plot(`growth-${curve.of.replaceAll(' ', '-')}`, `Growth with ${curve.of}`, (title) =>
    curves(title, axes, series),
  );
};
