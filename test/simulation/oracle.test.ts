import { describe, expect, test } from 'vitest';
import { type Claim, type Destruction, Oracle, type Told } from './oracle.ts';
import { DAY, HOUR, type Message } from './promise.ts';

const NOW = Date.UTC(2026, 5, 1);
const RUN: Destruction = {
  run: 'a run',
  isByHand: false,
  startedAt: NOW,
  lookedAt: NOW,
  plannedAt: NOW,
  archiveLookedAt: NOW,
};
const OLD = { index: 'i', id: 'a', dates: [NOW - 15 * DAY], uins: [], apps: [] };
const OWNED = { ...OLD, uins: ['7'], apps: ['1400'] };

const told = (message: Partial<Message>, knownAt = NOW - 8 * DAY): Told => ({
  type: 'account-deleted',
  account: { uin: '7' },
  at: NOW - 8 * DAY,
  immediate: false,
  ...message,
  requestIds: new Set(['m']),
  knownAt,
  archivedAt: knownAt,
  recordedAt: knownAt,
});

const slot = (startedAt: number, promise: 'age' | 'erasure', ...excuses: string[]) => ({
  promise,
  startedAt,
  excuses: new Set(excuses),
});

const kindsOf = ({ complaints }: Oracle): readonly string[] => complaints.map(({ kind }) => kind);

describe('the oracle', () => {
  const afterAgeing = (dates: readonly number[]) => {
    const oracle = new Oracle();
    oracle.written({ ...OLD, dates }, 'age', NOW - 20 * DAY);
    oracle.destroyed('i', 'a', NOW, RUN);
    return kindsOf(oracle);
  };

  test('accepts that an expired document is destroyed', () => {
    expect(afterAgeing([NOW - 14 * DAY])).toEqual([]);
  });

  test.each([
    ['that is a millisecond too young', [NOW - 14 * DAY + 1]],
    ['that arrived later', [NOW - 20 * DAY, NOW - DAY]],
    ['without a date', []],
  ])('complains if a document %s is destroyed', (_name, dates) => {
    expect(afterAgeing(dates)).toEqual(['early']);
  });

  const afterErasure = (messages: readonly Told[]) => {
    const oracle = new Oracle();
    oracle.told.push(...messages);
    oracle.written(OWNED, 'erasure', NOW - 20 * DAY);
    oracle.destroyed('i', 'a', NOW, RUN);
    return kindsOf(oracle);
  };

  test.each<[string, readonly Told[]]>([
    ['of a deleted account', [told({})]],
    ['that a person wanted to go at once', [told({ at: NOW - HOUR, immediate: true })]],
    ['of an account whose reinstatement nobody knew then', [told({}), told({ type: 'account-reinstated' }, NOW + 1)]],
  ])('accepts that a document %s is erased', (_name, messages) => {
    expect(afterErasure(messages)).toEqual([]);
  });

  test.each<[string, readonly Told[]]>([
    ['of an account without a termination', []],
    ['in the cancel window', [told({ at: NOW - 3 * DAY + 1 })]],
    ['of another account', [told({ account: { uin: '8' } })]],
    ['of another application', [told({ type: 'feature-terminated', account: { uin: '7', app: '1' } })]],
    ['of a later use', [told({ type: 'feature-terminated', at: NOW - 16 * DAY })]],
    ['of a reinstated account', [told({}), told({ type: 'account-reinstated' })]],
  ])('complains if a document %s is erased', (_name, messages) => {
    expect(afterErasure(messages)).toEqual(['early']);
  });

  test('complains if a document of two accounts was erased for one of them', () => {
    const oracle = new Oracle();
    oracle.told.push(told({}));
    oracle.written({ ...OWNED, uins: ['7', '8'] }, 'erasure', NOW - 20 * DAY);
    oracle.destroyed('i', 'a', NOW, RUN);
    expect(kindsOf(oracle)).toEqual(['early']);
  });

  test.each<['age' | 'erasure']>([['age'], ['erasure']])(
    'complains after two undisturbed slots if a document due by %s is still there',
    (promise) => {
      const oracle = new Oracle();
      oracle.told.push(told({}));
      oracle.written(OWNED, promise, NOW - 20 * DAY);
      oracle.slotEnded(slot(NOW - 2 * HOUR, promise, 'fault'), NOW - 2 * HOUR);
      oracle.slotEnded(slot(NOW - HOUR, promise), NOW - HOUR);
      expect(kindsOf(oracle)).toEqual([]);
      oracle.slotEnded(slot(NOW, promise), NOW);
      expect(kindsOf(oracle)).toEqual(['late']);
    },
  );

  const afterSecondTermination = (other: Partial<typeof OWNED> | undefined, isUnclear = false) => {
    const oracle = new Oracle();
    oracle.isUnclear = () => isUnclear;
    const account = { uin: '7', app: '1400' };
    const ends = [NOW - 9 * DAY, NOW - 8 * DAY].map((at) => told({ type: 'feature-terminated', account, at }));
    oracle.told.push(...ends);
    oracle.written({ ...OWNED, dates: [NOW - 8.5 * DAY] }, 'erasure', NOW - 8.5 * DAY);
    if (other !== undefined) oracle.written({ ...OWNED, id: 'b', ...other }, 'erasure', NOW - 10 * DAY);
    for (const at of [NOW - HOUR, NOW]) oracle.slotEnded(slot(at, 'erasure'), at);
    return kindsOf(oracle);
  };

  test.each<[string, Partial<typeof OWNED> | undefined, boolean]>([
    ['a document of two accounts', { uins: ['7', '8'] }, false],
    ['a document of two applications', { apps: ['1400', '1500'] }, false],
    ['something unclear', undefined, true],
  ])('accepts that a second termination waits for an erasure that %s keeps open', (_name, other, isUnclear) => {
    expect(afterSecondTermination(other, isUnclear)).toEqual([]);
  });

  test.each<[string, Partial<typeof OWNED> | undefined]>([
    ['nothing', undefined],
    ['only a document of another application', { apps: ['1500'] }],
  ])('complains if a second termination waits, and %s could keep the erasure open', (_name, other) => {
    expect(afterSecondTermination(other)).toEqual(['late']);
  });

  const never = Number.POSITIVE_INFINITY;
  const afterLastRun = (changes: Partial<Told>) => {
    const oracle = new Oracle();
    oracle.told.push({ ...told({ at: NOW - 7 * DAY + HOUR / 2 }), ...changes });
    oracle.slotEnded({ ...slot(NOW, 'erasure'), nextAt: NOW + HOUR }, NOW + 1);
    return kindsOf(oracle);
  };

  test.each<[string, Partial<Told>]>([
    ['was recorded', {}],
    ['waits in the failure queue', { recordedAt: never, knownAt: NOW - 2 * HOUR }],
  ])('complains if the last run before a deadline leaves an erasure open whose termination %s', (_name, changes) => {
    expect(afterLastRun(changes)).toEqual(['late']);
  });

  test('accepts that the last run before a deadline does not know a termination that was archived just now', () => {
    expect(afterLastRun({ recordedAt: never, knownAt: NOW - 1 })).toEqual([]);
  });

  const claim: Claim = {
    requestId: 'm',
    trigger: 'account-deleted',
    outcome: 'erased',
    documentsErased: 1,
    newUse: 0,
    terminatedAt: NOW - 8 * DAY,
    eraseFrom: NOW - 5 * DAY,
    eraseBy: NOW - DAY,
    closedAt: NOW + 1,
    listedAt: NOW + 1,
    countedAt: NOW + 1,
    closedBefore: Number.NEGATIVE_INFINITY,
  };

  const afterClaim = (changes: Partial<Claim>) => {
    const oracle = new Oracle();
    oracle.told.push(told({}));
    oracle.written(OWNED, 'erasure', NOW - 20 * DAY);
    oracle.destroyed('i', 'a', NOW, RUN);
    oracle.claimed({ ...claim, ...changes }, NOW + 2);
    return kindsOf(oracle);
  };

  test('accepts a ledger that claims what happened', () => {
    expect(afterClaim({})).toEqual([]);
  });

  test.each<[string, Partial<Claim>]>([
    ['too many documents', { documentsErased: 2 }],
    ['that nothing was found, although something was erased', { outcome: 'nothing-found', documentsErased: 0 }],
    ['another deadline', { eraseBy: NOW }],
    ['an unknown request', { requestId: 'n' }],
  ])('complains if a ledger claims %s', (_name, changes) => {
    expect(afterClaim(changes)).toEqual(['receipt']);
  });

  test('complains if a ledger calls an erasure done while a document is left', () => {
    const oracle = new Oracle();
    oracle.told.push(told({}));
    oracle.written(OWNED, 'erasure', NOW - 20 * DAY);
    oracle.claimed({ ...claim, outcome: 'nothing-found', documentsErased: 0 }, NOW + 2);
    expect(kindsOf(oracle)).toEqual(['receipt']);
  });

  test('complains if a report says complete or kept while due documents are left', () => {
    const oracle = new Oracle();
    oracle.written(OLD, 'age', NOW - 20 * DAY);
    const run = {
      promise: 'age',
      name: 'a run',
      isByHand: false,
      startedAt: NOW,
      listedAt: NOW + 1,
      countedAt: NOW + 1,
    } as const;
    oracle.reported({ outcome: 'complete', kept: false }, run, NOW + 2);
    oracle.reported({ outcome: 'incomplete', kept: true }, run, NOW + 2);
    oracle.reported({ outcome: 'incomplete', kept: false }, run, NOW + 2);
    expect(kindsOf(oracle)).toEqual(['report', 'report']);
  });

  test.each([
    ['two audits and a run', [NOW, NOW + HOUR], [], [], ['resurrected']],
    ['two audits, one of them disturbed', [NOW, NOW + HOUR], ['fault'], [], []],
    ['one audit that could see it', [NOW - 2 * HOUR, NOW], [], [], []],
    [
      'two audits and a return',
      [NOW, NOW + HOUR],
      [],
      [told({ type: 'account-reinstated', at: NOW - HOUR }, NOW - HOUR)],
      [],
    ],
  ])(
    'decides whether a document of an erased account may still exist after %s',
    (_name, audits, excuses, messages, complaints) => {
      const oracle = new Oracle();
      oracle.told.push(told({}), ...messages);
      const at = NOW - 3 * HOUR;
      const nothing = { outcome: 'nothing-found', documentsErased: 0 };
      oracle.claimed({ ...claim, ...nothing, closedAt: at, listedAt: at, countedAt: at }, at);
      oracle.written(OWNED, 'erasure', NOW - HOUR);
      for (const startedAt of audits) oracle.auditEnded(slot(startedAt, 'erasure', ...excuses), startedAt + 1);
      oracle.slotEnded(slot(NOW + 2 * HOUR, 'erasure'), NOW + 2 * HOUR);
      expect(kindsOf(oracle)).toEqual(complaints);
    },
  );
});
