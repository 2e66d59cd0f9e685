import { describe, expect, test } from 'vitest';
import { propertyRuns } from '../support/run/property-runs.ts';
import { campaign, type Findings, seedsFrom } from './campaign.ts';
import { historyOf } from './generate.ts';
import { simulate } from './world.ts';

/** `npm run test:simulate` looks for more, in worlds of new seeds. */
const WORLDS = propertyRuns(1_000, 4_000);

/** The failures, with the commands that show them step by step. */
const wrongs = ({ failures }: Findings): readonly string[] =>
  failures.map(({ seed, complaint }) => `${complaint.text}\nnpm run test:simulate -- --seed ${seed}`);

describe('the simulation', () => {
  test('finds no broken promise in a fixed set of a thousand worlds', async () => {
    const found = await campaign(seedsFrom('fixed', { end: WORLDS }), () => true);
    expect(wrongs(found)).toEqual([]);
    const seen = new Map(found.coverage);
    for (const name of ['run complete', 'dropped', 'receipt', 'reinstatement during a run', 'two runs at once'])
      expect(seen.get(name), name).toBeGreaterThan(40);
    expect(found.runs).toBeGreaterThan(5 * WORLDS);
  });

  test('produces the same steps for the same seed', async () => {
    for (const seed of seedsFrom('again', { end: 20 })) {
      const [first, second]: readonly string[][] = [[], []];
      await simulate(historyOf(seed), (line) => first?.push(line));
      await simulate(historyOf(seed), (line) => second?.push(line));
      expect(second).toEqual(first);
    }
  });
});
