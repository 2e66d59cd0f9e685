import { keyVariable } from '../../lib/adapters/crypto/read-key-ring.ts';
import { KEY_KINDS } from '../../lib/erasure/subjects/key-ring.ts';
import type { Category } from '../../lib/policy/retention-policy.ts';
import { certificateOf } from '../certificate.ts';
import type { Deployment } from '../deployment.ts';
import { functionOf, logicalIdOf } from '../naming.ts';
import { ref, sub, type Value } from '../template.ts';

/**
 * The secrets that a category's function reads, by variable. Only a function with a termination rule records events and
 * issues receipts; the others get no key of the ring.
 */
export const secretsOf = ({ parameters }: Deployment, { id, rules }: Category): Readonly<Record<string, string>> => ({
  ELASTICSEARCH_API_KEY_SECRET: `${parameters.secrets}/elasticsearch/${functionOf(id)}`,
  ...(rules.termination !== undefined &&
    Object.fromEntries(KEY_KINDS.map((kind) => [`${keyVariable(kind)}_SECRET`, `${parameters.secrets}/keys/${kind}`]))),
});

/** The environment of every function that uses the cluster, except its key. */
export const clusterEnvironmentOf = (deployment: Deployment): Readonly<Record<string, Value>> => ({
  DEPLOYMENT_SERVICE: deployment.service,
  DEPLOYMENT_STAGE: deployment.stage,
  ELASTICSEARCH_URL: deployment.parameters.elasticsearchUrl,
  ELASTICSEARCH_CA: certificateOf(deployment),
  ...(deployment.parameters.plainHttpHosts !== '' && { PLAIN_HTTP_HOSTS: deployment.parameters.plainHttpHosts }),
  ENFORCE_CLUSTER_UUID: deployment.parameters.enforceCluster,
});

const environmentOf = (deployment: Deployment, category: Category): Readonly<Record<string, Value>> => ({
  ...clusterEnvironmentOf(deployment),
  FAILURE_QUEUE_URL: ref(`${logicalIdOf(category.id)}Failures`),
  DEAD_LETTER_QUEUE_URL: ref('DeadLetters'),
  ...(category.rules.termination !== undefined && { RETENTION_ARCHIVE: sub(`s3://\${Archive}/${category.id}`) }),
  ...secretsOf(deployment, category),
});

/** The environment of each purge function, by name in serverless.yml. */
export const environmentsOf = (deployment: Deployment): Readonly<Record<string, Value>> =>
  Object.fromEntries(
    [...deployment.policy.categories.values()].map((category) => [
      functionOf(category.id),
      environmentOf(deployment, category),
    ]),
  );
