import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { backfillDates } from '../../lib/maintenance/backfill-dates.ts';
import { DAY } from '../../lib/policy/time/duration.ts';
import { PORT_WORLDS, type PortWorld, targetOf } from '../support/purge/port-world.ts';
import { NOW } from '../support/purge/purge-fixture.ts';

/** Every account and application that documents of these indices name, as text, and how many of them. */
const accountsIn = async (world: PortWorld, ...names: string[]): Promise<readonly string[]> => {
  const targets = await Promise.all(names.map((name) => targetOf(world, name)));
  const asked = targets.flatMap(({ name, usable: { account, application } }) =>
    account === undefined ? [] : [{ name, account, ...(application !== undefined && { application }) }],
  );
  const found: string[] = [];
  for await (const page of world.beside.accountReader.pages(asked, world.fixture.category))
    for (const { uin, sdkAppId, documents } of page.accounts) found.push(`${uin} ${sdkAppId ?? 'none'}: ${documents}`);
  return found.sort();
};

const backfill = async (world: PortWorld, ingestedAt: number, dryRun = false) => {
  const { policy, category } = world.fixture;
  const order = { runId: randomUUID(), dryRun, policy, category };
  return backfillDates(order, { ...world.ports, dateWriter: world.beside.dateWriter }, { ingestedAt });
};

describe.each(PORT_WORLDS)('the account, catalogue and date ports %s', (_name, worldOf) => {
  test('list every pair of account and application once, over all indices', async () => {
    const world = worldOf();
    const [first, second] = [await world.create('first'), await world.create('second')];
    await world.add(first, {
      a: { uin: ['1'], sdkAppId: ['10'] },
      b: { uin: ['1', '2'], sdkAppId: ['10'] },
      c: { uin: ['3'] },
      d: { sdkAppId: ['10'] },
    });
    await world.add(second, { e: { uin: ['1'], sdkAppId: ['10', '11'] } });
    expect(await accountsIn(world, first, second)).toEqual(['1 10: 3', '1 11: 1', '2 10: 1', '3 none: 1']);
  });

  test('list aliases and mapped fields, and count only open indices', async () => {
    const world = worldOf();
    const [open, closed] = [
      await world.create('open', { aliases: [{ name: `${world.fixture.id}-alias` }] }),
      await world.create('closed'),
    ];
    await world.add(open, { a: { timestamps: [NOW] }, b: {} });
    await world.close(closed);
    const { catalogue } = world.beside;
    const listed = (await catalogue.list(['@timestamp', 'uin', 'nowhere'])).filter(({ name }) =>
      [open, closed].includes(name),
    );
    const found = new Map(listed.map((each) => [each.name, each]));
    expect(found.get(open)).toMatchObject({ aliases: [`${world.fixture.id}-alias`], primaries: 1 });
    expect(found.get(open)?.fields).toEqual(new Set(['@timestamp', 'uin']));
    expect(found.get(closed)).not.toHaveProperty('primaries');
    expect(await catalogue.count(listed)).toEqual(new Map([[open, 2]]));
  });

  test.each([
    ['mapped', {}],
    ['not mapped yet', { lacksIngested: true }],
  ])('date only undated documents if the ingested field is %s', async (_case, shape) => {
    const world = worldOf();
    const index = await world.create('dates', shape);
    await world.add(index, { undated: {}, another: { uin: ['1'] }, dated: { timestamps: [NOW - DAY] } });
    expect(await backfill(world, NOW - DAY, true)).toMatchObject({ datable: 2, dated: 0 });
    expect(await backfill(world, NOW - DAY)).toMatchObject({ undatable: 2, dated: 2, left: 0, notTaken: 0 });
    expect(await backfill(world, NOW - DAY)).toMatchObject({ undatable: 0, dated: 0 });
  });

  test('write no date to an index without _source', async () => {
    const world = worldOf();
    await world.add(await world.create('lossy', { hasNoSource: true }), { undated: {} });
    const done = await backfill(world, NOW - DAY);
    expect(done).toMatchObject({ undatable: 1, dated: 0, left: 1 });
    expect(done.obstacles).toMatchObject([{ code: 'not-dated' }]);
  });
});
