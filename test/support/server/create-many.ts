import pMap from 'p-map';
import { daysAgo, PROPERTIES, type PurgeFixture } from '../purge/purge-fixture.ts';

const old = { '@timestamp': daysAgo(20) };

/** Creates many indices with one old document each, as fast as possible. */
export const createMany = async ({ client, id }: PurgeFixture, names: readonly string[]): Promise<void> => {
  const indices = names.map((name) => `${id}-${name}`);
  const create = (index: string) =>
    client.indices.create({
      index,
      settings: { number_of_replicas: 0 },
      mappings: { properties: PROPERTIES },
      master_timeout: '2m',
      timeout: '2m',
    });
  await pMap(indices, create, { concurrency: 20 });
  const { errors } = await client.bulk({
    timeout: '2m',
    refresh: true,
    operations: indices.flatMap((_index) => [{ index: { _index } }, old]),
  });
  if (errors) throw new Error('a document was not taken');
};
