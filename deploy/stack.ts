/**
 * The values that serverless.yml takes from policy and parameters: one function for each `${file(./deploy/stack.js):…}`
 * in it.
 */

import { SENDERS } from '../lib/erasure/events/bus-sources.ts';
import { DETAIL_TYPES } from '../lib/erasure/intake/bus-event.ts';
import { alarmsOf, commonAlarms } from './alarms/alarms.ts';
import { dashboardOf } from './alarms/dashboard.ts';
import { archiveRulesOf } from './archive-rules.ts';
import { certificateOf } from './certificate.ts';
import { type Deployment, type Lookup, readDeployment } from './deployment.ts';
import { resourcesOfEach } from './each-category.ts';
import { busEventsOf } from './events/bus-events.ts';
import { policyOfBus } from './events/bus-policy.ts';
import { failures } from './events/failures.ts';
import { deadLetterQueueName } from './events/queue-names.ts';
import { deadLetterQueuePolicy, deadLetterSourcesOf } from './events/queue-policy.ts';
import { redriveRole } from './events/redrive-role.ts';
import { AUDIT, auditEnvironment, auditing } from './functions/audit.ts';
import { functionStatements } from './functions/function-statements.ts';
import { HOUSEKEEPING, housekeeping, housekeepingEnvironment } from './functions/housekeeping.ts';
import { environmentsOf } from './functions/purge-environment.ts';
import { publish, purgeRole } from './functions/purge-role.ts';
import { schedule } from './functions/schedule.ts';
import { SHOW_TERMINATION, showingTerminations, showTerminationEnvironment } from './functions/show-termination.ts';
import { retainedFateOf } from './retained.ts';
import { assumedBy, type IamStatement, type Value } from './template.ts';

type Piece<T> = (lookup: Lookup) => Promise<T>;

const piece =
  <T>(of: (deployment: Deployment) => T): Piece<T> =>
  async (lookup) =>
    of(await readDeployment(lookup));

const listed = (text: string): readonly string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);

export const tags = piece(({ tags }) => tags);
export const assumedByLambda = piece(() => assumedBy('lambda'));
export const busPolicy = piece(policyOfBus);
export const busEvents = piece(busEventsOf);
export const packagedFiles = piece((deployment) =>
  ['retention-policy.yml', certificateOf(deployment)].filter((file) => file !== ''),
);
export const archiveRules = piece(archiveRulesOf);
export const environments = piece((deployment) => ({
  ...environmentsOf(deployment),
  [HOUSEKEEPING]: housekeepingEnvironment(deployment),
  [AUDIT]: auditEnvironment(deployment),
  [SHOW_TERMINATION]: showTerminationEnvironment(deployment),
}));

export const housekeepingResources = piece(housekeeping);
export const auditResources = piece(auditing);
export const showTerminationResources = piece(showingTerminations);

export const purgeResources = piece((deployment) =>
  resourcesOfEach(deployment, (category) => ({
    ...purgeRole(deployment, category),
    ...schedule(deployment, category),
    ...failures(deployment, category.id),
  })),
);

export const redriving = piece((deployment) => ({
  ...deadLetterQueuePolicy(deployment),
  ...redriveRole(deployment),
}));

/** For resources with content that are defined in YAML. */
export const fate = piece(retainedFateOf);
export const deadLettersName = piece(({ name }) => deadLetterQueueName(name));
export const deadLetterSources = piece(deadLetterSourcesOf);

export const alarms = piece((deployment) => ({
  ...resourcesOfEach(deployment, (category) => alarmsOf(deployment, category)),
  ...commonAlarms(deployment),
}));

export const dashboard = piece(dashboardOf);

export const webhookStatements = piece((deployment): readonly IamStatement[] => [
  ...functionStatements(deployment, 'receive-termination', [`${deployment.parameters.secrets}/webhook`]),
  publish(deployment, SENDERS.webhook, Object.values(DETAIL_TYPES)),
]);

export const alarmSubscriptions = piece(({ parameters: { alarmEmail } }): readonly Value[] =>
  alarmEmail === '' ? [] : [{ Protocol: 'email', Endpoint: alarmEmail }],
);

export const tracing = piece(({ parameters }) => parameters.tracing === 'on');

export const reservedConcurrency = piece(({ parameters: { reservedConcurrency } }) =>
  reservedConcurrency === '' ? null : Number(reservedConcurrency),
);

export const vpc = piece(({ parameters: { vpcSubnetIds, vpcSecurityGroupIds } }) =>
  vpcSubnetIds === '' ? null : { subnetIds: listed(vpcSubnetIds), securityGroupIds: listed(vpcSecurityGroupIds) },
);
