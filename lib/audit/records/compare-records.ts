import type { TerminationRule } from '../../policy/rules/rules.ts';
import type { Instant } from '../../policy/time/instant.ts';
import { type AuditFinding, breach, firstFew } from '../audit-finding.ts';
import { isDoneEntry, isOpenEntry, isReopenedEntry, type LoggedEvent, type RawEntry } from './raw-records.ts';

/** The content of the ledger and the event log of a category, and the instant since which they must be complete. */
export interface Records {
  readonly category: string;
  readonly rule: TerminationRule;
  readonly entries: readonly RawEntry[];
  readonly events: readonly LoggedEvent[];
  /** Records from before this instant may have been removed. */
  readonly remembered: Instant;
  /** Everything, or some accounts, may be under a legal hold. Their erasures are not overdue. */
  readonly isHeld: (entry: RawEntry) => boolean;
  /** Whether an open entry has the content that was recorded, as far as our keys show. */
  readonly hasRecordedContent: (entry: RawEntry) => boolean;
}

/** Numbers for metrics and statements. */
export interface ErasureFigures {
  readonly open: number;
  readonly overdue: number;
  readonly closed: number;
}

/** All names of a subject: the names under which its events were recorded together. */
const namesBySubject = (events: readonly LoggedEvent[]): ReadonlyMap<string, ReadonlySet<string>> => {
  const groups = new Map<string, Set<string>>();
  for (const { name, alsoUnder } of events) {
    const names = [name, ...alsoUnder];
    const joined = new Set(names.flatMap((each) => [each, ...(groups.get(each) ?? [])]));
    for (const each of joined) groups.set(each, joined);
  }
  return groups;
};

/** The erasure that one subject is owed for one kind of termination, by the events alone. */
interface Owed {
  readonly trigger: string;
  readonly names: ReadonlySet<string>;
  /** The terminations that no reinstatement cancelled, the earliest first. */
  readonly terminations: readonly LoggedEvent[];
}

const owedBy = ({ events, rule }: Records): readonly Owed[] => {
  const groups = new Set(namesBySubject(events).values());
  return [...groups].flatMap((names) => {
    const own = events.filter(({ name }) => names.has(name));
    const reinstatedAt = Math.max(
      -Infinity,
      ...own.flatMap(({ type, at }) => (type === 'account-reinstated' ? [at] : [])),
    );
    return rule.triggers.flatMap((trigger) => {
      const terminations = own
        .filter(({ type, at }) => type === trigger && at > reinstatedAt)
        .sort((a, b) => a.at - b.at);
      return terminations.length === 0 ? [] : [{ trigger, names, terminations }];
    });
  });
};

const idsOf = ({ trigger, names }: Owed, category: string): readonly string[] =>
  [...names].map((name) => `${category}/${trigger}/${name}`);

const REPLAY = 'Run node bin/es-retention.mjs replay: it works the entries out again, from the events and the archive.';

const missing = (category: string, ids: readonly string[]): readonly AuditFinding[] =>
  ids.length === 0
    ? []
    : [
        breach(
          'entry-missing',
          {
            expected: 'an entry in the ledger for every termination in the event log',
            found: `${ids.length} terminated, without an entry: ${firstFew(ids)}`,
            fix: REPLAY,
          },
          { category, entries: ids },
        ),
      ];

const closedEarly = (category: string, ids: readonly string[]): readonly AuditFinding[] =>
  ids.length === 0
    ? []
    : [
        breach(
          'entry-closed-early',
          {
            expected: 'no closed entry whose events still owe an erasure',
            found: `${ids.length} closed although the events still owe an erasure: ${firstFew(ids)}`,
            fix: `Somebody edited them, or removed events. ${REPLAY}`,
          },
          { category, entries: ids },
        ),
      ];

const overdue = (category: string, ids: readonly string[]): readonly AuditFinding[] =>
  ids.length === 0
    ? []
    : [
        breach(
          'erasures-overdue',
          {
            expected: 'every erasure done by its deadline, counted from the earliest termination in the event log',
            found: `${ids.length} not done: ${firstFew(ids)}`,
            fix: `Look: node bin/es-retention.mjs status, then node bin/es-retention.mjs verify --category ${category}. Fix what prevents them.`,
          },
          { category, entries: ids },
        ),
      ];

/** An entry is done with a termination that is not later than this. */
const doneThrough = ({ doneThrough: through = -Infinity, closures }: RawEntry): Instant =>
  closures.length === 0 ? -Infinity : through;

/** The earliest termination in the events that an entry has not carried out yet. */
const firstUndone = ({ terminations }: Owed, entry: RawEntry): LoggedEvent | undefined =>
  terminations.find(({ at }) => at > doneThrough(entry));

const isLate = (owed: Owed, entry: RawEntry, { rule, isHeld }: Records, now: Instant): boolean => {
  const left = firstUndone(owed, entry);
  if (left === undefined || isHeld(entry)) return false;
  const deadline = left.at + rule.deadline.milliseconds;
  return Math.min(deadline, entry.eraseBy ?? deadline) < now;
};

/** Compares the erasures that the events owe with the entries. */
const compareOwed = (records: Records, now: Instant) => {
  const byId = new Map(records.entries.map((entry) => [entry.id, entry]));
  const without: string[] = [];
  const early: string[] = [];
  const late: string[] = [];
  for (const owed of owedBy(records)) {
    const ids = idsOf(owed, records.category);
    const known = ids.flatMap((id) => byId.get(id) ?? []);
    const isForgettable = owed.terminations.every(({ heardAt, at }) => Math.max(heardAt, at) < records.remembered);
    if (known.length === 0 && !isForgettable) without.push(ids[0] ?? '');
    const open = known.filter(isOpenEntry);
    late.push(...open.filter((entry) => isLate(owed, entry, records, now)).map(({ id }) => id));
    const isDone = known.some((entry) => !isOpenEntry(entry) && firstUndone(owed, entry) === undefined);
    if (open.length === 0 && !isDone) early.push(...known.map(({ id }) => id));
  }
  return { without, early, late };
};

const namesOfTerminations = (events: readonly LoggedEvent[]): ReadonlySet<string> =>
  new Set(
    events.flatMap(({ type, at, name, alsoUnder }) => [name, ...alsoUnder].map((each) => `${type} ${at} ${each}`)),
  );

/** The terminations of an entry that must still have an event in the event log. */
const terminationsNamedIn = (entry: RawEntry, remembered: Instant): readonly Instant[] => [
  ...(isOpenEntry(entry) && !isReopenedEntry(entry) && entry.terminatedAt !== undefined ? [entry.terminatedAt] : []),
  ...entry.closures.flatMap(({ terminatedAt, closedAt = 0 }) =>
    terminatedAt !== undefined && Math.min(terminatedAt, closedAt) >= remembered ? [terminatedAt] : [],
  ),
];

const unsupported = ({ category, entries, events, remembered }: Records): readonly AuditFinding[] => {
  const known = namesOfTerminations(events);
  const ids = entries
    .filter((entry) =>
      terminationsNamedIn(entry, remembered).some((at) => !known.has(`${entry.trigger} ${at} ${entry.name}`)),
    )
    .map(({ id }) => id);
  return ids.length === 0
    ? []
    : [
        breach(
          'entry-unsupported',
          {
            expected: 'an event in the event log for every termination that an entry names',
            found: `${ids.length} with a termination that no event tells of: ${firstFew(ids)}`,
            fix: `The events were removed, or somebody wrote the entries. ${REPLAY}`,
          },
          { category, entries: ids },
        ),
      ];
};

/** Documents that are no entries, or entries that are done without a closure. */
const unproven = ({ category, entries }: Records): readonly AuditFinding[] => {
  const ids = entries
    .filter(
      (entry) =>
        entry.category !== category ||
        !(isOpenEntry(entry) || isDoneEntry(entry) || entry.state === 'cancelled') ||
        (isDoneEntry(entry) && (entry.closures.length === 0 || entry.doneThrough === undefined)),
    )
    .map(({ id }) => id);
  return ids.length === 0
    ? []
    : [
        breach(
          'entry-unproven',
          {
            expected: 'entries of this category in a known state; each finished one with a closure',
            found: `${ids.length} without: ${firstFew(ids)}`,
            fix: `Somebody edited them. ${REPLAY}`,
          },
          { category, entries: ids },
        ),
      ];
};

/** Open entries whose content differs from the recorded content. No run erases for them. */
const altered = ({ category, entries, hasRecordedContent }: Records): readonly AuditFinding[] => {
  const ids = entries.filter((entry) => isOpenEntry(entry) && !hasRecordedContent(entry)).map(({ id }) => id);
  return ids.length === 0
    ? []
    : [
        breach(
          'entry-altered',
          {
            expected:
              'open entries that name the account of their id, and have a proof under the subject key of all their content',
            found: `${ids.length} without this: ${firstFew(ids)}`,
            fix: `Somebody edited them. ${REPLAY}`,
          },
          { category, entries: ids },
        ),
      ];
};

/** Compares a ledger with its event log. */
export const compareRecords = (
  records: Records,
  now: Instant,
): { readonly findings: readonly AuditFinding[]; readonly figures: ErasureFigures } => {
  const { category, entries } = records;
  const { without, early, late } = compareOwed(records, now);
  return {
    findings: [
      ...missing(category, without),
      ...closedEarly(category, early),
      ...overdue(category, late),
      ...unsupported(records),
      ...unproven(records),
      ...altered(records),
    ],
    figures: {
      open: entries.filter(isOpenEntry).length,
      overdue: late.length,
      closed: entries.filter((entry) => !isOpenEntry(entry)).length,
    },
  };
};
