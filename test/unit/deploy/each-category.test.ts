import { describe, expect, test } from 'vitest';
import { alarmsOf } from '../../../deploy/alarms/alarms.ts';
import type { Deployment } from '../../../deploy/deployment.ts';
import { resourcesOfEach } from '../../../deploy/each-category.ts';
import { failures } from '../../../deploy/events/failures.ts';
import { purgeRole } from '../../../deploy/functions/purge-role.ts';
import { schedule } from '../../../deploy/functions/schedule.ts';
import { parseRetentionPolicy } from '../../../lib/policy/parsing/parse-retention-policy.ts';
import type { Category } from '../../../lib/policy/retention-policy.ts';
import { EXAMPLE_POLICY } from '../../support/policy/example-policy.ts';

/** A deployment of the example policy, with two of its categories called otherwise. */
const deploymentWith = (consoleConfiguration: string, uins: string): Deployment =>
  ({
    name: 'es-retention-dev',
    service: 'es-retention',
    stage: 'dev',
    policy: parseRetentionPolicy(
      EXAMPLE_POLICY.replace('\n  console-configuration:', `\n  ${consoleConfiguration}:`).replace(
        '\n  uins:',
        `\n  ${uins}:`,
      ),
      'p.yml',
    ),
    parameters: { secrets: 's', secretsKeyArn: '', tracing: 'off', vpcSubnetIds: '' },
    enforcing: true,
    tags: [],
  }) as unknown as Deployment;

const resourcesOf = (deployment: Deployment) => (category: Category) => ({
  ...purgeRole(deployment, category),
  ...schedule(deployment, category),
  ...failures(deployment, category.id),
  ...alarmsOf(deployment, category),
});

describe('the resources of all categories', () => {
  test('are those of each category, in the order of the policy', () => {
    const deployment = deploymentWith('console-configuration', 'uins');
    const each = [...deployment.policy.categories.values()].flatMap((category) =>
      Object.keys(resourcesOf(deployment)(category)),
    );
    expect(Object.keys(resourcesOfEach(deployment, resourcesOf(deployment)))).toEqual(each);
  });

  test.each([
    ['the role of one is the role of the other’s schedule', 'users', 'users-schedule', 'PurgeUsersScheduleRole'],
    ['the alarm of one has the name of the other’s', 'users', 'users-erasure', 'PurgeUsersErasureOverdue'],
    ['they differ in a hyphen before a digit', 'users-2', 'users2', 'PurgeUsers2Role'],
  ])('are refused if %s', (_, first, second, id) => {
    const deployment = deploymentWith(first, second);
    expect(() => resourcesOfEach(deployment, resourcesOf(deployment))).toThrow(
      `The categories "${first}" and "${second}" were expected to have resources of different names; found ${id} in both`,
    );
  });
});
