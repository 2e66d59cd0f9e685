import {
  earlierCopyName,
  type OwnKind,
  type OwnNames,
  ownIndices,
  ownStem,
  sharedIndices,
} from '../policy/own-indices.ts';
import type { Category, RetentionPolicy } from '../policy/retention-policy.ts';

/** Privileges on some indices, in the form that `POST /_security/api_key` takes. */
export interface IndexGrant {
  readonly names: readonly string[];
  readonly privileges: readonly string[];
}

/** All privileges of one key. Single actions are named where a built-in privilege would allow more than is needed. */
export interface KeyPrivileges {
  readonly cluster: readonly string[];
  readonly indices: readonly IndexGrant[];
}

/** Who has a key: a function that speaks to the cluster, or a person with the command line. */
export type KeyHolder = `purge-${string}` | 'housekeeping' | 'audit' | 'show-termination' | 'operator';

/** Identifies the cluster. A key without it looks as if it were not valid. */
const IDENTIFY_CLUSTER = ['cluster:monitor/main'];

/**
 * The cluster requests of a run: index health, two settings (whether expensive queries are allowed, whether writes
 * create indices), and the templates for the next index. `monitor` is avoided because it shows account numbers in
 * running requests (`_tasks?detailed`).
 */
const RUN = [
  ...IDENTIFY_CLUSTER,
  'cluster:monitor/health',
  'cluster:monitor/settings',
  'indices:admin/index_template/get',
  'cluster:admin/component_template/get',
];

/** The further requests of a person: which indices belong to no category, and how many documents they hold. */
const UNCLAIMED = ['cluster:monitor/state', 'cluster:monitor/nodes/stats'];

/**
 * The requests of the audit about the cluster beside its indices: settings, templates, and places that keep content
 * elsewhere. All of them are reads.
 */
const ELSEWHERE = [
  'cluster:monitor/settings',
  'indices:admin/index_template/get',
  'cluster:admin/component_template/get',
  'cluster:admin/repository/get',
  'cluster:admin/snapshot/get',
  'cluster:monitor/transform/get',
  'cluster:monitor/xpack/rollup/get',
];

/** Names, mappings, settings and sizes of all indices, but no document. Data may hide under any name. */
const EVERY_INDEX: IndexGrant = { names: ['*'], privileges: ['view_index_metadata', 'indices:monitor/stats'] };

/** Read, count, delete and drop; block writes before a drop, and lift that block. `manage` would allow more. */
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

/** `backfill-dates` writes a date into documents, and maps the date field in an index that does not have it. */
const BACKFILL = ['index', 'indices:admin/mapping/put*'];

/**
 * The actions for writing documents. The privileges `index`, `create_doc` and `write` would also allow `PUT
 * /<index>/_mapping` on an index (not on a data stream), and somebody who may change a mapping decides which values
 * searches see. Elasticsearch treats each name as a prefix: `indices:data/write/index` includes overwriting. To only
 * add documents, a key needs `…:op_type/create` and the bulk action, because single writes are sent as bulk requests.
 */
const ADD = ['indices:data/write/bulk', 'indices:data/write/index:op_type/create'];
const WRITE = ['indices:data/write/bulk', 'indices:data/write/index', 'indices:data/write/update'];

const LOOK = ['read', 'view_index_metadata', 'maintenance'];
/**
 * A full disk blocks our own indices too. They are needed to free space: nothing is dropped without a lease, a report
 * and a ledger entry. So a run may lift that block.
 */
const LIFT_FLOOD = ['indices:admin/settings/update*'];
const CHANGED = [...LOOK, ...WRITE, ...LIFT_FLOOD];
const EVIDENCE = [...LOOK, ...ADD];

/**
 * Privileges of a run on each kind of our own indices. It may only add documents to the evidence (reports, events,
 * receipts). It may only read controls, because otherwise a stolen key could end a hold.
 */
const OWN: Readonly<Record<OwnKind | 'reports', readonly string[]>> = {
  leases: CHANGED,
  controls: ['read', 'view_index_metadata'],
  reports: [...EVIDENCE, ...LIFT_FLOOD],
  ledger: CHANGED,
  events: EVIDENCE,
  receipts: EVIDENCE,
};

/**
 * `replay` corrects the event log by the archive: it deletes events that nobody recorded. This needs the key of a
 * person. A hold or a pause needs it too.
 */
const OPERATOR_OWN = { ...OWN, controls: CHANGED, events: [...CHANGED, 'delete'] };

const HOUSEKEEPING = [...LOOK, 'delete'];

const KINDS = ['leases', 'controls', 'reports', 'ledger', 'events', 'receipts'] as const;
const KINDS_OF_EVERY_CATEGORY: ReadonlySet<string> = new Set(['leases', 'controls', 'reports']);
/** The kinds whose documents housekeeping removes. */
const HOUSEKEEPING_INDICES = ['reports', 'ledger', 'events', 'receipts'] as const;

/** Joins grants with the same privileges into one. */
const grouped = (grants: readonly IndexGrant[]): readonly IndexGrant[] =>
  [...Map.groupBy(grants, ({ privileges }) => privileges)].map(([privileges, alike]) => ({
    names: alike.flatMap(({ names }) => names),
    privileges,
  }));

const purgeKey = (names: OwnNames, { id, indices, rules }: Category): KeyPrivileges => {
  const own = ownIndices(names, id);
  const kinds = KINDS.filter((kind) => rules.termination !== undefined || KINDS_OF_EVERY_CATEGORY.has(kind));
  return {
    cluster: RUN,
    indices: grouped([
      { names: indices, privileges: DATA },
      ...kinds.map((kind) => ({ names: [own[kind]], privileges: OWN[kind] })),
    ]),
  };
};

const housekeepingKey = (names: OwnNames): KeyPrivileges => ({
  cluster: IDENTIFY_CLUSTER,
  indices: [
    {
      names: HOUSEKEEPING_INDICES.map((kind) => `${ownStem(names, kind)}*`),
      privileges: HOUSEKEEPING,
    },
    { names: [`${ownStem(names, 'controls')}*`], privileges: OWN.controls },
  ],
});

const auditKey = (policy: RetentionPolicy): KeyPrivileges => ({
  cluster: [...IDENTIFY_CLUSTER, ...ELSEWHERE],
  indices: [
    EVERY_INDEX,
    {
      names: [...policy.categories.values()].flatMap(({ id, indices }) => {
        const own = ownIndices(policy, id);
        return [...indices, ...KINDS.filter((kind) => kind !== 'leases').map((kind) => own[kind])];
      }),
      privileges: LOOK,
    },
  ],
});

/** It reads what became of a message, in ledgers and event logs. Open entries name their accounts. */
const showTerminationKey = (policy: RetentionPolicy): KeyPrivileges => ({
  cluster: IDENTIFY_CLUSTER,
  indices: [
    {
      names: [...policy.categories.values()].flatMap(({ id, rules }) => {
        const { ledger, events } = ownIndices(policy, id);
        return rules.termination === undefined ? [] : [ledger, events];
      }),
      privileges: LOOK,
    },
  ],
});

const operatorKey = (policy: RetentionPolicy): KeyPrivileges => ({
  cluster: [...new Set([...RUN, ...UNCLAIMED, ...ELSEWHERE])],
  indices: grouped([
    EVERY_INDEX,
    { names: [...policy.categories.values()].flatMap(({ indices }) => indices), privileges: [...DATA, ...BACKFILL] },
    ...KINDS.map((kind) => ({ names: [`${ownStem(policy, kind)}*`], privileges: OPERATOR_OWN[kind] })),
    // The indices of earlier versions, while they exist: the command line checks whether everything was moved.
    { names: Object.values(sharedIndices(policy)).flatMap((name) => [name, earlierCopyName(name)]), privileges: LOOK },
  ]),
});

const owesErasures = ({ categories }: RetentionPolicy): boolean =>
  [...categories.values()].some(({ rules }) => rules.termination !== undefined);

/**
 * The minimal privileges of each key holder: the function of each category, housekeeping, the audit, the function that
 * shows what became of a termination, and a person at the command line (all commands but `setup` and `housekeeping`).
 * The function that receives terminations has no key. No key may create an index, a template or another key. Without
 * any termination rule there is nothing to show, and no key for it.
 */
export const keyPrivileges = (policy: RetentionPolicy): ReadonlyMap<KeyHolder, KeyPrivileges> =>
  new Map<KeyHolder, KeyPrivileges>([
    ...[...policy.categories.values()].map((category) => [`purge-${category.id}`, purgeKey(policy, category)] as const),
    ['housekeeping', housekeepingKey(policy)],
    ['audit', auditKey(policy)],
    ...(owesErasures(policy) ? [['show-termination', showTerminationKey(policy)] as const] : []),
    ['operator', operatorKey(policy)],
  ]);
