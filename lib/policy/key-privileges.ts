import { earlierCopyName, type OwnKind, type OwnNames, ownIndices, ownStem, sharedIndices } from './own-indices.ts';
import type { Category, RetentionPolicy } from './retention-policy.ts';

/** What a key may do with some indices, as `POST /_security/api_key` takes it. */
export interface IndexGrant {
  readonly names: readonly string[];
  readonly privileges: readonly string[];
}

/** All that a key may do. Named actions where a privilege of Elasticsearch would give more than is needed. */
export interface KeyPrivileges {
  readonly cluster: readonly string[];
  readonly indices: readonly IndexGrant[];
}

/** Who has a key: a category's function, the function of housekeeping, or a person with the command line. */
export type KeyHolder = `purge-${string}` | 'housekeeping' | 'operator';

/** Who answers. Everybody asks that first. */
const WHO = ['cluster:monitor/main'];

/**
 * What a run asks the cluster, instead of `monitor`, which shows the account numbers of running requests (`_tasks?detailed`): the health of
 * indices, two settings (may queries be expensive, are indices made by writers), and the templates that the next index would be made by.
 */
const RUN = [
  ...WHO,
  'cluster:monitor/health',
  'cluster:monitor/settings',
  'indices:admin/index_template/get',
  'cluster:admin/component_template/get',
];

/** What a person's key asks beside it: which indices belong to no category, and how many documents they hold. */
const UNCLAIMED = ['cluster:monitor/state', 'cluster:monitor/nodes/stats'];

/** To look, count, delete and drop, to block writes before a drop, and to lift that block. Instead of `manage`. */
const DATA = [
  'read',
  'delete',
  'delete_index',
  'maintenance',
  'view_index_metadata',
  'indices:monitor/stats',
  'indices:admin/block/add*',
  'indices:admin/settings/update*',
];

/** `backfill-dates` writes a date into documents, and maps its field where an index has none. */
const BACKFILL = ['index', 'indices:admin/mapping/put*'];

const LOOK = ['read', 'view_index_metadata', 'maintenance'];
/** A full disk blocks our indices too, and what frees it needs them: nothing is dropped without a lease, a report, and an entry. */
const LIFT_FLOOD = ['indices:admin/settings/update*'];
const CHANGED = [...LOOK, 'index', ...LIFT_FLOOD];
const EVIDENCE = [...LOOK, 'create_doc'];

/** What a run does with each kind of index of ours: evidence it only adds to. */
const OWN: Readonly<Record<OwnKind | 'reports', readonly string[]>> = {
  leases: CHANGED,
  reports: [...EVIDENCE, ...LIFT_FLOOD],
  ledger: CHANGED,
  events: EVIDENCE,
  receipts: EVIDENCE,
};

/** A person's key mends the events by the archive (`replay`): it takes away what nobody recorded. */
const OPERATOR_OWN = { ...OWN, events: [...CHANGED, 'delete'] };

const HOUSEKEEPING = [...LOOK, 'delete'];

const KINDS = ['leases', 'reports', 'ledger', 'events', 'receipts'] as const;
const OF_EVERY: ReadonlySet<string> = new Set(['leases', 'reports']);

/** One grant for all indices that may be treated in the same way. */
const grouped = (grants: readonly IndexGrant[]): readonly IndexGrant[] =>
  [...Map.groupBy(grants, ({ privileges }) => privileges)].map(([privileges, alike]) => ({
    names: alike.flatMap(({ names }) => names),
    privileges,
  }));

const purgeKey = (names: OwnNames, { id, indices, rules }: Category): KeyPrivileges => {
  const own = ownIndices(names, id);
  const kinds = KINDS.filter((kind) => rules.termination !== undefined || OF_EVERY.has(kind));
  return {
    cluster: RUN,
    indices: grouped([
      { names: indices, privileges: DATA },
      ...kinds.map((kind) => ({ names: [own[kind]], privileges: OWN[kind] })),
    ]),
  };
};

const housekeepingKey = (names: OwnNames): KeyPrivileges => ({
  cluster: WHO,
  indices: [
    {
      names: KINDS.filter((kind) => kind !== 'leases').map((kind) => `${ownStem(names, kind)}*`),
      privileges: HOUSEKEEPING,
    },
  ],
});

const operatorKey = (policy: RetentionPolicy): KeyPrivileges => ({
  cluster: [...RUN, ...UNCLAIMED],
  indices: grouped([
    { names: [...policy.categories.values()].flatMap(({ indices }) => indices), privileges: [...DATA, ...BACKFILL] },
    ...KINDS.map((kind) => ({ names: [`${ownStem(policy, kind)}*`], privileges: OPERATOR_OWN[kind] })),
    // What earlier versions kept, as long as it is there: whether all of it was moved.
    { names: Object.values(sharedIndices(policy)).flatMap((name) => [name, earlierCopyName(name)]), privileges: LOOK },
  ]),
});

/**
 * The least that each holder of a key needs, by who it is: the function of each category, housekeeping, and a person who uses the command
 * line (all but `setup` and `housekeeping`). The webhook's function has no key. None may make an index, a template or a key. Pure.
 */
export const keyPrivileges = (policy: RetentionPolicy): ReadonlyMap<KeyHolder, KeyPrivileges> =>
  new Map<KeyHolder, KeyPrivileges>([
    ...[...policy.categories.values()].map((category) => [`purge-${category.id}`, purgeKey(policy, category)] as const),
    ['housekeeping', housekeepingKey(policy)],
    ['operator', operatorKey(policy)],
  ]);
