import { isDeepStrictEqual } from 'node:util';
import type { estypes } from '@elastic/elasticsearch';
import { CATEGORY_ID, type OwnIndices, ownIndices } from '../../../policy/own-indices.ts';
import type { RetentionPolicy } from '../../../policy/retention-policy.ts';
import { createDocuments, type KeptDocument, readAll } from '../own-index/create-documents.ts';
import type { LedgerReferences } from './ledger-references.ts';
import type { MovePorts } from './move-ports.ts';
import { OWN_MAPPINGS } from './own-mappings.ts';
import { receiptTargets, reportDocument, sameEvent } from './shared-documents.ts';

/** The kinds of documents that are moved unchanged and never changed later. */
type MovedKind = Exclude<keyof OwnIndices, 'ledger' | 'leases' | 'controls'>;
type Placed = ReadonlyMap<string, readonly KeptDocument[]>;

/** The categories whose indices a document belongs to. */
const placesOf = (
  kind: MovedKind,
  hit: estypes.SearchHit,
  policy: RetentionPolicy,
  known: LedgerReferences,
): readonly string[] => {
  const source = (hit._source ?? {}) as Readonly<Record<string, unknown>>;
  if (kind === 'reports') return typeof source.category === 'string' ? [source.category] : [];
  if (kind === 'receipts') return receiptTargets(source, known.receipts.get(hit._id ?? ''));
  // Every category with a termination rule needs every event.
  const erasing = [...policy.categories.values()].filter(({ rules }) => rules.termination !== undefined);
  return [...new Set([...erasing.map(({ id }) => id), ...known.categories])];
};

const documentOf = (kind: MovedKind, { _id: id = '', _source = {} }: estypes.SearchHit): KeptDocument =>
  kind === 'reports' ? reportDocument(id, _source as object) : { id, source: _source as object };

const isSame = (kind: MovedKind, stored: unknown, { source }: KeptDocument): boolean =>
  kind === 'events' ? sameEvent(stored, source) : isDeepStrictEqual(stored, source);

const placed = (
  kind: MovedKind,
  page: readonly estypes.SearchHit[],
  policy: RetentionPolicy,
  known: LedgerReferences,
): { readonly placed: Placed; readonly homeless: number } => {
  const by = new Map<string, KeptDocument[]>();
  let homeless = 0;
  for (const hit of page) {
    const places = placesOf(kind, hit, policy, known).filter((category) => CATEGORY_ID.test(category));
    if (places.length === 0) homeless += 1;
    for (const category of places) by.set(category, [...(by.get(category) ?? []), documentOf(kind, hit)]);
  }
  return { placed: by, homeless };
};

/**
 * Copies one page of reports, events or receipts. Only creates documents, and compares them afterwards.
 * @returns how many of them are missing.
 */
export const moveDocumentPage = async (
  kind: MovedKind,
  page: readonly estypes.SearchHit[],
  { client, requests, policy }: MovePorts,
  known: LedgerReferences,
): Promise<number> => {
  const { placed: by, homeless } = placed(kind, page, policy, known);
  let left = homeless;
  for (const [category, documents] of by) {
    const shape = { name: ownIndices(policy, category)[kind], mappings: OWN_MAPPINGS[kind] };
    await createDocuments(client, requests, shape, documents);
    const ids = documents.map(({ id }) => id);
    const stored = await readAll(client, requests, shape, ids);
    left += documents.filter((document) => !isSame(kind, stored.get(document.id), document)).length;
  }
  return left;
};
