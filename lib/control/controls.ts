import { matchesPattern } from '../policy/index-pattern.ts';
import type { Instant } from '../policy/time/instant.ts';

/** The scope of a hold: the documents of an account or application, of one index, or of a whole category. */
export const HOLD_SCOPES = ['account', 'application', 'category', 'index'] as const;

export type HoldScope = (typeof HOLD_SCOPES)[number];

/** An account, or one application of it, whose documents are kept. */
export interface HeldAccount {
  readonly uin: string;
  readonly sdkAppId?: string;
}

/** The target of a hold. Exactly the fields of its scope are set. */
export interface HoldTarget extends Partial<HeldAccount> {
  readonly scope: HoldScope;
  /** The name of an index or data stream. */
  readonly index?: string;
}

/** A legal hold that is in force. */
export interface Hold extends HoldTarget {
  /** The same in every category that the hold concerns. */
  readonly id: string;
  /** For people with access to the controls only: it appears in no report, receipt, event or finding. */
  readonly reason: string;
  readonly by: string;
  readonly placedAt: Instant;
  /** The date by which somebody has to decide whether the hold is still needed. The hold stays after that. */
  readonly reviewAt: Instant;
}

/** A stop of everything destructive in a category. It ends by itself. */
export interface Pause {
  readonly reason: string;
  readonly by?: string;
  readonly since: Instant;
  readonly until: Instant;
}

/** A state of the controls, by which a later run notices that changes were lost. */
export interface ControlsSeen {
  /** Identifies the document from its creation on. A different identity means that the document was made again. */
  readonly made: string;
  /** Counts every change. A smaller number than before means that an earlier state was restored. */
  readonly revision: number;
}

/** The orders of people that limit the runs of one category. */
export interface Controls extends ControlsSeen {
  /** The lost document that this document replaces, because a person has accepted it. */
  readonly replaces?: string;
  readonly holds: readonly Hold[];
  readonly pause?: Pause;
}

/** The controls of a category without any hold or pause. */
export const NO_CONTROLS: Controls = { made: '', revision: 0, holds: [] };

/** Whether controls contain every change that a run or a command has seen. */
export const containsAllSeen = ({ made, revision, replaces }: Controls, seen: readonly ControlsSeen[]): boolean =>
  seen.every((each) => (made === each.made ? revision >= each.revision : replaces === each.made));

/** The latest of the seen states, one for each document. */
export const latestSeen = (seen: readonly ControlsSeen[]): readonly ControlsSeen[] =>
  [...Map.groupBy(seen, ({ made }) => made)].map(([made, same]) => ({
    made,
    revision: Math.max(...same.map(({ revision }) => revision)),
  }));

/**
 * A command has written these controls. Whether the state that was remembered before stays remembered, in place of
 * theirs. It does if it is as late, or if it is of another document, which these controls do not replace.
 * @param known the state that was remembered before.
 * @param isAccepted whether a person has accepted these controls: then they replace any other document, but still not a
 *   later state of the same document.
 */
export const staysRemembered = (
  known: ControlsSeen | undefined,
  { made, revision, replaces }: Controls,
  isAccepted: boolean,
): boolean => {
  if (known === undefined) return false;
  return known.made === made ? known.revision >= revision : !isAccepted && known.made !== replaces;
};

/** The maximum number of open holds in a category. Every destructive query contains them. */
export const MAX_HOLDS = 2_000;

/** The pause at an instant; undefined if there is none, or if it has ended. */
export const pauseAt = ({ pause }: Controls, now: Instant): Pause | undefined =>
  pause !== undefined && now < pause.until ? pause : undefined;

/** The accounts and applications that these holds keep. */
export const heldAccounts = (holds: readonly Hold[]): readonly HeldAccount[] => {
  const accounts = holds.flatMap(({ uin, sdkAppId }): HeldAccount[] =>
    uin === undefined ? [] : [{ uin, ...(sdkAppId !== undefined && { sdkAppId }) }],
  );
  return [...new Map(accounts.map((account) => [JSON.stringify([account.uin, account.sdkAppId]), account])).values()];
};

/** Matches the name of a backing index and captures the name of its data stream. */
const BACKING = /^\.ds-(.+)-\d{4}\.\d{2}\.\d{2}-\d{6,}$/;

/** The names under which a hold can mean an index: its own, and that of its data stream. */
const namesOf = ({ name, dataStream }: { readonly name: string; readonly dataStream?: string }): readonly string[] => [
  name,
  dataStream ?? BACKING.exec(name)?.[1] ?? name,
];

/** The holds that keep a whole index: holds of its category, and holds of the index by name. */
export const holdsOnIndex = (
  holds: readonly Hold[],
  index: { readonly name: string; readonly dataStream?: string },
): readonly Hold[] =>
  holds.filter(
    ({ scope, index: held }) =>
      scope === 'category' || (scope === 'index' && held !== undefined && isNamed(index, held)),
  );

/** Whether a category reaches an index of this name, or a data stream. */
export const reachesIndex = ({ indices }: { readonly indices: readonly string[] }, index: string): boolean =>
  namesOf({ name: index }).some((name) => indices.some((pattern) => matchesPattern(name, pattern)));

/** Whether a hold of this name keeps an index, by the name of the index or of its data stream. */
export const isNamed = (index: { readonly name: string; readonly dataStream?: string }, held: string): boolean =>
  namesOf(index).includes(held);

/**
 * The holds for which the erasure of a subject waits. An account and each of its applications hold each other: the
 * erasure of an account would include the application. A hold of an index is not among them: due documents in other
 * indices are erased.
 */
export const holdsOnSubject = (holds: readonly Hold[], subject: HeldAccount): readonly Hold[] =>
  holds.filter(
    ({ scope, uin, sdkAppId }) =>
      scope === 'category' ||
      (uin === subject.uin &&
        (sdkAppId === undefined || subject.sdkAppId === undefined || sdkAppId === subject.sdkAppId)),
  );

/** The holds whose review date has passed. */
export const holdsToReview = (holds: readonly Hold[], now: Instant): readonly Hold[] =>
  holds.filter(({ reviewAt }) => reviewAt <= now);

/** Whether two holds have the same scope, so that one repeats the other. */
export const isSameTarget = (one: HoldTarget, other: HoldTarget): boolean =>
  one.scope === other.scope && one.uin === other.uin && one.sdkAppId === other.sdkAppId && one.index === other.index;
