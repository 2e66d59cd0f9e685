import { type Client, errors, type estypes } from '@elastic/elasticsearch';
import { describe, expect, test } from 'vitest';
import { countDocuments } from '../../../../../lib/adapters/elasticsearch/count/count-documents.ts';
import { noKnownFaults } from '../../../../../lib/adapters/elasticsearch/count/known-faults.ts';
import type { AgeCriteria, UsableFields } from '../../../../../lib/criteria/due-criteria.ts';
import { DAY } from '../../../../../lib/policy/time/duration.ts';

const NOW = Date.parse('2026-11-24T09:00:00Z');

const age: AgeCriteria = {
  timestampField: '@timestamp',
  ingestedField: 'event.ingested',
  earliest: 0,
  cutoff: NOW - 14 * DAY,
  term: { maxAge: { milliseconds: 14 * DAY } } as unknown as AgeCriteria['term'],
  overdueBefore: NOW - 15 * DAY,
  apartBefore: NOW - 15 * DAY,
  futureFrom: NOW + DAY,
};

const MAPPED: UsableFields = { timestamp: true, ingested: true };
const LOOKED_FOR: UsableFields = { ...MAPPED, unseen: { ingested: { in: 'lacking', path: 'event.ingested' } } };
const INDICES = [
  { name: 'plain', primaries: 1, usable: MAPPED },
  { name: 'looked-for', primaries: 1, usable: LOOKED_FOR },
];

interface Sent {
  readonly index: readonly string[];
  readonly isQuick: boolean;
}

const number = (value: number) => ({ documents: { value } });

/**
 * A client that finds three due documents in each index by the quick searches, one of which has a date in `_source`
 * alone, and two by the whole searches.
 * @param fails the error of each request but the first one.
 */
const clientWith = (untold: number, fails?: Error) => {
  const requests: (readonly Sent[])[] = [];
  const msearch = async ({ searches = [] }: estypes.MsearchRequest) => {
    if (requests.length > 0 && fails !== undefined) throw fails;
    const sent: Sent[] = [];
    const responses = [];
    for (let at = 0; at < searches.length; at += 2) {
      const { index } = searches[at] as { index: string[] };
      const body = searches[at + 1] as { aggs?: { indices?: { aggs: object } } };
      const isQuick = 'untold' in (body.aggs?.indices?.aggs ?? {});
      const isWhole = index.includes('looked-for') && !isQuick;
      const bucket = {
        documents: { value: 3 },
        due: number(isWhole ? 2 : 3),
        ...(isQuick && { untold: number(untold) }),
      };
      const aggregations = body.aggs && { indices: { buckets: index.map((key) => ({ key, ...bucket })) } };
      sent.push({ index, isQuick });
      responses.push({
        timed_out: false,
        hits: { hits: [] },
        _shards: { total: 1, successful: 1, failed: 0 },
        aggregations,
      });
    }
    requests.push(sent);
    return { responses };
  };
  const refresh = async () => ({ _shards: { total: 2, successful: 2, failed: 0 } });
  return { client: { msearch, indices: { refresh } } as unknown as Client, requests };
};

const count = (client: Client) =>
  countDocuments(client, { timeout: () => 1_000, firstWait: 1, retries: 0 }, ['*'], INDICES, { age }, noKnownFaults());

describe('a count of indices in which a date may be in _source alone', () => {
  test('takes one request if no document has such a date', async () => {
    const { client, requests } = clientWith(0);
    const { counts } = await count(client);
    expect(requests).toHaveLength(1);
    expect(counts.get('looked-for')).toMatchObject({ due: 3 });
  });

  test('asks only the indices that have such documents again, and takes that answer', async () => {
    const { client, requests } = clientWith(1);
    const { counts, unanswered } = await count(client);
    expect(requests).toHaveLength(2);
    expect(requests[1]?.every(({ index, isQuick }) => index.join() === 'looked-for' && !isQuick)).toBe(true);
    expect(counts.get('looked-for')).toMatchObject({ due: 2 });
    expect(counts.get('plain')).toMatchObject({ due: 3 });
    expect(unanswered.size).toBe(0);
  });

  test('keeps the answers of the other indices if the second request fails', async () => {
    const { client } = clientWith(1, new errors.ConnectionError('closed'));
    const { counts, unanswered } = await count(client);
    expect(counts.get('plain')).toMatchObject({ due: 3 });
    expect(counts.has('looked-for')).toBe(false);
    expect([...unanswered.keys()]).toEqual(['looked-for']);
  });
});
