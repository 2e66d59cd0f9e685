import { describe, expect, test } from 'vitest';
import type { LedgerEntry } from '../../../../lib/erasure/ledger/ledger-entry.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import type { Ports } from '../../../../lib/purge/purge.ts';
import { TERMINATED } from '../../../support/erasure/erasure-fixture.ts';
import { type ErasureInMemory, erasureInMemory } from '../../../support/in-memory/erasure-in-memory.ts';
import { failure } from '../../../support/in-memory/in-memory-cluster.ts';
import { aroundRemover, NOW } from '../../../support/purge/purge-fixture.ts';

const HOUR = DAY / 24;
const GONE = '9007199254740993';
const STAYS = '9007199254740992';

const dated = (uin: string, at = TERMINATED - DAY) => ({ uin, sdkAppId: '1', '@timestamp': isoInstant(at) });

/** An account with two documents that was deleted, and one that stays. */
const deleted = async () => {
  const fixture = erasureInMemory();
  const index = await fixture.createIndex('1', { a: dated(GONE), b: dated(GONE), stays: dated(STAYS) });
  await fixture.tell('account-deleted', { uin: GONE });
  return { fixture, index };
};

const entryOf = async (fixture: ErasureInMemory, trigger: LedgerEntry['trigger'] = 'account-deleted') =>
  (await fixture.entries()).find((entry) => entry.trigger === trigger) as LedgerEntry;

const runAfter = (fixture: ErasureInMemory, hours: number, around?: (ports: Ports) => Ports) =>
  fixture.runPurge({ clock: () => NOW + hours * HOUR, ...(around !== undefined && { around }) });

describe('an open erasure', () => {
  test.each([
    ['closed', { open: false }],
    ['red', { health: 'red' }],
  ] as const)('stays open while an index is %s, since it may have documents', async (_, condition) => {
    const { fixture } = await deleted();
    fixture.cluster.describe(await fixture.createIndex('2'), condition);
    for (const hours of [0, 1]) {
      const report = await runAfter(fixture, hours);
      expect(report).toMatchObject({ outcome: 'incomplete', erasures: { erased: 0, nothingFound: 0, open: 1 } });
    }
    expect(await entryOf(fixture)).toMatchObject({ state: 'erasing', uin: GONE, closures: [] });
  });

  test('stays open until an index answers again, and counts its documents only then', async () => {
    const { fixture } = await deleted();
    const away = await fixture.createIndex('2', { c: dated(GONE) });
    const falls = aroundRemover((real) => ({
      deleteSlice: async (target, ...given) => {
        if (target.name !== away) return real.deleteSlice(target, ...given);
        fixture.cluster.describe(away, { health: 'red' });
        throw failure('partial-answer', 'red');
      },
    }));
    const claims = { state: 'erasing', progress: { documentsErased: 0, claimed: 3, claimedFor: TERMINATED } };
    await runAfter(fixture, 0, falls);
    expect(await entryOf(fixture)).toMatchObject(claims);
    // The next run finds it away from its beginning.
    await runAfter(fixture, 1);
    expect(await entryOf(fixture)).toMatchObject(claims);
    fixture.cluster.describe(away, { health: 'green' });
    await runAfter(fixture, 2);
    await runAfter(fixture, 3);
    expect(await fixture.left(away)).toEqual([]);
    expect(await entryOf(fixture)).toMatchObject({ state: 'erased', closures: [{ progress: { documentsErased: 3 } }] });
  });

  test('stays open after a run that crashed, and the next run counts what that run erased', async () => {
    const { fixture, index } = await deleted();
    let isErasing = false;
    const dies = (ports: Ports): Ports => ({
      ...aroundRemover((real) => ({
        deleteSlice: (...given) => {
          isErasing = true;
          return real.deleteSlice(...given);
        },
      }))(ports),
      store: {
        ...ports.store,
        count: (...given) => (isErasing ? Promise.reject(new Error('it dies')) : ports.store.count(...given)),
      },
    });
    await expect(runAfter(fixture, 0, dies)).rejects.toThrow('it dies');
    expect(await fixture.left(index)).toEqual(['stays']);
    expect(await entryOf(fixture)).toMatchObject({ state: 'erasing', progress: { documentsErased: 0, claimed: 2 } });
    expect(await runAfter(fixture, 1)).toMatchObject({ erasures: { erased: 1 } });
    expect(await entryOf(fixture)).toMatchObject({
      state: 'erased',
      closures: [{ progress: { documentsErased: 2, firstErasedAt: NOW + HOUR, indices: 1 } }],
    });
  });
});

describe('a run', () => {
  test('erases nothing if the ledger does not accept that the erasure begins', async () => {
    const { fixture, index } = await deleted();
    const refusing = (ports: Ports): Ports => ({
      ...ports,
      erasureSource: {
        ...ports.erasureSource,
        dueOf: async (...given) => {
          const due = await ports.erasureSource.dueOf(...given);
          return Object.assign(due, { begin: () => Promise.reject(failure('no-server', 'gone')) });
        },
      },
    });
    await expect(runAfter(fixture, 0, refusing)).rejects.toMatchObject({ code: 'no-server' });
    expect(await fixture.left(index)).toHaveLength(3);
  });

  test.each([
    ['names another account', { uin: STAYS }],
    ['names an application of it', { sdkAppId: '1' }],
    ['has another state', { state: 'held' }],
    ['owes it later', { obligation: { eraseFrom: NOW + 1 } }],
    ['owes another termination', { obligation: { terminatedAt: TERMINATED - 1 } }],
  ] as const)(
    'erases nothing for an entry that %s after the plan',
    async (_, { obligation, ...edit }: Record<string, unknown>) => {
      const { fixture, index } = await deleted();
      const edited = aroundRemover((real) => ({
        slices: async (...given) => {
          const entry = await entryOf(fixture);
          const read = (await fixture.ledger.read([entry.id])).get(entry.id);
          const owed = { ...entry.obligation, ...(obligation as object) };
          await fixture.ledger.write([{ entry: { ...entry, ...edit, obligation: owed } as LedgerEntry, read }]);
          return real.slices(...given);
        },
      }));
      expect(await runAfter(fixture, 0, edited)).toMatchObject({ documentsRemoved: 0, erasures: { erased: 0 } });
      expect(await fixture.left(index)).toHaveLength(3);
      expect((await entryOf(fixture)).closures).toEqual([]);
    },
  );
});

describe('the end of a feature', () => {
  const terminated = async () => {
    const fixture = erasureInMemory();
    const index = await fixture.createIndex('1', {
      before: dated(GONE),
      last: dated(GONE, TERMINATED),
      next: dated(GONE, TERMINATED + 1),
      stays: dated(STAYS),
    });
    await fixture.tell('feature-terminated', { uin: GONE });
    return { fixture, index };
  };

  test('erases documents up to its instant, and keeps those a millisecond later', async () => {
    const { fixture, index } = await terminated();
    // No second look: what comes late is new use.
    expect(await runAfter(fixture, 0)).toMatchObject({ documentsRemoved: 2, erasures: { erased: 1, open: 0 } });
    expect(await fixture.left(index)).toEqual(['next', 'stays']);
    expect(await entryOf(fixture, 'feature-terminated')).toMatchObject({
      state: 'erased',
      doneThrough: TERMINATED,
      closures: [{ progress: { documentsErased: 2, newUse: 1 } }],
    });
  });

  test('is recorded as done up to the count if the account has no documents any more', async () => {
    const { fixture, index } = await terminated();
    fixture.cluster.remove(index, 'next');
    await runAfter(fixture, 0);
    expect(await entryOf(fixture, 'feature-terminated')).toMatchObject({ doneThrough: NOW });
  });

  test('erases everything, at any date, if the account is deleted as well', async () => {
    const { fixture, index } = await terminated();
    await fixture.tell('account-deleted', { uin: GONE });
    await runAfter(fixture, 0);
    expect(await fixture.left(index)).toEqual(['stays']);
  });
});

describe('a category with both rules', () => {
  const AGED = {
    category: {
      records: 'dated',
      rules: {
        age: { maxAge: 'P14D', allowedLateness: 'PT2H' },
        termination: { triggers: ['account-deleted'], deadline: 'P7D', cancelWindow: 'P3D' },
      },
    },
  };
  const EXPIRED = NOW - 20 * DAY;

  /** An index of which all is to go, of an account that is cancelled before the drop. */
  const dropping = async (other: ReturnType<typeof dated>) => {
    const fixture = erasureInMemory(AGED);
    const index = await fixture.createIndex('1', { a: dated(GONE, EXPIRED), b: other });
    await fixture.createIndex('2', { stays: dated(STAYS, NOW) });
    await fixture.tell('account-deleted', { uin: GONE });
    const counts: unknown[] = [];
    const report = await runAfter(
      fixture,
      0,
      aroundRemover((real) => ({
        countLive: async (target, criteria) => {
          counts.push(Object.keys(criteria).filter((rule) => ['age', 'termination'].includes(rule)));
          if (counts.length === 1) await fixture.tell('account-reinstated', { uin: GONE }, NOW);
          return real.countLive(target, criteria);
        },
      })),
    );
    return { counts, left: await fixture.left(index), did: report.indices[0]?.did, note: report.indices[0]?.note };
  };

  test('drops an expired index as a whole, even if an account in it is reinstated', async () => {
    expect(await dropping(dated(STAYS, EXPIRED))).toMatchObject({ left: undefined, did: 'dropped', counts: [['age']] });
  });

  test('drops no index if a document was due only for a reinstated account', async () => {
    expect(await dropping(dated(GONE))).toMatchObject({
      left: ['a', 'b'],
      did: 'left',
      note: expect.stringContaining('cancelled meanwhile'),
      counts: [['age'], ['age', 'termination']],
    });
  });
});

test('a run sends no deletion if nothing is owed to any of its subjects any more', async () => {
  const { fixture } = await deleted();
  const permissions: unknown[] = [];
  const watching = aroundRemover((real) => ({
    deleteSlice: async (target, criteria, permitted) => {
      await fixture.tell('account-reinstated', { uin: GONE }, NOW);
      return real.deleteSlice(target, criteria, async () => {
        permissions.push(await permitted());
        return undefined;
      });
    },
  }));
  await runAfter(fixture, 0, watching);
  expect(permissions).toEqual([undefined]);
});
