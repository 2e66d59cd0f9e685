import type { Environment } from '../../base/environment.ts';
/** Settings that the deployment gives its functions. Empty elsewhere (on a person's machine, in tests). */
export interface DeploymentSettings {
  /** Names of service and stage. They distinguish our metrics from those of other deployments in the same account. */
  readonly service: string;
  readonly stage: string;
  /**
   * The uuid of the only cluster in which data may be destroyed. Empty: in no cluster, whatever the policy says.
   * Undefined: no deployment sets it, and the policy alone decides.
   */
  readonly enforceCluster?: string;
  /** The URL of the function's own failure queue. */
  readonly failureQueueUrl?: string;
  /** The URL of the queue with the messages that wait for a person. */
  readonly deadLetterQueueUrl?: string;
}

/**
 * Reads the settings of the deployment, from `DEPLOYMENT_SERVICE`, `DEPLOYMENT_STAGE`, `ENFORCE_CLUSTER_UUID`,
 * `FAILURE_QUEUE_URL`, `DEAD_LETTER_QUEUE_URL`.
 */
export const readDeploymentSettings = (environment: Environment = process.env): DeploymentSettings => {
  const { ENFORCE_CLUSTER_UUID, FAILURE_QUEUE_URL, DEAD_LETTER_QUEUE_URL } = environment;
  return {
    service: environment.DEPLOYMENT_SERVICE || 'es-retention',
    stage: environment.DEPLOYMENT_STAGE || 'none',
    ...(ENFORCE_CLUSTER_UUID !== undefined && { enforceCluster: ENFORCE_CLUSTER_UUID.trim() }),
    ...(FAILURE_QUEUE_URL && { failureQueueUrl: FAILURE_QUEUE_URL }),
    ...(DEAD_LETTER_QUEUE_URL && { deadLetterQueueUrl: DEAD_LETTER_QUEUE_URL }),
  };
};
