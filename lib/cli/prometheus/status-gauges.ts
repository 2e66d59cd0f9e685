import { holdsToReview, pauseAt } from '../../control/controls.ts';
import type { Instant } from '../../policy/time/instant.ts';
import type { ControlReading } from '../../purge/controls/control-facts.ts';
import type { PastResult } from '../../purge/report/run-history.ts';
import type { StatusCounts } from '../erasures/status-counts.ts';
import type { Gauge, Sample } from './prometheus-text.ts';

/** What is known of one category. A part is absent if it could not be read, or if there is none. */
export interface CategoryNumbers {
  readonly category: string;
  /** Absent without a termination rule. */
  readonly erasures?: { readonly counts: StatusCounts; readonly nearestEraseBy?: Instant };
  /** The last run that closed its report. */
  readonly lastRun?: PastResult;
  readonly controls: ControlReading;
  /** Whether a part could not be read. */
  readonly isUnread: boolean;
}

/** What the gauges show. */
export interface StatusNumbers {
  readonly now: Instant;
  readonly cluster: string;
  readonly policyVersion: string;
  readonly mode: string;
  readonly categories: readonly CategoryNumbers[];
  /** Erasures that are owed and that no run carries out. Absent if the ledgers could not be examined. */
  readonly notCarriedOut?: number;
}

const STATES = {
  pending: 'pending',
  erasing: 'erasing',
  braked: 'braked',
  held: 'held',
  erased: 'erased',
  'nothing-found': 'nothingFound',
  cancelled: 'cancelled',
} as const satisfies Readonly<Record<string, keyof StatusCounts>>;

const seconds = (milliseconds: number): number => milliseconds / 1000;
const flag = (value: boolean): number => (value ? 1 : 0);

/** One sample for each category of which the value is known. */
const byCategory = (
  categories: readonly CategoryNumbers[],
  measure: (numbers: CategoryNumbers) => number | undefined,
): readonly Sample[] =>
  categories.flatMap((numbers) => {
    const value = measure(numbers);
    return value === undefined ? [] : [{ labels: { category: numbers.category }, value }];
  });

type Described = readonly [name: string, help: string, measure: (numbers: CategoryNumbers) => number | undefined];

const OF_ERASURES: readonly Described[] = [
  ['erasures_due', 'Erasures that the next run carries out.', ({ erasures }) => erasures?.counts.due],
  ['erasures_overdue', 'Erasures past their deadline.', ({ erasures }) => erasures?.counts.overdue],
  ['receipts_due', 'Closed erasures without a receipt.', ({ erasures }) => erasures?.counts.receiptsDue],
  [
    'nearest_deadline_timestamp_seconds',
    'The nearest deadline of an open erasure. Absent if none is open.',
    ({ erasures }) => (erasures?.nearestEraseBy === undefined ? undefined : seconds(erasures.nearestEraseBy)),
  ],
];

/** As for the metrics of the functions, a refused plan counts as not kept. */
const keptBy = ({ kept, outcome }: PastResult): number => flag(kept && outcome !== 'refused');

const OF_LAST_RUN: readonly Described[] = [
  [
    'last_run_timestamp_seconds',
    'When the last run that closed its report ended. Absent without such a run in the reports.',
    ({ lastRun }) => lastRun && seconds(lastRun.finishedAt),
  ],
  [
    'promise_kept',
    '1 if the last run found the promise kept, otherwise 0.',
    ({ lastRun }) => lastRun && keptBy(lastRun),
  ],
  [
    'plan_refused',
    '1 if the plan of the last run was refused, otherwise 0.',
    ({ lastRun }) => lastRun && flag(lastRun.outcome === 'refused'),
  ],
  [
    'retention_lag_seconds',
    'How long the oldest expired document had been expired after the last run.',
    ({ lastRun }) => lastRun && seconds(lastRun.retentionLag),
  ],
  ['documents', 'Documents after the last run.', ({ lastRun }) => lastRun?.found.documents],
  ['documents_due', 'Documents that were due after the last run.', ({ lastRun }) => lastRun?.found.due],
  ['documents_overdue', 'Documents that were overdue after the last run.', ({ lastRun }) => lastRun?.found.overdue],
  [
    'documents_undatable',
    'Documents without any believable date after the last run.',
    ({ lastRun }) => lastRun?.found.undatable,
  ],
];

const ofControls = (now: Instant): readonly Described[] => {
  const read = ({ controls }: CategoryNumbers) => ('unread' in controls ? undefined : controls.controls);
  return [
    ['holds', 'Legal holds in force.', (numbers) => read(numbers)?.holds.length],
    [
      'holds_to_review',
      'Legal holds past their review date.',
      (numbers) => {
        const controls = read(numbers);
        return controls && holdsToReview(controls.holds, now).length;
      },
    ],
    [
      'paused',
      '1 if nothing is destroyed because of a pause, otherwise 0.',
      (numbers) => {
        const controls = read(numbers);
        return controls && flag(pauseAt(controls, now) !== undefined);
      },
    ],
  ];
};

const named = (name: string): string => `es_retention_${name}`;

/**
 * The status as gauges, with zeros: a missing value would look like silence. What could not be read is missing, and
 * `category_unread` says so. Names no account.
 */
export const statusGauges = (numbers: StatusNumbers): readonly Gauge[] => {
  const { now, cluster, policyVersion, mode, categories, notCarriedOut } = numbers;
  const gaugeOf = ([name, help, measure]: Described): Gauge => ({
    name: named(name),
    help,
    samples: byCategory(categories, measure),
  });
  const states = categories.flatMap(({ category, erasures }) =>
    erasures === undefined
      ? []
      : Object.entries(STATES).map(([state, key]) => ({ labels: { category, state }, value: erasures.counts[key] })),
  );
  return [
    {
      name: named('info'),
      help: 'Always 1. The labels say which cluster and which policy the other values are about.',
      samples: [{ labels: { cluster, policy_version: policyVersion, mode }, value: 1 }],
    },
    {
      name: named('status_timestamp_seconds'),
      help: 'When these values were read.',
      samples: [{ value: seconds(now) }],
    },
    gaugeOf([
      'category_unread',
      '1 if something of the category could not be read, so that values are missing, otherwise 0.',
      ({ isUnread }) => flag(isUnread),
    ]),
    { name: named('erasures'), help: 'Entries of the ledger, by state.', samples: states },
    ...OF_ERASURES.map(gaugeOf),
    {
      name: named('erasures_not_carried_out'),
      help: 'Erasures that are owed and that no run carries out: forgotten, altered, or without a rule. Absent if unknown.',
      samples: notCarriedOut === undefined ? [] : [{ value: notCarriedOut }],
    },
    ...OF_LAST_RUN.map(gaugeOf),
    ...ofControls(now).map(gaugeOf),
  ];
};
