import { describe, expect, test } from 'vitest';
import {
  flagsOf,
  LEASE_MILLISECONDS,
  readLease,
} from '../../../../lib/adapters/elasticsearch/records/lease-document.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import {
  CLOCKS_APART,
  dropsUntil,
  UNANSWERED_MILLISECONDS,
  unansweredBefore,
} from '../../../../lib/purge/destruction.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
/** No honest run has written a later instant by now. */
const LATEST = NOW + LEASE_MILLISECONDS + CLOCKS_APART + UNANSWERED_MILLISECONDS;

const flagsIn = (changes: object) =>
  flagsOf(
    readLease({ runId: 'run', fence: 1, expiresAt: isoInstant(NOW), released: true, blocks: [], ...changes }),
    NOW,
  );

describe('a lease that somebody edited', () => {
  test.each<[string, object]>([
    ['an answer that is awaited for a thousand years', { unansweredUntil: '2999-01-01T00:00:00.000Z' }],
    ['an end in a thousand years', { expiresAt: '2999-01-01T00:00:00.000Z', destroying: true }],
    ['no end', { expiresAt: null, destroying: true }],
  ])('with %s makes nobody wait longer than an unedited lease', (_, changes) => {
    const flags = flagsIn(changes);
    for (const until of [dropsUntil(flags), unansweredBefore(flags)]) {
      expect(until).toBeGreaterThanOrEqual(NOW);
      expect(until).toBeLessThanOrEqual(LATEST);
    }
  });
});

test('a lease keeps an instant that a real run may have written', () => {
  const until = NOW + UNANSWERED_MILLISECONDS;
  expect(unansweredBefore(flagsIn({ unansweredUntil: isoInstant(until) }))).toBe(until);
});
