import type { estypes } from '@elastic/elasticsearch';
import type { Change, ReadEntry } from '../../../erasure/ledger/ledger.ts';
import {
  categoryOfEntry,
  hasOpenOpening,
  isEntryId,
  isReceiptDue,
  type LedgerEntry,
} from '../../../erasure/ledger/ledger-entry.ts';
import { notAnEntry, readEntry } from '../../../erasure/ledger/read-entry.ts';

const keyword = { type: 'keyword' } as const;
const long = { type: 'long' } as const;
const instant = { type: 'date', format: 'epoch_millis' } as const;
/** Kept, and found by nobody. */
const unsearchable = { type: 'keyword', index: false, doc_values: false } as const;

export const LEDGER_MAPPINGS: estypes.MappingTypeMapping = {
  dynamic: 'strict',
  properties: {
    id: keyword,
    category: keyword,
    trigger: keyword,
    scope: keyword,
    subject: { properties: { kid: keyword, hash: keyword } },
    uin: unsearchable,
    sdkAppId: unsearchable,
    events: { type: 'object', enabled: false },
    heardAt: instant,
    state: keyword,
    obligation: {
      properties: {
        requestId: keyword,
        heardAt: instant,
        terminatedAt: instant,
        eraseFrom: instant,
        eraseBy: instant,
        immediate: { type: 'boolean' },
        proof: unsearchable,
      },
    },
    progress: {
      properties: {
        documentsErased: long,
        claimed: long,
        claimedFor: instant,
        firstErasedAt: instant,
        verifiedAt: instant,
        newUse: long,
        indices: long,
      },
    },
    closedAt: instant,
    doneThrough: instant,
    reinstatedAt: instant,
    overdueSaidAt: instant,
    watched: { type: 'object', enabled: false },
    closures: { type: 'object', enabled: false },
    receiptDue: { type: 'boolean' },
    sealed: { type: 'boolean' },
  },
};

/**
 * Beside the entry stands what searches need: whether a receipt is due, whether every opening is sealed, and since when its events are
 * past. One that is dated ahead is not: a termination may still come that it takes back.
 */
const documentOf = (entry: LedgerEntry) => ({
  ...entry,
  heardAt: Math.max(0, ...entry.events.flatMap(({ heardAt, at }) => [heardAt, at])),
  receiptDue: entry.closures.some(isReceiptDue),
  sealed: !hasOpenOpening(entry),
});
export type LedgerDocument = ReturnType<typeof documentOf>;

/** What searches need is no part of the entry. */
export const entryOf = (source: unknown, id: string): LedgerEntry => {
  const { heardAt: _, receiptDue: __, sealed: ___, ...entry } = { ...(source as LedgerDocument) };
  return readEntry(entry, id);
};

/** What somebody else wrote into a ledger under an id of its own is counted, and named, and is no entry. */
export const foundIn = (category: string, source: unknown, id: string): LedgerEntry =>
  isEntryId(id) && categoryOfEntry(id) === category ? entryOf(source, id) : notAnEntry(id, category);

export const operationsOf = ({ entry, read }: Change) => [
  read === undefined
    ? { create: { _id: entry.id } }
    : { index: { _id: entry.id, if_seq_no: read.seqNo, if_primary_term: read.primaryTerm } },
  documentOf(entry),
];

export const removalOf = ({ entry, seqNo, primaryTerm }: ReadEntry) => ({
  delete: { _id: entry.id, if_seq_no: seqNo, if_primary_term: primaryTerm },
});
