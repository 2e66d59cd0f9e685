import { expect, test } from 'vitest';
import { isOpen, type LedgerEntry } from '../../lib/erasure/ledger/ledger-entry.ts';
import { recordAccountEvent } from '../../lib/erasure/recording/record-account-event.ts';
import type { Subject } from '../../lib/erasure/subjects/subject.ts';
import type { TerminationRule } from '../../lib/policy/rules/rules.ts';
import type { Instant } from '../../lib/policy/time/instant.ts';
import type { Ports } from '../../lib/purge/purge.ts';
import { type ErasureFixture, erasureFixture, testHashes } from '../support/erasure/erasure-fixture.ts';
import type { InMemoryDocument } from '../support/in-memory/in-memory-cluster.ts';
import { sourceOf } from '../support/purge/port-world.ts';
import { NOW } from '../support/purge/purge-fixture.ts';
import fc from '../support/run/fast-check.ts';
import { enoughTime, propertyRuns } from '../support/run/property-runs.ts';
import { ACCOUNT_TYPES, arbitraryCountable, type ErasureEvents, INDICES, TICK } from './arbitrary-erasures.ts';
import { disturbedPorts } from './disturbed-ports.ts';
import { goesWith, type Owed, owedAfter } from './termination-oracle.ts';

const numRuns = propertyRuns(2, 40);
/** So many histories at once, of people of their own: one run is about all of them. */
const GROUPS = 3;
const ENOUGH_MILLISECONDS = enoughTime(30_000);
/** No shrinking: a race that was lost once is not lost again in the same way. */
const RUNS = { numRuns, endOnFailure: true };
/** When the runs are: twice at once, since what was just erased is watched for one more run. */
const CLOCKS = [0, 0, 3, 8, 8, 30, 31].map((ticks, nth): Instant => NOW + ticks * TICK + nth * 60_000);

/** Somebody of whom nobody says anything, with an account number next to the others’. */
const BYSTANDER = { uin: ['9007199254740994'], sdkAppId: ['1400100201'], timestamps: [NOW - TICK], ingested: [] };

/**
 * By so much the accounts of a group are larger than those of the one before: far enough, and beyond 2^53 as they were.
 */
const APART = 10 ** 13;
type Written = NonNullable<InMemoryDocument['uin']>[number];

/** An account as one of another group writes it, in whatever form it is written. */
const accountIn = <T extends Written>(group: number, account: T): T => {
  if (typeof account === 'number') return (account + group * APART) as T;
  if (typeof account !== 'string') return account;
  return account.replace(/[1-9]\d{11,}/, (digits) => `${BigInt(digits) + BigInt(group * APART)}`) as T;
};

const inGroup = ({ written, heard, ...rest }: ErasureEvents, group: number): ErasureEvents => ({
  ...rest,
  written: written.map(({ document: { uin, ...others }, ...each }) => ({
    ...each,
    document: { ...others, ...(uin && { uin: uin.map((account) => accountIn(group, account)) }) },
  })),
  heard: heard.map(({ event, ...each }) => ({
    ...each,
    event: {
      ...event,
      requestId: `${event.requestId}_${group}`,
      subject: { ...event.subject, uin: accountIn(group, event.subject.uin) },
    },
  })),
});

const manyGroups: fc.Arbitrary<ErasureEvents> = fc
  .array(arbitraryCountable, { minLength: GROUPS, maxLength: GROUPS })
  .map((groups) => {
    const apart = groups.map(inGroup);
    return {
      written: apart.flatMap(({ written }) => written),
      heard: apart.flatMap(({ heard }) => heard),
      outages: [],
      mishaps: [],
    };
  });

const present = async (fixture: ErasureFixture): Promise<ReadonlySet<string>> => {
  const index = `${fixture.id}-*`;
  await fixture.client.indices.refresh({ index });
  const { hits } = await fixture.client.search({ index, size: 1_000, _source: false });
  return new Set(hits.hits.flatMap(({ _id = '' }) => _id));
};

/** What is written at first, by id; and a bystander's document in the first index, which is therefore never dropped. */
const createAll = async (fixture: ErasureFixture, { written }: ErasureEvents) => {
  const documents = new Map<string, InMemoryDocument>();
  for (let index = 0; index < INDICES; index++) {
    const own = written.filter((each) => each.index === index).map(({ document }) => document);
    const entries = own.map((document, nth): [string, InMemoryDocument] => [`${index}-${nth}`, document]);
    if (index === 0) entries.push(['bystander', BYSTANDER]);
    for (const [id, document] of entries) documents.set(id, document);
    await fixture.createIndex(
      `${index}`,
      Object.fromEntries(entries.map(([id, document]) => [id, sourceOf(document)])),
      {
        settings: { number_of_shards: 1 + (index % 2) },
        properties: { uin: { type: ACCOUNT_TYPES[index] ?? 'keyword' } },
      },
    );
  }
  return documents;
};

/** Whoever may be owed something: those that were told of. */
const subjectsOf = ({ heard }: ErasureEvents): readonly Subject[] => heard.map(({ event }) => event.subject);

const subjectOf = ({ subject }: LedgerEntry, events: ErasureEvents): Subject => {
  const found = subjectsOf(events).find((each) => testHashes(each)[0]?.hash === subject.hash);
  if (found === undefined) throw new Error('an entry about nobody');
  return found;
};

const owedTo = (
  entry: LedgerEntry,
  subject: Subject,
  { heard }: ErasureEvents,
  rule: TerminationRule,
): Owed | undefined =>
  owedAfter(
    heard
      .map(({ event }) => event)
      .filter(
        (event) =>
          JSON.stringify(event.subject) === JSON.stringify(subject) &&
          (event.type === 'account-reinstated' || event.at > (entry.doneThrough ?? Number.NEGATIVE_INFINITY)),
      ),
    entry.trigger,
    rule,
  );

/** Others write all the time: a document of the bystander before every deletion. None of them may go. */
const whileOthersWrite =
  (fixture: ErasureFixture, acknowledged: Set<string>) =>
  (ports: Ports): Ports =>
    disturbedPorts(ports, async (call) => {
      if (!call.endsWith('.deleteSlice') && !call.endsWith('.count')) return 'succeed';
      const id = `late-${acknowledged.size}`;
      acknowledged.add(id);
      await fixture.client.index({ index: `${fixture.id}-0`, id, document: sourceOf(BYSTANDER) });
      return 'succeed';
    });

/** An entry whose day has come, and what it owes. */
interface Due extends Owed {
  readonly entry: LedgerEntry;
  readonly subject: Subject;
}

/** The entries whose day has come. Every entry is open if it owes anything, and closed if not. */
const dueAt = (entries: readonly LedgerEntry[], clock: Instant, events: ErasureEvents, rule: TerminationRule) =>
  entries.flatMap((entry): readonly Due[] => {
    const subject = subjectOf(entry, events);
    const owed = owedTo(entry, subject, events, rule);
    expect(isOpen(entry)).toBe(owed !== undefined);
    return owed === undefined || owed.eraseFrom > clock ? [] : [{ entry, subject, ...owed }];
  });

const isDue = (document: InMemoryDocument, { entry, subject, terminatedAt }: Due): boolean =>
  goesWith(document, subject, entry.trigger, terminatedAt);

/**
 * What there is, by id, and what others write; and for each entry how many documents were erased since it was opened.
 */
class Expected {
  readonly acknowledged = new Set<string>();
  readonly #documents: Map<string, InMemoryDocument>;
  readonly #erased = new Map<string, number>();

  constructor(documents: Map<string, InMemoryDocument>) {
    this.#documents = documents;
  }

  get present(): readonly string[] {
    return [...this.#documents.keys(), ...this.acknowledged].sort();
  }

  erase(due: readonly Due[]): void {
    for (const each of due) {
      const count = [...this.#documents.values()].filter((document) => isDue(document, each)).length;
      this.#erased.set(each.entry.id, (this.#erased.get(each.entry.id) ?? 0) + count);
    }
    for (const [id, document] of this.#documents)
      if (due.some((each) => isDue(document, each))) this.#documents.delete(id);
  }

  /** The count of an entry that is closed now. */
  closed({ id }: LedgerEntry): object {
    const count = this.#erased.get(id) ?? 0;
    this.#erased.delete(id);
    return { state: count > 0 ? 'erased' : 'nothing-found', progress: { documentsErased: count } };
  }
}

/** One run, after which exactly what was not due is there, and each entry that it closed says how much was erased. */
const expectExactRun = async (
  fixture: ErasureFixture,
  clock: Instant,
  events: ErasureEvents,
  expected: Expected,
): Promise<void> => {
  const before = await fixture.entries();
  const due = dueAt(before, clock, events, fixture.category.rules.termination as TerminationRule);
  await fixture.runPurge({ clock: () => clock, around: whileOthersWrite(fixture, expected.acknowledged) });
  expected.erase(due);
  expect([...(await present(fixture))].sort()).toEqual(expected.present);

  const known = new Map(before.map(({ id, closures }) => [id, closures.length]));
  for (const entry of await fixture.entries()) {
    const { uin } = subjectOf(entry, events);
    expect(JSON.stringify(entry).includes(uin)).toBe(isOpen(entry));
    if (entry.closures.length === known.get(entry.id)) continue;
    expect(entry.closures.at(-1)).toMatchObject(expected.closed(entry));
  }
};

test(
  'an erasure deletes and counts exactly what is owed to due subjects',
  async () => {
    const started = performance.now();
    let made = 0;
    await fc.assert(
      fc.asyncProperty(manyGroups, async (events) => {
        if (performance.now() - started > ENOUGH_MILLISECONDS) return;
        const fixture = erasureFixture();
        const documents = await createAll(fixture, events);
        for (const { event } of events.heard) await recordAccountEvent(event, [fixture.category], fixture.recordPorts);
        const expected = new Expected(documents);
        for (const clock of CLOCKS) await expectExactRun(fixture, clock, events, expected);
        await fixture.cleanUp();
        made += 1;
      }),
      RUNS,
    );
    if (made < numRuns) console.warn(`${made} of ${numRuns} histories: this machine is too slow for more in its time.`);
    expect(made).toBeGreaterThan(0);
  },
  120_000 + numRuns * 10_000,
);
