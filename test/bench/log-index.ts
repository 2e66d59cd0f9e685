import { Readable } from 'node:stream';
import type { Client } from '@elastic/elasticsearch';
import { HOUR } from '../../lib/policy/time/duration.ts';
import { isoInstant } from '../../lib/policy/time/instant.ts';

/**
 * The end of the name of a way that purges documents without an ingestion date. The mapping has the field, so such a
 * date may be in `_source` alone: es-retention looks there in each due document.
 */
export const WITHOUT_INGESTION = ', no ingestion dates';

/** Why the ways with {@link WITHOUT_INGESTION} are measured. */
export const INGESTION_NOTE =
  'The documents have an ingestion date. Where they have none although the mapping has the field, es-retention reads `_source` of each due document, since a date may be there alone.';

/**
 * Makes an index of log lines, and refreshes it.
 * @param ageOf how old each line is, in milliseconds.
 * @param isIngested whether each line has an ingestion date, the same as its timestamp.
 */
export const fillLogIndex = async (
  client: Client,
  index: string,
  count: number,
  now: number,
  ageOf: (at: number) => number,
  isIngested = true,
): Promise<void> => {
  function* lines(): Generator<object> {
    for (let at = 0; at < count; at++) {
      const date = isoInstant(now - ageOf(at));
      yield {
        '@timestamp': date,
        uin: `${at % 1_000}`,
        message: `line ${at} of a log that is about so long`,
        ...(isIngested && { event: { ingested: date } }),
      };
    }
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
