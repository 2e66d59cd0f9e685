import { growthWithDocuments } from './growth/documents.ts';
import { growthWithEntries } from './growth/entries.ts';
import type { Growing } from './growth/growing.ts';
import { growthWithIndices } from './growth/indices.ts';
import type { Bench } from './harness.ts';
import type { GrowthCurve, GrowthPoint } from './page/found.ts';
import { type SizeTook, whyStop } from './page/when-to-stop.ts';

/** Ascending sizes of one curve, and the seconds in which all of them must be measured. */
interface Sizes {
  readonly sizes: readonly number[];
  readonly seconds: number;
}

const curveOf = async (bench: Bench, growing: Growing, { sizes, seconds }: Sizes): Promise<GrowthCurve> => {
  const { of, works, measure, clear } = growing;
  const begin = performance.now();
  const taken: SizeTook[] = [];
  const points: GrowthPoint[] = [];
  let stopped: string | undefined;
  for (const size of sizes) {
    const from = performance.now();
    stopped = whyStop(taken, size, seconds - (from - begin) / 1_000);
    if (stopped !== undefined) break;
    const measured = await measure(bench, size);
    points.push({ size, works: measured });
    const longest = Math.max(...Object.values(measured).map((each) => each.seconds));
    taken.push({ size, longest, whole: (performance.now() - from) / 1_000 });
    const took = Object.entries(measured).map(([work, each]) => `${work} ${each.seconds.toFixed(1)} s`);
    console.log(`Growth, ${size} ${of}: ${took.join(', ')}; ${taken.at(-1)?.whole.toFixed(0)} s in all`);
  }
  await clear(bench);
  return { of, works, points, ...(stopped !== undefined && { stopped }) };
};

const QUICK = {
  entries: { sizes: [100, 300, 1_000], seconds: 240 },
  documents: { sizes: [1_000, 3_000, 10_000], seconds: 240 },
  indices: { sizes: [10, 30, 100], seconds: 240 },
} as const;

const FULL = {
  entries: { sizes: [1_000, 10_000, 100_000, 1_000_000], seconds: 210 },
  documents: { sizes: [10_000, 100_000, 1_000_000, 5_000_000], seconds: 270 },
  indices: { sizes: [10, 100, 1_000, 10_000], seconds: 330 },
} as const;

/** Measures how plan, purge and erasure grow with documents, open entries of the ledger, and indices. */
export const growth = async (bench: Bench, isQuick: boolean): Promise<readonly GrowthCurve[]> => {
  const { documents, entries, indices } = isQuick ? QUICK : FULL;
  return [
    await curveOf(bench, growthWithDocuments, documents),
    await curveOf(bench, growthWithEntries, entries),
    await curveOf(bench, growthWithIndices, indices),
  ];
};
