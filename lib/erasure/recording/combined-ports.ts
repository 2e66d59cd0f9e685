import { batched, shared } from '../../base/batch-calls.ts';
import { onceForEach } from '../../base/once-for-each.ts';
import { untilFailure } from '../../base/until-failure.ts';
import type { EventLog, EventLogs, KeptEvent } from '../events/event-log.ts';
import type { Change, FoundEntries, Ledger, LedgerQuery, ReadEntry } from '../ledger/ledger.ts';
import { originIn } from '../ledger/ledger-entry.ts';
import type { RecordPorts } from './record-ports.ts';

/** Copies that are put into the archive at once. */
const COPIES_AT_ONCE = 16;

/** One search of the ledger. */
interface Search {
  readonly query: LedgerQuery;
  readonly limit: number;
}

const isAbout = ({ entry }: ReadEntry, hashes: ReadonlySet<string>): boolean =>
  hashes.has(entry.subject.hash) || hashes.has(originIn(entry.id).hash.hash);

const findEach = async (ledger: Ledger, searches: readonly Search[]): Promise<readonly FoundEntries[]> => {
  const found: FoundEntries[] = [];
  for (const { query, limit } of searches) found.push(await ledger.find(query, limit));
  return found;
};

/** Answers searches that differ in their hashes only. */
const findTogether = async (ledger: Ledger, searches: readonly Search[]): Promise<readonly FoundEntries[]> => {
  const [first] = searches;
  if (first === undefined) return [];
  if (searches.length === 1) return findEach(ledger, searches);
  const { hashes: _, ...rest } = first.query;
  if (first.query.hashes === undefined) {
    const found = await ledger.find(first.query, first.limit);
    return searches.map(() => found);
  }
  const hashes = [...new Set(searches.flatMap(({ query }) => query.hashes ?? []))];
  const { entries, total, next } = await ledger.find({ ...rest, hashes }, first.limit);
  // Many entries under one hash must not hide those under another.
  if (next !== undefined || total > entries.length) return findEach(ledger, searches);
  return searches.map(({ query }) => {
    const own = new Set(query.hashes);
    const found = entries.filter((read) => isAbout(read, own));
    return { entries: found, total: found.length };
  });
};

const combinedLedger = (ledger: Ledger): Ledger => {
  const find = onceForEach(() => batched<Search, FoundEntries>((searches) => findTogether(ledger, searches)));
  const keyIds = onceForEach((category) => shared(() => ledger.keyIdsOfOpen(category)));
  const write = batched<readonly Change[], ReadonlySet<string>>(async (asked) => {
    const conflicts = await ledger.write(asked.flat());
    return asked.map((changes) => new Set(changes.flatMap(({ entry: { id } }) => (conflicts.has(id) ? id : []))));
  });
  return {
    ...ledger,
    read: batched(async (asked) => {
      const found = await ledger.read([...new Set(asked.flat())]);
      return asked.map((ids) => new Map(ids.flatMap((id) => entriesAt(found, id))));
    }),
    write: (changes) => write(changes),
    find: (query, limit, from) => {
      if (from !== undefined) return ledger.find(query, limit, from);
      const { hashes, ...rest } = query;
      return find(JSON.stringify([rest, hashes === undefined, limit]))({ query, limit });
    },
    keyIdsOfOpen: (category) => keyIds(category)(),
  };
};

const entriesAt = (found: ReadonlyMap<string, ReadEntry>, id: string): readonly (readonly [string, ReadEntry])[] => {
  const read = found.get(id);
  return read === undefined ? [] : [[id, read]];
};

/** Reads what is stored about some hashes, once for all calls. */
const readTogether = <T extends { readonly hash: string }>(
  read: (hashes: readonly string[]) => Promise<readonly T[]>,
): ((hashes: readonly string[]) => Promise<readonly T[]>) =>
  batched(async (asked) => {
    const byHash = Map.groupBy(await read([...new Set(asked.flat())]), ({ hash }) => hash);
    return asked.map((hashes) => hashes.flatMap((hash) => byHash.get(hash) ?? []));
  });

const combinedLog = (log: EventLog): EventLog => {
  const decide = batched<Parameters<EventLog['decide']>[0], true>(async (asked) => {
    await log.decide(asked.flat());
    return asked.map(() => true);
  });
  const arrived = onceForEach((source) =>
    batched<Parameters<EventLog['arrived']>[1], readonly number[]>(async (asked) => {
      const counts = await log.arrived(source as Parameters<EventLog['arrived']>[0], asked.flat());
      const left = [...counts];
      return asked.map((spans) => left.splice(0, spans.length));
    }),
  );
  return {
    ...log,
    keep: batched<readonly KeptEvent[], ReadonlySet<string>>(async (asked) => {
      const fresh = await log.keep(asked.flat());
      return asked.map((events) => new Set(events.flatMap(({ id }) => (fresh.has(id) ? id : []))));
    }),
    about: readTogether(log.about),
    decisions: readTogether(log.decisions),
    decide: async (decisions) => void (await decide(decisions)),
    arrived: (source, spans) => arrived(source)(spans),
  };
};

/**
 * Ports that combine calls which are made at the same moment for several events: one request for all of them. Each
 * event takes the same steps as alone. If a request fails, it fails for each event that shares it.
 */
export const combinedPorts = (ports: RecordPorts): RecordPorts => {
  const events: EventLogs = onceForEach((category) => combinedLog(ports.events(category)));
  const put = batched<Parameters<RecordPorts['archiveEvent']>, true>(async (copies) => {
    const { failure } = await untilFailure(copies, COPIES_AT_ONCE, (copy) => ports.archiveEvent(...copy));
    if (failure !== undefined) throw failure.error;
    return copies.map(() => true);
  });
  return {
    ...ports,
    ledger: combinedLedger(ports.ledger),
    events,
    archiveEvent: async (...copy) => void (await put(copy)),
  };
};
