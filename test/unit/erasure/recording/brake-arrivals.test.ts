import { describe, expect, test } from 'vitest';
import { brakeOn, confirmationOf, proofsBy } from '../../../../lib/erasure/brakes/decisions.ts';
import type { AccountEvent } from '../../../../lib/erasure/events/account-event.ts';
import { eventId } from '../../../../lib/erasure/events/event-id.ts';
import type { KeptEvent } from '../../../../lib/erasure/events/event-log.ts';
import { newEntry } from '../../../../lib/erasure/ledger/apply-event.ts';
import type { EntryState, LedgerEntry } from '../../../../lib/erasure/ledger/ledger-entry.ts';
import { brakeArrival } from '../../../../lib/erasure/recording/brake-arrivals.ts';
import type { RecordPorts } from '../../../../lib/erasure/recording/record-ports.ts';
import { subjectHashes } from '../../../../lib/erasure/subjects/subject-hash.ts';
import { DAY, HOUR, MINUTE } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { TEST_RING } from '../../../support/erasure/key-ring-text.ts';
import { inMemoryEventLog } from '../../../support/in-memory/records/in-memory-ledger.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const MOST = 2;
const SUBJECT = { uin: '9007199254740993' };
const [HASH] = subjectHashes(SUBJECT, TEST_RING);
const prove = proofsBy(TEST_RING.subject.keys);

const EVENT: AccountEvent = {
  requestId: 'msg_1',
  type: 'account-deleted',
  subject: SUBJECT,
  at: NOW,
  immediate: false,
  source: 'webhook',
  arrivedAt: NOW,
};

const entry = (state: EntryState, terminatedAt?: number, eraseFrom = NOW + 3 * DAY): LedgerEntry => {
  if (HASH === undefined) throw new Error('no hash');
  const obligation = { requestId: 'msg_1', heardAt: NOW, eraseFrom, eraseBy: NOW + 7 * DAY, immediate: false };
  return {
    ...newEntry('settings', 'account-deleted', SUBJECT, HASH),
    state,
    ...(terminatedAt !== undefined && { obligation: { ...obligation, terminatedAt } }),
  };
};
const NOTHING = entry('cancelled');
const OWED = entry('pending', NOW);

/** A log with terminations that arrived from one source so many milliseconds before or after now. */
const logWith = async (arrivals: readonly number[], source: KeptEvent['source'] = 'webhook') => {
  const log = inMemoryEventLog();
  for (const [at, arrival] of arrivals.entries())
    await log.keep([
      {
        id: `${at}`,
        type: 'account-deleted',
        kid: 'k',
        hash: `${at}`,
        at: isoInstant(NOW),
        immediate: false,
        requestId: `msg_${at}`,
        heardAt: isoInstant(NOW),
        arrivedAt: isoInstant(NOW + arrival),
        ...(source !== undefined && { source }),
      },
    ]);
  return log;
};

interface Arrival {
  readonly before?: LedgerEntry;
  readonly after?: LedgerEntry;
  readonly event?: Partial<AccountEvent>;
  readonly isKnown?: boolean;
}

const arrive = async (
  log: ReturnType<typeof inMemoryEventLog>,
  { before = NOTHING, after = OWED, event = {}, isKnown = false }: Arrival = {},
) => {
  const ports = { events: () => log, maxPerHour: MOST, proveConfirmation: prove, clock: () => NOW };
  const logged = { event: { ...EVENT, ...event }, isKnown };
  const { state } = await brakeArrival(before, after, logged, ports as unknown as RecordPorts);
  return [state, [...log.decided.values()].map(({ type }) => type)];
};

const FREE = ['pending', []];
const BRAKED = ['braked', ['erasure-braked']];

describe('a termination that arrives', () => {
  test.each<[string, readonly number[]]>([
    ['is one too many', [0, -1, -2]],
    ['is one too many within exactly an hour', [0, -1, -HOUR]],
    ['is one too many, with others whose clock is a minute ahead', [0, 1, MINUTE]],
  ])('is braked beyond the hourly limit of its source, if it %s', async (_, arrivals) => {
    expect(await arrive(await logWith(arrivals))).toEqual(BRAKED);
  });

  test.each<[string, readonly number[]]>([
    ['is the last that the hour allows', [0, -1]],
    ['comes more than an hour after the first', [0, -1, -HOUR - 1]],
    ['came before one of the others', [0, 1, MINUTE + 1]],
  ])('is not braked within the hourly limit of its source, if it %s', async (_, arrivals) => {
    expect(await arrive(await logWith(arrivals))).toEqual(FREE);
  });

  test('from the bus is counted only with other terminations from the bus', async () => {
    const event = { source: 'bus' } as const;
    expect(await arrive(await logWith([0, 0, 0], 'webhook'), { event })).toEqual(FREE);
    expect(await arrive(await logWith([0, 0, 0], 'bus'), { event })).toEqual(BRAKED);
  });

  test('is not braked if its time of arrival or its source is unknown', async () => {
    const { arrivedAt: _, source: __, ...known } = EVENT;
    const many = await logWith([0, 0, 0]);
    const unplaced = { ...known, arrivedAt: undefined, source: 'webhook' } as never;
    expect(await arrive(many, { event: unplaced })).toEqual(FREE);
    expect(await arrive(many, { event: { source: undefined } as never })).toEqual(FREE);
  });

  test('is counted once, in the hour of its first arrival, if it is repeated', async () => {
    const log = await logWith([-2 * HOUR, -2 * HOUR, -2 * HOUR]);
    const [first] = [...log.kept.values()];
    if (first === undefined || HASH === undefined) throw new Error('no event');
    await log.keep([{ ...first, ...HASH, id: eventId(HASH, EVENT), arrivedAt: isoInstant(NOW - 2 * HOUR) }]);
    expect(await arrive(log, { isKnown: true })).toEqual(BRAKED);
    expect(await arrive(await logWith([0, 0, 0]), { isKnown: true })).toEqual(BRAKED);
  });

  test.each<[string, LedgerEntry]>([
    ['nothing was owed', NOTHING],
    ['the open entry had no obligation', entry('pending')],
    ['it is dated earlier than the one that was owed', entry('pending', NOW + 1)],
    ['the erasure is owed sooner than before', entry('pending', NOW, NOW + 3 * DAY + 1)],
  ])('is braked beyond the hourly limit if %s', async (_, before) => {
    expect(await arrive(await logWith([0, 0, 0]), { before, after: OWED })).toEqual(BRAKED);
  });

  test.each<[string, LedgerEntry]>([
    ['the same was owed before', OWED],
    ['it is dated later than the one that was owed', entry('pending', NOW - 1)],
  ])('is not braked beyond the hourly limit if %s', async (_, before) => {
    expect(await arrive(await logWith([0, 0, 0]), { before, after: OWED })).toEqual(FREE);
  });

  test('is not braked if it owes nothing, or if it is a reinstatement', async () => {
    const many = await logWith([0, 0, 0]);
    expect(await arrive(many, { after: NOTHING })).toEqual(['cancelled', []]);
    expect(await arrive(many, { event: { type: 'account-reinstated' } })).toEqual(FREE);
  });
});

describe('an erasure that waits for a person', () => {
  test('is confirmed if a person terminates the account', async () => {
    const after = entry('braked', NOW);
    const confirmed = await arrive(await logWith([]), { after, event: { source: 'person' } });
    expect(confirmed).toEqual(['pending', ['erasure-confirmed']]);
    const other = await arrive(await logWith([]), { event: { source: 'person' } });
    expect(other).toEqual(['pending', ['erasure-confirmed']]);
  });

  test('stays braked by an earlier decision, even below the hourly limit', async () => {
    const log = await logWith([0]);
    await log.decide([brakeOn(OWED, 'rate', prove, NOW)].filter((each) => each !== undefined));
    expect((await arrive(log))[0]).toBe('braked');
  });

  test("is not braked again after a person's confirmation, even beyond the hourly limit", async () => {
    const log = await logWith([0, 0, 0]);
    await log.decide([confirmationOf(OWED, prove, NOW)].filter((each) => each !== undefined));
    expect((await arrive(log))[0]).toBe('pending');
  });
});
