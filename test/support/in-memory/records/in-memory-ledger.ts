import { fitsItsId } from '../../../../lib/erasure/events/event-id.ts';
import type { EventLog, KeptDecision, KeptEvent } from '../../../../lib/erasure/events/event-log.ts';
import type { Ledger, ReadEntry } from '../../../../lib/erasure/ledger/ledger.ts';
import {
  categoryOfEntry,
  hasUnsealedOpening,
  isOpen,
  isReceiptDue,
  originIn,
} from '../../../../lib/erasure/ledger/ledger-entry.ts';

/** Record ports for tests that do not test limits. */
export const NO_LIMITS = { proveConfirmation: () => 'proof', maxPerHour: Number.POSITIVE_INFINITY };

/** An archive that answers, but is empty. */
export const NO_COPIES = async function* (): AsyncGenerator<string> {};

type Place = readonly [deadline: number, id: string];

const isBehind = ({ entry: { id, obligation } }: ReadEntry, [deadline, last]: Place): boolean => {
  const own = obligation?.eraseBy ?? Number.POSITIVE_INFINITY;
  return own > deadline || (own === deadline && id > last);
};

const urgency = ({ entry }: ReadEntry): number => entry.obligation?.eraseBy ?? Number.POSITIVE_INFINITY;

/** The ledger in memory. Entries are replaced by sequence number only, as on the server. */
export const inMemoryLedger = (): Ledger & { readonly entries: Map<string, ReadEntry> } => {
  const entries = new Map<string, ReadEntry>();
  let seqNo = 0;
  return {
    entries,
    categories: async () => [...new Set([...entries.keys()].map(categoryOfEntry))].sort(),
    read: async (ids) => new Map(ids.flatMap((id) => (entries.has(id) ? [[id, entries.get(id) as ReadEntry]] : []))),
    changed: async (reads) =>
      new Set(reads.flatMap((read) => (entries.get(read.entry.id)?.seqNo === read.seqNo ? [] : read.entry.id))),
    write: async (changes, onWritten) => {
      const conflicts = new Set<string>();
      for (const { entry, read } of changes) {
        if (entries.get(entry.id)?.seqNo !== read?.seqNo) conflicts.add(entry.id);
        else {
          const written = { entry, seqNo: seqNo++, primaryTerm: 1 };
          entries.set(entry.id, written);
          onWritten?.(written);
        }
      }
      return conflicts;
    },
    remove: async (reads) => {
      const kept = new Set<string>();
      for (const { entry, seqNo: read } of reads) {
        if (entries.get(entry.id)?.seqNo === read) entries.delete(entry.id);
        else kept.add(entry.id);
      }
      return kept;
    },
    find: async (
      {
        category,
        hashes,
        keyIds,
        states,
        eraseFromUpTo,
        eraseByBefore,
        overdueUnpublished,
        heldUnpublished,
        receiptDue,
        unsealed,
      },
      limit,
      from,
    ) => {
      const found = [...entries.values()]
        .filter(
          ({ entry }) =>
            entry.category === category &&
            (hashes === undefined || hashes.includes(entry.subject.hash)) &&
            (keyIds === undefined || keyIds.includes(entry.subject.kid)) &&
            (states === undefined || states.includes(entry.state)) &&
            (eraseFromUpTo === undefined || (entry.obligation?.eraseFrom ?? Infinity) <= eraseFromUpTo) &&
            (eraseByBefore === undefined || (entry.obligation?.eraseBy ?? Infinity) < eraseByBefore) &&
            (overdueUnpublished !== true || entry.overdueSaidAt === undefined) &&
            (heldUnpublished !== true || entry.heldSaidAt === undefined) &&
            (receiptDue !== true || entry.closures.some(isReceiptDue)) &&
            (unsealed !== true || hasUnsealedOpening(entry)),
        )
        .sort((a, b) => urgency(a) - urgency(b) || (a.entry.id < b.entry.id ? -1 : 1));
      const behind =
        from === undefined ? found : found.filter((read) => isBehind(read, from.after as unknown as Place));
      const page = behind.slice(0, limit);
      const last = limit > 0 && page.length === limit ? page.at(-1) : undefined;
      const next = last && { next: { after: [urgency(last), last.entry.id] } };
      return { entries: page, total: found.length, ...next };
    },
    hidden: async () => new Set(),
    keyIdsOfOpen: async (category) => {
      const open = [...entries.values()].filter(({ entry }) => isOpen(entry) && entry.category === category);
      const keyIds = open.map(({ entry: { id, subject } }) => ({ said: subject.kid, known: originIn(id).hash.kid }));
      return [...new Set(keyIds.filter(({ said, known }) => said === known).map(({ said }) => said))];
    },
    oldestOwed: async (category) => {
      const heard = [...entries.values()].flatMap(
        ({ entry }) => (entry.category === category && isOpen(entry) && entry.obligation?.heardAt) || [],
      );
      return heard.length === 0 ? undefined : Math.min(...heard);
    },
    removeOld: async (category, before, work) => {
      const old = [...entries].filter(
        ([, { entry }]) =>
          entry.category === category &&
          !isOpen(entry) &&
          (entry.closedAt ?? Infinity) < before &&
          entry.closures.every(({ receipt }) => receipt !== undefined) &&
          entry.events.every(({ heardAt, at }) => heardAt < before && at < before),
      );
      if (work === 'remove') for (const [id] of old) entries.delete(id);
      return old.length;
    },
  };
};

/** The event logs of all categories in memory. */
export const inMemoryEventLogs = (): ((category: string) => ReturnType<typeof inMemoryEventLog>) => {
  const logs = new Map<string, ReturnType<typeof inMemoryEventLog>>();
  const open = (category: string) => {
    const log = logs.get(category) ?? inMemoryEventLog();
    logs.set(category, log);
    return log;
  };
  return open;
};

/** The event log of one category in memory. */
export const inMemoryEventLog = (): EventLog & {
  readonly kept: Map<string, KeptEvent>;
  readonly decided: Map<string, KeptDecision>;
} => {
  const kept = new Map<string, KeptEvent>();
  const decided = new Map<string, KeptDecision>();
  const forgotten: number[] = [];
  return {
    kept,
    decided,
    keep: async (events) => {
      const fresh = events.filter(({ id }) => !kept.has(id));
      for (const event of fresh) kept.set(event.id, event);
      return new Set(fresh.map(({ id }) => id));
    },
    since: async (at, limit) =>
      [...kept.values()]
        .filter((event) => Date.parse(event.at) >= at)
        .sort((a, b) => (a.heardAt === b.heardAt ? (a.id < b.id ? -1 : 1) : a.heardAt < b.heardAt ? 1 : -1))
        .slice(0, limit)
        .map(({ requestId: _, ...remembered }) => remembered),
    heardBetween: async (from, to, limit) =>
      [...kept.values()]
        .filter(
          (event) =>
            fitsItsId(event) && Date.parse(event.heardAt) >= from && Date.parse(event.heardAt) <= (to ?? Infinity),
        )
        .sort((a, b) => (a.heardAt === b.heardAt ? (a.id < b.id ? -1 : 1) : a.heardAt < b.heardAt ? -1 : 1))
        .slice(0, limit)
        .map(({ id, heardAt }) => ({ id, heardAt })),
    about: async (hashes) => [...kept.values()].filter(({ hash }) => hashes.includes(hash)),
    ofRequest: async (requestId) => [...kept.values()].filter((event) => event.requestId === requestId),
    restore: async (events) => {
      for (const event of events)
        if ('immediate' in event) kept.set(event.id, event);
        else decided.set(event.id, event);
    },
    remove: async (ids) => {
      for (const id of ids) kept.delete(id);
    },
    arrived: async (source, spans) => {
      const arrivals = [...kept.values()].flatMap((event) =>
        event.source === source && event.type !== 'account-reinstated' ? Date.parse(event.arrivedAt ?? '') : [],
      );
      return spans.map(({ from, to }) => arrivals.filter((at) => at >= from && at <= to).length);
    },
    decide: async (decisions) => {
      for (const decision of decisions) if (!decided.has(decision.id)) decided.set(decision.id, decision);
    },
    decisions: async (hashes) => [...decided.values()].filter(({ hash }) => hashes.includes(hash)),
    removedBefore: async (latest) => forgotten.filter((before) => before <= latest).sort((a, b) => b - a)[0],
    noteRemoved: async (before) => void (kept.size + decided.size > 0 && forgotten.push(before)),
    hidden: async () => [],
    missing: async (ids) => new Set(ids.filter((id) => !kept.has(id))),
    removeOld: async (before, work) => {
      const isOld = ({ heardAt, at }: { readonly heardAt: string; readonly at: string }): boolean =>
        Date.parse(heardAt) < before && Date.parse(at) < before;
      const old = [kept, decided].map((all) => [...all].filter(([, each]) => isOld(each)).map(([id]) => id));
      if (work === 'remove') for (const id of old.flat()) for (const all of [kept, decided]) all.delete(id);
      return old.flat().length;
    },
  };
};
