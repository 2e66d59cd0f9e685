import { describe, expect, test } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../../lib/policy/time/duration.ts';
import type { Instant } from '../../../lib/policy/time/instant.ts';
import { isoInstant } from '../../../lib/policy/time/instant.ts';
import { NOW, PurgeInMemory } from '../../support/in-memory/purge-in-memory.ts';

const INDEX = 'call-log-1';

/** A run with another clock of the cluster. The index holds documents of these dates, whose ids are `0`, `1`, …. */
const worldOf = (serverTime: () => Promise<Instant>, ...dates: readonly Instant[]): PurgeInMemory => {
  const world = new PurgeInMemory();
  world.fill(INDEX, ...dates);
  world.ports = { ...world.ports, store: { ...world.ports.store, serverTime } };
  return world;
};

const [OLD, LIVE] = [NOW - 20 * DAY, NOW - DAY];

describe('two clocks that differ', () => {
  const run = async (skew: number) => {
    const world = worldOf(async () => NOW + skew, NOW - 14 * DAY - 3 * MINUTE, OLD, LIVE);
    return { report: await world.run(), left: world.left(INDEX) };
  };

  test.each([
    ['by a minute', MINUTE, []],
    ['by more than a minute', MINUTE + 1, ['notice']],
    ['by five minutes', 5 * MINUTE, ['notice']],
    ['backwards by a minute', -MINUTE, []],
  ])('%s are reported only beyond one minute', async (_, skew, severities) => {
    const { report, left } = await run(skew);
    expect(report).toMatchObject({ outcome: 'complete', refusals: [], kept: true });
    expect(report.findings.map(({ code, severity }) => [code, severity])).toEqual(
      severities.map((severity) => ['clock-skew', severity]),
    );
    expect(left).toEqual(['2']);
  });

  test('give the run the time of the earlier clock', async () => {
    const { report, left } = await run(-4 * MINUTE);
    expect(report).toMatchObject({ outcome: 'complete', cutoff: isoInstant(NOW - 14 * DAY - 4 * MINUTE) });
    expect(left).toEqual(['0', '2']);
  });

  test.each([5 * MINUTE + 1, -5 * MINUTE - 1, 13 * DAY])(
    'prevent any destruction if they are %i ms apart',
    async (skew) => {
      const { report, left } = await run(skew);
      expect(report).toMatchObject({
        outcome: 'refused',
        kept: false,
        refusals: [{ code: 'clock-skew', found: expect.stringContaining(isoInstant(NOW + skew)) }],
      });
      expect(left).toEqual(['0', '1', '2']);
    },
  );

  test.each([
    ['ours is ahead', HOUR, 0],
    ['ours is behind', -DAY, 0],
    ['that of the cluster is ahead', 0, 13 * DAY],
    ['that of the cluster is behind', 0, -HOUR],
  ])('allow the next run after somebody has set the wrong clock as the fix says: %s', async (_, ours, theirs) => {
    const off = { here: ours, there: theirs };
    const world = worldOf(async () => NOW + off.there, OLD, LIVE);
    const next = () => {
      world.now = NOW + off.here;
      return world.run();
    };
    const refused = await next();
    const [advice] = refused.refusals;
    expect(refused).toMatchObject({
      outcome: 'refused',
      refusals: [
        { code: 'clock-skew', fix: expect.stringMatching(/^Set the clock that is wrong, .* next run continues/) },
      ],
      findings: [{ code: 'clock-skew', severity: 'blocking', fix: advice?.fix }],
    });
    // Somebody with a right watch sees from what is said which of them is wrong, and by how much.
    const [, here = '', there = ''] = /^(\S+) here, (\S+) in the cluster$/.exec(advice?.found ?? '') ?? [];
    off.here -= Date.parse(here) - NOW;
    off.there -= Date.parse(there) - NOW;
    expect(await next()).toMatchObject({ outcome: 'complete', findings: [], refusals: [] });
    expect(world.left(INDEX)).toEqual(['1']);
  });

  test('do not count the duration of the request as a difference', async () => {
    const world = worldOf(async () => {
      world.now += 10 * MINUTE;
      return world.now - MINUTE;
    }, LIVE);
    expect(await world.run()).toMatchObject({ outcome: 'complete', findings: [] });
  });
});

describe('a run during which our clock is changed', () => {
  const jumping = async (by: number) => {
    const world = worldOf(async () => NOW, OLD, NOW - 13.9 * DAY, LIVE);
    world.around('deleteSlice', (real) => async (...given) => {
      const deleted = await real(...given);
      world.now = NOW + by;
      return deleted;
    });
    return { report: await world.run(), left: world.left(INDEX) };
  };

  const clocks = (by: number) =>
    `${isoInstant(NOW + by)} here, ${isoInstant(NOW)} in the cluster; the earlier of the two decides what is due`;

  test('reports the difference, and no lag, if the clock is set ahead', async () => {
    const { report, left } = await jumping(2 * DAY);
    expect(left).toEqual(['1', '2']);
    expect(report).toMatchObject({ verifiedAt: isoInstant(NOW), retentionLagMilliseconds: 0, kept: false });
    expect(report.findings).toMatchObject([{ code: 'clock-skew', severity: 'blocking', found: clocks(2 * DAY) }]);
  });

  test('reports the difference if the clock is set back', async () => {
    const { report, left } = await jumping(-2 * DAY);
    expect(left).toEqual(['1', '2']);
    const difference = { code: 'clock-skew', severity: 'blocking', found: clocks(-2 * DAY) };
    expect(report.findings).toContainEqual(expect.objectContaining(difference));
  });
});
