import type { Environment } from '../../policy/environment.ts';
/** What the deployment tells its functions. Elsewhere (on a person's machine, in tests) it tells nothing. */
export interface DeploymentSettings {
  /** Names of service and stage, by which its metrics are told from those of other deployments in the same account. */
  readonly service: string;
  readonly stage: string;
  /**
   * The uuid of the cluster in which data may be destroyed. Empty: in none, whatever the policy says. Undefined: there is no
   * deployment that says so, and the policy alone decides.
   */
  readonly enforceCluster?: string;
  /** The function's own queue of what did not get through. */
  readonly failureQueueUrl?: string;
  /** Where everything ends that waits for a person. */
  readonly deadLetterQueueUrl?: string;
}

/**
 * Reads what the deployment says, from `DEPLOYMENT_SERVICE`, `DEPLOYMENT_STAGE`, `ENFORCE_CLUSTER_UUID`,
 * `FAILURE_QUEUE_URL`, `DEAD_LETTER_QUEUE_URL`.
 */
export const readDeployment = (environment: Environment = process.env): DeploymentSettings => {
  const { ENFORCE_CLUSTER_UUID, FAILURE_QUEUE_URL, DEAD_LETTER_QUEUE_URL } = environment;
  return {
    service: environment.DEPLOYMENT_SERVICE || 'es-retention',
    stage: environment.DEPLOYMENT_STAGE || 'none',
    ...(ENFORCE_CLUSTER_UUID !== undefined && { enforceCluster: ENFORCE_CLUSTER_UUID.trim() }),
    ...(FAILURE_QUEUE_URL && { failureQueueUrl: FAILURE_QUEUE_URL }),
    ...(DEAD_LETTER_QUEUE_URL && { deadLetterQueueUrl: DEAD_LETTER_QUEUE_URL }),
  };
};
