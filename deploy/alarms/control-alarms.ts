import { METRICS } from '../../lib/lambda/metrics/metric-names.ts';
import type { Category } from '../../lib/policy/retention-policy.ts';
import type { Deployment } from '../deployment.ts';
import { type Alarm, measured } from './alarm.ts';

/** The alarms about legal holds and pauses of a category. */
export const controlAlarms = (deployment: Deployment, category: Category): readonly Alarm[] => [
  {
    what: 'ControlsUnread',
    short:
      'The holds and the pause of a category could not be read, so nothing is destroyed. Look: es-retention holds --category CATEGORY. Fix what it names.',
    properties: measured(deployment, category, METRICS.controlsUnread, 'Maximum', 'GreaterThanThreshold', 0),
    onlyEnforcing: true,
  },
  {
    what: 'HoldToReview',
    short:
      'The review date of a legal hold has passed. The hold stays. Look: es-retention holds --category CATEGORY. Ask who placed it, then release it: es-retention release ID --by NAME.',
    properties: measured(deployment, category, METRICS.holdsToReview, 'Maximum', 'GreaterThanThreshold', 0),
    onlyEnforcing: false,
  },
  {
    what: 'PauseBreaksPromise',
    short:
      'The category is paused, and a promise is broken before a run follows the pause. Look: es-retention verify --category CATEGORY. End the pause in time: es-retention resume --category CATEGORY.',
    properties: measured(deployment, category, METRICS.pauseBreaksPromise, 'Maximum', 'GreaterThanThreshold', 0),
    onlyEnforcing: true,
  },
];
