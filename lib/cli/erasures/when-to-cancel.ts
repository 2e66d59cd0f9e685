import { farthestAhead } from '../../erasure/events/event-fields.ts';
import { isOpen, type LedgerEntry, type Obligation } from '../../erasure/ledger/ledger-entry.ts';
import { HOUR, MINUTE } from '../../policy/time/duration.ts';
import { type Instant, isoInstant } from '../../policy/time/instant.ts';
import { minute } from '../output/format.ts';

type Dates = Pick<Obligation, 'terminatedAt' | 'eraseFrom'>;

/** With less time between a termination and its erasure, a reinstatement may come too late. */
const ENOUGH = HOUR;

const atLeastMinute = (instant: Instant): string => minute(instant + MINUTE - 1);

/**
 * Whether the termination must be cancelled before it takes effect. This is possible: a reinstatement may be dated
 * ahead by the maximum difference of two clocks, and cancels a termination of the same instant.
 */
const isShort = ({ terminatedAt, eraseFrom }: Dates): boolean => eraseFrom - terminatedAt < ENOUGH;

/** When a termination that is dated ahead can first be cancelled. */
const firstCancelDate = (dates: Dates): string =>
  atLeastMinute(
    isShort(dates) ? dates.terminatedAt - farthestAhead('account-reinstated') : dates.terminatedAt + MINUTE,
  );

/**
 * The option that a reinstatement needs to cancel a termination that is dated ahead and whose erasure begins at once.
 */
const datedAt = (dates: Dates): string => (isShort(dates) ? ` --at ${isoInstant(dates.terminatedAt)}` : '');

/**
 * When the termination can be cancelled, and the options that the command needs for it. Both are empty if the
 * termination is already in effect.
 */
export const whenToCancel = (
  obligation: Dates | undefined,
  now: Instant,
): { readonly when: string; readonly more: string } => {
  if (obligation === undefined || obligation.terminatedAt <= now) return { when: '', more: '' };
  const until = isShort(obligation) ? ` and before ${minute(obligation.eraseFrom)} UTC` : ', when it is in effect';
  return { when: `, from ${firstCancelDate(obligation)} UTC on${until}`, more: datedAt(obligation) };
};

const aheadLine = (dates: Dates): string =>
  `The termination is dated ahead, and nothing cancels it before: repeat this command${
    isShort(dates) ? ` with${datedAt(dates)}` : ''
  } from ${firstCancelDate(dates)} UTC on, and before ${minute(dates.eraseFrom)} UTC, when its erasure begins.`;

/** How to cancel terminations that are later than a reinstatement, which has no effect on them. */
export const howToCancelLater = (at: Instant, entries: readonly LedgerEntry[], now: Instant): readonly string[] => {
  const later = entries.flatMap((entry) =>
    isOpen(entry) && entry.obligation !== undefined && entry.obligation.terminatedAt > at ? [entry.obligation] : [],
  );
  const newest = Math.max(...later.flatMap(({ terminatedAt }) => (terminatedAt <= now ? terminatedAt : [])));
  const ahead = later.filter(({ terminatedAt }) => terminatedAt > now);
  const lines = ahead.toSorted((a, b) => a.terminatedAt - b.terminatedAt).map(aheadLine);
  return [
    ...(Number.isFinite(newest)
      ? [`To cancel the later termination too, give an instant after it: --at ${isoInstant(newest + 1)}`]
      : []),
    ...new Set(lines),
  ];
};
