import { Readable } from 'node:stream';
import type { Client } from '@elastic/elasticsearch';
import { HOUR } from '../../lib/policy/time/duration.ts';
import { isoInstant } from '../../lib/policy/time/instant.ts';

/**
 * Makes an index of log lines, and refreshes it.
 * @param ageOf how old each line is, in milliseconds.
 */
export const fillLogIndex = async (
  client: Client,
  index: string,
  count: number,
  now: number,
  ageOf: (at: number) => number,
): Promise<void> => {
  function* lines(): Generator<object> {
    for (let at = 0; at < count; at++)
      yield {
        '@timestamp': isoInstant(now - ageOf(at)),
        uin: `${at % 1_000}`,
        message: `line ${at} of a log that is about so long`,
      };
  }
  await client.indices.create({
    index,
    settings: { number_of_replicas: 0, refresh_interval: '-1' },
    mappings: {
      properties: {
        '@timestamp': { type: 'date' },
        uin: { type: 'keyword' },
        message: { type: 'text' },
        event: { properties: { ingested: { type: 'date' } } },
      },
    },
  });
  await client.helpers.bulk({
    datasource: Readable.from(lines()),
    onDocument: () => ({ create: { _index: index } }),
    flushBytes: 2_000_000,
  });
  await client.indices.refresh({ index });
};

/**
 * The ages of documents of which half are older than a period: spread evenly over twice the period, a little away from
 * the boundary.
 */
export const agesAroundBoundary = (count: number, period: number): ((at: number) => number) => {
  const step = (2 * period - 2 * HOUR) / count;
  return (at) => at * step + (at * step > period - HOUR ? 2 * HOUR : 0);
};
