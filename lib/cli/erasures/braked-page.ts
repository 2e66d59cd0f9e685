import type { BrakedErasure } from '../../erasure/brakes/braked-erasures.ts';
import type { BrakeReason } from '../../erasure/events/event-log.ts';
import type { Instant } from '../../policy/time/instant.ts';
import { minute, number, shortHash } from '../output/format.ts';
import type { Page } from '../output/page.ts';
import type { BrakedOf } from './braked-selection.ts';
import { entryJson, timeLeft } from './status-entries.ts';

/** The number of erasures shown for each category; `--json` has all of them. */
const MAX_ERASURES_LISTED = 100;

const REASON_WORDS: Readonly<Record<BrakeReason, string>> = {
  rate: 'terminations.maxPerHour',
  share: 'guard.maxAccountShare',
};

const whyOf = ({ why }: BrakedErasure): string => (why?.reason === undefined ? 'unknown' : REASON_WORDS[why.reason]);

const rowOf = (erasure: BrakedErasure, now: Instant) => {
  const { entry } = erasure.read;
  const { obligation } = entry;
  return [
    shortHash(entry.subject.hash),
    entry.scope,
    entry.trigger,
    whyOf(erasure),
    erasure.sources.join(', ') || '–',
    obligation === undefined ? '–' : minute(obligation.heardAt),
    obligation === undefined ? '–' : minute(obligation.eraseFrom),
    obligation === undefined ? '–' : minute(obligation.eraseBy),
    timeLeft(entry, now),
    erasure.requestId ?? '–',
  ];
};

const section = ({ category, erasures }: BrakedOf, now: Instant): Page => [
  '',
  [{ text: category, style: 'bold' }, ` · ${number(erasures.length)} braked`],
  {
    columns: [
      { title: 'Subject' },
      { title: 'Scope', spare: 3 },
      { title: 'Because', spare: 4 },
      { title: 'Limit' },
      { title: 'Source', spare: 2 },
      { title: 'Heard (UTC)', spare: 5 },
      { title: 'Erase from (UTC)', spare: 6 },
      { title: 'Erase by (UTC)' },
      { title: 'Left', right: true, spare: 1 },
      { title: 'Request' },
    ],
    rows: erasures.slice(0, MAX_ERASURES_LISTED).map((each) => rowOf(each, now)),
  },
  ...(erasures.length > MAX_ERASURES_LISTED
    ? [`  … and ${number(erasures.length - MAX_ERASURES_LISTED)} more, less urgent: see --json`]
    : []),
];

/** The braked erasures by category. A subject is shown as the beginning of its keyed hash. */
export const brakedPage = (found: readonly BrakedOf[], now: Instant): Page =>
  found.flatMap((each) => section(each, now));

/** The keys for programs. */
export const brakedJson = (found: readonly BrakedOf[], now: Instant) =>
  found.map(({ category, erasures }) => ({
    category,
    braked: erasures.map((erasure) => ({
      ...entryJson(erasure.read.entry, now, erasure.requestId),
      limit: erasure.why?.reason === undefined ? null : REASON_WORDS[erasure.why.reason],
      brakedAt: erasure.why?.heardAt ?? null,
      sources: erasure.sources,
      requestIds: erasure.requestIds,
    })),
  }));
