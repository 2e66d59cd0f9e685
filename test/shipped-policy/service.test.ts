import { readdirSync, readFileSync } from 'node:fs';
import { expect, inject, test } from 'vitest';
import { parseRetentionPolicy } from '../../lib/policy/parsing/parse-retention-policy.ts';
import { readTemplate } from '../support/deployment/compiled-template.ts';

const folder = inject('packagedService');
const { categories } = parseRetentionPolicy(readFileSync('retention-policy.yml', 'utf8'), 'retention-policy.yml');
const NAMES = [
  ...[...categories.keys()].map((id) => `purge-${id}`),
  'receive-termination',
  'housekeeping',
  'audit-retention',
  'show-termination',
].sort();

test('the shipped service has a function for each of its seven categories', () => {
  expect(categories.size).toBe(7);
  expect(
    readdirSync('functions')
      .map((name) => name.replace('.ts', ''))
      .sort(),
  ).toEqual(NAMES);
  const lambdas = readTemplate(folder).ofType('AWS::Lambda::Function');
  expect(lambdas.map(({ Properties }) => Properties.FunctionName).sort()).toEqual(
    NAMES.map((name) => `es-retention-dev-${name}`),
  );
  const zips = readdirSync(folder).filter((name) => name.endsWith('.zip'));
  expect(zips.sort()).toEqual(NAMES.map((name) => `${name}.zip`));
});

test('the shipped service has the expected number of each kind of resource', () => {
  const template = readTemplate(folder);
  const count = (type: string): number => template.ofType(`AWS::${type}`).length;
  expect({
    functions: count('Lambda::Function'),
    schedules: count('Scheduler::Schedule'),
    queues: count('SQS::Queue'),
    rules: count('Events::Rule'),
    alarms: count('CloudWatch::Alarm'),
    roles: count('IAM::Role'),
    logGroups: count('Logs::LogGroup'),
  }).toEqual({ functions: 11, schedules: 9, queues: 8, rules: 9, alarms: 81, roles: 21, logGroups: 11 });
});
