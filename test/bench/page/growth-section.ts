import { number } from '../../../lib/base/number-text.ts';
import { secondsText } from './comparison-section.ts';
import { type GrowthCurve, type Measured, netOf } from './found.ts';
import { type PowerLaw, powerLaw } from './statistics.ts';

type Of = (measured: Measured) => number | undefined;

const MEASURES: readonly (readonly [heading: string, of: Of])[] = [
  ['net seconds', netOf],
  ['requests', ({ requests }) => requests],
  ['most memory, MB', ({ peakMegabytes }) => peakMegabytes],
];

const valuesOf = ({ points }: GrowthCurve, work: string, of: Of): readonly (readonly [number, number])[] =>
  points.flatMap(({ size, works }) => {
    const measured = works[work];
    const value = measured === undefined ? undefined : of(measured);
    return value === undefined || value <= 0 ? [] : [[size, value] as const];
  });

/** The law by which the net seconds of a work grow, and its points. */
export const growthOf = (curve: GrowthCurve, work: string) => {
  const points = valuesOf(curve, work, netOf);
  return { points, law: powerLaw(points) };
};

const lawText = (law: PowerLaw | undefined): string =>
  law === undefined
    ? '–'
    : `${law.exponent.toFixed(2)} (last step ${law.last.toFixed(2)}; R² ${law.explained.toFixed(2)})`;

const measuredRow = (size: number, work: string, measured: Measured): string =>
  `| ${number(size)} | ${work} | ${[
    secondsText(netOf(measured)),
    measured.requests === undefined ? '–' : number(measured.requests),
    measured.peakMegabytes ?? '–',
  ].join(' | ')} |`;

/** One curve: what was measured at each size, and the exponent of each measure. */
export const growthLines = (curve: GrowthCurve): readonly string[] => {
  const { of, works, points, stopped } = curve;
  const names = Object.keys(works);
  const rows = points.flatMap(({ size, works: measured }) =>
    names.flatMap((work) => (measured[work] === undefined ? [] : [measuredRow(size, work, measured[work])])),
  );
  return [
    ...Object.entries(works).map(([work, text]) => `- ${work}: ${text}.`),
    '',
    `| ${of} | work | ${MEASURES.map(([heading]) => heading).join(' | ')} |`,
    `| ---: | --- |${' ---: |'.repeat(MEASURES.length)}`,
    ...rows,
    '',
    `| exponent of the fitted power law | ${MEASURES.map(([heading]) => heading).join(' | ')} |`,
    `| --- |${' ---: |'.repeat(MEASURES.length)}`,
    ...names.map(
      (work) =>
        `| ${work} | ${MEASURES.map(([, measure]) => lawText(powerLaw(valuesOf(curve, work, measure)))).join(' | ')} |`,
    ),
    ...(stopped === undefined ? [] : ['', `Larger sizes were not measured: ${stopped}.`]),
  ];
};
