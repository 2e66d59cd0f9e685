import { expect, test } from 'vitest';
import { ofIndexByField } from '../../lib/adapters/elasticsearch/inspect/index-filter.ts';
import { daysAgo, purgeFixture } from '../support/purge/purge-fixture.ts';
import { answers, openWire } from '../support/server/faulty-connection.ts';

const REFUSED =
  '[script] Too many dynamic script compilations within, max: [150/5m]; please use indexed, or scripts with parameters instead; this limit can be changed by the [script.max_compilations_rate] setting';
const CAUSE = { type: 'circuit_breaking_exception', reason: REFUSED };

/** As 8.19.13 and 9.4.3 answer where a script of the request had to be compiled: nothing was searched. */
const NOT_COMPILED = {
  error: { type: 'search_phase_execution_exception', reason: 'all shards failed', root_cause: [CAUSE] },
  status: 400,
};

test('documents are deleted even if other scripts use up the compilation limit', async () => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('logs', {
    old: { '@timestamp': daysAgo(20) },
    live: { '@timestamp': daysAgo(1) },
  });
  const wire = openWire();
  wire.on(/_delete_by_query/, answers(400, NOT_COMPILED));
  const report = await fixture.runPurge({ client: fixture.newClient({ Connection: wire.Connection }) });
  expect(report).toMatchObject({ outcome: 'complete', documentsRemoved: 1, kept: true });
  expect(await fixture.left(index)).toEqual(['live']);
});

test('the query with a field instead of a script finds nothing through an alias', async () => {
  const fixture = purgeFixture();
  const { client, id } = fixture;
  const index = await fixture.createIndex('logs', { one: {} });
  await client.indices.putAlias({ index, name: `${id}-alias` });
  const found = async (name: string) => {
    const { query, runtime } = ofIndexByField(name);
    const { hits } = await client.search({ index: name, query, runtime_mappings: runtime });
    return hits.hits.length;
  };
  expect([await found(index), await found(`${id}-alias`)]).toEqual([1, 0]);
});

test('if the queries with script and field are both refused, the report names the limit', async () => {
  const fixture = purgeFixture();
  await fixture.createIndex('logs', { old: { '@timestamp': daysAgo(20) }, live: { '@timestamp': daysAgo(1) } });
  const wire = openWire();
  wire.on(/_delete_by_query/, answers(400, NOT_COMPILED), { times: Number.POSITIVE_INFINITY });
  const report = await fixture.runPurge({ client: fixture.newClient({ Connection: wire.Connection }) });
  expect(report).toMatchObject({ outcome: 'incomplete', kept: false, documentsRemoved: 0 });
  expect(JSON.stringify(report)).toContain('over the limit of script.max_compilations_rate');
});
