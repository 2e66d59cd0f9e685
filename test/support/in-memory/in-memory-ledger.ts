import type { EventLog, KeptEvent, Ledger, ReadEntry } from '../../../lib/erasure/ledger.ts';
import { isOpen } from '../../../lib/erasure/ledger-entry.ts';

const urgency = ({ entry }: ReadEntry): number => entry.obligation?.eraseBy ?? Number.POSITIVE_INFINITY;

/** The ledger in memory. Entries are replaced by sequence number only, as on the server. */
export const inMemoryLedger = (): Ledger & { readonly entries: ReadonlyMap<string, ReadEntry> } => {
  const entries = new Map<string, ReadEntry>();
  let seqNo = 0;
  return {
    entries,
    read: async (ids) => new Map(ids.flatMap((id) => (entries.has(id) ? [[id, entries.get(id) as ReadEntry]] : []))),
    write: async (changes) => {
      const conflicts = new Set<string>();
      for (const { entry, read } of changes) {
        if (entries.get(entry.id)?.seqNo !== read?.seqNo) conflicts.add(entry.id);
        else entries.set(entry.id, { entry, seqNo: seqNo++, primaryTerm: 1 });
      }
      return conflicts;
    },
    find: async ({ category, states, eraseFromUpTo, eraseByBefore, overdueUnsaid, receiptDue }, limit) => {
      const found = [...entries.values()]
        .filter(
          ({ entry }) =>
            entry.category === category &&
            (states === undefined || states.includes(entry.state)) &&
            (eraseFromUpTo === undefined || (entry.obligation?.eraseFrom ?? Infinity) <= eraseFromUpTo) &&
            (eraseByBefore === undefined || (entry.obligation?.eraseBy ?? Infinity) < eraseByBefore) &&
            (overdueUnsaid !== true || entry.overdueSaidAt === undefined) &&
            (receiptDue !== true || entry.closures.some(({ receipt }) => receipt === undefined)),
        )
        .sort((a, b) => urgency(a) - urgency(b) || (a.entry.id < b.entry.id ? -1 : 1));
      return { entries: found.slice(0, limit), total: found.length };
    },
    kidsOfOpen: async (category) => {
      const open = [...entries.values()].filter(({ entry }) => entry.category === category && isOpen(entry));
      return [...new Set(open.map(({ entry }) => entry.subject.kid))];
    },
    forget: async (category, before) => {
      for (const [id, { entry }] of entries)
        if (
          entry.category === category &&
          (entry.closedAt ?? Infinity) < before &&
          entry.closures.every(({ receipt }) => receipt !== undefined) &&
          entry.events.every(({ heardAt, at }) => heardAt < before && at < before)
        )
          entries.delete(id);
    },
  };
};

/** The event log in memory. */
export const inMemoryEventLog = (): EventLog & { readonly kept: ReadonlyMap<string, KeptEvent> } => {
  const kept = new Map<string, KeptEvent>();
  return {
    kept,
    keep: async (event) => {
      if (kept.has(event.id)) return false;
      kept.set(event.id, event);
      return true;
    },
    forget: async (before) => {
      for (const [id, { heardAt }] of kept) if (Date.parse(heardAt) < before) kept.delete(id);
    },
  };
};
