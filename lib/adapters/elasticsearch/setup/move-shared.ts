import type { Client, estypes } from '@elastic/elasticsearch';
import { TransientError } from '../../../base/errors.ts';
import type { BlockIntent } from '../../../criteria/due-criteria.ts';
import { CATEGORY_ID, type OwnIndices, ownIndices } from '../../../policy/own-indices.ts';
import type { RetentionPolicy } from '../../../policy/retention-policy.ts';
import { type RequestPolicy, request } from '../client/request.ts';
import { forEachPage } from '../own-index/compare-indices.ts';
import { templateName } from '../own-index/own-index-shape.ts';
import type { OwnIndexContext } from '../own-index/own-index-state.ts';
import { elasticsearchLeases } from '../records/elasticsearch-leases.ts';
import { ownRecords } from '../records/elasticsearch-records.ts';
import { leasesByCategory } from '../records/leases-by-category.ts';
import { type LedgerReferences, readLedgerReferences } from './ledger-references.ts';
import { moveDocumentPage } from './move-documents.ts';
import { moveEntryPage } from './move-entries.ts';
import type { MovePorts } from './move-ports.ts';
import { type EarlierIndex, earlierIndices, isLeftToMove, isNotedAsMoved } from './shared-records.ts';

/** The result for one index that all categories shared. */
export interface MovedIndex {
  readonly index: string;
  readonly documents: number;
  /**
   * Documents that are missing or different in the categories' indices. While such documents exist, the index is not
   * noted as moved.
   */
  readonly left: number;
}

/** Opens the ledgers and leases of the categories. */
export const movePorts = (client: Client, requests: RequestPolicy, policy: RetentionPolicy): MovePorts => ({
  client,
  requests,
  policy,
  records: ownRecords(client, requests, policy),
  leases: leasesByCategory(
    (category) => elasticsearchLeases(client, requests, Date.now, ownIndices(policy, category).leases),
    async () => [],
  ),
});

type RecordKind = Exclude<keyof OwnIndices, 'controls'>;

/**
 * Copies the blocks that a lease of an earlier version declares into the category's own lease, so that the next run
 * lifts them.
 */
const moveLease = async (
  { _id: category = '', _source }: estypes.SearchHit,
  { leases }: MovePorts,
): Promise<number> => {
  const { blocks } = (_source ?? {}) as { readonly blocks?: readonly BlockIntent[] };
  if (!Array.isArray(blocks) || blocks.length === 0) return 0;
  if (!CATEGORY_ID.test(category)) return 1;
  const lease = await leases.acquire(category, 'setup');
  const known = new Set(lease.declaredBlocks().map(({ uuid }) => uuid));
  await lease.declareBlocks([...lease.declaredBlocks(), ...blocks.filter(({ uuid }) => !known.has(uuid))]);
  await lease.release();
  return 0;
};

/**
 * @throws TransientError `lease-held` while a run of an earlier version is active: it would write to an index that
 *   nobody reads any more.
 */
const assertNobodyWorks = ({ _id, _source }: estypes.SearchHit): void => {
  const { released, expiresAt = '' } = (_source ?? {}) as { readonly released?: boolean; readonly expiresAt?: string };
  if (released === true || !(Date.parse(expiresAt) > Date.now())) return;
  throw new TransientError('lease-held', {
    expected: 'no run of an earlier version at work',
    found: `a run of "${_id}", which has the lease until ${expiresAt}`,
    fix: 'Stop the schedules of the earlier version, wait until its runs have ended, then run setup again.',
  });
};

/** After this, a run of an earlier version fails instead of writing to an index that nobody reads any more. */
const blockWrites = async ({ client, requests, shape: { name } }: OwnIndexContext): Promise<void> => {
  await request(requests, `setting the write block of ${name}`, (options) =>
    client.indices.addBlock({ index: name, block: 'write' }, options),
  );
};

const noteMoved = async ({ client, requests, shape: { name } }: OwnIndexContext): Promise<void> => {
  await request(requests, `noting at ${name} that it is moved`, (options) =>
    client.indices.putMapping({ index: name, _meta: { managedBy: 'es-retention', moved: true } }, options),
  );
};

const moveOne = async (
  kind: RecordKind,
  context: OwnIndexContext,
  ports: MovePorts,
  known: LedgerReferences,
): Promise<MovedIndex> => {
  const index = context.shape.name;
  let [documents, left] = [0, 0];
  await forEachPage(context, index, async (page) => {
    documents += page.length;
    if (page.length === 0) return;
    if (kind === 'ledger') left += await moveEntryPage(page, ports);
    else if (kind === 'leases') for (const hit of page) left += await moveLease(hit, ports);
    else left += await moveDocumentPage(kind, page, ports, known);
  });
  if (left === 0) await noteMoved(context);
  return { index, documents, left };
};

/** The ledger is moved before the records that refer to it. */
const IN_ORDER = ['leases', 'ledger', 'events', 'receipts', 'reports'] as const;

/**
 * Moves the records of earlier versions from shared indices, and from copies of these indices that a rebuild has left,
 * into the categories' own indices. Only creates documents, and compares them afterwards. The shared indices are
 * blocked for writes and stay with all their documents. An index is noted as moved once every document is in its new
 * place, unchanged or as a later run has changed it. It must never delete or change a document of a shared index. It
 * may replace a document of a category's index only by the join of both. It must never note an index as moved while a
 * document is missing. After a crash, or a second `setup` at the same time, another call completes the move.
 * @returns the result for each index that existed and was not yet noted as moved.
 * @throws TransientError `lease-held` while a run of an earlier version is active; InputError | TransientError.
 */
export const moveSharedIndices = async (ports: MovePorts): Promise<readonly MovedIndex[]> => {
  const { client, requests, policy } = ports;
  const left: { readonly kind: RecordKind; readonly index: EarlierIndex }[] = [];
  for (const kind of IN_ORDER)
    for (const index of earlierIndices(client, requests, policy, kind))
      if (await isLeftToMove(index)) left.push({ kind, index });
  for (const { kind, index } of left)
    if (kind === 'leases') await forEachPage(index, index.shape.name, async (page) => page.forEach(assertNobodyWorks));
  for (const { index } of left) await blockWrites(index);
  const known = await readLedgerReferences(earlierIndices(client, requests, policy, 'ledger'));
  const moved: MovedIndex[] = [];
  for (const { kind, index } of left) moved.push(await moveOne(kind, index, ports, known));
  return moved;
};

/**
 * Removes the indices of earlier versions that are noted as moved, and their templates.
 * @returns their names.
 */
export const removeMovedIndices = async ({
  client,
  requests,
  policy,
}: Pick<MovePorts, 'client' | 'requests' | 'policy'>): Promise<readonly string[]> => {
  const removed: string[] = [];
  for (const index of IN_ORDER.flatMap((kind) => earlierIndices(client, requests, policy, kind))) {
    if (!(await isNotedAsMoved(index))) continue;
    const { name } = index.shape;
    await request(requests, `removing ${name}`, (options) =>
      client.indices.delete({ index: name }, { ...options, ignore: [404] }),
    );
    await request(requests, `removing the template of ${name}`, (options) =>
      client.indices.deleteIndexTemplate({ name: templateName(name) }, { ...options, ignore: [404] }),
    );
    removed.push(name);
  }
  return removed;
};
