import { ERASED_DATA_RETURNED, PURGE_UNFINISHED, SENDERS } from '../../lib/erasure/events/bus-sources.ts';
import { DETAIL_TYPES } from '../../lib/erasure/intake/bus-event.ts';
import type { Category } from '../../lib/policy/retention-policy.ts';
import type { Deployment } from '../deployment.ts';
import { functionOf, logicalIdOf } from '../naming.ts';
import { arnOf, ref, type Value } from '../template.ts';
import { accountsOf, sourcesOf } from './bus-policy.ts';

const terminations = (deployment: Deployment): Value => ({
  source: sourcesOf(deployment),
  account: accountsOf(deployment),
  'detail-type': Object.values(DETAIL_TYPES),
});

const unfinished = ({ id }: Category): Value => ({
  source: [SENDERS.purge(id)],
  account: [ref('AWS::AccountId')],
  'detail-type': [PURGE_UNFINISHED],
  detail: { category: [id] },
});

/** Only for categories with a termination rule: no other category has erased an account. */
const returned = ({ id }: Category): Value => ({
  source: [SENDERS.audit],
  account: [ref('AWS::AccountId')],
  'detail-type': [ERASED_DATA_RETURNED],
  detail: { category: [id] },
});

/** EventBridge tries for a day to call the function. Then the event goes to the function's failure queue. */
const onBus = (category: Category, pattern: Value): Value => ({
  eventBridge: {
    eventBus: ref('Bus'),
    pattern,
    retryPolicy: { maximumEventAge: 86_400, maximumRetryAttempts: 185 },
    deadLetterQueueArn: arnOf(`${logicalIdOf(category.id)}Failures`),
  },
});

/**
 * The events that reach a category's function over the bus. Terminations come first if the category has a termination
 * rule, and are left out otherwise. The order matters: osls numbers the rules by it, and an alarm names the rule of the
 * terminations.
 */
const eventsOf = (deployment: Deployment, category: Category): Value => [
  ...(category.rules.termination === undefined ? [] : [onBus(category, terminations(deployment))]),
  onBus(category, unfinished(category)),
  ...(category.rules.termination === undefined ? [] : [onBus(category, returned(category))]),
];

/** The events that reach each purge function over the bus, by the function's name in serverless.yml. */
export const busEventsOf = (deployment: Deployment): Readonly<Record<string, Value>> =>
  Object.fromEntries(
    [...deployment.policy.categories.values()].map((category) => [
      functionOf(category.id),
      eventsOf(deployment, category),
    ]),
  );
