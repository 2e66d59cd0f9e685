import { number } from '../../lib/base/number-text.ts';
import { EXAMPLE_POLICY } from '../support/policy/example-policy.ts';
import { type Bench, inTurn } from './harness.ts';
import type { Comparison } from './page/found.ts';
import { createSmallIndices, removeSmallIndices, SMALL_INDICES } from './small-indices.ts';

/** Compares `plan` over small indices, of which half are due, with the list of indices that Elasticsearch gives. */
export const plan = async (bench: Bench, indices: number, rounds: number): Promise<Comparison> => {
  const { client } = bench;
  bench.usePolicy(EXAMPLE_POLICY);
  await removeSmallIndices(client);
  await bench.command('setup');
  await createSmallIndices(client, indices);
  const compared = await inTurn(
    `Plan: ${number(indices)} indices`,
    rounds,
    {
      'es-retention': () => bench.command('plan', '--category', 'backend-logs'),
      '_cat/indices': () => bench.requests(() => client.cat.indices({ index: SMALL_INDICES, format: 'json' })),
    },
    async () => undefined,
    async () => undefined,
  );
  await removeSmallIndices(client);
  return compared;
};
