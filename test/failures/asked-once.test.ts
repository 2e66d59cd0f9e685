import { expect, test } from 'vitest';
import { isoInstant } from '../../lib/policy/time/instant.ts';
import { erasureFixture, TERMINATED } from '../support/erasure/erasure-fixture.ts';
import { daysAgo, purgeFixture } from '../support/purge/purge-fixture.ts';
import { type Fault, lookTimesOut, openWire, reset, rewrites } from '../support/server/faulty-connection.ts';

const OLD = { '@timestamp': daysAgo(20) };
const LIVE = { '@timestamp': daysAgo(1) };
const FOREVER = { times: Number.POSITIVE_INFINITY };
const SUFFIXES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'odd'];

const failsItem: Fault = (send, body) =>
  rewrites(({ responses }) => {
    const headers = body.split('\n').filter((_, at) => at % 2 === 0);
    headers.forEach((header, at) => {
      if (header.includes('-odd"')) responses[at] = { error: { type: 'odd_exception', reason: 'odd' }, status: 400 };
    });
  })(send, body);

/** The index stays as it is, and the run says so: not asking again never makes anything kept. */
test.each([
  ['closes the connection', reset],
  ['fails as a whole', failsItem],
])('an index that %s in the first count is not searched again in the second', async (_, fault) => {
  const fixture = purgeFixture();
  const wire = openWire();
  for (const suffix of SUFFIXES) await fixture.createIndex(suffix, { old: OLD, live: LIVE });
  let atFault = 0;
  wire.on(
    /_msearch/,
    (send, body) => {
      if (!body.includes('-odd"')) return send();
      atFault += 1;
      return fault(send, body);
    },
    FOREVER,
  );
  const report = await fixture.runPurge({ client: fixture.newClient({ Connection: wire.Connection }) });
  expect(report).toMatchObject({ outcome: 'incomplete', kept: false, documentsRemoved: 7 });
  expect(report.findings).toMatchObject([{ code: 'unanswered', index: expect.stringContaining('-odd') }]);
  // The first request is tried five times, then halves of halves, down to the index alone.
  expect(atFault).toBeLessThanOrEqual(5 + 3);
  // One look before and one after: nobody vanished in between.
  expect(wire.sent(/_field_caps/)).toHaveLength(2);
});

test('subjects that the verification could not search do not count as erased', async () => {
  const rules = {
    age: { maxAge: 'P14D', allowedLateness: 'PT1H' },
    termination: { triggers: ['account-deleted'], deadline: 'P7D', cancelWindow: 'P3D' },
  };
  const fixture = erasureFixture({ category: { records: 'dated', schedule: 'rate(15 minutes)', rules } });
  const theirs = { uin: '1', '@timestamp': isoInstant(TERMINATED) };
  const index = await fixture.createIndex('slow', { theirs, live: { uin: '9', '@timestamp': daysAgo(0) } });
  await fixture.tell('account-deleted', { uin: '1' });
  const wire = openWire();
  wire.on(/-slow\/_delete_by_query/, reset, FOREVER);
  // The plan finds them; the verification takes too long to look.
  wire.on(/_msearch/, lookTimesOut, { ...FOREVER, skip: 1 });
  const report = await fixture.runPurge({ client: fixture.newClient({ Connection: wire.Connection }) });
  expect(report).toMatchObject({ outcome: 'incomplete', erasures: { open: 1, erased: 0 } });
  expect(await fixture.left(index)).toEqual(['live', 'theirs']);
  expect(await fixture.entries()).toMatchObject([{ state: 'erasing', progress: { documentsErased: 0 } }]);
  await fixture.runPurge();
  expect(await fixture.left(index)).toEqual(['live']);
  const [entry] = await fixture.entries();
  expect(entry?.progress.documentsErased).toBe(1);
});
