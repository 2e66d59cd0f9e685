/** With what the names of our own indices begin, where the policy does not say otherwise. */
export const OWN_PREFIX = 'retention-';

/** What es-retention keeps of a category, each kind in an index of the category's own; the reports are the fifth. */
export const OWN_KINDS = ['leases', 'ledger', 'events', 'receipts'] as const;

export type OwnKind = (typeof OWN_KINDS)[number];

/** Kinds of the indices in which records stay; leases do not. */
export const RECORD_KINDS = ['reports', 'ledger', 'events', 'receipts'] as const;

/** Names of indices, one of each kind. */
export type OwnIndices = Readonly<Record<OwnKind | 'reports', string>>;

/** What the names of our own indices depend on. */
export interface OwnNames {
  readonly indexPrefix: string;
  readonly reports: { readonly index: string };
}

/** What a category may be called: part of the names of our indices, without a dot, and not too long for a name. */
export const CATEGORY_ID = /^(?=.{1,100}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

/** Stands between what an index holds and the category: no id of a category has one. */
const SEPARATOR = '.';

/** What the names of all indices of a kind begin with, whatever their category. */
export const ownStem = ({ indexPrefix, reports }: OwnNames, kind: OwnKind | 'reports'): string =>
  `${kind === 'reports' ? reports.index : `${indexPrefix}${kind}`}${SEPARATOR}`;

/** The indices that es-retention keeps for one category. No two categories, and no two kinds, have one in common. */
export const ownIndices = (names: OwnNames, category: string): OwnIndices => {
  const nameOf = (kind: OwnKind | 'reports'): string => `${ownStem(names, kind)}${category}`;
  return {
    leases: nameOf('leases'),
    ledger: nameOf('ledger'),
    events: nameOf('events'),
    receipts: nameOf('receipts'),
    reports: nameOf('reports'),
  };
};

/** The category that an index of a kind is for, by its name; undefined where it is none of ours. */
export const categoryIn = (names: OwnNames, kind: OwnKind | 'reports', index: string): string | undefined => {
  const stem = ownStem(names, kind);
  const category = index.startsWith(stem) ? index.slice(stem.length) : '';
  return category === '' || category.includes(SEPARATOR) ? undefined : category;
};

/** The indices that all categories shared in earlier versions: `setup` moves what they hold. */
export const sharedIndices = ({ indexPrefix, reports }: OwnNames): OwnIndices => ({
  leases: `${indexPrefix}leases`,
  ledger: `${indexPrefix}ledger`,
  events: `${indexPrefix}ledger-events`,
  receipts: `${indexPrefix}receipts`,
  reports: reports.index,
});

/** How earlier versions called the copy of an index that they made anew. Where that was broken off, it may hold what is nowhere else. */
export const earlierCopyName = (name: string): string => `${name}-copy`;

/** Whether a name for the reports is, or may be, that of another index of ours. */
export const isTakenByOurs = (name: string, indexPrefix: string = OWN_PREFIX): boolean =>
  name === `${indexPrefix}ledger-events` ||
  OWN_KINDS.some((kind) => name === `${indexPrefix}${kind}` || name.startsWith(`${indexPrefix}${kind}${SEPARATOR}`));
