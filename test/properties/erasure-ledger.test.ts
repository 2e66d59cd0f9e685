import { describe, expect, test } from 'vitest';
import { TransientError } from '../../lib/base/errors.ts';
import { NO_DOCUMENTS } from '../../lib/criteria/counts.ts';
import type { AccountEvent } from '../../lib/erasure/events/account-event.ts';
import { applyEvent, newEntry } from '../../lib/erasure/ledger/apply-event.ts';
import { isOpen, type LedgerEntry } from '../../lib/erasure/ledger/ledger-entry.ts';
import { beginEntry, recordOutcome } from '../../lib/erasure/ledger/record-outcome.ts';
import { recordAccountEvent } from '../../lib/erasure/recording/record-account-event.ts';
import type { RecordPorts } from '../../lib/erasure/recording/record-ports.ts';
import { parseRetentionPolicy } from '../../lib/policy/parsing/parse-retention-policy.ts';
import type { Category } from '../../lib/policy/retention-policy.ts';
import type { TerminationRule } from '../../lib/policy/rules/rules.ts';
import type { TerminationTrigger } from '../../lib/policy/termination-trigger.ts';
import { DAY } from '../../lib/policy/time/duration.ts';
import { testHashes } from '../support/erasure/erasure-fixture.ts';
import { inMemoryEventLogs, inMemoryLedger, NO_LIMITS } from '../support/in-memory/records/in-memory-ledger.ts';
import { NOW } from '../support/purge/purge-fixture.ts';
import { MET_UNDER } from '../support/receipts/receipt-facts.ts';
import fc from '../support/run/fast-check.ts';
import { propertyRuns } from '../support/run/property-runs.ts';
import { ACCOUNTS, arbitraryTermination, reordered } from './arbitrary-terminations.ts';
import { owedAfter } from './termination-oracle.ts';

const HEARD = NOW;
const START = HEARD - 20 * DAY;
const RULE: TerminationRule = {
  triggers: ['account-deleted', 'feature-terminated'],
  deadline: { iso: 'P7D', milliseconds: 7 * DAY },
  cancelWindow: { iso: 'P3D', milliseconds: 3 * DAY },
};
const ONE = { uin: ACCOUNTS[0] };
const TRIGGERS: readonly TerminationTrigger[] = RULE.triggers;

const event = arbitraryTermination(START, fc.constant(ONE));
const events = fc.array(event, { maxLength: 10 });

/** The events and the same in another order, some twice. */
const twoOrders = events.chain((first) => fc.tuple(fc.constant(first), reordered(first)));

const empty = (trigger: TerminationTrigger): LedgerEntry =>
  newEntry('settings', trigger, ONE, { kid: 'k1', hash: 'h' });

/** What the handler of one entry makes of the events it hears: those of its trigger, and reinstatements. */
const told = (from: LedgerEntry, heard: readonly AccountEvent[]): LedgerEntry =>
  heard
    .filter(({ type }) => type === from.trigger || type === 'account-reinstated')
    .reduce((entry, each) => applyEvent(entry, each, RULE, HEARD), from);

/** What an erasure makes of an entry that finds so many documents and leaves none. */
const erased = (entry: LedgerEntry, documents: number, verifiedAt: number): LedgerEntry =>
  recordOutcome(
    beginEntry(entry, { ...NO_DOCUMENTS, due: documents, isWhole: true }, verifiedAt - 1),
    {
      ...NO_DOCUMENTS,
      indices: 1,
      isWhole: true,
      coversClaim: true,
      verifiedAt,
      nextRunBy: Number.POSITIVE_INFINITY,
    },
    { rule: RULE, metUnder: MET_UNDER, opening: 'A'.repeat(43), seal: () => ({ kid: 'k1', sealed: 'A' }) },
  );

describe.each(TRIGGERS)('an entry for %s', (trigger) => {
  test('is the same for any order and repetition of its events', () => {
    fc.assert(
      fc.property(twoOrders, ([first, other]) => {
        expect(told(empty(trigger), other)).toEqual(told(empty(trigger), first));
      }),
      { numRuns: propertyRuns(5_000) },
    );
  });

  test('owes the same as a model that sees all events at once', () => {
    fc.assert(
      fc.property(twoOrders, ([first, other]) => {
        const entry = told(empty(trigger), other);
        const owed = owedAfter(first, trigger, RULE);
        expect(isOpen(entry)).toBe(owed !== undefined);
        if (owed === undefined) expect(entry).not.toHaveProperty('uin');
        else expect(entry).toMatchObject({ ...ONE, state: 'pending', obligation: owed });
      }),
      { numRuns: propertyRuns(5_000) },
    );
  });

  test('is the same for any order of later events after an erasure', () => {
    const later = fc.array(arbitraryTermination(START + 5 * DAY, fc.constant(ONE)), { maxLength: 8 });
    fc.assert(
      fc.property(
        later.chain((first) => fc.tuple(fc.constant(first), reordered(first))),
        fc.nat(2),
        ([first, other], documents) => {
          const owing = told(empty(trigger), [
            { requestId: 'msg_0', type: trigger, subject: ONE, at: START, immediate: false },
          ]);
          const closed = erased(owing, documents, START + 4 * DAY);
          expect(closed.state).toBe(documents > 0 ? 'erased' : 'nothing-found');
          const after = told(closed, first);
          expect(told(closed, other)).toEqual(after);
          const owed = owedAfter(
            first.filter(({ at, type }) => at > START + 4 * DAY || type === 'account-reinstated'),
            trigger,
            RULE,
          );
          expect(isOpen(after)).toBe(owed !== undefined);
          if (owed === undefined) expect(after.state).toBe(closed.state);
          else expect(after).toMatchObject({ state: 'pending', obligation: owed, progress: { documentsErased: 0 } });
        },
      ),
      { numRuns: propertyRuns(5_000) },
    );
  });

  test('owes a new obligation after a begun erasure was cancelled, in any order', () => {
    const [began, back, again] = [START, START + 3 * DAY, START + 4 * DAY];
    const of = (type: AccountEvent['type'], at: number): AccountEvent => ({
      requestId: `msg_${at}`,
      type,
      subject: ONE,
      at,
      immediate: false,
    });
    const begun = {
      ...beginEntry(
        told(empty(trigger), [of(trigger, began)]),
        { ...NO_DOCUMENTS, due: 3, isWhole: true },
        START + 3 * DAY,
      ),
      overdueSaidAt: START + 8 * DAY,
    };
    const news = [of('account-reinstated', back), of(trigger, again)];
    const [inOrder, reversed] = [told(begun, news), told(begun, news.toReversed())];
    expect(inOrder).toMatchObject({ state: 'pending', progress: { documentsErased: 0 } });
    expect(inOrder).not.toHaveProperty('overdueSaidAt');
    expect(reversed).toEqual(inOrder);
  });

  test('keeps its deadline, and is not erased later, when a sender repeats a termination', () => {
    fc.assert(
      fc.property(events, fc.nat(9 * DAY), fc.boolean(), (before, later, immediate) => {
        const first: AccountEvent = {
          requestId: 'msg_first',
          type: trigger,
          subject: ONE,
          at: START + 13 * DAY,
          immediate: false,
        };
        const { obligation } = told(empty(trigger), [...before, first]);
        if (obligation === undefined) throw new Error('nothing came after the first');
        const repeated = { ...first, at: obligation.terminatedAt + later, immediate };
        const after = told(empty(trigger), [...before, first, repeated]).obligation;
        expect(after).toMatchObject({ terminatedAt: obligation.terminatedAt, eraseBy: obligation.eraseBy });
        expect(after?.eraseFrom).toBeLessThanOrEqual(obligation.eraseFrom);
      }),
      { numRuns: propertyRuns(3_000) },
    );
  });

  test('is cancelled by a reinstatement at the same instant as the last termination', () => {
    fc.assert(
      fc.property(twoOrders, ([first, other]) => {
        const last = Math.max(...first.map(({ at }) => at), START);
        const tie: AccountEvent = {
          requestId: 'msg_tie',
          type: 'account-reinstated',
          subject: ONE,
          at: last,
          immediate: false,
        };
        for (const order of [
          [tie, ...other],
          [...other, tie],
        ])
          expect(told(empty(trigger), order).state).toBe('cancelled');
      }),
      { numRuns: propertyRuns(1_000) },
    );
  });
});

describe('the count of an entry when an earlier termination is heard', () => {
  const terminated = (at: number): AccountEvent => ({
    requestId: `msg_${at}`,
    type: 'feature-terminated',
    subject: ONE,
    at,
    immediate: false,
  });
  const counts = { shared: 0, unclear: 0, unindexed: 0, unreadable: 0, isWhole: true };
  /** Three were counted for the second of May; then one heard that it had been the first. */
  const begun = beginEntry(
    told(empty('feature-terminated'), [terminated(START + DAY)]),
    { due: 3, newUse: 0, ...counts },
    START + 4 * DAY,
  );
  const moved = told(begun, [terminated(START)]);

  test.each([
    ['does not make an erasure of what is new use by it', { due: 1, newUse: 2 }, 0],
    ['leaves counted what is not there any more', { due: 0, newUse: 0 }, 3],
    ['counts no more than what is surely gone', { due: 1, newUse: 1 }, 1],
  ])('an earlier termination %s', (_, found, documentsErased) => {
    expect(beginEntry(moved, { ...found, ...counts }, START + 5 * DAY).progress).toMatchObject({
      documentsErased,
      claimed: found.due,
      claimedFor: START,
    });
  });
});

const category = (id: string, triggers: readonly TerminationTrigger[], deadline: string, cancelWindow: string) => [
  id,
  {
    title: id,
    fields: ['room'],
    dataSubjects: 'customer',
    purpose: 'Configuration.',
    legalBasis: 'Contract.',
    promise: { quote: 'Erased.', source: 'Privacy policy', sourceDate: '2023-09-08' },
    indices: [`${id}-*`],
    applicationField: 'sdkAppId',
    records: 'current-state',
    rules: { termination: { triggers, deadline, cancelWindow } },
    schedule: 'rate(1 hour)',
  },
];

const POLICY = parseRetentionPolicy(
  JSON.stringify({
    mode: 'enforce',
    earliest: '2015-01-01T00:00:00Z',
    reports: { index: 'retention-reports', maxAge: 'P1095D' },
    categories: Object.fromEntries([
      category('both', ['account-deleted', 'feature-terminated'], 'P7D', 'P3D'),
      category('deletion', ['account-deleted'], 'P30D', 'PT0S'),
      category('feature', ['feature-terminated'], 'P14D', 'P5D'),
    ]),
  }),
  'test-policy.yml',
);
const CATEGORIES = [...POLICY.categories.values()];

const worldOf = (ledger = inMemoryLedger(), events_ = inMemoryEventLogs()) => {
  const ports: RecordPorts = {
    ledger,
    events: events_,
    archiveEvent: async () => undefined,
    hashes: testHashes,
    withProof: (entry) => entry,
    ...NO_LIMITS,
    clock: () => HEARD,
  };
  return { ledger, events: events_, ports };
};

/** As a function does that is called again when it failed. */
const recordUntilDone = async (
  heard: AccountEvent,
  categories: readonly Category[],
  ports: RecordPorts,
): Promise<void> => {
  for (;;)
    try {
      await recordAccountEvent(heard, categories, ports);
      return;
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
    }
};

const contentOf = ({ ledger, events: kept }: ReturnType<typeof worldOf>) => ({
  entries: [...ledger.entries].map(([id, { entry }]) => [id, entry] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
  events: CATEGORIES.map(({ id }) => [...kept(id).kept.keys()].sort()),
});

const history = fc.array(arbitraryTermination(START), { maxLength: 9 });

test('a ledger has the same content after any order, concurrency, failures and lost answers', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      history.chain((first) => fc.tuple(fc.constant(first), reordered(first))),
      fc.infiniteStream(fc.constantFrom('succeed', 'succeed', 'succeed', 'fail', 'lose-answer')),
      async (scheduler, [first, other], fortunes) => {
        const expected = worldOf();
        for (const each of first) await recordAccountEvent(each, CATEGORIES, expected.ports);

        const actual = worldOf();
        const next = (): string => fortunes.next().value ?? 'succeed';
        const shaken = <T extends object>(port: T): T =>
          new Proxy(port, {
            get: (target, key) => {
              const member: unknown = Reflect.get(target, key);
              if (typeof member !== 'function') return member;
              return async (...given: unknown[]) => {
                await scheduler.schedule(Promise.resolve());
                const fortune = next();
                const lost = new TransientError('no-server', { expected: 'an answer', found: 'none', fix: 'A test.' });
                if (fortune === 'fail') throw lost;
                const answer: unknown = await Reflect.apply(member, target, given);
                if (fortune === 'lose-answer') throw lost;
                return answer;
              };
            },
          });
        const ports = {
          ...actual.ports,
          ledger: shaken(actual.ledger),
          events: (id: string) => shaken(actual.events(id)),
        };
        // Each category's function hears it by itself.
        const handlers = other.flatMap((each) => CATEGORIES.map((one) => recordUntilDone(each, [one], ports)));
        await scheduler.waitFor(Promise.all(handlers));
        expect(contentOf(actual)).toEqual(contentOf(expected));
      },
    ),
    { numRuns: propertyRuns(200) },
  );
});

/** What each category owes to each subject by the subject's own events. */
const dueOfAll = (events: readonly AccountEvent[]): ReadonlyMap<string, unknown> => {
  const owed = new Map<string, unknown>();
  for (const one of CATEGORIES)
    for (const trigger of one.rules.termination?.triggers ?? [])
      for (const { subject } of events) {
        const own = events.filter((each) => JSON.stringify(each.subject) === JSON.stringify(subject));
        const due = owedAfter(own, trigger, one.rules.termination as TerminationRule);
        if (due !== undefined) owed.set(`${one.id} ${trigger} ${subject.uin} ${subject.sdkAppId}`, due);
      }
  return owed;
};

test('every category owes each subject exactly what the events of that subject say', async () => {
  await fc.assert(
    fc.asyncProperty(
      history.chain((first) => fc.tuple(fc.constant(first), reordered(first))),
      async ([first, other]) => {
        const { ledger, ports } = worldOf();
        for (const each of other) await recordAccountEvent(each, CATEGORIES, ports);
        const found = new Map(
          [...ledger.entries.values()].flatMap(({ entry }) => {
            if (!isOpen(entry)) return [];
            const { terminatedAt, eraseFrom, eraseBy } = entry.obligation ?? {};
            const name = `${entry.category} ${entry.trigger} ${entry.uin} ${entry.sdkAppId}`;
            return [[name, { terminatedAt, eraseFrom, eraseBy }] as const];
          }),
        );
        expect(found).toEqual(dueOfAll(first));
      },
    ),
    { numRuns: propertyRuns(1_500) },
  );
});
