import { expect, test } from 'vitest';
import { ledgerErasures } from '../../../../lib/erasure/due/due-erasures.ts';
import { DAY, HOUR } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { type ErasureFixture, erasureFixture, TERMINATED } from '../../../support/erasure/erasure-fixture.ts';
import { TEST_ENVIRONMENT, TEST_RING } from '../../../support/erasure/key-ring-text.ts';
import { portsAt } from '../../../support/purge/ports-at.ts';
import { NOW } from '../../../support/purge/purge-fixture.ts';

/** A run that takes so many subjects at once, instead of thousands. */
const runWith = ({ client, policy, runPurge }: ErasureFixture, atOnce: number) => {
  const requests = { timeout: () => 30_000, firstWait: 20 };
  const { ownRecords, witness, clock, controls } = portsAt(
    client,
    policy,
    requests,
    () => NOW,
    requests,
    TEST_ENVIRONMENT,
  );
  const { ledger, events } = ownRecords;
  const newOpening = () => 'A'.repeat(43);
  const subjectKeys = async () => TEST_RING;
  const erasureSource = ledgerErasures(
    { ledger, events, controls, clock, policy, witness, newOpening, subjectKeys },
    atOnce,
  );
  return runPurge({ around: (ports) => ({ ...ports, erasureSource }) });
};

const LEFT = {
  code: 'erasures-left',
  severity: 'blocking',
  subjects: 1,
  expected: 'at most 2 subjects due in one run',
  found: '1 more',
  fix: 'The next runs continue with them, the most urgent first.',
};

/** Three subjects that are due, told of in another order than they are. */
const owingThree = async (trigger: 'account-deleted' | 'feature-terminated') => {
  const fixture = erasureFixture();
  const of = (uin: string) => ({ uin, '@timestamp': isoInstant(TERMINATED - DAY) });
  const index = await fixture.createIndex('1', { first: of('1'), second: of('2'), third: of('3'), stays: of('4') });
  for (const [uin, hours] of [
    ['3', 1],
    ['1', 3],
    ['2', 2],
  ] as const)
    await fixture.tell(trigger, { uin }, TERMINATED - hours * HOUR);
  return { fixture, index };
};

test('subjects beyond the limit of a run are counted; the next run continues', async () => {
  const { fixture, index } = await owingThree('feature-terminated');
  const report = await runWith(fixture, 2);
  expect(report).toMatchObject({ outcome: 'incomplete', kept: false, erasures: { due: 2, erased: 2, open: 0 } });
  expect(report.findings).toMatchObject([LEFT]);
  expect(await fixture.left(index)).toEqual(['stays', 'third']);

  const next = await runWith(fixture, 2);
  expect(next).toMatchObject({ outcome: 'complete', findings: [], erasures: { due: 1, erased: 1, open: 0 } });
  expect(await fixture.left(index)).toEqual(['stays']);
});

test('erasures that are counted again come first, and those beyond the limit follow later', async () => {
  const { fixture, index } = await owingThree('account-deleted');
  for (const erasures of [
    { due: 2, erased: 0, open: 2 },
    { due: 2, erased: 2, open: 0 },
  ]) {
    const report = await runWith(fixture, 2);
    expect(report).toMatchObject({ outcome: 'incomplete', findings: [LEFT], erasures });
    expect(await fixture.left(index)).toEqual(['stays', 'third']);
  }
  expect(await runWith(fixture, 2)).toMatchObject({ outcome: 'complete', findings: [], documentsRemoved: 1 });
  expect(await fixture.left(index)).toEqual(['stays']);
});

test('a run with exactly as many accounts as its limit erases all of them', async () => {
  const fixture = erasureFixture();
  const index = await fixture.createIndex('1', { gone: { uin: '1' }, stays: { uin: '2' } });
  await fixture.tell('account-deleted', { uin: '1' });
  expect(await runWith(fixture, 1)).toMatchObject({ outcome: 'complete', findings: [] });
  expect(await fixture.left(index)).toEqual(['stays']);
});
