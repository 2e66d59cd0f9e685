import { errors, type estypes } from '@elastic/elasticsearch';
import pMap from 'p-map';
import { type Instant, isoInstant } from '../../lib/policy/time/instant.ts';
import type { DemoEnvironment } from '../demo-environment.ts';
import { COMMON_PROPERTIES, CONFIGURATION, INGESTED_PROPERTIES, SEEDED_CATEGORIES } from './catalogue.ts';
import { dayStart, type SeededDocument, type Size, seedDocuments } from './documents.ts';
import { randomFrom } from './random.ts';

const SEED = 20_230_908;
const CREATED_AT_ONCE = 8;
const BULKS_AT_ONCE = 2;
const DOCUMENTS_PER_BULK = 4_000;

interface IndexToCreate {
  readonly index: string;
  readonly properties: Record<string, estypes.MappingProperty>;
}

/** Somebody else has created an index of that name since we looked. We must not remove it. */
const isTaken = (error: unknown): boolean =>
  error instanceof errors.ResponseError && error.body?.error?.type === 'resource_already_exists_exception';

const createIndex = async (
  { client, created }: DemoEnvironment,
  { index, properties }: IndexToCreate,
): Promise<void> => {
  created.add(index);
  try {
    await client.indices.create({
      index,
      settings: { number_of_shards: 1, number_of_replicas: 0, refresh_interval: '-1' },
      mappings: { dynamic: 'strict', properties: { ...COMMON_PROPERTIES, ...properties } },
    });
  } catch (error) {
    if (isTaken(error)) created.delete(index);
    throw error;
  }
};

function* inChunks<T>(items: Iterable<T>, size: number): Generator<readonly T[]> {
  let chunk: T[] = [];
  for (const item of items) {
    chunk.push(item);
    if (chunk.length < size) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

/** What was written. */
export interface Seeded {
  readonly documents: number;
  readonly indices: number;
  /** The index of a category for the day that was this many days ago. */
  readonly indexOf: (category: string, daysAgo: number) => string;
}

const indexNames =
  ({ policy }: DemoEnvironment, now: Instant): Seeded['indexOf'] =>
  (category, daysAgo) => {
    const [pattern = ''] = policy.categories.get(category)?.indices ?? [];
    const day = isoInstant(dayStart(now, daysAgo)).slice(0, 10).replaceAll('-', '.');
    return pattern.replace('*', category === CONFIGURATION.id ? 'current' : day);
  };

/** Fills an empty server with typical data: daily indices of six categories, and one of configurations. */
export const seed = async (environment: DemoEnvironment, size: Size, signal: AbortSignal): Promise<Seeded> => {
  const { client } = environment;
  const now = Date.now();
  const indexOf = indexNames(environment, now);
  const indices = [
    { index: indexOf(CONFIGURATION.id, 0), properties: CONFIGURATION.properties },
    ...SEEDED_CATEGORIES.flatMap(({ id, ingested, properties }) =>
      size.days.map((daysAgo) => ({
        index: indexOf(id, daysAgo),
        properties: { ...properties, ...(ingested && INGESTED_PROPERTIES) },
      })),
    ),
  ];
  await untilFailure(indices, CREATED_AT_ONCE, signal, (index) => createIndex(environment, index));

  let documents = 0;
  const write = async (chunk: readonly SeededDocument[]): Promise<void> => {
    const operations = chunk.flatMap(({ category, indexDaysAgo, source }) => [
      { create: { _index: indexOf(category, indexDaysAgo) } },
      source,
    ]);
    const { items } = await client.bulk({ operations });
    const failed = items.find(({ create }) => create?.error);
    if (failed) throw new Error(`A document was not written: ${JSON.stringify(failed.create?.error)}`);
    documents += chunk.length;
  };
  await untilFailure(
    inChunks(seedDocuments(randomFrom(SEED), now, size), DOCUMENTS_PER_BULK),
    BULKS_AT_ONCE,
    signal,
    write,
  );
  return { documents, indices: indices.length, indexOf };
};

/** Stops starting work after the first failure or interruption, and returns when nothing is in progress any more. */
const untilFailure = async <T>(
  items: Iterable<T>,
  concurrency: number,
  signal: AbortSignal,
  work: (item: T) => Promise<void>,
): Promise<void> => {
  const failures: unknown[] = [];
  const attempt = async (item: T): Promise<void> => {
    if (signal.aborted || failures.length > 0) return;
    await work(item).catch((error: unknown) => failures.push(error));
  };
  await pMap(items, attempt, { concurrency });
  signal.throwIfAborted();
  if (failures.length > 0) throw failures[0];
};
