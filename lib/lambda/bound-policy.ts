import type { DeploymentSettings } from '../adapters/environment/deployment.ts';
import { RefusedError } from '../base/errors.ts';
import type { RetentionPolicy } from '../policy/retention-policy.ts';
import type { ClusterIdentity } from '../purge/report/report.ts';

/**
 * The policy, in the form in which it applies in this deployment. A new deployment is in observe mode: data is
 * destroyed only if the policy says `enforce` and the deployment names exactly the cluster that answers.
 * @throws RefusedError `wrong-cluster` if it names another cluster, for example if a development stage uses the
 *   production cluster.
 */
export const boundPolicy = (
  policy: RetentionPolicy,
  { enforceCluster }: Pick<DeploymentSettings, 'enforceCluster'>,
  { uuid, name }: ClusterIdentity,
): RetentionPolicy => {
  if (enforceCluster === undefined || enforceCluster === uuid) return policy;
  if (enforceCluster === '') return { ...policy, mode: 'observe' };
  throw new RefusedError('wrong-cluster', {
    expected: `the cluster in which this deployment may destroy data (uuid ${enforceCluster})`,
    found: `"${name}" (uuid ${uuid})`,
    fix: 'Point elasticsearchUrl at the right cluster; or, if this one is meant, deploy with enforceCluster set to its uuid.',
  });
};
