import { describe, expect, test } from 'vitest';
import { readDeployment } from '../../../deploy/deployment.ts';

const KEY = 'arn:aws:kms:eu-west-1:111122223333:key/0d5c0c3e-0000-4000-8000-000000000000';
const ROLE = 'arn:aws:iam::111122223333:role/accounts';
const SOURCE = { accountSource: 'com.example.accounts', accountSourcePrincipal: ROLE };

const deploymentWith = (parameters: Readonly<Record<string, string>>) => {
  const others: Readonly<Record<string, unknown>> = {
    'self:provider.tags': {},
    'self:service': 'es-retention',
    'sls:stage': 'dev',
    'param:secrets': 'es-retention/dev',
  };
  return readDeployment({
    resolveVariable: async (name) => parameters[name.replace('param:', '')] ?? others[name] ?? '',
  });
};

describe('a parameter', () => {
  test.each([
    {},
    { secretsKeyArn: KEY },
    { secretsKeyArn: KEY.replace('key/', 'key/mrk-').replace('arn:aws:', 'arn:aws-cn:') },
    SOURCE,
    { ...SOURCE, accountSourceAccount: '111122223333' },
    { ...SOURCE, accountSourcePrincipal: 'arn:aws:iam::111122223333:user/path/x@example.com' },
    { enforceCluster: 'Yx8CNhDSQ0m7eUIGZqWpFg' },
    { reservedConcurrency: '1', tracing: 'on', vpcSubnetIds: 'subnet-1', vpcSecurityGroupIds: 'sg-1' },
    { tracing: 'off', secrets: 'a/b_c+d=e.f@g-h' },
  ])('is accepted: %j', async (parameters) => {
    await expect(deploymentWith(parameters)).resolves.toMatchObject({ parameters });
  });

  test.each([
    ['secretsKeyArn', '*', 'one KMS key'],
    ['secretsKeyArn', KEY.replace('0d5c', '*'), 'one KMS key'],
    ['secretsKeyArn', 'arn:aws:kms:eu-west-1:111122223333:alias/x', 'not of an alias'],
    ['secretsKeyArn', `${KEY},${KEY}`, 'one KMS key'],
    ['secrets', '*', 'the names of secrets'],
    ['secrets', 'es-retention/?', 'the names of secrets'],
    ['accountSource', '*', 'one account system'],
    ['accountSource', 'com.example.*', 'one account system'],
    ['accountSource', 'aws.events', 'one account system'],
    ['accountSource', 'es-retention', 'one account system'],
    ['accountSource', 'es-retention.webhook', 'one account system'],
    ['accountSource', 'es-retention.purge-uins', 'one account system'],
    ['accountSourcePrincipal', '*', 'one role or user'],
    ['accountSourcePrincipal', 'arn:aws:iam::111122223333:role/*', 'one role or user'],
    ['accountSourcePrincipal', 'arn:aws:iam::111122223333:root', 'one role or user'],
    ['accountSourcePrincipal', 'arn:aws:sts::111122223333:assumed-role/accounts/me', 'not of a session'],
    ['accountSourceAccount', '*', 'twelve digits'],
    ['reservedConcurrency', 'abc', 'a whole number from 1 on'],
    ['reservedConcurrency', '0', 'a whole number from 1 on'],
    ['reservedConcurrency', '1.5', 'a whole number from 1 on'],
    ['reservedConcurrency', '-1', 'a whole number from 1 on'],
    ['tracing', 'true', '"on" or "off"'],
    ['enforceCluster', 'true', 'the uuid of a cluster'],
  ])('%s with the value "%s" is refused', async (name, value, expected) => {
    const refused = deploymentWith({ ...SOURCE, [name]: value });
    await expect(refused).rejects.toThrow(`The parameter ${name} was expected to be `);
    await expect(refused).rejects.toThrow(expected);
    await expect(refused).rejects.toThrow(`found "${value}"`);
  });

  test.each([
    ['accountSourcePrincipal', { accountSource: 'com.example' }],
    ['accountSource', { accountSourcePrincipal: ROLE }],
    ['accountSource', { accountSourceAccount: '111122223333' }],
    ['vpcSecurityGroupIds', { vpcSubnetIds: 'subnet-1' }],
    ['vpcSubnetIds', { vpcSecurityGroupIds: 'sg-1' }],
  ])('%s is required with %j', async (missing, given) => {
    await expect(deploymentWith(given)).rejects.toThrow(`The parameter ${missing} was expected to be given beside`);
  });

  test('accountSourcePrincipal is refused if it belongs to an account other than accountSourceAccount', async () => {
    const refused = deploymentWith({ ...SOURCE, accountSourceAccount: '222222222222' });
    await expect(refused).rejects.toThrow('of the account that accountSourceAccount names (222222222222)');
  });
});
