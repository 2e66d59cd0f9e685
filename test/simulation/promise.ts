// The promises of the policy page, as docs/limits.md and the interpretations of the policy read them, written down
// again from the text. Nothing here or in the oracle imports product code.

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** "Stored for 14 days", counted from the later of both dates. */
export const STORED_FOR = 14 * DAY;
/** "Up to one hour later counts as kept." */
export const LATENESS = 60 * MINUTE;
/** "Nothing is erased in the first 3 days." */
export const CANCEL_WINDOW = 3 * DAY;
/** "We will delete this data within 7 days." */
export const DEADLINE = 7 * DAY;
/** "A run that would remove more than half of a category's documents is refused." */
export const MAX_SHARE = 0.5;
/** Clocks may differ by this much without stopping anything. */
export const SKEW = 5 * MINUTE;

/** One document as its writer knows it. */
export interface WrittenDocument {
  readonly index: string;
  readonly id: string;
  /** Believable dates: of the event, of the arrival. Without any, nothing makes it old. */
  readonly dates: readonly number[];
  readonly uins: readonly string[];
  readonly apps: readonly string[];
}

/** The subject of a message: an account, or one application of it. */
export interface Account {
  readonly uin: string;
  readonly app?: string;
}

/** A message of the account system or of a person. */
export interface Message {
  readonly type: 'account-deleted' | 'feature-terminated' | 'account-reinstated';
  readonly account: Account;
  /** When it takes effect. */
  readonly at: number;
  /** A person asked to skip the cancel window. */
  readonly immediate: boolean;
}

export const isSameAccount = (a: Account, b: Account): boolean => a.uin === b.uin && a.app === b.app;

/** Whether a document belongs to this account, or application, and to no other. */
export const belongsTo = ({ uin, app }: Account, { uins, apps }: WrittenDocument): boolean =>
  uins.length === 1 && uins[0] === uin && (app === undefined || (apps.length === 1 && apps[0] === app));

/** Whether a document names the account or application, even if it also names others. */
export const names = ({ uin, app }: Account, { uins, apps }: WrittenDocument): boolean =>
  uins.includes(uin) && (app === undefined || apps.includes(app));

/** The instant from which a document is older than promised; infinity if nothing dates it. */
export const expiresAt = ({ dates }: WrittenDocument): number =>
  dates.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...dates) + STORED_FOR;

/**
 * Whether a document goes after a termination. After the deletion of the account, every document goes. After the end of
 * the feature, documents go that are not dated later than that end.
 */
export const goesAfter = (message: Message, document: WrittenDocument): boolean =>
  message.type !== 'account-reinstated' &&
  belongsTo(message.account, document) &&
  (message.type === 'account-deleted' || document.dates.every((date) => date <= message.at));

/** The first instant at which it may be erased. */
export const erasableFrom = ({ at, immediate }: Message): number => (immediate ? at : at + CANCEL_WINDOW);

/** Whether a reinstatement cancels a termination: it must be of the same account or application, and not earlier. */
export const takesBack = (reinstatement: Message, termination: Message): boolean =>
  reinstatement.type === 'account-reinstated' &&
  isSameAccount(reinstatement.account, termination.account) &&
  reinstatement.at >= termination.at;
