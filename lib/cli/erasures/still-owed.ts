import { believedSubject } from '../../erasure/ledger/believed-subject.ts';
import { type LedgerEntry, OPEN_STATES } from '../../erasure/ledger/ledger-entry.ts';
import { CategoryVisit, ledgerCategories, type Unreached } from '../../erasure/recording/category-visit.ts';
import type { Subject } from '../../erasure/subjects/subject.ts';
import { type Instant, isoInstant } from '../../policy/time/instant.ts';
import { minute, number } from '../output/format.ts';
import type { Page } from '../output/page.ts';
import { printableIdentifier } from '../output/printable.ts';
import { subjectFlags } from '../output/shell-word.ts';
import type { Session } from '../session.ts';
import { whenToCancel } from './when-to-cancel.ts';

/** The maximum number of open erasures of a category that are searched. Only open erasures contain an account. */
const LOOKED_AT = 50_000;
/** The number of erasures listed for people. */
const MAX_ERASURES_LISTED = 20;

/** The erasures that are owed to an account, beside those of the command. */
export interface StillOwed {
  readonly entries: readonly LedgerEntry[];
  /** Open erasures that were not searched, because there are too many. */
  readonly notLookedAt: number;
  /** Categories that could not be searched. */
  readonly unreached: readonly Unreached[];
}

/**
 * Looks for other erasures owed to an account: for an application of it, or for the account as a whole.
 * @param known entries that the command has already shown.
 * @param visit knows the categories that did not answer before.
 * @returns undefined if nothing could be searched: the event has been recorded anyway.
 */
export const stillOwed = async (
  { policy, erasure: { ledger, subjectKeys } }: Pick<Session, 'policy' | 'erasure'>,
  { uin }: Subject,
  known: readonly LedgerEntry[],
  visit: CategoryVisit = new CategoryVisit(),
): Promise<StillOwed | undefined> => {
  const knownIds = new Set(known.map(({ id }) => id));
  try {
    const keys = await subjectKeys();
    const found = await visit.each(await ledgerCategories(policy, ledger), async (category) => {
      const { entries, total } = await ledger.find({ category, states: OPEN_STATES }, LOOKED_AT);
      const others = entries
        .map(({ entry }) => entry)
        // Cheap filter first; whether an entry is believed is checked later.
        .filter((entry) => entry.uin === uin && !knownIds.has(entry.id))
        .filter((entry) => believedSubject(entry, keys)?.uin === uin);
      return { entries: others, notLookedAt: total - entries.length };
    });
    return {
      entries: [...found.values()].flatMap(({ entries }) => entries),
      notLookedAt: [...found.values()].reduce((sum, { notLookedAt }) => sum + notLookedAt, 0),
      unreached: visit.unreached,
    };
  } catch {
    return undefined;
  }
};

/** The command that cancels an erasure. */
const cancelCommand = ({ uin = '', sdkAppId }: LedgerEntry): string =>
  `node bin/es-retention.mjs reinstate ${subjectFlags(uin, sdkAppId)}`;

const line = (entry: LedgerEntry, now: Instant): string => {
  const { sdkAppId, category, trigger, obligation } = entry;
  const scope = sdkAppId === undefined ? 'the whole account' : `application ${printableIdentifier(sdkAppId)}`;
  const until = obligation === undefined ? '' : `, not later than ${minute(obligation.eraseBy)} UTC`;
  const { when, more } = whenToCancel(obligation, now);
  return `Still owed: ${scope} in ${category}, ${trigger}${until}. To cancel it${when}: ${cancelCommand(entry)}${more}`;
};

const namesOf = (unreached: readonly Unreached[]): string => unreached.map(({ category }) => category).join(', ');

/** The section for people: each erasure with the command that cancels it. */
export const stillOwedPage = (owed: StillOwed | undefined, now: Instant): Page => {
  if (owed === undefined) return ['Whether more is owed of this account could not be looked up.'];
  const { entries, notLookedAt, unreached } = owed;
  return [
    ...entries.slice(0, MAX_ERASURES_LISTED).map((entry) => line(entry, now)),
    ...(entries.length > MAX_ERASURES_LISTED
      ? [`… and ${number(entries.length - MAX_ERASURES_LISTED)} more: see --json`]
      : []),
    ...(notLookedAt > 0
      ? [`${number(notLookedAt)} less urgent erasures were not looked through for more of this account.`]
      : []),
    ...(unreached.length > 0
      ? [`Whether more is owed of this account in ${namesOf(unreached)} could not be looked up.`]
      : []),
  ];
};

/** The keys for programs; null if unknown. */
export const stillOwedJson = (owed: StillOwed | undefined) =>
  owed === undefined
    ? null
    : {
        notLookedAt: owed.notLookedAt,
        notAsked: owed.unreached.map(({ category }) => category),
        entries: owed.entries.map((entry) => ({
          category: entry.category,
          trigger: entry.trigger,
          scope: entry.scope,
          sdkAppId: entry.sdkAppId ?? null,
          eraseBy: entry.obligation === undefined ? null : isoInstant(entry.obligation.eraseBy),
          toTakeBack: cancelCommand(entry),
        })),
      };
