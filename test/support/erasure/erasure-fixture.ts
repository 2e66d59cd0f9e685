import { ownRecords } from '../../../lib/adapters/elasticsearch/records/elasticsearch-records.ts';
import { proofsBy } from '../../../lib/erasure/brakes/decisions.ts';
import type { AccountEvent } from '../../../lib/erasure/events/account-event.ts';
import type { Ledger } from '../../../lib/erasure/ledger/ledger.ts';
import type { LedgerEntry } from '../../../lib/erasure/ledger/ledger-entry.ts';
import { withProof } from '../../../lib/erasure/ledger/obligation-proof.ts';
import { type Recorded, recordAccountEvent } from '../../../lib/erasure/recording/record-account-event.ts';
import type { RecordPorts } from '../../../lib/erasure/recording/record-ports.ts';
import type { Subject } from '../../../lib/erasure/subjects/subject.ts';
import { type SubjectHash, subjectHashes } from '../../../lib/erasure/subjects/subject-hash.ts';
import type { RetentionPolicy } from '../../../lib/policy/retention-policy.ts';
import { DAY } from '../../../lib/policy/time/duration.ts';
import type { Instant } from '../../../lib/policy/time/instant.ts';
import { inMemoryEventLog, inMemoryLedger } from '../in-memory/records/in-memory-ledger.ts';
import { NOW, type PolicyChanges, type PurgeFixture, purgeFixture } from '../purge/purge-fixture.ts';
import { TEST_RING } from './key-ring-text.ts';

/** Hashes with the tests' own key, which the runs use as well. */
export const testHashes = (subject: Subject): readonly SubjectHash[] => subjectHashes(subject, TEST_RING);

/** The cancel window of this termination is over, and its deadline is still ahead. */
export const TERMINATED: Instant = NOW - 4 * DAY;

/**
 * A category of current state with a termination rule (3 to 7 days) and no age rule, and functions to record events.
 */
export interface ErasureFixture extends PurgeFixture {
  readonly ledger: Ledger;
  readonly recordPorts: RecordPorts;
  /** Records an event. Default time: {@link NOW}. */
  tell(type: AccountEvent['type'], subject: Subject, at?: Instant, more?: Partial<AccountEvent>): Promise<Recorded>;
  /** Records an event about each of many subjects without earlier events, in few requests. */
  tellAll(type: AccountEvent['type'], subjects: readonly Subject[]): Promise<void>;
  /** All entries of the category. */
  entries(): Promise<readonly LedgerEntry[]>;
}

/** Keys of the fixture's category, as its policy file has them. */
export const ERASURE_CATEGORY = {
  records: 'current-state',
  schedule: 'rate(1 hour)',
  rules: {
    termination: { triggers: ['account-deleted', 'feature-terminated'], deadline: 'P7D', cancelWindow: 'P3D' },
  },
};

/** A category's guard that lets a run erase as many accounts as a test has rows. */
export const NO_BRAKE = { maxShare: 1, maxAccountShare: 1 };

/** Ports that record events with the test keys, as of {@link NOW}, and archive none. */
export const recordPortsOn = (
  records: Pick<RecordPorts, 'ledger' | 'events'>,
  { terminations }: RetentionPolicy,
): RecordPorts => ({
  ...records,
  archiveEvent: async () => undefined,
  hashes: testHashes,
  withProof: (entry, before) => withProof(entry, TEST_RING, before),
  proveConfirmation: proofsBy(TEST_RING.subject.keys),
  maxPerHour: terminations.maxPerHour,
  clock: () => NOW,
});

/** Makes an {@link ErasureFixture}. Call it inside a test; it cleans up afterwards. */
export const erasureFixture = (changes: PolicyChanges = {}): ErasureFixture => {
  const fixture = purgeFixture({ ownLedger: true, ...changes, category: { ...ERASURE_CATEGORY, ...changes.category } });
  const requests = { timeout: () => 30_000, firstWait: 20 };
  const { ledger, events } = ownRecords(fixture.client, requests, fixture.policy);
  const recordPorts = recordPortsOn({ ledger, events }, fixture.policy);
  const record = (
    ports: RecordPorts,
    type: AccountEvent['type'],
    subject: Subject,
    at = TERMINATED,
    more: Partial<AccountEvent> = {},
  ): Promise<Recorded> =>
    recordAccountEvent(
      { requestId: `msg_${fixture.id}_${at}`, type, subject, at, immediate: false, ...more },
      [fixture.category],
      ports,
    );
  return {
    ...fixture,
    ledger,
    recordPorts,
    tell: (...event) => record(recordPorts, ...event),
    tellAll: async (type, subjects) => {
      const [entries, log] = [inMemoryLedger(), inMemoryEventLog()];
      for (const subject of subjects)
        await record({ ...recordPorts, ledger: entries, events: () => log }, type, subject);
      await events(fixture.category.id).restore([...log.kept.values()]);
      const conflicts = await ledger.write(
        [...entries.entries.values()].map(({ entry }) => ({ entry, read: undefined })),
      );
      if (conflicts.size > 0) throw new Error(`of ${conflicts.size} subjects something was told before`);
    },
    entries: async () =>
      (await ledger.find({ category: fixture.category.id }, 10_000)).entries.map(({ entry }) => entry),
  };
};
