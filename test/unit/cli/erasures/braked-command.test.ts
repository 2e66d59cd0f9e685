import { expect, test } from 'vitest';
import { TransientError } from '../../../../lib/base/errors.ts';
import { brakedCommand, decideBrakedCommand } from '../../../../lib/cli/commands/erasure/braked-command.ts';
import type { Terminal } from '../../../../lib/cli/consent/terminal.ts';
import { eventId } from '../../../../lib/erasure/events/event-id.ts';
import type { KeptEvent } from '../../../../lib/erasure/events/event-log.ts';
import type { ReadEntry } from '../../../../lib/erasure/ledger/ledger.ts';
import { isOpen, type LedgerEntry } from '../../../../lib/erasure/ledger/ledger-entry.ts';
import { recordAccountEvent } from '../../../../lib/erasure/recording/record-account-event.ts';
import { MINUTE } from '../../../../lib/policy/time/duration.ts';
import { parseInstant } from '../../../../lib/policy/time/instant.ts';
import { ACCOUNTS, EditedRecords } from '../../../support/erasure/edited-records.ts';

type Choice = Readonly<Record<string, unknown>>;

const NEW = '900000010';
const NOBODY = { stdin: { isTTY: false }, stdout: {}, stderr: { write: () => true } } as unknown as Terminal;

/** Two categories: `settings`, whose key was stolen, and `console`. An account is braked in both, by `msg_braked`. */
const opened = async () => {
  const records = await EditedRecords.open(true);
  const { session } = records;
  const { ledger, events } = session.erasure;
  const readOf = (category: string, uin: string): ReadEntry => {
    const own = [...records.entries.values()].filter(({ entry }) => entry.category === category && entry.uin === uin);
    if (own[0] === undefined) throw new Error('no entry');
    return own[0];
  };
  const stolen = async (uin: string, edit: (entry: LedgerEntry) => LedgerEntry): Promise<void> => {
    const read = readOf('settings', uin);
    await ledger.write([{ entry: edit(read.entry), read }]);
  };
  const owed = (uin: string): readonly string[] =>
    [...records.entries.values()]
      .flatMap(({ entry }) => (entry.uin === uin && isOpen(entry) ? entry.category : []))
      .sort();
  const decide = (command: 'confirm' | 'cancel', choice: Choice) =>
    decideBrakedCommand(
      session,
      { command, selection: {}, all: false, yes: true, json: true, ...choice } as never,
      NOBODY,
    );
  const listed = (choice: Choice = {}) =>
    brakedCommand(session, { command: 'braked', selection: {}, json: true, ...choice } as never);
  /** An event about an account in the log of `settings`, under the id that it must have. */
  const plant = async (uin: string, more: Partial<KeptEvent>): Promise<void> => {
    const { hash, kid } = readOf('settings', uin).entry.subject;
    const [known] = (await events('settings').about([hash])).filter(({ type }) => type === 'account-deleted');
    const event = { ...(known as KeptEvent), kid, hash, ...more };
    const at = parseInstant(event.at) ?? 0;
    await events('settings').keep([{ ...event, id: eventId({ kid, hash }, { ...event, at }) }]);
  };
  return { records, session, stolen, owed, decide, listed, plant, readOf };
};

const BOTH = ['console', 'settings'];
const forged = (entry: LedgerEntry): LedgerEntry => ({
  ...entry,
  state: 'braked',
  obligation: { ...(entry.obligation as NonNullable<LedgerEntry['obligation']>), requestId: 'msg_braked', heardAt: 1 },
  events: entry.events.map((event) => ({ ...event, requestId: 'msg_braked', heardAt: 1 })),
});
const braked = (entry: LedgerEntry): LedgerEntry => ({ ...entry, state: 'braked' });

test('cancel --request cancels the erasures that the records of each category assign to the request', async () => {
  const { decide, owed } = await opened();
  const { json, exitCode } = await decide('cancel', { request: 'msg_braked' });
  expect({ done: json.done, exitCode }).toEqual({ done: 2, exitCode: 0 });
  expect(owed(ACCOUNTS.braked)).toEqual([]);
  expect(owed(ACCOUNTS.pending)).toEqual(BOTH);
});

test.each<[string, Choice]>([
  ['request', { request: 'msg_braked' }],
  ['time', { until: '1980-01-01T00:00:00Z' }],
])('an entry with a forged %s is not selected by cancel in any category', async (_, choice) => {
  const { stolen, decide, owed } = await opened();
  await stolen(ACCOUNTS.pending, forged);
  const { json, exitCode } = await decide('cancel', choice);
  expect(exitCode).toBe(3);
  expect(json.notBelieved).toEqual([{ category: 'settings', entries: 1 }]);
  expect(owed(ACCOUNTS.pending)).toEqual(BOTH);
});

test.each<[string, Choice]>([
  ['request', { request: 'msg_planted' }],
  ['source', { source: 'bus' }],
])('an event that somebody added to the log selects no erasure by its %s', async (_, choice) => {
  const { stolen, plant, decide, owed, listed, readOf } = await opened();
  await stolen(ACCOUNTS.pending, braked);
  const { terminatedAt = 0 } = readOf('settings', ACCOUNTS.pending).entry.obligation ?? {};
  const at = new Date(terminatedAt + MINUTE).toISOString();
  await plant(ACCOUNTS.pending, { at, requestId: 'msg_planted', source: 'bus' });
  expect((await listed(choice)).json.total).toBe(0);
  for (const command of ['confirm', 'cancel'] as const) expect((await decide(command, choice)).json.done).toBe(0);
  expect(owed(ACCOUNTS.pending)).toEqual(BOTH);
});

test('cancel --request cancels nothing that a category owes by another request', async () => {
  const { session, stolen, decide, owed } = await opened();
  const ports = await session.erasure.openRecord();
  for (const [category, requestId] of [
    ['settings', 'msg_a'],
    ['console', 'msg_b'],
  ] as const) {
    const at = session.ports.clock();
    const event = { requestId, type: 'account-deleted', subject: { uin: NEW }, at, immediate: false } as const;
    await recordAccountEvent(event, [session.policy.categories.get(category) as never], ports);
  }
  await stolen(NEW, braked);
  const { json, page, exitCode } = await decide('cancel', { request: 'msg_a' });
  expect({ done: json.done, left: json.left, exitCode }).toEqual({ done: 0, left: 1, exitCode: 3 });
  expect(JSON.stringify(page)).toContain('reinstate --uin');
  expect(owed(NEW)).toEqual(BOTH);
});

test('braked does not list a forged request id that names an account', async () => {
  const { stolen, listed } = await opened();
  const obligation = (entry: LedgerEntry) => ({ ...(entry.obligation as object), requestId: ACCOUNTS.braked }) as never;
  await stolen(ACCOUNTS.braked, (entry) => ({ ...entry, obligation: obligation(entry) }));
  expect(JSON.stringify(await listed())).not.toContain(ACCOUNTS.braked);
});

test('braked reports an erasure that somebody set back to pending in the ledger', async () => {
  const { stolen, listed } = await opened();
  await stolen(ACCOUNTS.braked, (entry) => ({ ...entry, state: 'pending' }));
  const { json, exitCode } = await listed();
  expect(json.notBelieved).toEqual([{ category: 'settings', entries: 1 }]);
  expect(exitCode).toBe(3);
});

test('braked reports a category as not examined if its event log does not answer', async () => {
  const { session, listed } = await opened();
  const { events } = session.erasure;
  const silent = async () => {
    throw new TransientError('no-answer', { expected: 'an event log', found: 'none', fix: 'Try again.' });
  };
  Object.assign(session.erasure, {
    events: (category: string) => ({ ...events(category), removedBefore: silent, decisions: silent }),
  });
  const { json, exitCode } = await listed({ uin: NEW });
  expect(json.summary).toContain('not examined');
  expect(exitCode).not.toBe(0);
});
