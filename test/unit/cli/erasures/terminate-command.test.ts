import { describe, expect, test } from 'vitest';
import { terminateCommand } from '../../../../lib/cli/commands/erasure/terminate-command.ts';
import type { Terminal } from '../../../../lib/cli/consent/terminal.ts';
import { renderPage } from '../../../../lib/cli/output/page.ts';
import { NO_DOCUMENTS } from '../../../../lib/criteria/counts.ts';
import { beginEntry } from '../../../../lib/erasure/ledger/record-outcome.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import type { LeaseStore } from '../../../../lib/purge/lease.ts';
import { erasureSession, NOW } from '../../../support/command-line/erasure-session.ts';
import { failure } from '../../../support/in-memory/in-memory-cluster.ts';
import { POLICY, policyWith } from '../../../support/policy/policy-text.ts';

const daysAgo = (days: number): string => isoInstant(NOW - days * DAY);

const NO_WINDOW = 'rules: { termination: { triggers: [feature-terminated], deadline: P7D, cancelWindow: PT0S } }';

/** Nobody is there to be asked. */
const NOBODY = { stdin: {}, stderr: {}, json: false } as Terminal;

const commandsOn = ({ session }: ReturnType<typeof erasureSession>) => {
  const common = { selection: {}, json: false, uin: '9007199254740993' };
  return {
    terminate: (more = {}) =>
      terminateCommand(
        session,
        { command: 'terminate', accountDeleted: false, immediate: false, yes: false, ...common, ...more },
        NOBODY,
      ),
    reinstate: (more = {}) => terminateCommand(session, { command: 'reinstate', ...common, ...more }, NOBODY),
  };
};
const fixture = () => commandsOn(erasureSession());
const linesOf = ({ page }: Awaited<ReturnType<typeof terminateCommand>>): readonly string[] =>
  renderPage(page, { paint: (_, text) => text }).split('\n');

describe('terminate', () => {
  test('makes a request id without the account, even if the account is called cli', async () => {
    const [summary, request] = linesOf(await fixture().terminate({ uin: 'CLI' }));
    expect(summary).toMatch(/^Recorded/);
    expect(request).toMatch(/^request [0-9a-f-]{36}, in effect/);
  });

  test('says when the erasure begins and its deadline', async () => {
    const [summary, request, line] = linesOf(await fixture().terminate());
    expect(summary).toBe('Recorded: feature-terminated · owed in 1 category');
    expect(request).toMatch(/^request cli_[\w-]{36}, in effect at 2026-11-24T14:00:00.000Z$/);
    expect(line).toBe(
      'settings, feature-terminated: pending, to be erased by the first run from 2026-11-27 14:00 UTC on, not later than 2026-12-01 14:00 UTC; documents not counted',
    );
  });

  test.each([
    ['past the window', { at: daysAgo(4) }],
    ['with --immediate', { immediate: true }],
  ])('reports that the next run will erase the data: %s', async (_, more) => {
    expect(linesOf(await fixture().terminate(more))[2]).toContain('pending, to be erased by the next run, not later');
  });

  test('reports a repetition as heard before, with the request id of the ledger entry', async () => {
    const { terminate } = fixture();
    await terminate({ at: daysAgo(1) });
    // Of many ids, the ledger's is hardly ever the newest.
    for (let times = 0; times < 5; times += 1) {
      const again = await terminate({ at: daysAgo(1) });
      const [summary, request] = linesOf(again);
      const [entry] = again.json.entries as readonly { requestId: string }[];
      expect(summary).toBe('Heard before: feature-terminated · owed in 1 category');
      expect(request).toBe(`request ${entry?.requestId}, in effect at ${daysAgo(1)}`);
      expect(again.json.requestId).toBe(entry?.requestId);
    }
  });

  test('reports that nothing is owed if a later reinstatement is recorded', async () => {
    const { terminate, reinstate } = fixture();
    await reinstate({ at: daysAgo(1) });
    const [summary, , line] = linesOf(await terminate({ at: daysAgo(2) }));
    expect(summary).toBe('Recorded: feature-terminated · nothing owed');
    expect(line).toBe('settings, feature-terminated: nothing is owed');
  });

  test.each([
    ['a deletion of one application', { accountDeleted: true, app: '1' }, 'no --app when an account is deleted'],
    ['an instant in words', { at: 'yesterday' }, '--at to be an ISO 8601 instant'],
    ['an instant without its zone', { at: '2026-11-20T09:00:00' }, '--at to be an ISO 8601 instant'],
    ['what the ledger may have forgotten', { at: '2020-01-01T00:00:00Z' }, '--at to be at most'],
    ['a day far ahead', { at: '2099-01-01T00:00:00Z' }, '--at to be at most 366 d ahead'],
    ['a hostile account', { uin: '1\u001b[2J' }, '--uin to be a text'],
    ['an empty application', { app: '' }, '--app to be a text'],
  ])('refuses %s, and records nothing', async (_, more, expected) => {
    const made = erasureSession();
    await expect(commandsOn(made).terminate(more)).rejects.toMatchObject({
      explanation: { expected: expect.stringContaining(expected) },
    });
    expect([made.ledger.entries.size, made.events('settings').kept.size]).toEqual([0, 0]);
  });

  test('fails only in the categories that may have forgotten a reinstatement', async () => {
    const rule = 'rules: { termination: { triggers: [account-deleted], deadline: P7D, cancelWindow: PT0S } }';
    const age = policyWith('rules: {}', rule).replace('allowedLateness: PT1H', `allowedLateness: PT1H\n    ${rule}`);
    const two = age.replace(/rules:\n {6}age:\n {8}maxAge: P14D\n {8}allowedLateness: PT1H\n {4}/, '');
    const made = erasureSession(two);
    const [noted, other] = [made.events('call-logs'), made.events('settings')];
    const { terminate, reinstate } = commandsOn(made);
    await reinstate({ at: daysAgo(40) });
    await noted.noteRemoved(NOW - 17 * DAY, NOW);
    await other.noteRemoved(NOW + 300 * DAY, NOW);
    const result = await terminate({ accountDeleted: true, at: daysAgo(20) });
    expect(result.exitCode).toBe(2);
    expect(linesOf(result)[0]).toContain('owed in 1 category · call-logs NOT recorded (too-long-ago)');
    expect([noted.kept.size, other.kept.size]).toEqual([1, 2]);
    await other.noteRemoved(NOW - 17 * DAY, NOW);
    await expect(terminate({ accountDeleted: true, at: daysAgo(20) })).rejects.toMatchObject({ code: 'too-long-ago' });
    expect([noted.kept.size, other.kept.size]).toEqual([1, 2]);
  });

  test('refuses to terminate one application if the policy has no application field', async () => {
    const rule = 'rules: { termination: { triggers: [feature-terminated], deadline: P7D, cancelWindow: P3D } }';
    const made = erasureSession(policyWith('rules: {}', rule));
    await expect(commandsOn(made).terminate({ app: '1400100201' })).rejects.toMatchObject({
      code: 'bad-termination',
      field: '--app',
    });
    expect(made.events('settings').kept.size).toBe(0);
  });

  test('fails, and records nothing, if no rule of the policy reacts to the termination', async () => {
    const made = erasureSession(POLICY);
    await expect(commandsOn(made).terminate()).rejects.toMatchObject({ code: 'no-termination-rule' });
    expect(made.events('settings').kept.size).toBe(0);
  });

  test.each([
    ['account-deleted', {}, 'If the account was deleted, add --account-deleted.'],
    ['feature-terminated', { accountDeleted: true }, 'leave --account-deleted out.'],
  ])('advises whether to use --account-deleted if the only rule reacts to %s', async (trigger, asked, fix) => {
    const rule = `rules: { termination: { triggers: [${trigger}], deadline: P7D, cancelWindow: P3D } }`;
    const made = erasureSession(policyWith('rules: {}', rule));
    await expect(commandsOn(made).terminate(asked)).rejects.toMatchObject({
      code: 'no-termination-rule',
      explanation: { fix: expect.stringContaining(fix) },
    });
  });

  test('says that nothing is destroyed if the policy is in observe mode', async () => {
    expect(linesOf(await fixture().terminate()).at(-2)).toMatch(/^mode: observe in policy\.yml: nothing is destroyed/);
  });
});

describe('reinstate', () => {
  test('shows how many erasures it cancelled', async () => {
    const { terminate, reinstate } = fixture();
    await terminate({ at: daysAgo(1) });
    const reinstated = await reinstate();
    const [summary, , ...lines] = linesOf(reinstated);
    expect(summary).toBe('Recorded: account-reinstated · cancelled 1 erasure');
    expect(lines.slice(0, 2)).toEqual([
      'settings, feature-terminated: cancelled, nothing is owed any more',
      'settings, account-deleted: nothing is owed',
    ]);
    expect(reinstated).toMatchObject({ exitCode: 0, json: { cancelled: 1, exitCode: 0 } });
  });

  test('names a run that may be erasing, and how to see the result', async () => {
    const made = erasureSession();
    const { terminate, reinstate } = commandsOn(made);
    await terminate({ at: daysAgo(4) });
    await made.leases.acquire('settings', 'run-1\u001b[2J');
    await made.leases.acquire('call-logs', 'other');
    const reinstated = await reinstate();
    const lines = linesOf(reinstated);
    expect(lines.filter((line) => line.includes('is at work'))).toEqual([
      'A run of settings is at work: "run-1\\u001b[2J", which has the lease until 2026-11-24 14:02 UTC, or longer. What was cancelled may already be erased, wholly or in part; the run asks before each request whether it is still owed.',
    ]);
    expect(lines).toContain(
      'What had been erased stands in the ledger once that run has ended: node bin/es-retention.mjs status --uin 9007199254740993',
    );
    expect(reinstated.json.atWork).toEqual({
      runs: [{ category: 'settings', runId: 'run-1\u001b[2J', leaseUntil: '2026-11-24T14:02:00.000Z' }],
      notAsked: [],
      begun: { erasures: 0, documentsErased: 0, mayBeErasedToo: 0 },
    });
    expect(reinstated.exitCode).toBe(0);
  });

  test.each<[string, Partial<LeaseStore>, RegExp | undefined]>([
    ['nothing of runs where none is at work', {}, undefined],
    [
      'that nobody could look for a run where the lease does not answer',
      { owner: () => Promise.reject(failure('no-server', 'none')) },
      /^Whether a run of settings is at work could not be looked up: what was cancelled may already be erased/,
    ],
  ])('its answer reports %s', async (_, leases, said) => {
    const made = erasureSession();
    Object.assign(made.leases, leases);
    const { terminate, reinstate } = commandsOn(made);
    await terminate({ at: daysAgo(4) });
    const reinstated = await reinstate();
    expect(reinstated.exitCode).toBe(0);
    const lines = linesOf(reinstated).filter((line) => /at work|may already be erased|status --uin/.test(line));
    expect(lines).toEqual(
      said === undefined ? [] : [expect.stringMatching(said), expect.stringContaining('status --uin')],
    );
  });

  test('reports how many documents may be erased if an erasure had begun', async () => {
    const made = erasureSession();
    const { terminate, reinstate } = commandsOn(made);
    await terminate({ at: daysAgo(4) });
    await made.ledger.write(
      [...made.ledger.entries.values()]
        .filter(({ entry }) => entry.state === 'pending')
        .map((read) => ({ entry: beginEntry(read.entry, { ...NO_DOCUMENTS, due: 3, isWhole: true }, NOW), read })),
    );
    const reinstated = await reinstate();
    const lines = linesOf(reinstated);
    expect(lines[0]).toBe(
      'Recorded: account-reinstated · cancelled 1 erasure · 1 erasure had begun: 0 to 3 documents erased',
    );
    expect(reinstated).toMatchObject({
      exitCode: 3,
      json: { atWork: { begun: { erasures: 1, documentsErased: 0, mayBeErasedToo: 3 } } },
    });
    expect(lines[2]).toBe(
      'settings, feature-terminated: cancelled; a run had begun with it: 3 documents, of which some or all may be erased',
    );
    expect(lines).toContainEqual(expect.stringContaining('status --uin 9007199254740993'));
  });

  test('counts every erasure that it cancelled', async () => {
    const { terminate, reinstate } = fixture();
    await terminate({ at: daysAgo(1) });
    await terminate({ at: daysAgo(1), accountDeleted: true });
    expect(linesOf(await reinstate())[0]).toBe('Recorded: account-reinstated · cancelled 2 erasures');
  });

  test('says that there was nothing to cancel, and ends with exit code 3, also if repeated', async () => {
    const { terminate, reinstate } = fixture();
    await terminate({ at: daysAgo(1) });
    await reinstate({ at: daysAgo(0.5) });
    const again = await reinstate({ at: daysAgo(0.5) });
    expect(linesOf(again)[0]).toBe('Heard before: account-reinstated · nothing to cancel');
    const other = await reinstate({ uin: '5555' });
    expect(linesOf(other)[0]).toBe('Recorded: account-reinstated · nothing to cancel');
    expect(linesOf(other).join('\n')).toContain(
      'Recorded all the same: a termination of this scope up to 2026-11-24T14',
    );
    expect([again.exitCode, other.exitCode, other.json.cancelled]).toEqual([3, 3, 0]);
  });

  test.each([
    ['the account, where an application is owed', { app: '7' }, {}, 'application 7', '--uin 9007199254740993 --app 7'],
    ['an application, where the account is owed', {}, { app: '7' }, 'the whole account', '--uin 9007199254740993'],
    ['an application, where another one is owed', { app: '7' }, { app: '8' }, 'application 7', '--app 7'],
  ])('names what is still owed, and the command that cancels it: %s', async (_, owed, asked, scope, command) => {
    const { terminate, reinstate } = fixture();
    await terminate({ at: daysAgo(1), uin: '42', app: '7' });
    await terminate({ at: daysAgo(1), ...owed });
    const reinstated = await reinstate(asked);
    const text = linesOf(reinstated).join('\n');
    expect(linesOf(reinstated)[0]).toBe('Recorded: account-reinstated · nothing to cancel');
    expect(text).toContain(
      `Still owed: ${scope} in settings, feature-terminated, not later than 2026-11-30 14:00 UTC.`,
    );
    expect(text).toContain(`To cancel it: node bin/es-retention.mjs reinstate `);
    expect(text).toMatch(new RegExp(`${command}$`, 'm'));
    expect(text).not.toContain('--uin 42');
    expect(reinstated).toMatchObject({ exitCode: 3, json: { stillOwed: { notLookedAt: 0, entries: [{}] } } });
    expect((await reinstate(owed)).json).toMatchObject({ cancelled: 1, stillOwed: { entries: [] } });
  });

  test('cancels the erasures that it has read, and fails if the search for others fails', async () => {
    const made = erasureSession();
    const { find } = made.ledger;
    await commandsOn(made).terminate({ at: daysAgo(1) });
    made.ledger.find = () => Promise.reject(new Error('no answer'));
    await expect(commandsOn(made).reinstate()).rejects.toThrow('no answer');
    made.ledger.find = find;
    expect((await made.ledger.find({ category: 'settings', states: ['pending'] }, 1)).total).toBe(0);
  });

  test('succeeds even if the search for erasures that are still owed fails', async () => {
    const made = erasureSession();
    const { find } = made.ledger;
    await commandsOn(made).terminate({ at: daysAgo(1) });
    made.ledger.find = (query, limit) => (query.hashes ? find(query, limit) : Promise.reject(new Error('no answer')));
    const reinstated = await commandsOn(made).reinstate();
    expect(reinstated).toMatchObject({ exitCode: 0, json: { cancelled: 1, stillOwed: null } });
    expect(linesOf(reinstated).join('\n')).toContain('could not be looked up');
  });

  test('reports that a later termination still owes the erasure', async () => {
    const { terminate, reinstate } = fixture();
    const { json } = await terminate({ at: daysAgo(1) });
    const reinstated = await reinstate({ at: daysAgo(2) });
    const [summary, request] = linesOf(reinstated);
    expect(summary).toBe(
      'Recorded: account-reinstated · nothing to cancel, still owed, by a later termination, in 1 category',
    );
    expect(reinstated.exitCode).toBe(3);
    expect(reinstated.json.requestId).not.toBe(json.requestId);
    expect(request).toBe(`request ${reinstated.json.requestId}, in effect at ${daysAgo(2)}`);
  });

  test('advises an --at that cancels the later termination, and accepts it', async () => {
    const { terminate, reinstate } = fixture();
    await terminate({ at: daysAgo(1) });
    const advice = linesOf(await reinstate({ at: daysAgo(2) })).join('\n');
    const at = /--at (\S+)$/m.exec(advice)?.[1] ?? '';
    expect(await reinstate({ at })).toMatchObject({ exitCode: 0, json: { cancelled: 1 } });
  });

  test('says when a termination with a future date can be cancelled', async () => {
    const { terminate, reinstate } = fixture();
    await terminate({ at: daysAgo(-300) });
    const reinstated = await reinstate();
    expect(reinstated.exitCode).toBe(3);
    expect(linesOf(reinstated).join('\n')).toContain(
      'dated ahead, and nothing cancels it before: repeat this command from 2027-09-20 14:01 UTC on, and before 2027-09-23 14:00 UTC',
    );
  });

  test.each([
    ['skips its cancel window', { immediate: true }, undefined],
    ['has no cancel window', {}, NO_WINDOW],
  ])('gives a working --at for a future termination that %s', async (_, more, rules) => {
    const made = rules === undefined ? erasureSession() : erasureSession(policyWith('rules: {}', rules));
    const { terminate, reinstate } = commandsOn(made);
    await terminate({ at: daysAgo(-2), ...more });
    const advice = linesOf(await reinstate()).join('\n');
    expect(advice).toContain(
      'repeat this command with --at 2026-11-26T14:00:00.000Z from 2026-11-26 13:55 UTC on, and before 2026-11-26 14:00 UTC',
    );
    const then = Date.parse('2026-11-26T13:55:00Z');
    Object.assign(made.session.ports, { clock: () => then, store: { serverTime: async () => then } });
    expect(await reinstate({ at: '2026-11-26T14:00:00.000Z' })).toMatchObject({ exitCode: 0, json: { cancelled: 1 } });
  });

  test('refuses a future date, and records nothing', async () => {
    const made = erasureSession();
    for (const days of [1, 300])
      await expect(commandsOn(made).reinstate({ at: daysAgo(-days) })).rejects.toMatchObject({ code: 'too-far-ahead' });
    expect([made.ledger.entries.size, made.events('settings').kept.size]).toEqual([0, 0]);
  });

  test('is also recorded after the erasure, and says that it restores nothing', async () => {
    const made = erasureSession();
    const { terminate, reinstate } = commandsOn(made);
    await terminate({ at: daysAgo(4) });
    const [read] = made.ledger.entries.values();
    if (read === undefined) throw new Error('nothing was recorded');
    const { entry } = read;
    const doneThrough = entry.obligation?.terminatedAt ?? 0;
    await made.ledger.write([{ read, entry: { ...entry, state: 'erased', closedAt: NOW, doneThrough } }]);
    const [summary, , line] = linesOf(await reinstate());
    expect(summary).toBe('Recorded: account-reinstated · nothing to cancel, erased before in 1 category');
    expect(line).toMatch(/: erased before, at .* UTC; the reinstatement is recorded, and brings nothing back$/);
  });
});
