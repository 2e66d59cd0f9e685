import { TransientError } from '../../base/errors.ts';
import type { TerminationRule } from '../../policy/rules/rules.ts';
import type { AccountEvent } from '../events/account-event.ts';
import { applyEvent } from '../ledger/apply-event.ts';
import type { Ledger, ReadEntry } from '../ledger/ledger.ts';
import { isOpen, type LedgerEntry, OPEN_STATES, originIn } from '../ledger/ledger-entry.ts';
import { newestReinstatement, type Periods } from '../ledger/obligation.ts';
import { type SubjectHash, subjectName } from '../subjects/subject-hash.ts';
import type { RecordPorts } from './record-ports.ts';

/** How often changing an entry is tried while others change it too: a run, or a repeated event. */
export const TRIES = 8;

/** More entries than one subject has in a category (one for each trigger and key version). */
const MAX_ENTRIES = 10_000;

/** An entry after an event, and as it was read before. */
export interface ChangedEntry {
  readonly entry: LedgerEntry;
  readonly read: ReadEntry | undefined;
}

/** The error if others changed an entry at every try. */
export const changedByOthers = ({ requestId }: AccountEvent): TransientError =>
  new TransientError('ledger-conflict', {
    expected: `to record ${requestId} in the ledger`,
    found: `that others changed the entry ${TRIES} times meanwhile`,
    fix: 'It is tried again.',
  });

/**
 * The ids of open entries of a subject in a category, for any trigger: the policy may have changed since they were
 * made.
 * @param own ids that are left out.
 * @throws TransientError if the ledger does not answer.
 */
export const openElsewhere = async (
  category: string,
  hashes: readonly SubjectHash[],
  own: ReadonlySet<string>,
  ledger: Pick<Ledger, 'find'>,
): Promise<readonly string[]> => {
  const query = { category, hashes: hashes.map(({ hash }) => hash), states: OPEN_STATES };
  const { entries } = await ledger.find(query, MAX_ENTRIES);
  const subjects = new Set(hashes.map(subjectName));
  // If somebody wrote this subject's hash into an entry of another subject, the id of the entry still shows its own
  // subject.
  const theirs = entries.filter(({ entry }) => subjects.has(subjectName(originIn(entry.id).hash)));
  return theirs.flatMap(({ entry }) => (own.has(entry.id) || !isOpen(entry) ? [] : [entry.id]));
};

/**
 * The periods that an entry was created with. For an immediate termination, the cancel window is unknown, so the
 * longest possible one is assumed.
 */
const periodsOf = ({ obligation }: LedgerEntry): Periods => {
  const { terminatedAt, eraseFrom, eraseBy, immediate } = obligation ?? {
    terminatedAt: 0,
    eraseFrom: 0,
    eraseBy: 0,
    immediate: false,
  };
  const deadline = { milliseconds: eraseBy - terminatedAt };
  return { deadline, cancelWindow: immediate ? deadline : { milliseconds: eraseFrom - terminatedAt } };
};

/**
 * Applies a reinstatement to entries that were found by their subject. It must never create an entry, or make an entry
 * owe more than before.
 * @param ids of the entries.
 * @param rule of the category; absent: the periods of each entry count.
 * @returns the changed entries.
 * @throws TransientError if the ledger does not answer, and `ledger-conflict`.
 */
export const reinstateFoundEntries = async (
  ids: readonly string[],
  event: AccountEvent,
  rule: TerminationRule | undefined,
  { ledger, withProof, clock }: Pick<RecordPorts, 'ledger' | 'withProof' | 'clock'>,
): Promise<readonly ChangedEntry[]> => {
  const changed: ChangedEntry[] = [];
  let left = ids;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    if (left.length === 0) return changed;
    const unheard = [...(await ledger.read(left)).values()].filter(
      ({ entry }) => isOpen(entry) && newestReinstatement(entry.events) < event.at,
    );
    const changes = unheard.map((read) => {
      const entry = applyEvent(read.entry, event, rule ?? periodsOf(read.entry), clock());
      // Periods taken from the entry may have been edited, so that no proof is made for them.
      return { entry: rule === undefined ? entry : withProof(entry, read.entry), read };
    });
    const conflicts = await ledger.write(changes);
    changed.push(...changes.filter(({ entry }) => !conflicts.has(entry.id)));
    left = [...conflicts];
  }
  throw changedByOthers(event);
};
