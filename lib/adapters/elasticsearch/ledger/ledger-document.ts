import type { estypes } from '@elastic/elasticsearch';
import type { Change, ReadEntry } from '../../../erasure/ledger/ledger.ts';
import {
  categoryOfEntry,
  hasUnsealedOpening,
  isEntryId,
  isReceiptDue,
  type LedgerEntry,
} from '../../../erasure/ledger/ledger-entry.ts';
import { notAnEntry, readEntry } from '../../../erasure/stored/read-entry.ts';

const keyword = { type: 'keyword' } as const;
const long = { type: 'long' } as const;
const instant = { type: 'date', format: 'epoch_millis' } as const;
/** Stored, but not searchable. */
const unsearchable = { type: 'keyword', index: false, doc_values: false } as const;

/** The mapping of a ledger. */
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
    heldSaidAt: instant,
    held: { type: 'object', enabled: false },
    watched: { type: 'object', enabled: false },
    closures: { type: 'object', enabled: false },
    receiptDue: { type: 'boolean' },
    sealed: { type: 'boolean' },
  },
};

/**
 * The document of an entry: the entry, and what searches need. Searches need to know whether a receipt is due, whether
 * every opening is sealed, and when the last of its events is in the past. An event with a date in the future counts by
 * this date, because it may still cancel a termination that comes later.
 */
const documentOf = (entry: LedgerEntry) => ({
  ...entry,
  heardAt: Math.max(0, ...entry.events.flatMap(({ heardAt, at }) => [heardAt, at])),
  receiptDue: entry.closures.some(isReceiptDue),
  sealed: !hasUnsealedOpening(entry),
});
/** An entry in its stored form. */
export type LedgerDocument = ReturnType<typeof documentOf>;

/** Removes the fields that only searches need. */
export const entryOf = (source: unknown, id: string): LedgerEntry => {
  const { heardAt, receiptDue, sealed, ...entry } = { ...(source as LedgerDocument) };
  return readEntry(entry, id);
};

/**
 * Reads a search hit as an entry. A document that somebody else wrote under another kind of id is counted and named,
 * but is no entry.
 */
export const foundIn = (category: string, source: unknown, id: string): LedgerEntry =>
  isEntryId(id) && categoryOfEntry(id) === category ? entryOf(source, id) : notAnEntry(id, category);

/** The bulk operations for one change. They fail if somebody else has changed the entry. */
export const bulkOperationsOf = ({ entry, read }: Change) => [
  read === undefined
    ? { create: { _id: entry.id } }
    : { index: { _id: entry.id, if_seq_no: read.seqNo, if_primary_term: read.primaryTerm } },
  documentOf(entry),
];

/** The bulk operation that removes an entry. It fails if somebody else has changed the entry. */
export const removalOf = ({ entry, seqNo, primaryTerm }: ReadEntry) => ({
  delete: { _id: entry.id, if_seq_no: seqNo, if_primary_term: primaryTerm },
});
