import { describe, expect, test } from 'vitest';
import type { PublishedEvent } from '../../../lib/erasure/events/event-publisher.ts';
import { continuationOf, continueElsewhere, runIdOf } from '../../../lib/lambda/continuation.ts';
import type { Report } from '../../../lib/purge/report/report.ts';
import { RULE_EVENT } from '../../support/deployment/schedule-events.ts';

const RUN = '2f0e8c1e-6f0a-4d6e-9a53-0c7f6a1b2c3d';
const unfinished = (detail: object, changes: object = {}) => ({
  'detail-type': 'Purge Unfinished',
  source: 'es-retention.purge-uins',
  id: 'event-1',
  time: '2026-11-24T09:00:00Z',
  detail,
  ...changes,
});

const report = (changes: Partial<Report> = {}): Report =>
  ({
    category: 'uins',
    outcome: 'incomplete',
    documentsRemoved: 10,
    indicesDropped: 0,
    found: { due: 5 },
    ...changes,
  }) as Report;

const published = async (hop: number, changes: Partial<Report> = {}, remaining = -1): Promise<PublishedEvent[]> => {
  const events: PublishedEvent[] = [];
  const publisher = { publish: async (event: PublishedEvent) => void events.push(event) };
  const continuation = { originId: RUN, hop, trigger: { source: 'schedule' } } as const;
  await continueElsewhere(continuation, report(changes), { remaining: () => remaining }, publisher);
  return events;
};

describe('an event for a purge function', () => {
  test('from a schedule begins a new run', () => {
    const [first, second] = [continuationOf(RULE_EVENT, 'uins'), continuationOf(RULE_EVENT, 'uins')];
    expect(first).toMatchObject({ hop: 0, trigger: { source: 'schedule' } });
    expect(runIdOf(first)).not.toBe(runIdOf(second));
  });

  test('about an unfinished run continues it, always under the same run id', () => {
    const continuation = continuationOf(unfinished({ category: 'uins', runId: RUN, hop: 3 }), 'uins');
    expect(continuation).toMatchObject({ originId: RUN, hop: 3, trigger: { source: 'continuation', id: 'event-1' } });
    expect(runIdOf(continuation)).toBe(`${RUN}.3`);
  });

  test.each([
    ['schedules', [RULE_EVENT]],
    ['terminations', [{ 'detail-type': 'Account Deleted' }, { 'detail-type': 'Account Deleted' }]],
    ['nothing', []],
  ])('that is a list of %s is refused, and the fix explains how to send single events', (_, events) => {
    const error = expect.objectContaining({
      code: 'unknown-event',
      explanation: {
        expected: 'one event',
        found: `a list of ${events.length}`,
        fix: expect.stringContaining('MaxBatchSize to 1'),
      },
    });
    expect(() => continuationOf(events, 'uins')).toThrow(error);
  });

  test.each([
    ['of another category', unfinished({ category: 'sdk-logs', runId: RUN, hop: 1 })],
    ['from somebody else', unfinished({ category: 'uins', runId: RUN, hop: 1 }, { source: 'com.example' })],
    [
      'from another function',
      unfinished({ category: 'uins', runId: RUN, hop: 1 }, { source: 'es-retention.purge-sdk-logs' }),
    ],
    ['beyond the last hop', unfinished({ category: 'uins', runId: RUN, hop: 41 })],
    ['without a run', unfinished({ category: 'uins', hop: 1 })],
  ])('%s is refused', (_, event) => {
    expect(() => continuationOf(event, 'uins')).toThrow(/unknown-event/);
  });
});

describe('the end of a run', () => {
  test('publishes an event for the next hop if time is up', async () => {
    expect(await published(2)).toEqual([
      {
        source: 'es-retention.purge-uins',
        detailType: 'Purge Unfinished',
        detail: { category: 'uins', runId: RUN, hop: 3 },
      },
    ]);
  });

  test.each<[string, number, Partial<Report>, number]>([
    ['removed nothing', 0, { documentsRemoved: 0 }, -1],
    ['has time left: something else is in the way', 0, {}, 1],
    ['is complete', 0, { outcome: 'complete' }, -1],
    ['is refused', 0, { outcome: 'refused' }, -1],
    ['left nothing that is due', 0, { found: { due: 0 } as Report['found'] }, -1],
    ['is the last hop', 40, {}, -1],
  ])('publishes no event for a further hop if the run %s', async (_, hop, changes, remaining) => {
    expect(await published(hop, changes, remaining)).toEqual([]);
  });
});
