import { isDeepStrictEqual } from 'node:util';
import type { Client, estypes } from '@elastic/elasticsearch';
import type { LedgerEntry } from '../../erasure/ledger-entry.ts';
import { CATEGORY_ID, type OwnIndices, ownIndices } from '../../policy/own-indices.ts';
import type { RetentionPolicy } from '../../policy/retention-policy.ts';
import { WorldError } from '../../purge/errors.ts';
import type { BlockIntent, LeaseStore } from '../../purge/lease.ts';
import { forEachPage } from './compare-indices.ts';
import { createDocuments, type KeptDocument, readAll } from './create-documents.ts';
import { elasticsearchLeases } from './elasticsearch-leases.ts';
import { leasesByCategory } from './leases-by-category.ts';
import { entryCategory, moveEntryPage } from './move-entries.ts';
import { type OwnBooks, ownBooks } from './own-books.ts';
import { findOwnIndex, type OwnIndexContext } from './own-index-state.ts';
import { OWN_MAPPINGS } from './own-mappings.ts';
import { type RequestPolicy, request } from './request.ts';
import { receiptTargets, reportDocument, sameEvent } from './shared-documents.ts';
import { isLeftToMove, isNotedAsMoved, sharedContext } from './shared-records.ts';

/** What became of one index that all categories shared. */
export interface MovedIndex {
  readonly index: string;
  readonly documents: number;
  /** Documents that are not, or not as they were, in an index of a category. While there are any, the index is not said to be moved. */
  readonly left: number;
}

/** What moving works with. */
export interface MovePorts {
  readonly client: Client;
  readonly requests: RequestPolicy;
  readonly policy: RetentionPolicy;
  readonly books: Pick<OwnBooks, 'ledger'>;
  readonly leases: LeaseStore;
}

/** Opens the categories' own ledgers and leases. */
export const movePorts = (client: Client, requests: RequestPolicy, policy: RetentionPolicy): MovePorts => ({
  client,
  requests,
  policy,
  books: ownBooks(client, requests, policy),
  leases: leasesByCategory(
    (category) => elasticsearchLeases(client, requests, Date.now, ownIndices(policy, category).leases),
    async () => [],
  ),
});

type Kind = keyof OwnIndices;
type Placed = ReadonlyMap<string, readonly KeptDocument[]>;

/** What the categories of earlier versions are known by, beside the policy. */
interface Referred {
  readonly categories: Set<string>;
  /** By receipt, the categories whose entries refer to it. */
  readonly receipts: Map<string, Set<string>>;
}

/** In which categories' indices a document belongs. */
const placesOf = (kind: Kind, hit: estypes.SearchHit, policy: RetentionPolicy, known: Referred): readonly string[] => {
  const source = (hit._source ?? {}) as Readonly<Record<string, unknown>>;
  if (kind === 'reports') return typeof source.category === 'string' ? [source.category] : [];
  if (kind === 'receipts') return receiptTargets(source, known.receipts.get(hit._id ?? ''));
  // Every category that erases has heard of every event.
  const erasing = [...policy.categories.values()].filter(({ rules }) => rules.termination !== undefined);
  return [...new Set([...erasing.map(({ id }) => id), ...known.categories])];
};

const documentOf = (kind: Kind, { _id: id = '', _source = {} }: estypes.SearchHit): KeptDocument =>
  kind === 'reports' ? reportDocument(id, _source as object) : { id, source: _source as object };

const isSame = (kind: Kind, there: unknown, { source }: KeptDocument): boolean =>
  kind === 'events' ? sameEvent(there, source) : isDeepStrictEqual(there, source);

const placed = (
  kind: Kind,
  page: readonly estypes.SearchHit[],
  policy: RetentionPolicy,
  known: Referred,
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

/** Copies one page of reports, events or receipts, create only, and compares what is there then. Returns how many are not there. */
const movePage = async (
  kind: Kind,
  page: readonly estypes.SearchHit[],
  { client, requests, policy }: MovePorts,
  known: Referred,
): Promise<number> => {
  const { placed: by, homeless } = placed(kind, page, policy, known);
  let left = homeless;
  for (const [category, documents] of by) {
    const shape = { name: ownIndices(policy, category)[kind], mappings: OWN_MAPPINGS[kind] };
    await createDocuments(client, requests, shape, documents);
    const ids = documents.map(({ id }) => id);
    const there = await readAll(client, requests, shape, ids);
    left += documents.filter((document) => !isSame(kind, there.get(document.id), document)).length;
  }
  return left;
};

/** The blocks that a lease of earlier versions announces are announced by the category's own: the next run lifts them. */
const moveLease = async (
  { _id: category = '', _source }: estypes.SearchHit,
  { leases }: MovePorts,
): Promise<number> => {
  const { blocks } = (_source ?? {}) as { readonly blocks?: readonly BlockIntent[] };
  if (!Array.isArray(blocks) || blocks.length === 0) return 0;
  if (!CATEGORY_ID.test(category)) return 1;
  const lease = await leases.acquire(category, 'setup');
  const known = new Set(lease.announced().map(({ uuid }) => uuid));
  await lease.announce([...lease.announced(), ...blocks.filter(({ uuid }) => !known.has(uuid))]);
  await lease.release();
  return 0;
};

/** Which categories there were, and which receipts their entries refer to. */
const whatLedgerKnows = async (context: OwnIndexContext): Promise<Referred> => {
  const known: Referred = { categories: new Set(), receipts: new Map() };
  if ((await findOwnIndex(context)) === undefined) return known;
  await forEachPage(context, context.shape.name, async (page) => {
    for (const { _id = '', _source } of page) {
      const category = entryCategory(_id);
      if (category === undefined) continue;
      known.categories.add(category);
      const { closures = [] } = (_source ?? {}) as Partial<LedgerEntry>;
      for (const { receipt } of Array.isArray(closures) ? closures : [])
        if (receipt !== undefined)
          known.receipts.set(receipt, (known.receipts.get(receipt) ?? new Set()).add(category));
    }
  });
  return known;
};

/** @throws WorldError `lease-held` while a run of an earlier version is at work: it would write where nobody reads any more. */
const assertNobodyWorks = ({ _id, _source }: estypes.SearchHit): void => {
  const { released, expiresAt = '' } = (_source ?? {}) as { readonly released?: boolean; readonly expiresAt?: string };
  if (released === true || !(Date.parse(expiresAt) > Date.now())) return;
  throw new WorldError('lease-held', {
    expected: 'no run of an earlier version at work',
    found: `one of "${_id}", which holds the lease until ${expiresAt}`,
    wayOut: 'Stop the schedules of the earlier version, wait until its runs have ended, then run setup again.',
  });
};

/** From here on an earlier version's run fails instead of writing where nobody reads any more. */
const blockWrites = async ({ client, policy, shape: { name } }: OwnIndexContext): Promise<void> => {
  await request(policy, `setting the write block of ${name}`, (options) =>
    client.indices.addBlock({ index: name, block: 'write' }, options),
  );
};

const noteMoved = async ({ client, policy, shape: { name } }: OwnIndexContext): Promise<void> => {
  await request(policy, `noting at ${name} that it is moved`, (options) =>
    client.indices.putMapping({ index: name, _meta: { managedBy: 'es-retention', moved: true } }, options),
  );
};

const moveOne = async (
  kind: Kind,
  context: OwnIndexContext,
  ports: MovePorts,
  known: Referred,
): Promise<MovedIndex> => {
  const index = context.shape.name;
  let [documents, left] = [0, 0];
  await forEachPage(context, index, async (page) => {
    documents += page.length;
    if (page.length === 0) return;
    if (kind === 'ledger') left += await moveEntryPage(page, ports);
    else if (kind === 'leases') for (const hit of page) left += await moveLease(hit, ports);
    else left += await movePage(kind, page, ports, known);
  });
  if (left === 0) await noteMoved(context);
  return { index, documents, left };
};

/** The ledger before what refers to it. */
const IN_ORDER = ['leases', 'ledger', 'events', 'receipts', 'reports'] as const;

/**
 * Moves what earlier versions kept in indices that all categories shared into the categories' own, create only, and compares it there.
 * The shared indices are blocked for writes and stay, with all they hold; the one whose every document stands in its new place, as it was
 * or as a later run has left it, is noted as moved.
 *
 * Never deletes or changes a document of a shared index, never replaces one of a category's index but by what joins both, never notes an
 * index as moved while a document of it is not in its place. A death in between, or another `setup` at the same time, is made good by
 * running it again.
 * @returns what became of each index that was there and not noted yet.
 * @throws WorldError `lease-held` while a run of an earlier version is at work; InputError | WorldError.
 */
export const moveSharedIndices = async (ports: MovePorts): Promise<readonly MovedIndex[]> => {
  const { client, requests, policy } = ports;
  const contexts = new Map<Kind, OwnIndexContext>();
  for (const kind of IN_ORDER) {
    const context = sharedContext(client, requests, policy, kind);
    if (await isLeftToMove(context)) contexts.set(kind, context);
  }
  const leases = contexts.get('leases');
  if (leases !== undefined)
    await forEachPage(leases, leases.shape.name, async (page) => page.forEach(assertNobodyWorks));
  for (const context of contexts.values()) await blockWrites(context);
  const known = await whatLedgerKnows(sharedContext(client, requests, policy, 'ledger'));
  const moved: MovedIndex[] = [];
  for (const [kind, context] of contexts) moved.push(await moveOne(kind, context, ports, known));
  return moved;
};

/**
 * Removes the indices of earlier versions that are noted as moved.
 * @returns their names.
 */
export const removeMovedIndices = async ({
  client,
  requests,
  policy,
}: Pick<MovePorts, 'client' | 'requests' | 'policy'>): Promise<readonly string[]> => {
  const removed: string[] = [];
  for (const kind of IN_ORDER) {
    const context = sharedContext(client, requests, policy, kind);
    if (!(await isNotedAsMoved(context))) continue;
    const { shape } = context;
    await request(requests, `removing ${shape.name}`, (options) =>
      client.indices.delete({ index: shape.name }, { ...options, ignore: [404] }),
    );
    removed.push(shape.name);
  }
  return removed;
};
