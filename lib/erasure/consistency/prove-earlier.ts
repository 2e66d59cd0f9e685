import { MINUTE } from '../../policy/time/duration.ts';
import { parseInstant } from '../../policy/time/instant.ts';
import type { EventLog, KeptEvent, Ledger } from '../ledger/ledger.ts';
import { eventKey, type HeardEvent, isMalformed, type LedgerEntry, OPEN_STATES } from '../ledger/ledger-entry.ts';
import { ledgerPages } from '../ledger/ledger-pages.ts';
import { isProvenBy, isWhollyProvenBy, withProof } from '../ledger/obligation-proof.ts';
import type { SubjectKeys } from '../subjects/key-ring.ts';

/** Entries that are loaded at a time. */
const PAGE = 1_000;
/** So many entries are looked at in one run, the most urgent first. */
const MOST = 16_000;
/** Event and entry are written one after the other. */
const TOGETHER = 5 * MINUTE;

/** Whether the log has an event of an entry, heard by the same request at the same time. */
const agrees = (event: HeardEvent, kept: KeptEvent | undefined): boolean =>
  kept !== undefined &&
  kept.requestId === event.requestId &&
  Math.abs((parseInstant(kept.heardAt) ?? 0) - event.heardAt) <= TOGETHER;

/**
 * An entry with the earlier proof, of its account and its dates alone, with one of all that it says; asked of such entries alone. Undefined where its requests are not
 * those of its events. Pure.
 */
const provenAnew = (entry: LedgerEntry, events: readonly KeptEvent[], ring: SubjectKeys): LedgerEntry | undefined => {
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
  return withProof(entry, ring);
};

/**
 * Proves open entries of an earlier version anew, from the events of their category where these agree. The others stay as they are: they are
 * erased as before, and nobody chooses them by request. An entry that somebody else has changed meanwhile waits for the next run.
 * @param keyRing asked only where there are open entries.
 * @throws InputError without keys; TransientError when ledger or event log do not answer.
 */
export const proveEarlier = async (
  category: string,
  ledger: Pick<Ledger, 'find' | 'write'>,
  log: Pick<EventLog, 'about'>,
  keyRing: () => Promise<SubjectKeys>,
): Promise<void> => {
  let looked = 0;
  for await (const page of ledgerPages(ledger, { category, states: OPEN_STATES }, PAGE)) {
    const ring = await keyRing();
    const earlier = page.entries.filter(
      ({ entry }) => !isMalformed(entry) && !isWhollyProvenBy(entry, ring) && isProvenBy(entry, ring),
    );
    if (earlier.length > 0) {
      const hashes = earlier.map(({ entry }) => entry.subject.hash);
      const events = Map.groupBy(await log.about(hashes), ({ hash }) => hash);
      const changes = earlier.flatMap((read) => {
        const entry = provenAnew(read.entry, events.get(read.entry.subject.hash) ?? [], ring);
        return entry === undefined ? [] : [{ entry, read }];
      });
      if (changes.length > 0) await ledger.write(changes);
    }
    looked += page.entries.length;
    if (looked >= MOST) return;
  }
};
