import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { isoInstant } from '../../lib/policy/time/instant.ts';
import { erasureFixture, TERMINATED } from '../support/erasure/erasure-fixture.ts';
import { answers, busy, openWire, rewrites } from '../support/server/faulty-connection.ts';

const GONE = '9007199254740993';
const DOCUMENT = 'id-of-a-document';
const FOREVER = { times: Number.POSITIVE_INFINITY };

const CONFLICT = {
  type: 'version_conflict_engine_exception',
  reason: `[${DOCUMENT}]: version conflict, required seqNo [0], primary term [1]. current document has seqNo [1]`,
};
const BAD_QUERY = { type: 'query_shard_exception', reason: `failed to create query: For input string: "${GONE}"` };
const ALL_FAILED = { type: 'search_phase_execution_exception', reason: 'all shards failed', root_cause: [BAD_QUERY] };

/** An account to be erased out of a shared index, by a run behind a connection that the test can make fail. */
const owing = async () => {
  const fixture = erasureFixture();
  const wire = openWire();
  const document = (uin: string) => ({ uin, sdkAppId: '1', '@timestamp': isoInstant(TERMINATED) });
  const index = await fixture.createIndex('current', { [DOCUMENT]: document(GONE), stays: document('1') });
  await fixture.tell('account-deleted', { uin: GONE });
  return { wire, index, run: () => fixture.runPurge({ client: fixture.newClient({ Connection: wire.Connection }) }) };
};

const expectNobodyNamed = (text: string): void => {
  expect(text).not.toContain(GONE);
  expect(text).not.toContain(DOCUMENT);
};

test.each([
  ['a conflict', 409, { failures: [{ index: 'i', id: DOCUMENT, cause: CONFLICT, status: 409 }] }, CONFLICT.type],
  ['a document', 200, { failures: [{ index: 'i', id: DOCUMENT, cause: CONFLICT, status: 409 }] }, CONFLICT.type],
  ['a shard', 200, { failures: [{ index: 'i', shard: 0, reason: BAD_QUERY, status: 400 }] }, BAD_QUERY.type],
  ['a query', 400, { error: ALL_FAILED, status: 400 }, BAD_QUERY.type],
])(
  'the note on a deletion that fails for %s names the type of error, but no account',
  async (_, status, body, type) => {
    const { wire, run } = await owing();
    wire.on(/-current\/_delete_by_query/, answers(status, body), FOREVER);
    const report = await run();
    expect(report).toMatchObject({ outcome: 'incomplete', indices: [{ note: expect.stringContaining(type) }] });
    expectNobodyNamed(JSON.stringify(report));
  },
);

test('the report of a count that fails as a whole quotes no account', async () => {
  const { wire, run } = await owing();
  const fails = rewrites(({ responses }) => responses.splice(0, 1, { error: ALL_FAILED, status: 400 }));
  wire.on(/_msearch/, fails, FOREVER);
  const report = await run();
  expect(report.findings).toMatchObject([{ code: 'unanswered', found: expect.stringContaining(BAD_QUERY.type) }]);
  expectNobodyNamed(JSON.stringify(report));
});

test('the report of a count that fails in a shard quotes no account', async () => {
  const { wire, index, run } = await owing();
  const failures = [{ shard: 0, index, reason: BAD_QUERY }];
  const fails = rewrites(({ responses: [counts] }) =>
    Object.assign(counts._shards, { successful: 0, failed: 1, failures }),
  );
  wire.on(/_msearch/, fails, FOREVER);
  const report = await run();
  expect(report.findings).toMatchObject([{ code: 'unanswered', found: BAD_QUERY.type }]);
  expectNobodyNamed(JSON.stringify(report));
});

test('an error about a failed request quotes no subject of that request', async () => {
  const { wire, run } = await owing();
  wire.on(/_msearch/, busy, FOREVER);
  const error = await run().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'store-busy' });
  expectNobodyNamed(inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true }));
});
