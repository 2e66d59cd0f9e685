import { expect, test } from 'vitest';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { erasureFixture } from '../../../support/erasure/erasure-fixture.ts';
import { NOW } from '../../../support/purge/purge-fixture.ts';

// Never: an erasure that is closed while no index of its category is there to look into.

const GONE = '9007199254740993';
const of = (uin: string, days: number) => ({ uin, '@timestamp': isoInstant(NOW - days * DAY) });
const NO_INDEX = { code: 'no-index', severity: 'blocking', subjects: 1 };

test('an erasure stays open, and the promise is not kept, while there is no index', async () => {
  const fixture = erasureFixture();
  await fixture.tell('account-deleted', { uin: GONE });
  for (const dryRun of [true, false]) {
    const report = await fixture.runPurge({ dryRun });
    expect(report).toMatchObject({ kept: false, findings: [NO_INDEX] });
    if (!dryRun) expect(report.erasures).toMatchObject({ due: 1, erased: 0, nothingFound: 0, open: 1 });
  }
  const index = await fixture.createIndex('back', { gone: of(GONE, 5), stays: of('7', 5) });
  expect(await fixture.runPurge()).toMatchObject({ kept: true, outcome: 'complete', documentsRemoved: 1 });
  expect(await fixture.left(index)).toEqual(['stays']);
});

test('an erasure without any index is overdue after its deadline', async () => {
  const fixture = erasureFixture();
  await fixture.tell('account-deleted', { uin: GONE }, NOW - 20 * DAY);
  const { findings } = await fixture.runPurge();
  expect(findings.map(({ code }) => code)).toEqual(['no-index', 'erasure-overdue']);
});

test('an erasure is closed as nothing-found if a person says there is no index', async () => {
  const fixture = erasureFixture();
  await fixture.tell('account-deleted', { uin: GONE });
  expect(await fixture.runPurge({ allowEmpty: true })).toMatchObject({
    kept: true,
    findings: [{ code: 'no-index', severity: 'notice' }],
    erasures: { due: 1, nothingFound: 1, open: 0 },
  });
});

test('an empty index counts as searched', async () => {
  const fixture = erasureFixture();
  await fixture.createIndex('first');
  await fixture.tell('account-deleted', { uin: GONE });
  expect(await fixture.runPurge()).toMatchObject({ kept: true, erasures: { due: 1, nothingFound: 1, open: 0 } });
});

test('an index that somebody removes during the run does not count as searched', async () => {
  const fixture = erasureFixture();
  const index = await fixture.createIndex('away', { gone: of(GONE, 5), stays: of('7', 5) });
  await fixture.tell('account-deleted', { uin: GONE });
  const report = await fixture.runPurge({
    around: (ports) => ({
      ...ports,
      remover: {
        ...ports.remover,
        slices: async (...given) => {
          await fixture.client.indices.delete({ index });
          return ports.remover.slices(...given);
        },
      },
    }),
  });
  expect(report).toMatchObject({ kept: false, erasures: { due: 1, erased: 0, nothingFound: 0, open: 1 } });
});
