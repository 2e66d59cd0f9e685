import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Client } from '@elastic/elasticsearch';
import { newOpening } from '../../lib/adapters/crypto/new-opening.ts';
import { NO_DOCUMENTS } from '../../lib/criteria/counts.ts';
import { applyEvent, newEntry } from '../../lib/erasure/ledger/apply-event.ts';
import type { LedgerEntry } from '../../lib/erasure/ledger/ledger-entry.ts';
import { withProof } from '../../lib/erasure/ledger/obligation-proof.ts';
import { beginEntry, recordOutcome } from '../../lib/erasure/ledger/record-outcome.ts';
import { sealOpening } from '../../lib/erasure/ledger/sealed-opening.ts';
import { keptEvent } from '../../lib/erasure/recording/keep-event.ts';
import type { OwnRecords } from '../../lib/erasure/stored/own-records.ts';
import { currentKey } from '../../lib/erasure/subjects/key-ring.ts';
import { type SubjectHash, subjectHash } from '../../lib/erasure/subjects/subject-hash.ts';
import type { Category } from '../../lib/policy/retention-policy.ts';
import type { TerminationTrigger } from '../../lib/policy/termination-trigger.ts';
import { DAY } from '../../lib/policy/time/duration.ts';
import { isoInstant } from '../../lib/policy/time/instant.ts';
import { TEST_RING } from '../support/erasure/key-ring-text.ts';
import { EXAMPLE_POLICY } from '../support/policy/example-policy.ts';
import { MET_UNDER } from '../support/receipts/receipt-facts.ts';

const AT_ONCE = 5_000;
/** More accounts than any bench erases. */
const MOST_OTHERS = 30_000;

const KEY = currentKey(TEST_RING.subject).key;
const FIRST = 9_007_199_254_740_992n;

/** Documents of accounts in one index, and the terminations of these accounts. */
export interface OwedAccounts {
  /** How many accounts are to be erased. */
  readonly accounts: number;
  /** How many documents each of them has. */
  readonly each: number;
  /** How many documents other accounts have. */
  readonly others: number;
  /** The number of the first account. Absent: 0. */
  readonly first?: number;
  /** How many accounts came back after their termination. They have no documents. */
  readonly returned?: number;
  /** Absent: the end of the feature. */
  readonly trigger?: TerminationTrigger;
  /** When the first of them ended: four days before the bench began. */
  readonly terminatedAt: number;
}

export const fourDaysAgo = (): number => Date.now() - 4 * DAY;

export const uinOf = (account: number): string => `${FIRST + BigInt(account)}`;

/** The example policy, with what keeps so many accounts from being erased at once taken out. */
export const unlimitedPolicy = (): string =>
  EXAMPLE_POLICY.replace('mode: observe', 'mode: enforce')
    .replace('maxShare: 0.5', 'maxShare: 1')
    .replace('maxAccountShare: 0.1', 'maxAccountShare: 1');

function* documents({ accounts, each, others, terminatedAt }: OwedAccounts): Generator<object> {
  for (let at = 0; at < accounts * each + others; at++) {
    const account = at < accounts * each ? at % accounts : accounts + (at % MOST_OTHERS);
    yield { uin: uinOf(account), sdkAppId: `${at % 7}`, '@timestamp': isoInstant(terminatedAt - at) };
  }
}

/** Writes the documents into a new index. */
export const seedDocuments = async (client: Client, index: string, owed: OwedAccounts): Promise<void> => {
  const keyword = { type: 'keyword' } as const;
  await client.indices.create({
    index,
    settings: { number_of_replicas: 0, refresh_interval: '-1' },
    mappings: { properties: { '@timestamp': { type: 'date' }, uin: keyword, sdkAppId: keyword } },
  });
  await client.helpers.bulk({
    datasource: Readable.from(documents(owed)),
    onDocument: () => ({ create: { _index: index } }),
    flushBytes: 2_000_000,
  });
};

const hashOf = (subject: { readonly uin: string }): SubjectHash => ({ kid: 'test', hash: subjectHash(subject, KEY) });

/**
 * Each has an end of its own, so that each document is compared with its own account's; the first of them came back.
 */
const countedEvents = (account: number, { id, rules }: Category, owed: OwedAccounts) => {
  if (rules.termination === undefined) throw new Error(`${id} has no termination rule`);
  const { first = 0, returned = 0, trigger = 'feature-terminated', terminatedAt } = owed;
  const subject = { uin: uinOf(first + account - returned) };
  const hash = hashOf(subject);
  const ended = { type: trigger, subject, at: terminatedAt + account, immediate: false } as const;
  const back = { ...ended, type: 'account-reinstated', at: ended.at + 1 } as const;
  let entry = newEntry(id, ended.type, subject, hash);
  const heard = account < returned ? [ended, back] : [ended];
  const events = heard.map((event, at) => ({ ...event, requestId: `msg_${first + account}_${at}` }));
  for (const event of events) entry = applyEvent(entry, event, rules.termination, Date.now());
  return { entry: withProof(entry, TEST_RING), events: events.map((event) => keptEvent(event, [hash], Date.now())) };
};

/** Copies of which a run looks at the names only. */
const copy = (archive: string, ids: readonly string[]): void => {
  const events = join(archive, 'events');
  mkdirSync(events, { recursive: true, mode: 0o700 });
  for (const id of ids) writeFileSync(join(events, `${id}.jwe`), '');
};

/**
 * Records the terminations in ledger, event log and archive.
 * @param archive a folder.
 */
export const recordTerminations = async (
  { ledger, events }: OwnRecords,
  category: Category,
  archive: string,
  owed: OwedAccounts,
): Promise<void> => {
  const all = (owed.returned ?? 0) + owed.accounts;
  for (let at = 0; at < all; at += AT_ONCE) {
    const accounts = Array.from({ length: Math.min(AT_ONCE, all - at) }, (_, more) => at + more);
    const heard = accounts.map((account) => countedEvents(account, category, owed));
    const kept = heard.flatMap((each) => each.events);
    copy(
      archive,
      kept.map(({ id }) => id),
    );
    await events(category.id).restore(kept);
    await ledger.write(heard.map(({ entry }) => ({ entry, read: undefined })));
  }
};

const ERASED = 10;

/** The entry of an account whose documents were erased. It waits for its receipt. */
export const closedEntry = (account: number, category: Category, owed: OwedAccounts): LedgerEntry => {
  const { termination: rule } = category.rules;
  if (rule === undefined) throw new Error(`${category.id} has no termination rule`);
  const now = Date.now();
  const counted = { ...NO_DOCUMENTS, isWhole: true };
  const begun = beginEntry(countedEvents(account, category, owed).entry, { ...counted, due: ERASED }, now);
  const found = { ...counted, indices: 1, coversClaim: true, verifiedAt: now, nextRunBy: Number.POSITIVE_INFINITY };
  return recordOutcome(begun, found, {
    rule,
    metUnder: MET_UNDER,
    opening: newOpening(),
    seal: (opening, place) => sealOpening(opening, place, TEST_RING),
  });
};
