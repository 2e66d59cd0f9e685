import type { Deployment } from '../deployment.ts';
import { assumedBy, type Resources, role, type Value } from '../template.ts';
import { functionStatements } from './function-statements.ts';
import { clusterEnvironmentOf } from './purge-environment.ts';
import { IN_A_VPC } from './purge-role.ts';

/** The name of the function that answers what became of a message, in serverless.yml. */
export const SHOW_TERMINATION = 'show-termination';

const secretsOf = ({ parameters }: Deployment): Readonly<Record<string, string>> => ({
  WEBHOOK_SECRETS_SECRET: `${parameters.secrets}/webhook`,
  ELASTICSEARCH_API_KEY_SECRET: `${parameters.secrets}/elasticsearch/${SHOW_TERMINATION}`,
});

/** Its environment. It gets no key of the ring, and no archive. */
export const showTerminationEnvironment = (deployment: Deployment): Readonly<Record<string, Value>> => ({
  ...clusterEnvironmentOf(deployment),
  ...secretsOf(deployment),
});

/** Its role: to log, to read its two secrets, and nothing else in AWS. Its key only reads ledgers and event logs. */
export const showingTerminations = (deployment: Deployment): Resources => ({
  ShowTerminationRole: role(
    assumedBy('lambda'),
    SHOW_TERMINATION,
    [
      ...functionStatements(deployment, SHOW_TERMINATION, Object.values(secretsOf(deployment))),
      ...(deployment.parameters.vpcSubnetIds === '' ? [] : [IN_A_VPC]),
    ],
    deployment.tags,
  ),
});
