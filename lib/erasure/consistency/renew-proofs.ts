import { MINUTE } from '../../policy/time/duration.ts';
import { parseInstant } from '../../policy/time/instant.ts';
import type { EventLog, KeptEvent } from '../events/event-log.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { eventKey, type HeardEvent, isMalformed, type LedgerEntry, OPEN_STATES } from '../ledger/ledger-entry.ts';
import { ledgerPages } from '../ledger/ledger-pages.ts';
import { isProvenBy, isWhollyProvenBy, withProof } from '../ledger/obligation-proof.ts';
import type { SubjectKeys } from '../subjects/key-ring.ts';

/** Number of entries loaded at once. */
const ENTRIES_AT_ONCE = 1_000;
/** The maximum number of entries that one run looks at, the most urgent first. */
const MAX_ENTRIES = 16_000;
/** An event and its entry are written within this time. */
const TOGETHER = 5 * MINUTE;

/** Whether the log has the same event with the same request id and about the same `heardAt` as the entry. */
const agrees = (event: HeardEvent, kept: KeptEvent | undefined): boolean =>
  kept !== undefined &&
  kept.requestId === event.requestId &&
  Math.abs((parseInstant(kept.heardAt) ?? 0) - event.heardAt) <= TOGETHER;

/**
 * Replaces the earlier kind of proof, which covers only account and dates, by a proof of the whole content of the
 * entry. Called only for entries with an earlier proof. Undefined if the request ids of the entry are not those of its
 * events.
 */
const provenAnew = (entry: LedgerEntry, events: readonly KeptEvent[], keys: SubjectKeys): LedgerEntry | undefined => {
  const { obligation, trigger } = entry;
  if (obligation === undefined) return undefined;
  const kept = new Map(
    events
      .filter(({ kid, hash }) => kid === entry.subject.kid && hash === entry.subject.hash)
      .map((event) => [eventKey({ ...event, at: parseInstant(event.at) ?? 0 }), event] as const),
  );
  const first = entry.events.find(({ type, at }) => type === trigger && at === obligation.terminatedAt);
  const isSame = first?.requestId === obligation.requestId && first.heardAt === obligation.heardAt;
  if (!isSame || !entry.events.every((event) => agrees(event, kept.get(eventKey(event))))) return undefined;
  return withProof(entry, keys);
};

/**
 * Makes new proofs for open entries of an earlier version, if the events of their category agree with them. The others
 * stay unchanged: they are erased as before, but cannot be selected by request. An entry that somebody else changed
 * meanwhile waits for the next run.
 * @param subjectKeys called only if there are open entries.
 * @throws InputError without keys; TransientError if ledger or event log do not answer.
 */
export const renewProofs = async (
  category: string,
  ledger: Pick<Ledger, 'find' | 'write'>,
  log: Pick<EventLog, 'about'>,
  subjectKeys: () => Promise<SubjectKeys>,
): Promise<void> => {
  let looked = 0;
  for await (const page of ledgerPages(ledger, { category, states: OPEN_STATES }, ENTRIES_AT_ONCE)) {
    const keys = await subjectKeys();
    const earlier = page.entries.filter(
      ({ entry }) => !isMalformed(entry) && !isWhollyProvenBy(entry, keys) && isProvenBy(entry, keys),
    );
    if (earlier.length > 0) {
      const hashes = earlier.map(({ entry }) => entry.subject.hash);
      const events = Map.groupBy(await log.about(hashes), ({ hash }) => hash);
      const changes = earlier.flatMap((read) => {
        const entry = provenAnew(read.entry, events.get(read.entry.subject.hash) ?? [], keys);
        return entry === undefined ? [] : [{ entry, read }];
      });
      if (changes.length > 0) await ledger.write(changes);
    }
    looked += page.entries.length;
    if (looked >= MAX_ENTRIES) return;
  }
};
