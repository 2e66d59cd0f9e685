import { describe, expect, inject, test } from 'vitest';
import type { Parameters } from '../../deploy/parameters.ts';
import { retainedFateOf } from '../../deploy/retained.ts';
import { readTemplate } from '../support/deployment/compiled-template.ts';

const template = readTemplate(inject('packagedService'));
const STATEFUL = ['AWS::SQS::Queue', 'AWS::SQS::QueuePolicy'];
const kept = template.resources.filter(({ Type, id }) => STATEFUL.includes(Type) || id.startsWith('Archive'));

describe('resources in which terminations may wait', () => {
  test('are the queues, the archive, and their policies', () => {
    // Housekeeping and audit have a schedule too, and nothing waits for them.
    const failures = template.ofType('AWS::Scheduler::Schedule').length - 2;
    expect(kept).toHaveLength(2 * (failures + 1) + 2);
  });

  test.each(kept)('stay when they are removed from the stack or replaced: $id', (resource) => {
    expect(resource).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
  });

  test('have names that do not conflict with a later stack of the same name', () => {
    for (const { Properties } of template.ofType('AWS::SQS::Queue'))
      expect(JSON.stringify(Properties.QueueName)).toMatch(/\$\{Stack\}.*AWS::StackId/);
    expect(template.byId('Archive').Properties).not.toHaveProperty('BucketName');
  });

  test('are removed with a stage whose parameter retain is off', () => {
    expect(retainedFateOf({ parameters: { retain: 'off' } as Parameters })).toEqual({
      DeletionPolicy: 'Delete',
      UpdateReplacePolicy: 'Delete',
    });
  });
});
