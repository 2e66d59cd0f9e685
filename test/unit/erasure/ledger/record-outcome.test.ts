import { describe, expect, test } from 'vitest';
import { NO_DOCUMENTS } from '../../../../lib/criteria/counts.ts';
import { cancelledMeanwhile } from '../../../../lib/erasure/due/cancelled-erasures.ts';
import { newEntry } from '../../../../lib/erasure/ledger/apply-event.ts';
import { doneThroughClosures } from '../../../../lib/erasure/ledger/done-through.ts';
import type { ErasureProgress, LedgerEntry } from '../../../../lib/erasure/ledger/ledger-entry.ts';
import { beginEntry, recordOutcome, type VerifiedSubject } from '../../../../lib/erasure/ledger/record-outcome.ts';
import { subjectCommitment } from '../../../../lib/erasure/subjects/subject-commitment.ts';
import type { TerminationRule } from '../../../../lib/policy/rules/rules.ts';
import type { TerminationTrigger } from '../../../../lib/policy/termination-trigger.ts';
import { DAY, HOUR } from '../../../../lib/policy/time/duration.ts';
import { MET_UNDER, OPENING } from '../../../support/receipts/receipt-facts.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const TERMINATED = NOW - 4 * DAY;
const DEADLINE = NOW + 3 * DAY;
const RULE: TerminationRule = {
  triggers: ['account-deleted', 'feature-terminated'],
  deadline: { iso: 'P7D', milliseconds: 7 * DAY },
  cancelWindow: { iso: 'P3D', milliseconds: 3 * DAY },
};

/** An open entry of a termination four days ago. */
const owing = (
  trigger: TerminationTrigger,
  progress: Partial<ErasureProgress> = {},
  more: Partial<LedgerEntry> = {},
): LedgerEntry => {
  const requestId = 'msg_1';
  const event = { type: trigger, at: TERMINATED, immediate: false, requestId, heardAt: TERMINATED };
  const obligation = {
    requestId,
    heardAt: TERMINATED,
    terminatedAt: TERMINATED,
    immediate: false,
    eraseFrom: NOW - DAY,
    eraseBy: DEADLINE,
  };
  const entry = newEntry('settings', trigger, { uin: '7' }, { kid: 'k1', hash: 'h' });
  const all = { documentsErased: 0, newUse: 0, indices: 0, ...progress };
  return { ...entry, uin: '7', state: 'pending', events: [event], obligation, progress: all, ...more };
};

const begin = (entry: LedgerEntry, found: Partial<VerifiedSubject>) =>
  beginEntry(entry, { ...NO_DOCUMENTS, isWhole: true, ...found }, NOW);

const recordFound = (entry: LedgerEntry, found: Partial<VerifiedSubject>, rule = RULE): LedgerEntry =>
  recordOutcome(
    entry,
    {
      ...NO_DOCUMENTS,
      indices: 2,
      isWhole: true,
      coversClaim: true,
      verifiedAt: NOW + 1,
      nextRunBy: NOW + HOUR,
      ...found,
    },
    { rule, metUnder: MET_UNDER, opening: OPENING, seal: () => ({ kid: 'k1', sealed: 's' }) },
  );

const CLAIMS = { claimed: 5, claimedFor: TERMINATED };

describe('an erasure that begins', () => {
  test('claims the documents that the plan counted, for its termination', () => {
    const entry = begin(owing('account-deleted'), { due: 5 });
    expect(entry).toMatchObject({ state: 'erasing', progress: { documentsErased: 0, ...CLAIMS } });
    expect(entry.progress).not.toHaveProperty('firstErasedAt');
  });

  test.each<[string, Partial<VerifiedSubject>, number, number]>([
    ['some of it is gone', { due: 2 }, 3, 2],
    ['all of it is gone', {}, 5, 0],
    ['more is there than before', { due: 6 }, 0, 6],
  ])('counts what a crashed run erased by comparing with its claim: %s', (_, found, erased, claimed) => {
    const { progress } = begin(owing('account-deleted', CLAIMS), found);
    expect(progress).toMatchObject({ documentsErased: erased, claimed });
    expect(progress.firstErasedAt).toBe(erased > 0 ? NOW : undefined);
  });

  test.each<[string, Partial<VerifiedSubject>, Partial<VerifiedSubject>, number]>([
    ['the same ones are held', { due: 2, held: 3 }, { held: 3 }, 2],
    ['one of them is held now', { due: 2, held: 3 }, { held: 4 }, 1],
    ['the held ones are released', { due: 2, held: 3 }, { due: 3 }, 2],
    ['nothing could be erased', { held: 3 }, { held: 2 }, 0],
  ])('counts erased documents correctly if others are held: %s', (_, planned, found, erased) => {
    const entry = begin(owing('account-deleted'), planned);
    expect(recordFound(entry, found).progress.documentsErased).toBe(erased);
  });

  test('keeps the instant of the first erasure', () => {
    const { progress } = begin(owing('account-deleted', { ...CLAIMS, documentsErased: 1, firstErasedAt: 7 }), {});
    expect(progress).toMatchObject({ documentsErased: 6, firstErasedAt: 7 });
  });

  test('counts no documents as erased while an index does not answer', () => {
    const entry = owing('account-deleted', CLAIMS);
    expect(begin(entry, { isWhole: false })).toEqual({ ...entry, state: 'erasing' });
    expect(begin(owing('account-deleted'), { isWhole: false, due: 1 }).progress.claimed).toBe(1);
  });

  test('counts later new use as not erased, if it was claimed for another termination', () => {
    const moved = { claimed: 5, claimedFor: TERMINATED + DAY };
    const erased = (trigger: TerminationTrigger, progress: Partial<ErasureProgress>) =>
      begin(owing(trigger, progress), { due: 1, newUse: 2, shared: 1 }).progress.documentsErased;
    expect(erased('feature-terminated', moved)).toBe(1);
    expect(erased('feature-terminated', CLAIMS)).toBe(4);
    expect(erased('account-deleted', moved)).toBe(4);
  });

  const watched = { state: 'erased' } as LedgerEntry['watched'] & object;

  test('keeps the watched result if nothing came since', () => {
    expect(begin(owing('account-deleted', {}, { watched }), {})).toMatchObject({ watched });
  });

  test.each<[string, Partial<VerifiedSubject>]>([
    ['something came since', { due: 1 }],
    ['an index does not answer', { isWhole: false }],
  ])('drops the watched result if %s', (_, found) => {
    expect(begin(owing('account-deleted', {}, { watched }), found)).not.toHaveProperty('watched');
  });
});

describe('an erasure after the verification', () => {
  test('is closed if the whole category was counted and nothing is left', () => {
    const entry = recordFound(owing('feature-terminated', CLAIMS), {});
    expect(entry).toMatchObject({
      state: 'erased',
      closedAt: NOW + 1,
      doneThrough: NOW + 1,
      closures: [
        {
          state: 'erased',
          closedAt: NOW + 1,
          metUnder: MET_UNDER,
          obligation: { terminatedAt: TERMINATED, eraseBy: DEADLINE },
          progress: { documentsErased: 5, firstErasedAt: NOW + 1, verifiedAt: NOW + 1, indices: 2, newUse: 0 },
        },
      ],
    });
    for (const name of ['uin', 'watched']) expect(entry).not.toHaveProperty(name);
    for (const claim of ['claimed', 'claimedFor']) expect(entry.progress).not.toHaveProperty(claim);
  });

  test('is closed as nothing-found if nothing was erased', () => {
    const { state, closures } = recordFound(owing('account-deleted', { claimed: 0 }), {});
    expect([state, closures.map((each) => each.state)]).toEqual(['nothing-found', ['nothing-found']]);
  });

  test.each(['due', 'shared', 'unclear', 'unindexed', 'unreadable'] as const)(
    'stays open while one document is %s',
    (which) => {
      const entry = recordFound(owing('feature-terminated', CLAIMS), { [which]: 1 });
      expect(entry).toMatchObject({ state: 'pending', uin: '7', closures: [] });
    },
  );

  test('stays open while an index does not answer', () => {
    expect(recordFound(owing('feature-terminated', CLAIMS), { isWhole: false })).toMatchObject({
      uin: '7',
      closures: [],
    });
  });

  test('is closed despite new use, but done only up to its termination', () => {
    const entry = recordFound(owing('feature-terminated', CLAIMS), { newUse: 2 });
    expect(entry).toMatchObject({ state: 'erased', doneThrough: TERMINATED, closures: [{ progress: { newUse: 2 } }] });
  });

  test('claims exactly the documents that are still due', () => {
    const { progress } = recordFound(owing('account-deleted', CLAIMS), { due: 2 });
    expect(progress).toMatchObject({ documentsErased: 3, claimed: 2, claimedFor: TERMINATED });
    const gone = recordFound(owing('account-deleted', CLAIMS), { shared: 1 }).progress;
    expect(gone.documentsErased).toBe(5);
    expect(gone).not.toHaveProperty('claimed');
  });

  test('keeps its claim if an index with claimed documents does not answer', () => {
    const { progress } = recordFound(owing('account-deleted', CLAIMS), { isWhole: false, coversClaim: false });
    expect(progress).toMatchObject({ documentsErased: 0, ...CLAIMS });
    const none = recordFound(owing('account-deleted'), { isWhole: false, coversClaim: false }).progress;
    for (const claim of ['claimed', 'claimedFor', 'firstErasedAt']) expect(none).not.toHaveProperty(claim);
  });

  const afterClaim = (trigger: TerminationTrigger, found: Partial<VerifiedSubject>, claimed = 5) =>
    recordFound(owing(trigger, { claimed, claimedFor: TERMINATED }), found);

  test.each<[string, Partial<VerifiedSubject>]>([
    ['documents of a deleted account were erased', {}],
    ['the deadline of a deleted account comes just after the next run', { nextRunBy: DEADLINE - 1 }],
  ])('is watched, and not yet closed, if %s', (_, found) => {
    expect(afterClaim('account-deleted', found)).toMatchObject({
      uin: '7',
      closures: [],
      watched: { state: 'erased', closedAt: NOW + 1 },
    });
  });

  test.each<[string, TerminationTrigger, Partial<VerifiedSubject>, number]>([
    ['no document of a deleted account was erased', 'account-deleted', {}, 0],
    ['the deadline of a deleted account comes with the next run', 'account-deleted', { nextRunBy: DEADLINE }, 5],
    ['a feature was terminated, after which late documents are new use', 'feature-terminated', {}, 5],
  ])('is closed at once, and not watched, if %s', (_, trigger, found, claimed) => {
    const entry = afterClaim(trigger, found, claimed);
    expect(entry).not.toHaveProperty('watched');
    expect(entry.closures).toHaveLength(1);
  });

  test('is closed under the current deadline if that is shorter', () => {
    const shorter = { ...RULE, deadline: { iso: 'P5D', milliseconds: 5 * DAY } };
    const longer = { ...RULE, deadline: { iso: 'P9D', milliseconds: 9 * DAY } };
    const eraseBy = (rule: TerminationRule) =>
      recordFound(owing('feature-terminated'), {}, rule).closures[0]?.obligation.eraseBy;
    expect([eraseBy(shorter), eraseBy(longer)]).toEqual([TERMINATED + 5 * DAY, DEADLINE]);
  });

  test('is owed again for a later termination among its events', () => {
    const again = {
      type: 'feature-terminated',
      at: NOW - DAY,
      immediate: false,
      requestId: 'msg_2',
      heardAt: NOW,
    } as const;
    const first = owing('feature-terminated', CLAIMS);
    const entry = recordFound({ ...first, events: [...first.events, again] }, { newUse: 1 });
    expect(entry).toMatchObject({
      state: 'pending',
      uin: '7',
      obligation: { requestId: 'msg_2', terminatedAt: NOW - DAY },
      progress: { documentsErased: 0, newUse: 0, indices: 0 },
      closures: [{ obligation: { requestId: 'msg_1' } }],
    });
  });

  test.each([
    ['an account', {}],
    ['an application of it', { sdkAppId: '1400000001' }],
  ])('has a commitment to %s, and its sealed opening covers every fact of the receipt', (_, application) => {
    const sealed: unknown[] = [];
    const context = {
      rule: RULE,
      metUnder: MET_UNDER,
      opening: OPENING,
      seal: (opening: string, place: object) => {
        sealed.push([opening, place]);
        return { kid: 'k1', sealed: 's' };
      },
    };
    const found = { ...NO_DOCUMENTS, indices: 2, isWhole: true, coversClaim: true, verifiedAt: NOW, nextRunBy: NOW };
    const { closures } = recordOutcome(owing('feature-terminated', CLAIMS, application), found, context);
    const commitment = subjectCommitment({ uin: '7', ...application }, OPENING);
    const { opening: _opening, ...facts } = closures[0] ?? {};
    expect(facts).toMatchObject({ commitment, state: 'erased' });
    expect(sealed).toEqual([[OPENING, { entry: expect.objectContaining({ id: expect.any(String) }), facts }]]);
  });

  test('is done up to the latest complete count among its closures', () => {
    const closure = (closedAt: number, newUse: number) =>
      ({ closedAt, progress: { newUse }, obligation: { terminatedAt: 1 } }) as LedgerEntry['closures'][number];
    const through = (trigger: TerminationTrigger, ...closures: LedgerEntry['closures']) =>
      doneThroughClosures({ trigger, closures });
    expect(through('account-deleted', closure(5, 1), closure(9, 0), closure(7, 0))).toBe(9);
    expect(through('feature-terminated', closure(5, 0), closure(9, 1))).toBe(5);
    expect(through('account-deleted', closure(5, 1))).toBe(5);
    expect(through('account-deleted')).toBeUndefined();
  });

  test('stays open if its entry names no account any more', () => {
    const { uin: _, ...nameless } = owing('feature-terminated', CLAIMS);
    expect(recordFound(nameless, {}).closures).toEqual([]);
  });
});

describe('an erasure that was cancelled while a run carried it out', () => {
  const begun = owing('account-deleted', { ...CLAIMS, documentsErased: 1 });
  const back = { type: 'account-reinstated', at: NOW, immediate: false, requestId: 'msg_3', heardAt: NOW } as const;
  const cancelled: LedgerEntry = { ...begun, state: 'cancelled', closedAt: NOW, events: [back] };
  const noted = (owed: number, coversClaim = true, entry = cancelled, first = begun): LedgerEntry =>
    cancelledMeanwhile(entry, first, 5, {
      ...NO_DOCUMENTS,
      due: owed,
      coversClaim,
      indices: 2,
      isWhole: true,
      verifiedAt: NOW + 1,
    });

  test('stays cancelled, and contains the number of documents erased until then', () => {
    expect(noted(2)).toMatchObject({
      state: 'cancelled',
      reinstatedAt: NOW,
      obligation: begun.obligation,
      progress: { documentsErased: 4, firstErasedAt: NOW + 1, verifiedAt: NOW + 1, indices: 2 },
    });
    expect(noted(2).progress).not.toHaveProperty('claimed');
  });

  test('counts no more documents as erased if at least as many remain as were counted', () => {
    expect([5, 9].map((owed) => noted(owed).progress.documentsErased)).toEqual([1, 1]);
  });

  test('stays unchanged if the remaining number is unknown', () => {
    expect(noted(2, false)).toBe(cancelled);
  });

  test('contains no trace of the termination if nothing was erased', () => {
    const untouched = owing('account-deleted', CLAIMS);
    const entry = noted(5, true, { ...cancelled, progress: { ...untouched.progress } }, untouched);
    expect(entry).toMatchObject({ state: 'cancelled', progress: { documentsErased: 0 } });
    for (const part of ['obligation', 'reinstatedAt', 'uin']) expect(entry).not.toHaveProperty(part);
  });

  test('is not written again if it already contains everything that was erased', () => {
    const said = { ...cancelled, progress: { documentsErased: 1, newUse: 0, indices: 2 } };
    expect(noted(5, true, said)).toBe(said);
    expect(noted(4, true, said).progress.documentsErased).toBe(2);
  });
});
