import { describe, expect, inject, test } from 'vitest';
import { readDeployment } from '../../deploy/deployment.ts';
import { policyOfBus } from '../../deploy/events/bus-policy.ts';
import { type FlatStatement, flat, readTemplate } from '../support/deployment/compiled-template.ts';
import { ACCOUNT, arnOfRole, EVERYTHING, isAllowed } from '../support/deployment/iam.ts';
import { examplePolicy as policy } from '../support/policy/example-policy.ts';

const template = readTemplate(inject('packagedService'));
const BUS = `arn:aws:events:eu-west-1:${ACCOUNT}:event-bus/es-retention-dev`;

interface Event {
  readonly source: string;
  readonly detailType: string;
}

const WEBHOOK: Event = { source: 'es-retention.webhook', detailType: 'Account Deleted' };
const COMPLETED: Event = { source: 'es-retention.purge-console-configuration', detailType: 'Erasure Completed' };
const OVERDUE: Event = { source: 'es-retention.purge-console-configuration', detailType: 'Erasure Overdue' };
const RETURNED: Event = { source: 'es-retention.audit', detailType: 'Erased Data Returned' };
const unfinished = (category: string): Event => ({
  source: `es-retention.purge-${category}`,
  detailType: 'Purge Unfinished',
});

/** AWS has documented both: a decision for each event with its own values, and one for the request with all of them. */
const READINGS = {
  'event by event': (events: readonly Event[]) =>
    events.map(({ source, detailType }) => ({ 'events:source': source, 'events:detail-type': detailType })),
  'as a whole': (events: readonly Event[]) => [
    {
      'events:source': events.map(({ source }) => source),
      'events:detail-type': events.map(({ detailType }) => detailType),
    },
  ],
};

describe.each(Object.entries(READINGS))('the bus, if AWS evaluates a request %s', (_, contextsOf) => {
  /** Whether every event of a request gets through. */
  const takes = (
    arn: string,
    events: readonly Event[],
    identity: readonly FlatStatement[] = EVERYTHING,
    busPolicy = flat(template.byId('Bus').Properties.Policy),
  ): boolean =>
    contextsOf(events).every((context) =>
      isAllowed({ action: 'events:PutEvents', resource: BUS, principal: { arn }, context }, identity, busPolicy),
    );

  const takesFrom = (role: string, ...events: readonly Event[]): boolean =>
    takes(arnOfRole(role), events, template.statementsOf(template.byId(role)));

  test('accepts terminations from the webhook', () => {
    for (const detailType of ['Account Deleted', 'Feature Terminated', 'Account Reinstated'])
      expect(takesFrom('ReceiveTerminationRole', { ...WEBHOOK, detailType })).toBe(true);
  });

  test('accepts continuations of each purge function, and published erasures', () => {
    for (const id of policy.categories.keys()) {
      const role = `Purge${id.replaceAll(/(^|-)([a-z])/g, (_, __, letter: string) => letter.toUpperCase())}Role`;
      expect(takesFrom(role, unfinished(id))).toBe(true);
    }
    expect(takesFrom('PurgeConsoleConfigurationRole', COMPLETED, OVERDUE)).toBe(true);
  });

  test('accepts events about returned data from the audit', () => {
    expect(takesFrom('AuditRetentionRole', RETURNED)).toBe(true);
  });

  test.each<[string, string, readonly Event[]]>([
    ['a purge function that goes on for another', 'PurgeUinsRole', [unfinished('sdk-logs')]],
    ['a purge function that does so beside its own', 'PurgeUinsRole', [unfinished('uins'), unfinished('sdk-logs')]],
    ['a purge function that publishes for another', 'PurgeUinsRole', [COMPLETED]],
    [
      'a purge function that publishes and erases nobody',
      'PurgeUinsRole',
      [{ source: 'es-retention.purge-uins', detailType: 'Erasure Completed' }],
    ],
    ['a purge function that says an account has ended', 'PurgeConsoleConfigurationRole', [WEBHOOK]],
    [
      'a purge function that says so in its own name',
      'PurgeConsoleConfigurationRole',
      [{ source: COMPLETED.source, detailType: 'Account Deleted' }],
    ],
    ['the audit that says an account has ended', 'AuditRetentionRole', [WEBHOOK]],
    ['the audit that says so in its own name', 'AuditRetentionRole', [{ ...RETURNED, detailType: 'Account Deleted' }]],
    ['a purge function that speaks for the audit', 'PurgeConsoleConfigurationRole', [RETURNED]],
    ['the webhook that speaks for the audit', 'ReceiveTerminationRole', [RETURNED]],
    ['the webhook that publishes', 'ReceiveTerminationRole', [COMPLETED]],
    ['the webhook that continues a run', 'ReceiveTerminationRole', [unfinished('uins')]],
    ['the webhook with something else', 'ReceiveTerminationRole', [{ ...WEBHOOK, detailType: 'Purge Unfinished' }]],
  ])('accepts nothing from %s', (_name, role, events) => {
    expect(takesFrom(role, ...events)).toBe(false);
  });

  test.each<[string, readonly Event[]]>([
    ['the webhook', [WEBHOOK]],
    ['a purge function', [COMPLETED]],
    ['the audit', [RETURNED]],
    ['the function of a category that is not there', [unfinished('nothing')]],
    ['es-retention before it had a source for each sender', [{ ...COMPLETED, source: 'es-retention' }]],
    ['somebody', [{ ...WEBHOOK, source: 'com.example' }]],
    ['the webhook, among others', [{ ...WEBHOOK, source: 'com.example' }, WEBHOOK]],
  ])('accepts nothing from an administrator in the name of %s', (_name, events) => {
    expect(takes(arnOfRole('admin'), events)).toBe(false);
  });

  test('accepts nothing without a source, even from its own functions', () => {
    const context = { 'events:detail-type': 'Account Deleted' };
    const request = { action: 'events:PutEvents', resource: BUS, context };
    const busPolicy = flat(template.byId('Bus').Properties.Policy);
    for (const role of ['admin', 'ReceiveTerminationRole'])
      expect(isAllowed({ ...request, principal: { arn: arnOfRole(role) } }, EVERYTHING, busPolicy)).toBe(false);
  });

  describe.each([
    ['in the same account', ACCOUNT, ''],
    ['in another account', '222222222222', '222222222222'],
  ])('with an account system %s,', (_where, account, accountSourceAccount) => {
    const arn = arnOfRole('accounts', account);
    const ENDED: Event = { source: 'com.example.accounts', detailType: 'Account Deleted' };
    const policyWith = async () => {
      const values: Record<string, unknown> = {
        'param:accountSource': 'com.example.accounts',
        'param:accountSourcePrincipal': arn,
        'param:accountSourceAccount': accountSourceAccount,
        'param:secrets': 's',
        'self:provider.tags': {},
        'self:service': 'es-retention',
        'sls:stage': 'dev',
      };
      return flat(policyOfBus(await readDeployment({ resolveVariable: async (name) => values[name] })));
    };

    test('accepts its terminations', async () => {
      expect(takes(arn, [ENDED, { ...ENDED, detailType: 'Account Reinstated' }], EVERYTHING, await policyWith())).toBe(
        true,
      );
    });

    test.each<[string, string, readonly Event[]]>([
      ['another role of its account', arnOfRole('else', account), [ENDED]],
      ['the root of its account', `arn:aws:iam::${account}:root`, [ENDED]],
      ['an administrator of ours', arnOfRole('admin'), [ENDED]],
      ['the role of the same name elsewhere', arnOfRole('accounts', '333333333333'), [ENDED]],
      ['the webhook', arnOfRole('ReceiveTerminationRole'), [ENDED]],
      ['the account system, of the webhook', arn, [WEBHOOK]],
      ['the account system, of the webhook among its own', arn, [ENDED, WEBHOOK]],
      ['the account system, of something else', arn, [{ ...ENDED, detailType: 'Purge Unfinished' }]],
      ['the account system, of something else among its own', arn, [ENDED, { ...ENDED, detailType: 'Other' }]],
      ['the account system, of another source', arn, [{ ...ENDED, source: 'com.example' }]],
    ])('accepts nothing from %s', async (_name, principal, events) => {
      expect(takes(principal, events, EVERYTHING, await policyWith())).toBe(false);
    });
  });
});

test.each(['ReceiveTerminationRole', 'PurgeUinsRole'])(
  'the permissions of %s alone allow no event without source or type',
  (role) => {
    const own = template.statementsOf(template.byId(role));
    const request = { action: 'events:PutEvents', resource: BUS, principal: { arn: arnOfRole(role) } };
    for (const context of [
      {},
      { 'events:detail-type': 'Purge Unfinished' },
      { 'events:source': 'es-retention.webhook' },
    ])
      expect(isAllowed({ ...request, context }, own, [])).toBe(false);
  },
);
