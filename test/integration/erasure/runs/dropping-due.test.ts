import { expect, test } from 'vitest';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import type { Ports } from '../../../../lib/purge/purge.ts';
import { type ErasureFixture, erasureFixture, TERMINATED } from '../../../support/erasure/erasure-fixture.ts';
import { daysAgo, NOW } from '../../../support/purge/purge-fixture.ts';

const rules = {
  age: { maxAge: 'P14D', allowedLateness: 'PT1H' },
  termination: { triggers: ['account-deleted'], deadline: 'P7D', cancelWindow: 'P3D' },
};
const old = (uin: string) => ({ uin, '@timestamp': daysAgo(20) });
const young = (uin: string) => ({ uin, '@timestamp': isoInstant(TERMINATED) });

const owing = async (...uins: readonly string[]): Promise<ErasureFixture> => {
  const fixture = erasureFixture({ category: { records: 'dated', schedule: 'rate(15 minutes)', rules } });
  await fixture.createIndex('live', { stays: young('9') });
  for (const uin of uins) await fixture.tell('account-deleted', { uin });
  return fixture;
};

/**
 * Runs, and lists the accounts that the ledger was asked about, each time; the last one that is to be dropped is
 * counted first.
 */
const runAsking = async (fixture: ErasureFixture, whileCounting: () => Promise<unknown> = async () => undefined) => {
  const asked: string[][] = [];
  let isDone = false;
  const report = await fixture.runPurge({
    around: (ports: Ports) => ({
      ...ports,
      remover: {
        ...ports.remover,
        countLive: async (...given) => {
          const live = await ports.remover.countLive(...given);
          if (!isDone) await whileCounting();
          isDone = true;
          return live;
        },
      },
      erasureSource: {
        ...ports.erasureSource,
        dueOf: async (...given) => {
          const due = await ports.erasureSource.dueOf(...given);
          return Object.assign(Object.create(due), {
            stillDue: async (subjects: typeof due.subjects) => {
              if (subjects.length > 0) asked.push(subjects.map(({ uin }) => uin).sort());
              return due.stillDue(subjects);
            },
            begin: (plan: Parameters<typeof due.begin>[0]) => due.begin(plan),
            recordOutcomes: (verification: Parameters<typeof due.recordOutcomes>[0]) =>
              due.recordOutcomes(verification),
          });
        },
      },
    }),
  });
  return { report, asked };
};

test('fully expired indices are dropped without a query for due erasures', async () => {
  const fixture = await owing('1', '2', '3');
  const names: string[] = [];
  for (const suffix of ['a', 'b', 'c'])
    names.push(await fixture.createIndex(suffix, { one: old('1'), nobody: { '@timestamp': daysAgo(30) } }));
  const { report, asked } = await runAsking(fixture);
  expect(report).toMatchObject({ indicesDropped: 3, documentsRemoved: 6 });
  for (const name of names) expect(await fixture.left(name)).toBeUndefined();
  expect(asked).toEqual([]);
});

test('an expired index is dropped although an erasure in it is cancelled meanwhile', async () => {
  const fixture = await owing('1');
  const index = await fixture.createIndex('a', { one: old('1') });
  const reinstate = () => fixture.tell('account-reinstated', { uin: '1' }, NOW);
  const { report } = await runAsking(fixture, reinstate);
  expect(report).toMatchObject({ outcome: 'complete', indicesDropped: 1 });
  expect(await fixture.left(index)).toBeUndefined();
});

test('before a drop only the subjects of that index are checked again', async () => {
  const fixture = await owing('1', '2', '3', '4');
  const index = await fixture.createIndex('a', { one: young('1'), two: old('2'), three: young('3'), old: old('8') });
  const { report, asked } = await runAsking(fixture);
  expect(report).toMatchObject({ indicesDropped: 1, documentsRemoved: 4 });
  expect(await fixture.left(index)).toBeUndefined();
  // Before and after the last look at the index.
  expect(asked).toEqual([
    ['1', '2', '3'],
    ['1', '2', '3'],
  ]);
});

test('an index to be dropped for its subjects stays if one of them is reinstated meanwhile', async () => {
  const fixture = await owing('1', '2');
  const index = await fixture.createIndex('a', { one: young('1'), two: young('2'), old: old('8') });
  const reinstate = () => fixture.tell('account-reinstated', { uin: '1' }, NOW);
  const { report } = await runAsking(fixture, reinstate);
  expect(report.indices.find((each) => each.index === index)).toMatchObject({
    did: 'left',
    note: expect.stringContaining('cancelled'),
  });
  expect(await fixture.left(index)).toEqual(['old', 'one', 'two']);
});
