/**
 * The event that AWS documents: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html
 */
export const RULE_EVENT = {
  version: '0',
  id: '53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa',
  'detail-type': 'Scheduled Event',
  source: 'aws.events',
  account: '123456789012',
  time: '2026-11-24T09:15:00Z',
  region: 'us-east-1',
  resources: ['arn:aws:events:us-east-1:123456789012:rule/purge'],
  detail: {},
} as const;

/** The event of Scheduler for a target without its own input: `detail` is a string. */
export const SCHEDULER_EVENT = {
  version: '0',
  id: 'd8d5f0c3-1c5a-4d6f-9b5a-5a2f4a1c7e10',
  'detail-type': 'Scheduled Event',
  source: 'aws.scheduler',
  account: '123456789012',
  time: '2026-11-24T09:15:00Z',
  region: 'us-east-1',
  resources: ['arn:aws:scheduler:us-east-1:123456789012:schedule/default/purge'],
  detail: '{}',
} as const;
