import { setTimeout as sleep } from 'node:timers/promises';
import { connectionParts } from '../../../adapters/environment/configuration.ts';
import { chosenPolicyFile, readPolicy } from '../../../adapters/files/policy-file.ts';
import type { Cluster } from '../../../app/cluster.ts';
import type { Environment } from '../../../base/environment.ts';
import { TransientError } from '../../../base/errors.ts';
import { once } from '../../../base/once.ts';
import type { RetentionPolicy } from '../../../policy/retention-policy.ts';
import type { ClusterIdentity } from '../../../purge/report/report.ts';
import {
  clockCheck,
  clusterCheck,
  coverageCheck,
  isOfSettings,
  mappingsCheck,
  ownIndicesCheck,
  privilegesCheck,
} from '../../doctor/cluster-checks.ts';
import { archiveCheck, busCheck, keysCheck, queuesCheck } from '../../doctor/erasure-checks.ts';
import { allFound, type CheckState, type Checks, type Examined, examine, needs } from '../../doctor/examination.ts';
import { EXIT } from '../../exit-code.ts';
import { findingsPage } from '../../output/findings-page.ts';
import { count } from '../../output/format.ts';
import type { Page } from '../../output/page.ts';
import type { Result } from '../../output/result.ts';
import type { Style } from '../../output/text.ts';
import type { OpenCluster } from '../../session.ts';
import { noPolicy } from './no-policy.ts';

/** What `doctor` looks at, and for how long. */
export interface Examinee {
  /** The value of `--policy`. */
  readonly policyFile?: string;
  readonly environment: Environment;
  readonly open: OpenCluster;
  /** Milliseconds for all checks together. */
  readonly within: number;
}

/** The part of the time that is left when a cluster that has not answered is given up. */
const FOR_THE_REST = 0.1;

/**
 * Asks a cluster which it is.
 * @param within milliseconds.
 * @throws TransientError `no-server` if it does not answer by then, and what `identify` throws.
 */
const firstAnswer = async (cluster: Cluster, within: number): Promise<ClusterIdentity> => {
  const ended = new AbortController();
  const late = sleep(within, undefined, { signal: ended.signal }).then(() => {
    throw new TransientError('no-server', {
      expected: 'an Elasticsearch at ELASTICSEARCH_URL that answers',
      found: 'no answer',
      fix: 'Check host and port in ELASTICSEARCH_URL, and that this machine may reach them: firewall, security group, VPN, proxy.',
    });
  });
  // It ends with an error when it is no longer needed.
  late.catch(() => undefined);
  return Promise.race([cluster.identify(), late]).finally(() => ended.abort());
};

/** The checks of one setup. What several of them need is read once. */
const checksOf = ({ policyFile, environment, open, within }: Examinee, opened: Cluster[]): Checks => {
  const startedAt = performance.now();
  const left = (): number => within - (performance.now() - startedAt);
  const policy = once(async () => readPolicy(chosenPolicyFile(policyFile, environment), environment));
  const readable = () => policy().catch(() => undefined);
  const cluster = once(async () => {
    const found = open((await readable()) ?? noPolicy(), environment, { remaining: left });
    opened.push(found);
    return found;
  });
  const identity = once(async () => firstAnswer(await cluster(), Math.max(0, left() - within * FOR_THE_REST)));
  const answering = async (): Promise<Cluster> => {
    await identity().catch(() => needs('a cluster that answers'));
    return cluster();
  };
  const onPolicy =
    <T>(look: (found: Cluster, read: RetentionPolicy) => Promise<T>) =>
    async (): Promise<T> => {
      const [found, read] = await Promise.all([answering(), policy().catch(() => needs('a policy that can be read'))]);
      return look(found, read);
    };
  const orNone = () => cluster().catch(() => undefined);
  return {
    settings: async () => ({
      note: environment.ELASTICSEARCH_URL?.trim().startsWith('http:') ? 'http, not encrypted' : 'https',
      findings: await allFound(connectionParts(environment)),
    }),
    policy: async () => {
      const { categories, mode } = await policy();
      return { note: `${count(categories.size, 'category', 'categories')}, mode ${mode}` };
    },
    cluster: async () => {
      const found = await cluster().catch((thrown: unknown) => {
        if (isOfSettings(thrown)) return needs('settings that can be used');
        throw thrown;
      });
      return clusterCheck(found, await identity());
    },
    privileges: onPolicy(privilegesCheck),
    'own indices': onPolicy(ownIndicesCheck),
    clock: onPolicy(clockCheck),
    mappings: onPolicy(mappingsCheck),
    coverage: onPolicy(coverageCheck),
    keys: async () => keysCheck(environment, await readable(), () => answering().catch(() => undefined)),
    archive: async () => archiveCheck(environment, await readable(), await orNone()),
    bus: async () => busCheck(environment, await readable()),
    queues: () => queuesCheck(environment),
  };
};

const STYLE: Readonly<Record<CheckState, Style>> = {
  well: 'green',
  notice: 'yellow',
  wrong: 'red',
  'not checked': 'yellow',
  'not needed': 'dim',
};

const summaryOf = (examined: readonly Examined[]): string => {
  const named = (state: CheckState): readonly string[] =>
    examined.flatMap((each) => (each.state === state ? each.check : []));
  const [wrong, unchecked, notices] = [named('wrong'), named('not checked'), named('notice')];
  return [
    wrong.length + unchecked.length === 0 ? 'Doctor: all well' : `Doctor: ${wrong.length} wrong`,
    ...(wrong.length === 0 ? [] : [wrong.join(', ')]),
    ...(unchecked.length === 0 ? [] : [`not checked: ${unchecked.join(', ')}`]),
    ...(notices.length === 0 ? [] : [`to know: ${notices.join(', ')}`]),
  ].join(' · ');
};

const page = (examined: readonly Examined[], summary: string): Page => [
  { text: summary, style: 'bold' },
  '',
  {
    columns: [{ title: 'Check' }, { title: 'State' }, { title: 'What' }],
    rows: examined.map(({ check, state, note }) => [check, { text: state, style: STYLE[state] }, note]),
  },
  ...examined.flatMap(
    ({ check, findings }): Page =>
      findings.length === 0 ? [] : ['', { text: check, style: 'bold' }, ...findingsPage(findings)],
  ),
];

/**
 * `doctor`: checks everything that the other commands rely on, side by side, and names the fix for what is wrong.
 * Changes nothing, and asks no queue for a message.
 */
export const doctorCommand = async (examinee: Examinee): Promise<Result> => {
  const opened: Cluster[] = [];
  const examined = await examine(checksOf(examinee, opened), examinee.within);
  // A request that is still under way must not keep the command waiting.
  for (const cluster of opened) void cluster.close().catch(() => undefined);
  const summary = summaryOf(examined);
  const isWell = examined.every(({ state }) => state !== 'wrong' && state !== 'not checked');
  const exitCode = isWell ? EXIT.done : EXIT.left;
  return { page: page(examined, summary), json: { command: 'doctor', summary, exitCode, checks: examined }, exitCode };
};
