import type { Archive } from '../../../erasure/archive/archive.ts';
import { replayReach } from '../../../erasure/archive/archive-periods.ts';
import { type Manifest, missingCopies } from '../../../erasure/archive/manifest.ts';
import type { EventLog } from '../../../erasure/events/event-log.ts';
import type { RetentionPolicy } from '../../../policy/retention-policy.ts';
import { DAY } from '../../../policy/time/duration.ts';
import type { Instant } from '../../../policy/time/instant.ts';
import { count, number } from '../../output/format.ts';
import type { Page } from '../../output/page.ts';

/** Copies that are missing in the archive, according to its manifests. */
export interface MissingCopies {
  /** The ids of events without a copy. */
  readonly missingIds: readonly string[];
  /** The number of these events that are not in an event log either, so that their content is unknown. */
  readonly lost: number;
  /** The ids of manifests that cannot be opened. */
  readonly unreadableLists: readonly string[];
}

/** Copies are expected only for the time in which they must exist, less a day. */
const COPY_MARGIN = DAY;

/**
 * Compares the manifests with the copies.
 * @param copies the ids of all copies of events, including unreadable ones.
 * @throws InputError | TransientError if archive or event log do not answer.
 */
export const findMissing = async (
  archive: Pick<Archive, 'list'>,
  copies: ReadonlySet<string>,
  events: Pick<EventLog, 'missing'>,
  policy: RetentionPolicy,
  now: Instant,
): Promise<MissingCopies> => {
  const manifests: Manifest[] = [];
  const unreadableLists: string[] = [];
  for await (const copy of archive.list('manifests')) {
    if ('content' in copy) manifests.push(copy.content as Manifest);
    else if (copy.unreadable !== 'no-copy') unreadableLists.push(copy.id);
  }
  const missingIds = missingCopies(manifests, copies, now - replayReach(policy) + COPY_MARGIN);
  const { size: lost } = missingIds.length === 0 ? { size: 0 } : await events.missing(missingIds);
  return { missingIds, lost, unreadableLists };
};

/** The number of ids named for people; programs get all of them. */
const MAX_IDS_NAMED = 3;

const named = (ids: readonly string[], what: string, suffix: string): Page => [
  ...ids.slice(0, MAX_IDS_NAMED).map((id) => `  ${what}/${id}.jwe${suffix}`),
  ...(ids.length > MAX_IDS_NAMED ? [`  … and ${number(ids.length - MAX_IDS_NAMED)} more: see --json`] : []),
];

/**
 * The fix for copies with unknown content. An event may still be in the log of a category that did not answer; then it
 * is not lost.
 */
const fixes = (unasked: readonly string[]): Page =>
  unasked.length > 0
    ? [
        `Whether the event log of ${unasked.join(', ')} knows them could not be asked: fix that first, as is said below, then replay again. Do not go on without them before.`,
      ]
    : [
        'Fetch the copies back: a bucket keeps what was removed as an older version for a while. What is lost for good: record it by hand, as far as its sender knows it; then go on without the copies, with --despite-missing.',
      ];

/**
 * The section for people.
 * @param unasked categories whose event log did not answer.
 */
export const missingLines = (
  { missingIds, lost, unreadableLists }: MissingCopies,
  despiteMissing: boolean,
  unasked: readonly string[] = [],
): Page => [
  ...(missingIds.length === 0
    ? []
    : [
        `${count(missingIds.length, 'event has', 'events have')} no copy in the archive any more: ${number(missingIds.length - lost)} known to the event log, ${number(lost)} to ${unasked.length > 0 ? 'none that answers' : 'nobody'}.`,
        ...named(missingIds, 'events', ' is missing'),
      ]),
  ...(lost === 0 || despiteMissing
    ? []
    : [
        'No termination is recorded, in no category, as long as nobody knows these events: what takes one back may be among them.',
        ...fixes(unasked),
      ]),
  ...(unreadableLists.length === 0
    ? []
    : [
        `${count(unreadableLists.length, 'list', 'lists')} of the events that must be there ${unreadableLists.length === 1 ? 'does' : 'do'} not open: what they name is not looked for.`,
        ...named(unreadableLists, 'manifests', ' does not open'),
      ]),
];
