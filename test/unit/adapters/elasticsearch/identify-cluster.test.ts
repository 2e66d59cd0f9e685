import { type Client, errors } from '@elastic/elasticsearch';
import { expect, test } from 'vitest';
import { identifyCluster } from '../../../../lib/adapters/elasticsearch/client/identify-cluster.ts';

/** A cluster takes the path of an address for the name of an index. */
const atPath = (): Pick<Client, 'info'> => ({
  info: () => {
    const error = { type: 'index_not_found_exception', reason: 'no such index [foo]' };
    throw new errors.ResponseError({
      statusCode: 404,
      body: { error },
      warnings: null,
      headers: {},
      meta: {} as never,
    });
  },
});

test('an address with a path is reported, with the advice to remove the path', async () => {
  await expect(identifyCluster(atPath() as Client, { timeout: () => 1_000 })).rejects.toMatchObject({
    code: 'no-server-named',
    explanation: { found: expect.stringContaining('with a path'), fix: expect.stringMatching(/^Take the path off/) },
  });
});
