import { dirname, join } from 'node:path';
import { inject } from 'vitest';
import { createKeyRingFile } from '../../../lib/adapters/files/key-ring-file.ts';
import type { AccountEvent } from '../../../lib/erasure/events/account-event.ts';
import { recordAccountEvent } from '../../../lib/erasure/recording/record-account-event.ts';
import type { Subject } from '../../../lib/erasure/subjects/subject.ts';
import { type OwnIndices, ownIndices } from '../../../lib/policy/own-indices.ts';
import { parseRetentionPolicy } from '../../../lib/policy/parsing/parse-retention-policy.ts';
import type { Category } from '../../../lib/policy/retention-policy.ts';
import { DAY } from '../../../lib/policy/time/duration.ts';
import type { Ended } from '../../support/command-line/in-process.ts';
import { inMemoryEventLog, inMemoryLedger } from '../../support/in-memory/records/in-memory-ledger.ts';
import { erasurePortsAt } from '../../support/purge/ports-at.ts';
import { type PurgeFixture, purgeFixture } from '../../support/purge/purge-fixture.ts';
import { temporaryFile } from '../../support/run/temporary-file.ts';
import { namesOfOthers } from '../../support/server/names-of-others.ts';
import { serverNow } from '../../support/server/server-clock.ts';
import { cli } from './command-line.ts';

/** Two account numbers that are one and the same to whoever reads them as numbers. */
export const GONE = '9007199254740993';
export const STAYS = '9007199254740992';

/** So many days before now, as the command line takes it. */
export const daysAgo = (days: number): string => new Date(serverNow() - days * DAY).toISOString();

/** The configuration of one application, written so many days ago. */
export const configuration = (uin: string, sdkAppId: string, days = 30) => ({
  '@timestamp': daysAgo(days),
  uin,
  sdkAppId,
});

const categoryText = (title: string, pattern: string, guard: object) => ({
  title,
  fields: ['name'],
  dataSubjects: 'customer',
  purpose: 'Billing.',
  legalBasis: 'Contract.',
  promise: { quote: 'Deleted within 7 days.', source: 'Privacy policy', sourceDate: '2023-09-08' },
  indices: [pattern],
  applicationField: 'sdkAppId',
  records: 'current-state',
  rules: {
    termination: { triggers: ['feature-terminated', 'account-deleted'], deadline: 'P7D', cancelWindow: 'P3D' },
  },
  schedule: 'rate(1 hour)',
  guard: { maxShare: 1, ...guard },
});

/** The policy of the fixtures' categories, as its file has it. */
export const erasurePolicy = (id: string, hasRooms: boolean, guard: object): string =>
  JSON.stringify({
    mode: 'enforce',
    earliest: '2015-01-01T00:00:00Z',
    reports: { index: `retention-${id}-reports`, maxAge: 'P1095D' },
    indexPrefix: `retention-${id}-`,
    backups: 'P30D',
    ignoredIndices: namesOfOthers(id),
    categories: {
      [`console-${id}`]: categoryText('Console', hasRooms ? `${id}-1*` : `${id}-*`, guard),
      ...(hasRooms && { [`rooms-${id}`]: categoryText('Rooms', `${id}-2*`, guard) }),
    },
  });

/** One category with a termination rule (3 to 7 days), a key ring and an archive of its own, on the run's server. */
export interface ErasureCliFixture extends PurgeFixture {
  readonly consoleCategory: Category;
  readonly keys: string;
  /** Where server, policy, keys and archive are, for a command line that the test starts itself. */
  readonly environment: Readonly<Record<string, string>>;
  readonly policyFile: string;
  /** The indices of ours that it works with. */
  readonly names: OwnIndices;
  /** Those of the other category, and what it is called. */
  readonly rooms: OwnIndices & { readonly id: string };
  readonly archive: string;
  /** Runs a command with policy, keys and archive; an empty variable takes one of them away. */
  readonly run: (args: readonly string[], environment?: Readonly<Record<string, string>>) => Promise<Ended>;
  /** Records an event, as the functions do when they hear it from the bus, without starting a process. */
  readonly tell: (
    type: AccountEvent['type'],
    subject: Subject,
    days: number,
    more?: Partial<AccountEvent>,
  ) => Promise<unknown>;
  /** Records an event about each of many subjects without earlier events in the only category, in a few requests. */
  readonly tellAll: (type: AccountEvent['type'], subjects: readonly Subject[], days: number) => Promise<void>;
  /**
   * An index with two documents of the account that goes and one of its neighbour's, its accounts mapped as numbers.
   */
  readonly seed: () => Promise<string>;
}

/**
 * Makes an {@link ErasureCliFixture}; call it inside a test.
 * @param hasRooms whether there is another category beside it, `rooms`, whose indices begin with a 2.
 * @param guard limits of a run, other than those that are built in.
 */
export const erasureCliFixture = async (hasRooms = false, guard: object = {}): Promise<ErasureCliFixture> => {
  const fixture = purgeFixture({}, hasRooms ? 'console and rooms' : 'console');
  const text = erasurePolicy(fixture.id, hasRooms, guard);
  const file = temporaryFile('policy.yml', text);
  const keys = join(dirname(file), 'keys.json');
  await createKeyRingFile(keys, Date.now());
  const environment = {
    ELASTICSEARCH_URL: inject('elasticsearchUrl'),
    RETENTION_POLICY: file,
    RETENTION_KEYS: keys,
    RETENTION_ARCHIVE: join(dirname(file), 'archive'),
  };
  const policy = parseRetentionPolicy(text, file);
  const [category] = policy.categories.values();
  const consoleCategory = category as Category;
  const names = ownIndices(policy, consoleCategory.id);
  const ports = erasurePortsAt(fixture.client, { timeout: () => 30_000 }, Date.now, environment, policy);
  const eventOf = (
    type: AccountEvent['type'],
    subject: Subject,
    days: number,
    more: Partial<AccountEvent> = {},
  ): AccountEvent => {
    const at = serverNow() - days * DAY;
    return { requestId: `msg_${fixture.id}_${days}`, type, subject, at, immediate: false, ...more };
  };
  return {
    ...fixture,
    consoleCategory,
    keys,
    environment,
    policyFile: file,
    names,
    rooms: { id: `rooms-${fixture.id}`, ...ownIndices(policy, `rooms-${fixture.id}`) },
    archive: environment.RETENTION_ARCHIVE,
    run: (args, more = {}) => cli(args, { ...environment, ...more }),
    tell: async (type, subject, days, more = {}) =>
      recordAccountEvent(eventOf(type, subject, days, more), [...policy.categories.values()], await ports.openRecord()),
    tellAll: async (type, subjects, days) => {
      const [entries, log] = [inMemoryLedger(), inMemoryEventLog()];
      const opened = { ...(await ports.openRecord()), ledger: entries, events: () => log };
      for (const subject of subjects) await recordAccountEvent(eventOf(type, subject, days), [consoleCategory], opened);
      await ports.events(consoleCategory.id).restore([...log.kept.values()]);
      const changes = [...entries.entries.values()].map(({ entry }) => ({ entry, read: undefined }));
      const { size } = await ports.ledger.write(changes);
      if (size > 0) throw new Error(`${size} subjects had entries before`);
    },
    seed: () =>
      fixture.createIndex(
        '1',
        { 'gone-1': configuration(GONE, '1'), 'gone-2': configuration(GONE, '2'), stays: configuration(STAYS, '1') },
        { properties: { uin: { type: 'long' } } },
      ),
  };
};
