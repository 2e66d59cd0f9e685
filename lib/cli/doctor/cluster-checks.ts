import type { Cluster } from '../../app/cluster.ts';
import { InputError } from '../../base/errors.ts';
import { checkMappings } from '../../maintenance/check-mappings.ts';
import type { RetentionPolicy } from '../../policy/retention-policy.ts';
import { DAY, describeDuration } from '../../policy/time/duration.ts';
import { clockFinding, readClocks } from '../../purge/clocks.ts';
import type { DocumentStore } from '../../purge/document-store.ts';
import { unclaimedIndices } from '../../purge/indices/unclaimed-indices.ts';
import type { ClusterIdentity } from '../../purge/report/report.ts';
import { count } from '../output/format.ts';
import type { Found, Looked } from './examination.ts';

/** A key that expires sooner is worth a notice. */
const SOON = 14 * DAY;

const expiry = ({ apiKeyExpiresAt, ports }: Cluster): readonly Found[] => {
  if (apiKeyExpiresAt === undefined) return [];
  const left = apiKeyExpiresAt - ports.clock();
  if (left > SOON) return [];
  return [
    {
      code: 'key-expires',
      severity: left > 0 ? 'notice' : 'blocking',
      expected: 'a key that is valid for another fourteen days',
      found: left > 0 ? `one that expires in ${describeDuration(left)}` : 'one that has expired',
      fix: 'Make new keys: node bin/es-retention.mjs setup --keys FOLDER --stage NAME --rotate.',
    },
  ];
};

/** Whether the cluster answers, and which it is. */
export const clusterCheck = (opened: Cluster, { name, version }: ClusterIdentity): Looked => ({
  note: `${name}, Elasticsearch ${version}, at ${opened.host}`,
  findings: expiry(opened),
});

/** At most so many missing privileges are named. */
const MAX_NAMED = 5;

/** Whether the key or user may do what the commands need. */
export const privilegesCheck = async ({ diagnosis }: Cluster): Promise<Looked> => {
  const missing = await diagnosis.missingPrivileges('operator');
  if (missing === undefined) return { state: 'not needed', note: 'this cluster asks nobody for a key' };
  if (missing.length === 0) return { note: 'all that the commands need' };
  const more = missing.length > MAX_NAMED ? `, and ${missing.length - MAX_NAMED} more` : '';
  const findings: readonly Found[] = [
    {
      code: 'missing-privilege',
      severity: 'blocking',
      expected: 'a key or user with the privileges that the commands of a person need',
      found: `one without ${missing.slice(0, MAX_NAMED).join(', ')}${more}`,
      fix: 'Use the key of the operator: node bin/es-retention.mjs setup --keys FOLDER --stage NAME --operator makes it. docs/keys.md lists what each key may do.',
    },
  ];
  return { note: `${count(missing.length, 'privilege', 'privileges')} missing`, findings };
};

/** Whether no category of the policy has an index. It may be the policy that es-retention ships, or another cluster. */
const hasNoIndex = async (store: DocumentStore, { categories }: RetentionPolicy): Promise<boolean> => {
  const all = [...categories.values()];
  const fields = [...new Set(all.map(({ timestampField }) => timestampField))];
  const patterns = all.flatMap(({ indices }) => indices);
  return (await store.describe(patterns, fields)).length === 0;
};

const MAKE_THEM = 'Make them: node bin/es-retention.mjs setup. Without that, the first run makes them, if its key may.';
const NOT_YET =
  'Nothing yet: no category of this policy has an index here. First name the policy of your service (--policy), and run doctor again.';

/** Whether our own indices are there, and as we make them. */
export const ownIndicesCheck = async ({ diagnosis, ports }: Cluster, policy: RetentionPolicy): Promise<Looked> => {
  const states = await diagnosis.ownIndices();
  const missing = states.filter(({ state }) => state === 'missing');
  const altered = states.filter(({ state }) => state === 'altered');
  const [first] = missing;
  const isNoneUsed = first !== undefined && (await hasNoIndex(ports.store, policy));
  const findings: readonly Found[] = [
    ...(first === undefined
      ? []
      : [
          {
            code: 'own-index-missing',
            severity: 'notice' as const,
            expected: 'the indices in which es-retention keeps its records',
            found: `${missing.length} of ${states.length} not there yet, such as ${first.index}`,
            fix: isNoneUsed ? NOT_YET : MAKE_THEM,
          },
        ]),
    ...altered.map(
      ({ index, note = '', fix = '' }): Found => ({
        code: 'own-index-altered',
        severity: 'blocking',
        index,
        expected: 'as es-retention makes it',
        found: note,
        fix,
      }),
    ),
  ];
  const ready = states.length - missing.length - altered.length;
  return { note: `${ready} of ${states.length} ready`, findings };
};

/** Whether our clock and the clock of the cluster agree. */
export const clockCheck = async ({ ports }: Cluster, policy: RetentionPolicy): Promise<Looked> => {
  const indices = [...policy.categories.values()].flatMap((category) => category.indices);
  const { clocks } = await readClocks(ports.store, { indices }, ports.clock);
  if (clocks === undefined)
    return { state: 'notice', note: 'no index answers that could tell the time of the cluster' };
  const finding = clockFinding(clocks);
  const apart = describeDuration(Math.abs(clocks.skew));
  return {
    note: clocks.skew === 0 ? 'agrees with the cluster' : `${apart} apart from the cluster`,
    findings: finding === undefined ? [] : [finding],
  };
};

const emptyFinding = (id: string, patterns: readonly string[], isNone: boolean): Found => ({
  code: 'no-index',
  severity: isNone ? 'blocking' : 'notice',
  expected: `an index that matches ${patterns.join(', ')} (${id})`,
  found: 'none',
  fix: 'Check the pattern in the policy, and that this is the cluster you mean.',
});

/** Whether the rules of every category can read its indices. */
export const mappingsCheck = async ({ ports }: Cluster, policy: RetentionPolicy): Promise<Looked> => {
  const categories = [...policy.categories.values()];
  const checked = await Promise.all(
    categories.map(async (category) => ({ category, ...(await checkMappings(ports.store, category)) })),
  );
  const isNone = checked.every(({ indices }) => indices === 0);
  const indices = checked.reduce((sum, each) => sum + each.indices, 0);
  return {
    note: `${count(indices, 'index', 'indices')} of ${count(categories.length, 'category', 'categories')}`,
    findings: checked.flatMap(({ category, findings, indices: own }) => [
      ...(own === 0 ? [emptyFinding(category.id, category.indices, isNone)] : []),
      ...findings,
    ]),
  };
};

/** Whether indices that look like those of a category belong to none. */
export const coverageCheck = async ({ catalogue }: Cluster, policy: RetentionPolicy): Promise<Looked> => {
  const findings = await unclaimedIndices(policy, catalogue);
  return {
    note:
      findings.length === 0
        ? 'no index that looks like ours is left out'
        : `${count(findings.length, 'index', 'indices')} of no category`,
    findings,
  };
};

/** An error of the settings, which the check of the settings has already named. */
export const isOfSettings = (thrown: unknown): boolean =>
  thrown instanceof InputError &&
  ['no-server-named', 'bad-key', 'bad-user', 'no-certificate', 'plain-http', 'certificates-unchecked'].includes(
    thrown.code,
  );
