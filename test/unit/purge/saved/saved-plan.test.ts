import { describe, expect, test } from 'vitest';
import type { Hold } from '../../../../lib/control/controls.ts';
import { parseRetentionPolicy } from '../../../../lib/policy/parsing/parse-retention-policy.ts';
import { DAY, HOUR, MINUTE } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import type { Report } from '../../../../lib/purge/report/report.ts';
import type { SavedCategory, SavedPlan } from '../../../../lib/purge/saved/saved-plan.ts';
import { dated, EXPIRED, LIVE, NOW } from '../../../support/in-memory/purge-in-memory.ts';
import type { InMemoryControls } from '../../../support/in-memory/records/in-memory-controls.ts';
import { POLICY as TEXT } from '../../../support/policy/policy-text.ts';
import { CATEGORY } from '../../../support/purge/described-index.ts';
import { HALF, SavedWorld } from '../../../support/purge/saved-world.ts';

/** A backlog of five documents beside a live one: more than the guard allows. */
const backlog = (sliceDocuments?: number): SavedWorld => {
  const world = new SavedWorld(sliceDocuments);
  world.fill('call-log-1', EXPIRED, EXPIRED);
  world.fill('call-log-2', EXPIRED, LIVE, EXPIRED, EXPIRED);
  return world;
};

const leftIn = (world: SavedWorld): readonly (readonly string[] | undefined)[] =>
  ['1', '2'].map((each) => world.left(`call-log-${each}`));

const UNTOUCHED = [
  ['0', '1'],
  ['0', '1', '2', '3'],
];

const leftOut = ({ findings }: Report) =>
  findings.flatMap(({ code, index, expected, found }) =>
    code === 'not-in-saved-plan' ? [{ index, expected, found }] : [],
  );

describe('a saved plan', () => {
  test('overrides a refusal of the share, and the report names the person and the reason', async () => {
    const world = backlog();
    expect(await world.run({ category: HALF })).toMatchObject({ outcome: 'refused', refusals: [{ code: 'share' }] });
    const saved = await world.save();
    const report = await world.carryOut(saved);
    expect(report).toMatchObject({
      runId: saved.categories[0]?.runId,
      outcome: 'complete',
      documentsRemoved: 5,
      indicesDropped: 1,
      refusals: [],
      savedPlan: {
        plannedAt: isoInstant(NOW),
        by: 'A. Engineer',
        reason: 'backlog',
        overridden: [{ code: 'share', found: '5 of 6 documents (83.3 %)' }],
      },
    });
    expect(leftIn(world)).toEqual([undefined, ['1']]);
  });

  test('contains indices, numbers and the cutoff, and expires after an hour', async () => {
    const world = backlog();
    const saved = await world.save();
    expect(saved).toMatchObject({
      policyVersion: expect.stringMatching(/^sha256:/),
      plannedAt: isoInstant(NOW),
      expiresAt: isoInstant(NOW + HOUR),
      categories: [
        {
          category: 'call-logs',
          cutoff: isoInstant(NOW - 14 * DAY),
          subjects: [],
          refusals: [{ code: 'share' }],
          indices: [
            { index: 'call-log-1', uuid: world.uuidOf('call-log-1'), action: 'drop', atMost: 2 },
            { index: 'call-log-2', uuid: world.uuidOf('call-log-2'), action: 'delete', atMost: 3 },
          ],
        },
      ],
    });
  });

  test('is carried out by a run that announces no documents', async () => {
    const world = backlog();
    const report = await world.carryOut(await world.save());
    expect(report.outcome).toBe('complete');
    expect(report).not.toHaveProperty('fallingDue');
  });
});

describe('a run of a saved plan', () => {
  test('keeps documents that have fallen due since the plan was saved', async () => {
    const world = backlog();
    const saved = await world.save();
    world.now += 50 * MINUTE;
    const report = await world.carryOut(saved);
    expect(report).toMatchObject({ cutoff: isoInstant(NOW - 14 * DAY), documentsRemoved: 5 });
    expect(leftIn(world)).toEqual([undefined, ['1']]);
    expect(await world.run()).toMatchObject({ documentsRemoved: 1 });
  });

  test('does not touch an index in which more documents are due than the plan names', async () => {
    const world = backlog();
    const saved = await world.save();
    world.cluster.write('call-log-2', 'late', dated(EXPIRED));
    const report = await world.carryOut(saved);
    expect(report).toMatchObject({ outcome: 'incomplete', documentsRemoved: 2 });
    expect(leftOut(report)).toEqual([{ index: 'call-log-2', expected: 'at most 3 due documents', found: '4' }]);
    expect(leftIn(world)).toEqual([undefined, ['0', '1', '2', '3', 'late']]);
  });

  test('does not touch an index that was created again under its name', async () => {
    const world = backlog();
    const saved = await world.save();
    world.cluster.indices.delete('call-log-1');
    world.fill('call-log-1', EXPIRED);
    const report = await world.carryOut(saved);
    expect(leftOut(report)).toMatchObject([{ index: 'call-log-1', expected: expect.stringContaining('uuid-1') }]);
    expect(leftIn(world)).toEqual([['0'], ['1']]);
  });

  test('does not touch an index that the plan does not name', async () => {
    const world = backlog();
    const saved = await world.save();
    world.fill('call-log-3', EXPIRED);
    const report = await world.carryOut(saved);
    expect(leftOut(report)).toMatchObject([{ index: 'call-log-3', found: 'one that it does not name' }]);
    expect(world.left('call-log-3')).toEqual(['0']);
  });

  test('does not touch an index whose mapping has changed', async () => {
    const world = backlog();
    const saved = await world.save();
    const { fields } = world.cluster.existing('call-log-2').description;
    const date = { type: 'date', searchable: true, aggregatable: true, format: 'strict_date_optional_time' };
    world.cluster.describe('call-log-2', { fields: new Map([...fields, ['@timestamp', date]]) });
    const report = await world.carryOut(saved);
    expect(leftOut(report).map(({ index }) => index)).toEqual(['call-log-2']);
    expect(leftIn(world)).toEqual([undefined, UNTOUCHED[1]]);
  });

  test('only empties an index whose live documents are gone, and does not drop it', async () => {
    const world = backlog();
    const saved = await world.save();
    world.cluster.remove('call-log-2', '1');
    const report = await world.carryOut(saved);
    expect(report.indices).toMatchObject([{ did: 'dropped' }, { planned: 'delete', did: 'deleted' }]);
    expect(leftIn(world)).toEqual([undefined, []]);
  });
});

describe('the numbers of a saved plan', () => {
  const write = (world: SavedWorld, index: string, ids: number): void => {
    for (let at = 0; at < ids; at += 1) world.cluster.write(index, `late${at}`, dated(EXPIRED));
  };

  test.each([undefined, 2, 1])(
    'limit deletions even if old documents are written after the count (slices of %s)',
    async (slice) => {
      const world = backlog(slice);
      const saved = await world.save();
      const asked: (number | undefined)[] = [];
      world.around('slices', (real) => async (target, ...given) => {
        if (target.name === 'call-log-2' && asked.length === 0) write(world, 'call-log-2', 4);
        return real(target, ...given);
      });
      world.around('deleteSlice', (real) => (target, ...given) => {
        asked.push(target.atMost);
        return real(target, ...given);
      });
      const report = await world.carryOut(saved);
      expect(world.left('call-log-2')).toHaveLength(5);
      expect(asked[0]).toBe(3);
      expect(Math.min(...asked.map(Number))).toBeGreaterThan(0);
      expect(report).toMatchObject({ outcome: 'incomplete', documentsRemoved: 5 });
      expect(report.indices[1]?.note).toContain('the saved plan removes at most 3 of its documents');
    },
  );

  test('limit all slices of an index together, which are deleted one after the other', async () => {
    const world = backlog();
    const byIngestion = { timestamps: [], ingested: [EXPIRED] };
    world.cluster.write('call-log-2', 'ingested', byIngestion);
    const saved = await world.save();
    world.around('slices', (real) => async (target, ...given) => {
      const slices = await real(target, ...given);
      for (const each of ['a', 'b', 'c', 'd'])
        if (target.name === 'call-log-2') world.cluster.write(target.name, each, byIngestion);
      return slices;
    });
    expect(await world.carryOut(saved)).toMatchObject({ documentsRemoved: 6 });
    expect(world.left('call-log-2')).toHaveLength(5);
  });

  test('prevent a drop if old documents are written right before its block', async () => {
    const world = backlog();
    const saved = await world.save();
    // The number of operations is unknown, as on a server that does not tell it.
    world.around('operations', () => async () => undefined);
    world.ports = { ...world.ports, store: { ...world.ports.store, operations: async () => new Map() } };
    world.around('blockWrites', (real) => async (name) => {
      if (name === 'call-log-1') write(world, name, 1);
      return real(name);
    });
    const report = await world.carryOut(saved);
    expect(world.left('call-log-1')).toEqual(['0', '1', 'late0']);
    expect(world.blocksOf('call-log-1')).toEqual([]);
    expect(report.indices[0]).toMatchObject({
      did: 'left',
      note: 'it has 3 documents, and the saved plan drops it with at most 2',
    });
  });

  test('count a request without a result as if it had removed all that it could', async () => {
    const world = backlog(2);
    const saved = await world.save();
    world.around('deleteSlice', (real) => async (target, ...given) => {
      // The first attempt got no answer, and nobody knows what it has deleted. The second one did its work.
      const deletion = await real({ ...target, atMost: 1 }, ...given);
      return { ...deletion, full: true, unsure: 2 };
    });
    const report = await world.carryOut(saved);
    expect(world.left('call-log-2')).toEqual(['1', '2', '3']);
    expect(report).toMatchObject({ outcome: 'incomplete' });
    expect(report.indices[1]?.note).toContain('some requests got no answer');
  });
});

describe('the check of a saved plan', () => {
  const refusedWith = async (code: string, change: (saved: SavedPlan) => SavedPlan, later = 0): Promise<void> => {
    const world = backlog();
    const saved = await world.save();
    world.now += later;
    await expect(world.carryOut(change(saved))).rejects.toMatchObject({ code });
    expect(leftIn(world)).toEqual(UNTOUCHED);
    expect(await world.ports.leases.owner(CATEGORY.id)).toBeUndefined();
  };

  test('refuses a plan of another cluster', () =>
    refusedWith('plan-of-another-cluster', (saved) => ({ ...saved, cluster: { ...saved.cluster, uuid: 'other' } })));

  test('refuses a plan of another policy', () =>
    refusedWith('plan-of-another-policy', (saved) => ({ ...saved, policyVersion: 'sha256:other' })));

  test('refuses a plan that is more than an hour old', () => refusedWith('plan-expired', (saved) => saved, HOUR + 1));

  test('refuses a plan that is dated well into the future', () =>
    refusedWith('plan-expired', (saved) => saved, -6 * MINUTE));

  test('refuses a plan that is more than an hour old by the clock of the cluster alone', async () => {
    const world = backlog();
    const saved = await world.save();
    world.now += HOUR - MINUTE;
    const { store } = world.ports;
    world.ports = { ...world.ports, store: { ...store, serverTime: async () => world.now + 2 * MINUTE } };
    await expect(world.carryOut(saved)).rejects.toMatchObject({ code: 'plan-expired' });
    expect(leftIn(world)).toEqual(UNTOUCHED);
  });

  test('refuses a second run, even if as many old documents have arrived', async () => {
    const world = backlog();
    const saved = await world.save();
    await world.carryOut(saved);
    world.cluster.write('call-log-2', 'again', dated(EXPIRED));
    await expect(world.carryOut(saved)).rejects.toMatchObject({ code: 'plan-used' });
    expect(world.left('call-log-2')).toEqual(['1', 'again']);
  });

  test('refuses a second run, even if the report of the first run is not found', async () => {
    const world = backlog();
    const saved = await world.save();
    await world.carryOut(saved);
    world.cluster.write('call-log-2', 'again', dated(EXPIRED));
    world.ports = { ...world.ports, reportStore: { ...world.ports.reportStore, has: async () => false } };
    await expect(world.carryOut(saved)).rejects.toMatchObject({ code: 'conflict' });
    expect(world.left('call-log-2')).toEqual(['1', 'again']);
  });
});

describe('a saved plan that is carried out', () => {
  const control = (world: SavedWorld, holds: readonly Hold[], pause?: object): void =>
    (world.ports.controls as InMemoryControls).edit(CATEGORY.id, {
      made: 'm',
      revision: 1,
      holds,
      ...(pause && { pause }),
    });

  test('does not override a hold of an index', async () => {
    const world = backlog();
    const saved = await world.save();
    control(world, [
      {
        id: 'hold_00000000-0000-4000-8000-000000000001',
        scope: 'index',
        index: 'call-log-1',
        reason: 'a court',
        by: 'somebody',
        placedAt: NOW,
        reviewAt: NOW + DAY,
      },
    ]);
    await world.carryOut(saved);
    expect(leftIn(world)).toEqual([['0', '1'], ['1']]);
  });

  test('does not override a pause of the category', async () => {
    const world = backlog();
    const saved = await world.save();
    control(world, [], { reason: 'an incident', since: NOW - 1, until: NOW + HOUR });
    expect(await world.carryOut(saved)).toMatchObject({ outcome: 'observed' });
    expect(leftIn(world)).toEqual(UNTOUCHED);
  });

  test('does not override the lease of another run', async () => {
    const world = backlog();
    const saved = await world.save();
    await world.ports.leases.acquire(CATEGORY.id, 'other');
    await expect(world.carryOut(saved)).rejects.toMatchObject({ code: 'lease-held' });
    expect(leftIn(world)).toEqual(UNTOUCHED);
  });

  test('does not override clocks that disagree', async () => {
    const world = backlog();
    const saved = await world.save();
    const { store } = world.ports;
    world.ports = { ...world.ports, store: { ...store, serverTime: async () => world.now + 6 * MINUTE } };
    expect(await world.carryOut(saved)).toMatchObject({ outcome: 'refused', refusals: [{ code: 'clock-skew' }] });
    expect(leftIn(world)).toEqual(UNTOUCHED);
  });

  test('does not override a share that was not refused when the plan was saved', async () => {
    const world = backlog();
    world.fill('call-log-3', ...Array.from({ length: 20 }, () => NOW));
    const saved = await world.save();
    expect(saved.categories[0]?.refusals).toEqual([]);
    world.cluster.indices.delete('call-log-3');
    expect(await world.carryOut(saved)).toMatchObject({ outcome: 'refused', refusals: [{ code: 'share' }] });
    expect(leftIn(world)).toEqual(UNTOUCHED);
  });

  test.each([
    ['a missing --execute', { dryRun: true }],
    ['a policy that observes', { policy: { ...parseRetentionPolicy(TEXT, 'policy.yml'), version: '' } }],
  ] as const)('does not override %s, and can be used again', async (_, changes) => {
    const world = backlog();
    const saved = await world.save();
    const version = 'policy' in changes ? { policy: { ...changes.policy, version: saved.policyVersion } } : changes;
    const report = await world.carryOut(saved, version);
    expect(report).toMatchObject({ outcome: 'observed', refusals: [], savedPlan: { by: 'A. Engineer' } });
    expect(leftIn(world)).toEqual(UNTOUCHED);
    expect(await world.carryOut(saved)).toMatchObject({ outcome: 'complete' });
  });
});

test('a saved plan whose refusal has another reason than the share overrides nothing', async () => {
  const world = backlog();
  const saved = await world.save();
  const [first] = saved.categories;
  const refusals = [{ code: 'controls' as const, expected: '', found: '', fix: '' }];
  const changed = { ...saved, categories: [{ ...(first as SavedCategory), refusals }] };
  expect(await world.carryOut(changed)).toMatchObject({ outcome: 'refused', refusals: [{ code: 'share' }] });
  expect(leftIn(world)).toEqual(UNTOUCHED);
});
