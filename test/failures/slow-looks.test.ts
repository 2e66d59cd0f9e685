import { expect, test } from 'vitest';
import { isoInstant } from '../../lib/policy/instant.ts';
import { erasureFixture, TERMINATED } from '../support/erasure-fixture.ts';
import { openWire, rewrites } from '../support/faulty-connection.ts';
import { daysAgo } from '../support/purge-fixture.ts';

const rules = {
  age: { maxAge: 'P14D', allowedLateness: 'PT1H' },
  termination: { triggers: ['account-deleted'], deadline: 'P7D', cancelWindow: 'P3D' },
};

test('where looking into documents takes too long nobody is erased, which is said, and age rules go on', async () => {
  const fixture = erasureFixture({ category: { records: 'dated', schedule: 'rate(15 minutes)', rules } });
  const theirs = { uin: '1', '@timestamp': isoInstant(TERMINATED) };
  const index = await fixture.createIndex('slow', { theirs, old: { uin: '9', '@timestamp': daysAgo(20) } });
  await fixture.tell('account-deleted', { uin: '1' });
  const wire = openWire();
  wire.on(
    /_msearch/,
    (send, body) => {
      const bodies = body.split('\n').filter((_, at) => at % 2 === 1);
      const slow = bodies.findIndex((each) => each.includes('"timeout":"20s"'));
      return slow < 0 ? send() : rewrites(({ responses }) => (responses[slow].timed_out = true))(send, body);
    },
    { times: Number.POSITIVE_INFINITY },
  );
  const report = await fixture.runPurge({ client: fixture.newClient({ Connection: wire.Connection }) });
  expect(report).toMatchObject({ outcome: 'incomplete', documentsRemoved: 1, erasures: { open: 1 } });
  expect(report.findings).toMatchObject([{ code: 'not-examined', found: expect.stringContaining('it took too long') }]);
  expect(await fixture.left(index)).toEqual(['theirs']);
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', documentsRemoved: 1, found: { due: 0 } });
});
