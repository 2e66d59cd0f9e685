import { TransientError } from '../../base/errors.ts';
import { ledgerMemory } from '../../policy/ledger-memory.ts';
import type { Category, RetentionPolicy } from '../../policy/retention-policy.ts';
import type { Clock, Instant } from '../../policy/time/instant.ts';
import type { LedgerWitness } from '../consistency/ledger-witness.ts';
import type { Change, Ledger } from '../ledger/ledger.ts';
import { categoryOfEntry, isReopened } from '../ledger/ledger-entry.ts';
import { type ReopenRefusal, reopenedEntry } from '../ledger/reopened-entry.ts';
import type { SubjectKeys } from '../subjects/key-ring.ts';
import type { ReturnedSubject, Subject } from '../subjects/subject.ts';

/**
 * Why a returned subject is not erased again. `unknown`: the ledger has no such entry. `no-rule`: its category has no
 * termination rule any more. `disbelieved`: the entry does not agree with the event log.
 */
type Refused = ReopenRefusal | 'disbelieved' | 'no-rule' | 'unknown';

/** The effect of reopening. Entries are named by their ids, without accounts. */
export interface Reopened {
  readonly reopened: readonly string[];
  /** Reopened before, and still owed. */
  readonly owed: readonly string[];
  readonly refused: ReadonlyMap<string, Refused>;
}

/** The ports for reopening. */
export interface ReopenPorts {
  readonly ledger: Pick<Ledger, 'read' | 'write'>;
  readonly witness: Pick<LedgerWitness, 'judge'>;
  readonly subjectKeys: () => Promise<SubjectKeys>;
  readonly clock: Clock;
}

/** How often changing an entry is tried while others change it too. */
const TRIES = 8;

/** One try: the results so far, and the changes that still have to be written. */
interface Attempt {
  readonly owed: readonly string[];
  readonly refused: ReadonlyMap<string, Refused>;
  readonly changes: readonly Change[];
}

type Candidates = Attempt & { readonly now: Instant };

/** Decides by entry and keys alone. */
const candidatesOf = async (
  { id: category }: Category,
  policy: Pick<RetentionPolicy, 'backups'>,
  returned: ReadonlyMap<string, Subject>,
  keys: SubjectKeys,
  { ledger, clock }: ReopenPorts,
): Promise<Candidates> => {
  const now = clock();
  const reopening = { keys, now, memoryFrom: now - ledgerMemory(policy) };
  const reads = await ledger.read([...returned.keys()].filter((id) => categoryOfEntry(id) === category));
  const owed = [...reads.values()].flatMap(({ entry }) => (isReopened(entry) ? entry.id : []));
  const refused = new Map<string, Refused>();
  const changes: Change[] = [];
  for (const [id, subject] of returned) {
    if (owed.includes(id)) continue;
    const read = reads.get(id);
    const entry = read === undefined ? 'unknown' : reopenedEntry(read.entry, subject, reopening);
    if (typeof entry === 'string') refused.set(id, entry);
    else changes.push({ entry, read });
  }
  return { owed, refused, changes, now };
};

/**
 * The candidates that agree with the event log, which is checked for every due erasure: it may have a reinstatement
 * that is not in the entry.
 */
const believedOf = async (
  { id, rules: { termination: rule } }: Category,
  { owed, refused, changes, now }: Candidates,
  { witness }: ReopenPorts,
): Promise<Attempt> => {
  const candidates = changes.flatMap(({ entry, read }) => (read === undefined ? [] : [{ ...read, entry }]));
  const { believed } = rule === undefined ? { believed: [] } : await witness.judge(id, rule, candidates, now);
  // Entries that do not agree are read again, in their closed state.
  const isBelieved = new Set(believed.flatMap(({ entry }) => (isReopened(entry) ? entry.id : [])));
  const others = changes.filter(({ entry }) => !isBelieved.has(entry.id));
  const reason = rule === undefined ? 'no-rule' : 'disbelieved';
  return {
    owed,
    refused: new Map([...refused, ...others.map(({ entry }) => [entry.id, reason] as const)]),
    changes: changes.filter(({ entry }) => isBelieved.has(entry.id)),
  };
};

/**
 * Reopens closed erasures of subjects whose data has come back, so that the next run erases it again by the criteria of
 * the first erasure. Erases nothing. The message is not believed. The entry must exist, the subject key must show that
 * its hash and closure belong to the subject, and no reinstatement may have come since. The call may be repeated. It
 * must never reopen an entry that a reinstatement has reached. A reinstatement that arrives meanwhile wins.
 * @throws InputError without a subject key; TransientError if ledger or event log do not answer, and `ledger-conflict`.
 */
export const reopenErasures = async (
  category: Category,
  policy: Pick<RetentionPolicy, 'backups'>,
  returned: readonly ReturnedSubject[],
  ports: ReopenPorts,
): Promise<Reopened> => {
  const keys = await ports.subjectKeys();
  const reopened: string[] = [];
  const owed: string[] = [];
  const refused = new Map<string, Refused>();
  let left: ReadonlyMap<string, Subject> = new Map(returned.map(({ entry, subject }) => [entry, subject]));
  for (let tries = 0; tries < TRIES && left.size > 0; tries += 1) {
    const candidates = await candidatesOf(category, policy, left, keys, ports);
    const found = await believedOf(category, candidates, ports);
    owed.push(...found.owed);
    for (const [id, reason] of found.refused) refused.set(id, reason);
    const conflicts = found.changes.length === 0 ? new Set<string>() : await ports.ledger.write(found.changes);
    reopened.push(...found.changes.flatMap(({ entry: { id } }) => (conflicts.has(id) ? [] : [id])));
    left = new Map([...left].filter(([id]) => conflicts.has(id)));
  }
  if (left.size === 0) return { reopened, owed, refused };
  throw new TransientError('ledger-conflict', {
    expected: `to reopen ${left.size} erasures of "${category.id}"`,
    found: `that others changed the entries ${TRIES} times meanwhile`,
    fix: 'The next audit finds them again.',
  });
};
