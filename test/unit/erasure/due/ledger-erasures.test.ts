import { describe, expect, test } from 'vitest';
import { NO_DOCUMENTS, type SubjectCounts } from '../../../../lib/criteria/counts.ts';
import type { Finding } from '../../../../lib/criteria/finding.ts';
import type { Survey, SurveyedIndex } from '../../../../lib/criteria/survey-result.ts';
import type { NewlyBraked } from '../../../../lib/erasure/brakes/brake-erasures.ts';
import type { BrakeStatus } from '../../../../lib/erasure/brakes/decisions.ts';
import { type DueErasurePorts, LedgerErasures } from '../../../../lib/erasure/due/ledger-erasures.ts';
import { newEntry } from '../../../../lib/erasure/ledger/apply-event.ts';
import type { LedgerEntry, Obligation } from '../../../../lib/erasure/ledger/ledger-entry.ts';
import { withProof } from '../../../../lib/erasure/ledger/obligation-proof.ts';
import { type SubjectHash, subjectHashes } from '../../../../lib/erasure/subjects/subject-hash.ts';
import type { Category } from '../../../../lib/policy/retention-policy.ts';
import type { TerminationRule } from '../../../../lib/policy/rules/rules.ts';
import { DAY, HOUR, MINUTE } from '../../../../lib/policy/time/duration.ts';
import type { Plan } from '../../../../lib/purge/plan.ts';
import type { Verification } from '../../../../lib/purge/verify.ts';
import { TEST_RING } from '../../../support/erasure/key-ring-text.ts';
import { inMemoryEventLogs, inMemoryLedger } from '../../../support/in-memory/records/in-memory-ledger.ts';
import { examplePolicy as policy } from '../../../support/policy/example-policy.ts';
import { counted, surveyed } from '../../../support/purge/described-index.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const RULE: TerminationRule = {
  triggers: ['account-deleted', 'feature-terminated'],
  deadline: { iso: 'P7D', milliseconds: 7 * DAY },
  cancelWindow: { iso: 'P3D', milliseconds: 3 * DAY },
};
const CATEGORY: Category = {
  ...(policy.categories.get('console-configuration') as Category),
  rules: { termination: RULE },
};
const OBLIGATION: Obligation = {
  requestId: 'msg',
  heardAt: NOW - 6 * DAY,
  terminatedAt: NOW - 6 * DAY,
  immediate: false,
  eraseFrom: NOW - 3 * DAY,
  eraseBy: NOW + HOUR,
};

const entryOf = (uin: string, changes: Partial<LedgerEntry> = {}): LedgerEntry =>
  withProof(
    {
      ...newEntry(CATEGORY.id, 'account-deleted', { uin }, subjectHashes({ uin }, TEST_RING)[0] as SubjectHash),
      uin,
      state: 'pending',
      obligation: OBLIGATION,
      ...changes,
    },
    TEST_RING,
  );

const DATING = { timestamp: true, ingested: true, account: { type: 'keyword', path: 'uin' } };
const index = (name: string, changes: Partial<SurveyedIndex> = {}): SurveyedIndex => ({
  ...surveyed(counted(9, 0), { name, uuid: name }),
  usable: DATING,
  ...changes,
});
const { counts: _, ...SILENT } = index('b');
const BOTH = [index('a'), index('b')];

interface Circumstances {
  readonly entries?: readonly LedgerEntry[];
  readonly braked?: readonly NewlyBraked[];
  readonly statuses?: ReadonlyMap<string, BrakeStatus>;
  /** What the witness finds of events that arrived after the plan, and whom it still believes. */
  readonly arrived?: () => Promise<readonly Finding[]>;
  readonly disbelieved?: readonly string[];
}

/** A run that owes erasures to these entries, with the ledger around it. */
const runOf = async ({
  entries = [entryOf('1')],
  braked = [],
  statuses = new Map(),
  arrived = async () => [],
  disbelieved = [],
}: Circumstances = {}) => {
  const ledger = inMemoryLedger();
  await ledger.write(entries.map((entry) => ({ entry, read: undefined })));
  let looks = 0;
  let now = NOW;
  const ports = {
    ledger,
    events: inMemoryEventLogs(),
    clock: () => now,
    policy,
    newOpening: () => 'A'.repeat(43),
    subjectKeys: async () => TEST_RING,
    witness: {
      arrived: async () => {
        looks += 1;
        return arrived();
      },
      judge: async (_category: string, _rule: TerminationRule, reads: readonly { entry: LedgerEntry }[]) => ({
        believed: reads.filter(({ entry }) => !disbelieved.includes(entry.uin ?? '')),
        altered: new Map(),
      }),
    },
  } as unknown as DueErasurePorts;
  const reads = [...ledger.entries.values()];
  const erasures = new LedgerErasures(CATEGORY, RULE, ports, {
    plannedAt: NOW,
    entries: reads,
    statuses,
    braked,
    more: 0,
    findings: () => [],
    held: [],
    holds: [],
    released: new Map(),
  });
  const surveyOf = (
    indices: readonly SurveyedIndex[],
    counts: Readonly<Record<string, Partial<SubjectCounts>>>,
  ): Survey => ({
    indices,
    subjects: new Map(entries.map((entry) => [entry.id, { ...NO_DOCUMENTS, ...counts[entry.uin ?? ''] }])),
  });
  return {
    erasures,
    ledger,
    looks: () => looks,
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
    surveyOf,
    begin: (indices: readonly SurveyedIndex[], counts: Readonly<Record<string, Partial<SubjectCounts>>>) =>
      erasures.begin({ survey: surveyOf(indices, counts) } as Plan),
    record: (indices: readonly SurveyedIndex[], counts: Readonly<Record<string, Partial<SubjectCounts>>>) =>
      erasures.recordOutcomes({ survey: surveyOf(indices, counts), verifiedAt: NOW } as Verification),
    now: (uin: string) => [...ledger.entries.values()].find(({ entry }) => entry.id === entryOf(uin).id)?.entry,
    change: async (uin: string, changes: (entry: LedgerEntry) => LedgerEntry) => {
      const read = ledger.entries.get(entryOf(uin).id);
      if (read !== undefined) await ledger.write([{ entry: changes(read.entry), read }]);
    },
  };
};

const owing = (changes: Partial<Obligation>) => (entry: LedgerEntry) =>
  withProof({ ...entry, obligation: { ...OBLIGATION, ...changes } }, TEST_RING);

describe('right before a deletion, an erasure', () => {
  const stillDue = async (change: (entry: LedgerEntry) => LedgerEntry) => {
    const run = await runOf();
    await run.change('1', change);
    return (await run.erasures.stillDue(run.erasures.subjects)).length;
  };

  test.each<[string, (entry: LedgerEntry) => LedgerEntry]>([
    ['if nothing changed', (entry) => entry],
    ['if a run began to erase it', (entry) => ({ ...entry, state: 'erasing' })],
    ['if it is owed even earlier', owing({ eraseFrom: OBLIGATION.eraseFrom - 1 })],
  ])('is still due %s', async (_, change) => {
    expect(await stillDue(change)).toBe(1);
  });

  test.each<[string, (entry: LedgerEntry) => LedgerEntry]>([
    ['it was cancelled', (entry) => ({ ...entry, state: 'cancelled' })],
    ['it was braked', (entry) => ({ ...entry, state: 'braked' })],
    ['it was closed', (entry) => ({ ...entry, state: 'erased' })],
    ['the entry names another account', (entry) => ({ ...entry, uin: '2' })],
    ['the entry names another application', (entry) => ({ ...entry, sdkAppId: '2' })],
    ['another termination is owed', owing({ terminatedAt: OBLIGATION.terminatedAt + 1 })],
    ['it is owed later', owing({ eraseFrom: OBLIGATION.eraseFrom + 1 })],
    ['nothing is owed', ({ obligation: _obligation, ...entry }) => entry],
  ])('is not due any more if %s meanwhile', async (_, change) => {
    expect(await stillDue(change)).toBe(0);
  });

  test('is not due any more if its entry was removed', async () => {
    const run = await runOf();
    await run.ledger.remove([...run.ledger.entries.values()]);
    expect(await run.erasures.stillDue(run.erasures.subjects)).toEqual([]);
  });

  test('is not due any more if its entry is no longer believed', async () => {
    const run = await runOf({ entries: [entryOf('1'), entryOf('2')], disbelieved: ['2'] });
    expect((await run.erasures.stillDue(run.erasures.subjects)).map(({ uin }) => uin)).toEqual(['1']);
  });

  test('is not due if an unrecorded reinstatement may have arrived, and the report says so', async () => {
    const finding = { code: 'forgotten-copies' } as Finding;
    const run = await runOf({ arrived: async () => [finding] });
    expect(await run.erasures.stillDue(run.erasures.subjects)).toEqual([]);
    expect((await run.record(BOTH, {})).notices).toEqual([finding]);
  });

  test('is checked with one search for new events, and with none if nothing is to be erased', async () => {
    const run = await runOf();
    expect(await run.erasures.stillDue([])).toEqual([]);
    expect(run.looks()).toBe(0);
    await run.erasures.stillDue(run.erasures.subjects);
    await run.erasures.stillDue(run.erasures.subjects);
    expect(run.looks()).toBe(1);
  });

  test('is checked with a further search for new events after a minute', async () => {
    const run = await runOf();
    await run.erasures.stillDue(run.erasures.subjects);
    run.pass(MINUTE - 1);
    await run.erasures.stillDue(run.erasures.subjects);
    expect(run.looks()).toBe(1);
    run.pass(1);
    await run.erasures.stillDue(run.erasures.subjects);
    expect(run.looks()).toBe(2);
  });

  test('is still recorded if the search for new events fails', async () => {
    const run = await runOf({ arrived: () => Promise.reject(new Error('no answer')) });
    await expect(run.erasures.stillDue(run.erasures.subjects)).rejects.toThrow('no answer');
    expect((await run.record(BOTH, {})).notices).toEqual([]);
  });
});

describe('the result of a verification', () => {
  test('counts erasures as erased, nothing found, cancelled or open', async () => {
    const run = await runOf({ entries: ['1', '2', '3', '4'].map((uin) => entryOf(uin)) });
    await run.begin(BOTH, { 1: { due: 2 }, 3: { due: 2 }, 4: { due: 1 } });
    await run.change('4', (entry) => ({ ...entry, state: 'cancelled' }));
    const { summary, cancelled } = await run.record(BOTH, { 3: { due: 1 } });
    expect(summary).toEqual({ due: 4, erased: 1, nothingFound: 1, cancelled: 1, open: 1, braked: 0, held: 0 });
    expect([...cancelled]).toEqual([entryOf('4').id]);
    expect(run.now('1')).toMatchObject({ state: 'erased', closures: [{ progress: { documentsErased: 2 } }] });
    expect(run.now('2')).toMatchObject({ state: 'nothing-found' });
    expect(run.now('3')).toMatchObject({ state: 'erasing', progress: { documentsErased: 1 } });
    expect(run.now('4')).toMatchObject({ state: 'cancelled', progress: { documentsErased: 1 } });
  });

  test('keeps an entry open that now owes another termination, if that is due', async () => {
    const run = await runOf();
    await run.begin(BOTH, { 1: { due: 2 } });
    await run.change('1', owing({ terminatedAt: NOW, eraseFrom: NOW }));
    const { summary, cancelled, notices } = await run.record(BOTH, {});
    expect(summary).toMatchObject({ erased: 0, cancelled: 0, open: 1 });
    expect([cancelled.size, notices.length]).toEqual([0, 0]);
    await run.change('1', owing({ terminatedAt: NOW, eraseFrom: NOW + 1 }));
    expect((await run.record(BOTH, {})).cancelled.size).toBe(1);
  });

  test('never closes an edited entry: its receipt would repeat the edit', async () => {
    const edited = await runOf();
    await edited.change('1', (entry) => ({ ...entry, obligation: { ...OBLIGATION, eraseBy: NOW + 70 * DAY } }));
    expect((await edited.record(BOTH, {})).summary).toMatchObject({ erased: 0, nothingFound: 0, open: 1 });
    expect(edited.now('1')?.closures).toEqual([]);
  });

  test('counts only closures of this run, not earlier ones', async () => {
    const first = await runOf();
    await first.begin(BOTH, { 1: { due: 2 } });
    await first.record(BOTH, {});
    const closures = first.now('1')?.closures ?? [];
    expect(closures).toHaveLength(1);
    const run = await runOf({ entries: [entryOf('1', { closures })] });
    await run.begin(BOTH, { 1: { due: 2 } });
    expect((await run.record(BOTH, { 1: { due: 1 } })).summary).toMatchObject({ erased: 0, open: 1 });
    expect((await run.record(BOTH, {})).summary).toMatchObject({ erased: 1, nothingFound: 0, open: 0 });
    expect(run.now('1')?.closures).toHaveLength(2);
  });

  test('is recorded again on the newest entry if somebody else wrote in between', async () => {
    const run = await runOf({ entries: [entryOf('1'), entryOf('2')] });
    await run.begin(BOTH, { 1: { due: 2 }, 2: { due: 1 } });
    await run.change('2', (entry) => ({ ...entry, state: 'cancelled' }));
    const { write } = run.ledger;
    const touched = new Set<string>();
    Object.assign(run.ledger, {
      write: async (changes: Parameters<typeof write>[0]) => {
        for (const { entry, read } of changes.filter((each) => !touched.has(each.entry.id))) {
          touched.add(entry.id);
          if (read !== undefined) await write([{ entry: read.entry, read }]);
        }
        return write(changes);
      },
    });
    expect((await run.record(BOTH, {})).summary).toMatchObject({ erased: 1, cancelled: 1, open: 0 });
    expect(touched.size).toBe(2);
    expect(run.now('1')).toMatchObject({ state: 'erased' });
    expect(run.now('2')).toMatchObject({ state: 'cancelled', progress: { documentsErased: 1 } });
  });

  test.each([
    ['watched', NOW + DAY, 'erasing', { erased: 0, open: 1 }],
    ['closed', NOW + HOUR, 'erased', { erased: 1, open: 0 }],
  ])('is recorded once for a %s erasure if the answer of the ledger is lost', async (_, eraseBy, state, summary) => {
    const run = await runOf({ entries: [entryOf('1', { obligation: { ...OBLIGATION, eraseBy } })] });
    await run.begin(BOTH, { 1: { due: 2 } });
    const { write } = run.ledger;
    let isLost = false;
    Object.assign(run.ledger, {
      // The first request is carried out, and what is sent again meets its own change.
      write: async (changes: Parameters<typeof write>[0], ...given: [Parameters<typeof write>[1]]) => {
        if (!isLost) await write(changes);
        isLost = true;
        return write(changes, ...given);
      },
    });
    expect((await run.record(BOTH, {})).summary).toMatchObject(summary);
    expect(run.now('1')).toMatchObject({ state, progress: { documentsErased: 2 } });
  });

  test('keeps an erasure open while an index does not answer', async () => {
    const run = await runOf();
    await run.begin(BOTH, { 1: { due: 2 } });
    expect((await run.record([index('a'), SILENT], {})).summary).toMatchObject({ erased: 0, open: 1 });
  });

  const creditOf = async (
    then: readonly SurveyedIndex[],
    now: readonly SurveyedIndex[],
    unsearched: { readonly before?: string; readonly now?: string } = {},
    claimed?: number,
  ) => {
    const progress = { ...entryOf('1').progress, ...(claimed !== undefined && { claimed }) };
    const run = await runOf({ entries: [entryOf('1', { progress })] });
    const not = (name: string | undefined) => (name === undefined ? {} : { unsearched: new Map([[name, 'time']]) });
    const survey = (indices: readonly SurveyedIndex[], due: number, name: string | undefined) =>
      ({ ...run.surveyOf(indices, { 1: { due } }), ...not(name) }) as Survey;
    await run.erasures.begin({ survey: survey(then, 2, unsearched.before) } as Plan);
    const verification = { survey: survey(now, 0, unsearched.now), verifiedAt: NOW } as Verification;
    await run.erasures.recordOutcomes(verification);
    return run.now('1')?.progress.documentsErased;
  };
  const PARTIAL = index('b', { usable: { timestamp: true, ingested: true } });

  // Documents that are only out of sight are not erased, and a receipt must not say so.
  test.each<[string, readonly SurveyedIndex[], readonly SurveyedIndex[], object]>([
    ['all indices answer again', [index('a'), PARTIAL], [index('a'), PARTIAL], {}],
    ['an index is gone', [index('a'), PARTIAL], [PARTIAL], {}],
    ['the silent index was silent before', [index('a'), SILENT], [index('a'), SILENT], {}],
    ['the unsearched index was not searched before', BOTH, [index('a'), PARTIAL], { before: 'b', now: 'b' }],
  ])('counts documents that are not found any more as erased if %s', async (_, then, now, unsearched) => {
    expect(await creditOf(then, now, unsearched)).toBe(2);
  });

  test.each<[string, readonly SurveyedIndex[], object]>([
    ['an index does not answer any more', [index('a'), SILENT], {}],
    ['an index is not searched any more', [index('a'), PARTIAL], { now: 'b' }],
  ])('does not count documents that are not found any more as erased if %s', async (_, now, unsearched) => {
    expect(await creditOf([index('a'), PARTIAL], now, unsearched)).toBe(0);
  });

  test('ignores a claim of an earlier run that the plan could not confirm', async () => {
    const partly = [index('a'), PARTIAL];
    expect(await creditOf(partly, partly, {}, 5)).toBe(0);
    expect(await creditOf(BOTH, partly, {}, 2)).toBe(2);
  });
});

describe('erasures that a limit or a saved plan excludes', () => {
  test('are counted as braked, neither as erased nor as open', async () => {
    const run = await runOf({ entries: [entryOf('1'), entryOf('2')] });
    const [first = '', second = ''] = [entryOf('1').id, entryOf('2').id];
    const limited = run.erasures.without(new Set([second]));
    expect(limited.subjects.map(({ key }) => key)).toEqual([first]);
    await limited.begin({ survey: run.surveyOf(BOTH, {}) } as Plan);
    expect([run.now('1')?.state, run.now('2')?.state]).toEqual(['erasing', 'braked']);
    const verification = { survey: run.surveyOf(BOTH, {}), verifiedAt: NOW } as Verification;
    const { summary } = await limited.recordOutcomes(verification);
    expect(summary).toMatchObject({ due: 2, nothingFound: 1, open: 0, braked: 1 });
  });

  test('wait for the next run and are not braked if a saved plan does not name them', async () => {
    const run = await runOf({ entries: [entryOf('1'), entryOf('2')] });
    const limited = run.erasures.only(new Set([entryOf('1').id]));
    expect([limited.subjects.map(({ uin }) => uin), limited.more]).toEqual([['1'], 1]);
    await limited.begin({ survey: run.surveyOf(BOTH, {}) } as Plan);
    expect([run.now('1')?.state, run.now('2')?.state]).toEqual(['erasing', 'pending']);
  });

  test('are marked as braked without keys if the event log brakes them already', async () => {
    const run = await runOf();
    const [read] = [...run.ledger.entries.values()];
    if (read === undefined) throw new Error('no entry');
    const ports = {
      ledger: run.ledger,
      events: inMemoryEventLogs(),
      clock: () => NOW,
      policy,
      subjectKeys: () => Promise.reject(new Error('no key ring')),
    } as unknown as DueErasurePorts;
    const braking = (braked: readonly NewlyBraked[]) =>
      new LedgerErasures(CATEGORY, RULE, ports, {
        plannedAt: NOW,
        entries: [],
        statuses: new Map(),
        braked,
        more: 0,
        findings: () => [],
        held: [],
        holds: [],
        released: new Map(),
      });
    await braking([{ read }]).begin({ survey: { indices: BOTH } } as unknown as Plan);
    expect(run.now('1')?.state).toBe('braked');
    const mixed = braking([{ read }, { read, reason: 'share' }]);
    await expect(mixed.begin({ survey: { indices: BOTH } } as unknown as Plan)).rejects.toThrow('no key ring');
  });
});
