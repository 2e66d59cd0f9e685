import { expect } from 'vitest';
import { confirmErasures } from '../../../lib/erasure/brakes/braked-erasures.ts';
import type { EventSource } from '../../../lib/erasure/events/account-event.ts';
import type { LedgerEntry } from '../../../lib/erasure/ledger/ledger-entry.ts';
import { DAY, HOUR } from '../../../lib/policy/time/duration.ts';
import { type Instant, isoInstant } from '../../../lib/policy/time/instant.ts';
import type { Report } from '../../../lib/purge/report/report.ts';
import type { ErasureInMemory } from '../in-memory/erasure-in-memory.ts';
import { daysAgo, NOW } from '../purge/purge-fixture.ts';
import { type ErasureFixture, TERMINATED } from './erasure-fixture.ts';

/** Erasures of a category, on a server or on the store in memory. */
type Fixture = ErasureFixture | ErasureInMemory;

/** Two account numbers that are equal if somebody reads them as numbers. */
export const GONE = '9007199254740993';
export const STAYS = '9007199254740992';

export const configuration = (uin: string, sdkAppId: string, at = TERMINATED - DAY) => ({
  uin,
  sdkAppId,
  '@timestamp': isoInstant(at),
});

/** Two accounts; the account that is erased has two applications. Returns the name of their index. */
export const seeded = (fixture: Fixture): Promise<string> =>
  fixture.createIndex('current', {
    'gone-1': configuration(GONE, '1'),
    'gone-2': configuration(GONE, '2'),
    stays: configuration(STAYS, '3'),
  });

/** The only entry of the ledger. */
export const theEntry = async (fixture: Fixture): Promise<LedgerEntry> => {
  const [entry, ...more] = await fixture.entries();
  expect(more).toEqual([]);
  return entry as LedgerEntry;
};

/** Purges so many hours after {@link NOW}. */
export const runAfter = (fixture: Fixture, hours: number): Promise<Report> =>
  fixture.runPurge({ clock: () => NOW + hours * HOUR });

/** One of many accounts, beyond 2^53. */
export const uinOf = (at: number): string => `${9_007_199_254_740_993n + BigInt(at)}`;

/** A document of each of so many accounts. */
export const documentsOf = (accounts: number, prefix = 'd') =>
  Object.fromEntries(
    Array.from({ length: accounts }, (_, at) => [`${prefix}${at}`, { uin: uinOf(at), '@timestamp': daysAgo(30) }]),
  );

/** Deletes the first accounts, by messages that arrive a second apart. */
export const terminate = async (fixture: Fixture, accounts: number, source: EventSource = 'webhook'): Promise<void> => {
  for (let at = 0; at < accounts; at++)
    await fixture.tell('account-deleted', { uin: uinOf(at) }, TERMINATED, {
      requestId: `msg_${at}`,
      source,
      arrivedAt: NOW - HOUR / 2 + at * 1_000,
    });
};

/** How many entries are in each state. */
export const states = async (fixture: Fixture): Promise<Readonly<Record<string, number>>> => {
  const counted: Record<string, number> = {};
  for (const { state } of await fixture.entries()) counted[state] = (counted[state] ?? 0) + 1;
  return counted;
};

/** Confirms every braked erasure, and returns how many there were. */
export const confirmAll = async (fixture: Fixture): Promise<number> => {
  const { entries } = await fixture.ledger.find({ category: fixture.category.id, states: ['braked'] }, 1_000);
  return (await confirmErasures(fixture.category.id, entries, fixture.recordPorts)).size;
};

/** The codes of a run's findings. */
export const codesOf = ({ findings }: Pick<Report, 'findings'>): readonly string[] => findings.map(({ code }) => code);

/** Purges twice, an hour apart: the second run closes what the first one watches. Returns the second report. */
export const runTwice = async (fixture: Fixture, first: Instant = NOW - HOUR): Promise<Report> => {
  await fixture.runPurge({ clock: () => first });
  return fixture.runPurge({ clock: () => first + HOUR });
};
