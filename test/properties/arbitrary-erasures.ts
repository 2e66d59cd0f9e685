import type { AccountEvent } from '../../lib/erasure/events/account-event.ts';
import { DAY } from '../../lib/policy/time/duration.ts';
import type { Instant } from '../../lib/policy/time/instant.ts';
import type { InMemoryDocument } from '../support/in-memory/in-memory-cluster.ts';
import { NOW } from '../support/purge/purge-fixture.ts';
import fc from '../support/run/fast-check.ts';
import { ACCOUNTS, APPLICATIONS, arbitraryTermination } from './arbitrary-terminations.ts';

/** Between two runs: as the schedule of the property's policy has it. */
export const TICK = DAY / 2;
/** So many runs in which anything may happen; a history's events and documents are dated around them. */
export const TICKS = 14;
export const INDICES = 3;
/** How each index maps the account. */
export const ACCOUNT_TYPES = ['keyword', 'long', 'keyword'] as const;

/** The `nth` call of that kind in a run. */
interface Moment {
  readonly call: string;
  readonly nth: number;
}

/** When something happens: before the run of that tick, or in the middle of it. */
interface When {
  readonly tick: number;
  readonly during: Moment | undefined;
}

interface Heard extends When {
  readonly event: AccountEvent;
}

interface Written extends When {
  readonly index: number;
  readonly document: InMemoryDocument;
}

/** An index that does not answer, or takes no deletions, for the rest of a run and until its last tick. */
export interface Outage extends When {
  readonly index: number;
  readonly condition: 'closed' | 'red' | 'blocked';
  readonly ticks: number;
}

/** What goes wrong in a run: one call fails, or its answer is lost; after a crash all that follow fail too. */
export interface Mishap {
  readonly tick: number;
  readonly kind: 'fault' | 'crash';
  readonly at: Moment;
  readonly answerLost: boolean;
}

/** All that happens. */
export interface ErasureEvents {
  readonly heard: readonly Heard[];
  readonly written: readonly Written[];
  readonly outages: readonly Outage[];
  readonly mishaps: readonly Mishap[];
}

/** Not between the last look at the ledger and the deletion: who comes back at that moment cannot be spared. */
const SAFE_CALLS = [
  'find',
  'read',
  'changed',
  'describe',
  'count',
  'open',
  'purgeReports',
  'write',
  'slices',
  'countLive',
  'refresh',
];

const moment = (calls: readonly string[]): fc.Arbitrary<Moment> =>
  fc.record({ call: fc.constantFrom(...calls), nth: fc.nat(3) });

const tick = fc.nat(TICKS - 1);
const during = fc.option(moment(SAFE_CALLS), { freq: 2 }).map((at) => at ?? undefined);

const FAR = NOW + 400 * DAY;
const around = fc
  .tuple(fc.integer({ min: -8, max: TICKS }), fc.constantFrom(-1, 0, 0, 1))
  .map(([ticks, off]) => NOW + ticks * TICK + off);
const dates = fc.oneof(
  { weight: 5, arbitrary: around.map((one) => [one]) },
  { weight: 1, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.tuple(around, around) },
  { weight: 1, arbitrary: fc.constantFrom([0], [FAR + 1]) },
);

/** The third account as documents may write it, and what an integer field takes for it. */
const NUMBER = Number(ACCOUNTS[2]);
const manyWritings = fc.constantFrom<NonNullable<InMemoryDocument['uin']>>(
  [NUMBER],
  [NUMBER, ACCOUNTS[2]],
  [NUMBER, null],
  [`0${NUMBER}`],
  [NUMBER, `0${NUMBER}`],
  [`${NUMBER}.9`],
  [NUMBER + 0.5],
  [null],
);

const document: fc.Arbitrary<InMemoryDocument> = fc.record({
  timestamps: dates,
  ingested: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: dates }),
  uin: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...ACCOUNTS).map((one) => [one]) },
    { weight: 1, arbitrary: fc.subarray([...ACCOUNTS]) },
    { weight: 3, arbitrary: manyWritings },
  ),
  sdkAppId: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...APPLICATIONS).map((one) => [one]) },
    { weight: 1, arbitrary: fc.subarray([...APPLICATIONS]) },
  ),
});

const index = fc.nat(INDICES - 1);
const atFirst: fc.Arbitrary<When> = fc.constant({ tick: 0, during: undefined });
const later: fc.Arbitrary<When> = fc.record({ tick, during });

/** Dated when it was written at the latest, or far ahead. */
const writtenBy = (now: Instant, { timestamps, ingested, ...rest }: InMemoryDocument): InMemoryDocument => {
  const capped = (values: readonly Instant[]) => values.map((value) => (value > FAR ? value : Math.min(value, now)));
  return { ...rest, timestamps: capped(timestamps), ingested: capped(ingested) };
};

const written = (when: fc.Arbitrary<When>): fc.Arbitrary<Written> =>
  fc.tuple(when, index, document).map(([at, where, what]) => ({
    ...at,
    index: where,
    document: writtenBy(NOW + at.tick * TICK, what),
  }));

/** An event is heard up to three times, at any time: before it takes effect, or long after. */
const heard: fc.Arbitrary<readonly Heard[]> = fc
  .tuple(arbitraryTermination(NOW - 4 * DAY), fc.array(later, { minLength: 1, maxLength: 3 }))
  .map(([event, times]) => times.map((time) => ({ ...time, event })));

/** Somebody comes back in the very run that is about to erase them. */
const backAtTheLastMoment: fc.Arbitrary<readonly Heard[]> = fc
  .record({
    uin: fc.constantFrom(...ACCOUNTS),
    type: fc.constantFrom('account-deleted', 'feature-terminated'),
    tick: fc.nat(6),
    call: fc.constantFrom('slices', 'countLive', 'refresh'),
  })
  .map(({ uin, type, tick: due, call }) => {
    const at = NOW + due * TICK - 3 * DAY;
    const about = { subject: { uin }, immediate: false };
    return [
      { tick: 0, during: undefined, event: { ...about, requestId: 'msg_gone', type, at } },
      {
        tick: due,
        during: { call, nth: 0 },
        event: { ...about, requestId: 'msg_back', type: 'account-reinstated' as const, at: at + 2 * DAY },
      },
    ];
  });

const outage: fc.Arbitrary<Outage> = fc
  .tuple(later, index, fc.constantFrom('closed', 'red', 'blocked'), fc.nat(3))
  .map(([when, where, condition, ticks]) => ({ ...when, index: where, condition, ticks }));

const ANY_CALL = [
  ...SAFE_CALLS,
  'acquire',
  'assertLeased',
  'deleteSlice',
  'drop',
  'blockWrites',
  'state',
  'close',
  'declareBlocks',
];
const mishap: fc.Arbitrary<Mishap> = fc.record({
  tick,
  kind: fc.constantFrom('fault', 'crash'),
  at: moment(ANY_CALL),
  answerLost: fc.boolean(),
});

const first = fc.array(written(atFirst), { minLength: 3, maxLength: 10 });
const events = fc
  .array(fc.oneof({ weight: 5, arbitrary: heard }, { weight: 1, arbitrary: backAtTheLastMoment }), {
    minLength: 1,
    maxLength: 6,
  })
  .map((each) => each.flat());

/** Anything may happen, at any time. */
export const arbitraryErasures: fc.Arbitrary<ErasureEvents> = fc
  .tuple(
    first,
    fc.array(written(later), { maxLength: 6 }),
    events,
    fc.array(outage, { maxLength: 2 }),
    fc.array(mishap, { maxLength: 4 }),
  )
  .map(([early, late, told, outages, mishaps]) => ({ written: [...early, ...late], heard: told, outages, mishaps }));

/** Nobody writes once the runs have begun, and every index answers: then every document can be counted. */
export const arbitraryCountable: fc.Arbitrary<ErasureEvents> = fc
  .tuple(first, events, fc.array(mishap, { maxLength: 4 }))
  .map(([early, told, mishaps]) => ({ written: early, heard: told, outages: [], mishaps }));
