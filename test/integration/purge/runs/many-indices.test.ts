import { expect, test } from 'vitest';
import { daysAgo, purgeFixture } from '../../../support/purge/purge-fixture.ts';
import { createMany } from '../../../support/server/create-many.ts';

const live = { '@timestamp': daysAgo(1) };

test('150 indices with names of 200 characters are purged in one run', { timeout: 300_000 }, async () => {
  const fixture = purgeFixture();
  const names = Array.from({ length: 150 }, (_, at) => `${at}-`.padEnd(200 - fixture.id.length - 1, 'x'));
  await createMany(fixture, names);
  const survivor = `${fixture.id}-${names[75]}`;
  await fixture.add(survivor, { live });
  const report = await fixture.runPurge();
  expect(report).toMatchObject({ outcome: 'complete', indicesDropped: 149, planned: { documents: 151, due: 150 } });
  expect(await fixture.left(survivor)).toEqual(['live']);
});
