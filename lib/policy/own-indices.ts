/** The default prefix of the names of our own indices. */
export const OWN_PREFIX = 'retention-';

/**
 * The kinds of records that es-retention keeps for a category, each kind in an index of its own. Reports are a further
 * kind, with a prefix of their own.
 */
export const OWN_KINDS = ['leases', 'controls', 'ledger', 'events', 'receipts'] as const;

export type OwnKind = (typeof OWN_KINDS)[number];

/** The kinds of indices that hold permanent records. Leases are temporary, and controls end with a release. */
export const RECORD_KINDS = ['reports', 'ledger', 'events', 'receipts'] as const;

/** Names of indices, one of each kind. */
export type OwnIndices = Readonly<Record<OwnKind | 'reports', string>>;

/** The settings on which the names of our own indices depend. */
export interface OwnNames {
  readonly indexPrefix: string;
  readonly reports: { readonly index: string };
}

/** A valid category id. It becomes part of index names, so it has no dot and a limited length. */
export const CATEGORY_ID = /^(?=.{1,100}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

/** Separates the kind from the category in an index name. No category id contains it. */
const SEPARATOR = '.';

/** The common beginning of the names of all indices of a kind, for any category. */
export const ownStem = ({ indexPrefix, reports }: OwnNames, kind: OwnKind | 'reports'): string =>
  `${kind === 'reports' ? reports.index : `${indexPrefix}${kind}`}${SEPARATOR}`;

/** The indices that es-retention keeps for one category. No index is shared by two categories or by two kinds. */
export const ownIndices = (names: OwnNames, category: string): OwnIndices => {
  const nameOf = (kind: OwnKind | 'reports'): string => `${ownStem(names, kind)}${category}`;
  return {
    leases: nameOf('leases'),
    controls: nameOf('controls'),
    ledger: nameOf('ledger'),
    events: nameOf('events'),
    receipts: nameOf('receipts'),
    reports: nameOf('reports'),
  };
};

/**
 * The category to which an index of this kind belongs, by its name.
 * @returns undefined if it is none of our own indices.
 */
export const categoryIn = (names: OwnNames, kind: OwnKind | 'reports', index: string): string | undefined => {
  const stem = ownStem(names, kind);
  const category = index.startsWith(stem) ? index.slice(stem.length) : '';
  return category === '' || category.includes(SEPARATOR) ? undefined : category;
};

/** The indices that all categories shared in earlier versions. `setup` moves their documents. */
export const sharedIndices = ({ indexPrefix, reports }: OwnNames): Omit<OwnIndices, 'controls'> => ({
  leases: `${indexPrefix}leases`,
  ledger: `${indexPrefix}ledger`,
  events: `${indexPrefix}ledger-events`,
  receipts: `${indexPrefix}receipts`,
  reports: reports.index,
});

/**
 * The name that earlier versions gave to the copy of an index while they rebuilt it. After an interrupted rebuild, the
 * copy may contain documents that exist nowhere else.
 */
export const earlierCopyName = (name: string): string => `${name}-copy`;

/** Whether a name for the report indices collides or may collide with another of our own indices. */
export const collidesWithOurs = (name: string, indexPrefix: string = OWN_PREFIX): boolean =>
  name === `${indexPrefix}ledger-events` ||
  OWN_KINDS.some((kind) => name === `${indexPrefix}${kind}` || name.startsWith(`${indexPrefix}${kind}${SEPARATOR}`));
