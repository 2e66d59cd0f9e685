import { describe, expect, test } from 'vitest';
import type { Counts, Tally } from '../../../lib/criteria/counts.ts';
import type { AgeCriteria, Criteria } from '../../../lib/criteria/due-criteria.ts';
import type { IndexDescription } from '../../../lib/criteria/index-description.ts';
import { DAY } from '../../../lib/policy/time/duration.ts';
import { criteriaOf } from '../../../lib/purge/combine-rules.ts';
import type { DocumentStore } from '../../../lib/purge/document-store.ts';
import { type Outcome, type RunMode, Verification } from '../../../lib/purge/verify.ts';
import { CATEGORY, counted, describedIndex, NO_PAST, POLICY } from '../../support/purge/described-index.ts';

const NOW = 1_000 * DAY;

/** A store that holds one index with these counts. */
const holding = (
  counts: Counts,
  changes: Partial<IndexDescription> = {},
  tally: Partial<Tally> = {},
): DocumentStore => ({
  ...NO_PAST,
  describe: async () => [describedIndex(changes)],
  count: async (_, indices) => ({
    counts: new Map(indices.map(({ name }) => [name, counts])),
    unanswered: new Map(),
    ...tally,
  }),
});

const verify = (store: DocumentStore, runMode: RunMode = 'executed') =>
  Verification.of(store, CATEGORY, {}, runMode, () => NOW);

describe('the outcome of a run', () => {
  const rows: readonly (readonly [string, DocumentStore, Outcome, boolean])[] = [
    ['nothing is left', holding(counted(5, 0)), 'complete', true],
    ['something is due, but not overdue', holding(counted(5, 1)), 'incomplete', true],
    ['something is overdue', holding(counted(5, 1, { overdue: 1 })), 'incomplete', false],
    ['something is undatable', holding(counted(5, 0, { undatable: 1 })), 'incomplete', false],
    ['an index is closed', holding(counted(0, 0), { open: false }), 'incomplete', false],
    ['an index is red', holding(counted(0, 0), { health: 'red' }), 'incomplete', false],
    [
      'an index did not answer',
      holding(counted(0, 0), {}, { counts: new Map(), unanswered: new Map([['call-log-1', 'a shard failed']]) }),
      'incomplete',
      false,
    ],
    ['a clock ran ahead', holding(counted(5, 0, { aheadOfIngestion: 1 })), 'incomplete', false],
    ['few clocks ran behind', holding(counted(5, 0, { behindIngestion: 2 })), 'complete', true],
    ['most documents were stamped anew', holding(counted(5, 0, { behindIngestion: 3 })), 'incomplete', false],
  ];

  const named = rows.map(([when, store, outcome, kept]) => ({ when, store, outcome, kept }));

  test.each(named)('is $outcome when $when', async ({ store, outcome, kept }) => {
    expect(await verify(store)).toMatchObject({ outcome, kept });
  });

  test.each(['refused', 'observed'] as const)('is %s and not complete, even if nothing is left', async (runMode) => {
    expect(await verify(holding(counted(5, 0)), runMode)).toMatchObject({ outcome: runMode, kept: true });
  });
});

test("a verification uses the run's cutoff for due, and its own time for overdue", async () => {
  const later = NOW + DAY;
  const asked: (Criteria['age'] | undefined)[] = [];
  const store: DocumentStore = {
    ...holding(counted(5, 0)),
    count: async (_, __, { age }) => {
      asked.push(age);
      return { counts: new Map(), unanswered: new Map() };
    },
  };
  const criteria = criteriaOf(CATEGORY, POLICY, NOW);
  await Verification.of(store, CATEGORY, criteria, 'executed', () => later);
  const { cutoff } = criteria.age as AgeCriteria;
  const HOUR = DAY / 24;
  expect(asked[0]).toMatchObject({ cutoff, overdueBefore: cutoff + DAY - HOUR, futureFrom: later + HOUR });
});

describe('the retention lag', () => {
  test.each([
    [0, 'nothing datable is there', undefined],
    [0, 'the oldest is younger than fourteen days', NOW - 3 * DAY],
    [0, 'the oldest is exactly fourteen days old', NOW - 14 * DAY],
    [1, 'the oldest is a millisecond older', NOW - 14 * DAY - 1],
    [6 * DAY, 'the oldest is twenty days old', NOW - 20 * DAY],
  ])('is %i ms when %s', async (lag, _, oldestAt) => {
    const store = holding(counted(1, 0), {}, oldestAt === undefined ? {} : { oldestAt });
    expect((await verify(store)).retentionLag).toBe(lag);
  });
});
