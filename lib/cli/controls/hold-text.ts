import type { Hold, HoldTarget } from '../../control/controls.ts';
import { isoInstant } from '../../policy/time/instant.ts';
import { minute } from '../output/format.ts';
import type { Page } from '../output/page.ts';
import { printableIdentifier } from '../output/printable.ts';

/** The scope of a hold, in words. It names the account. */
export const targetText = ({ scope, uin = '', sdkAppId = '', index = '' }: HoldTarget): string => {
  switch (scope) {
    case 'account':
      return `account ${printableIdentifier(uin)}`;
    case 'application':
      return `application ${printableIdentifier(sdkAppId)} of account ${printableIdentifier(uin)}`;
    case 'index':
      return `index ${printableIdentifier(index)}`;
    case 'category':
      return 'the whole category';
  }
};

/** A hold, and the categories that it concerns. */
export interface HoldInCategories {
  readonly hold: Hold;
  readonly categories: readonly string[];
}

/** The open holds of several categories, each once, in the order of their review dates. */
export const holdsById = (holds: ReadonlyMap<string, readonly Hold[]>): readonly HoldInCategories[] => {
  const all = [...holds].flatMap(([category, own]) => own.map((hold) => ({ category, hold })));
  return [...Map.groupBy(all, ({ hold }) => hold.id).values()]
    .flatMap((same) => {
      const [first] = same;
      return first === undefined ? [] : [{ hold: first.hold, categories: same.map(({ category }) => category) }];
    })
    .sort((a, b) => a.hold.reviewAt - b.hold.reviewAt);
};

/**
 * The table of holds. Names accounts and reasons.
 * @param asked the number of categories of the command.
 */
export const holdsTable = (holds: readonly HoldInCategories[], asked: number, now: number): Page =>
  holds.length === 0
    ? []
    : [
        '',
        {
          columns: [
            { title: 'Hold' },
            { title: 'Keeps' },
            { title: 'In' },
            { title: 'Placed (UTC)', spare: 2 },
            { title: 'By', spare: 1 },
            { title: 'Review (UTC)' },
            { title: 'Reason' },
          ],
          rows: holds.map(({ hold, categories }) => [
            hold.id,
            targetText(hold),
            categories.length === asked && asked > 1 ? `all ${asked} categories` : categories.join(', '),
            minute(hold.placedAt),
            hold.by,
            hold.reviewAt <= now
              ? { text: `${minute(hold.reviewAt)}, passed`, style: 'yellow' }
              : minute(hold.reviewAt),
            hold.reason,
          ]),
        },
      ];

/** A hold for programs. */
export const holdJson = ({ hold, categories }: HoldInCategories, now: number) => ({
  id: hold.id,
  scope: hold.scope,
  uin: hold.uin ?? null,
  sdkAppId: hold.sdkAppId ?? null,
  index: hold.index ?? null,
  categories,
  reason: hold.reason,
  by: hold.by,
  placedAt: isoInstant(hold.placedAt),
  reviewAt: isoInstant(hold.reviewAt),
  toReview: hold.reviewAt <= now,
});
