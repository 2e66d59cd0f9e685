import type { Client } from '@elastic/elasticsearch';
import { shared } from '../../../base/batch-calls.ts';
import { TransientError } from '../../../base/errors.ts';
import { type Controls, latestSeen, staysRemembered } from '../../../control/controls.ts';
import type { BlockIntent } from '../../../criteria/due-criteria.ts';
import { type Clock, isoInstant } from '../../../policy/time/instant.ts';
import { destructionIn, dropsUntil, unansweredBefore } from '../../../purge/destruction.ts';
import { type Lease, type LeaseOwner, type LeaseStore, MAX_DECLARED_BLOCKS } from '../../../purge/lease.ts';
import { isConflict, type RequestPolicy, requestOnce } from '../client/request.ts';
import { readDocuments } from '../own-index/own-documents.ts';
import { type OwnIndex, ownIndex } from '../own-index/own-index.ts';
import {
  type ControlMemoryDocument,
  flagsOf,
  isLeased,
  LEASE_MAPPINGS,
  LEASE_MILLISECONDS,
  type LeaseDocument,
  memoryOf,
  readLease,
  type StoredLease,
} from './lease-document.ts';

/** The time that a lease must still last before a destructive request: more than any single request may take. */
const LEASE_MARGIN = 75_000;

const tooManyBlocks = (index: string, id: string, blocks: number): TransientError =>
  new TransientError('lease-altered', {
    expected: `at most ${MAX_DECLARED_BLOCKS} blocks that the lease ${id} in ${index} declares`,
    found: `${blocks}, which no run has written`,
    fix: `None of them was checked. The next run of the category checks the first ${MAX_DECLARED_BLOCKS}, and writes the lease again. If no run comes, send DELETE /${index}/_doc/${id}, once no run is at work. To see which indices have a block, send GET /_all/_settings/index.blocks.write.`,
  });

const leasedElsewhere = (categoryId: string, { runId, expiresAt }: LeaseDocument): TransientError =>
  new TransientError('lease-held', {
    expected: `no other run of "${categoryId}" at work`,
    found: `run ${runId}, which has the lease until ${expiresAt}`,
    fix: 'Wait until that run ends. If it died, its lease expires at that time.',
  });

const lost = (categoryId: string, runId: string): TransientError =>
  new TransientError('lease-lost', {
    expected: `run ${runId} to have the lease of "${categoryId}"`,
    found: 'that the lease was lost: it expired, or another run took it over',
    fix: 'This run destroys nothing more. The next run continues.',
  });

/** The index with the leases, and the clock that ends them. */
interface LeaseContext {
  readonly client: Client;
  readonly requests: RequestPolicy;
  readonly clock: Clock;
  readonly index: string;
  readonly own: OwnIndex;
}

const readAll = async (
  { client, requests, own }: LeaseContext,
  ids: readonly string[],
): Promise<readonly (StoredLease | undefined)[]> => {
  const found = await readDocuments<Partial<LeaseDocument>>(client, requests, own, { ids, meant: 'to give a lease' });
  return ids.map((id) => {
    const lease = found.find(({ _id }) => _id === id);
    if (lease === undefined || !lease.found) return undefined;
    return {
      document: readLease(lease._source ?? {}),
      seqNo: lease._seq_no ?? 0,
      primaryTerm: lease._primary_term ?? 0,
    };
  });
};

const read = async (context: LeaseContext, id: string): Promise<StoredLease | undefined> =>
  (await readAll(context, [id]))[0];

/** A lease, and the controls that were seen. */
const readWithControls = async (context: LeaseContext, categoryId: string) => {
  const [lease, memory] = await readAll(context, [categoryId, memoryOf(categoryId)]);
  return { lease, memory, seen: latestSeen([lease, memory].flatMap((each) => each?.document.controlsSeen ?? [])) };
};

const write = async (
  { client, requests, index, own }: LeaseContext,
  id: string,
  document: LeaseDocument | ControlMemoryDocument,
  previous: StoredLease | undefined,
): Promise<Omit<StoredLease, 'document'>> => {
  const answer = await own.write(() =>
    requestOnce(requests, `writing the lease of ${id}`, (options) =>
      client.index(
        {
          index,
          id,
          document,
          wait_for_active_shards: 1,
          ...(previous === undefined
            ? { op_type: 'create' }
            : { if_seq_no: previous.seqNo, if_primary_term: previous.primaryTerm }),
        },
        options,
      ),
    ),
  );
  return { seqNo: answer._seq_no ?? 0, primaryTerm: answer._primary_term ?? 0 };
};

/** A new lease of a run, and what the earlier run has left. */
type Acquired = StoredLease & Pick<Lease, 'dropsUntil' | 'controlsSeen'>;

/** The uuids of the indices whose blocks are declared, if another run than this one has the lease. */
const declaredByOther = async (
  context: LeaseContext,
  categoryId: string,
  runId: string,
): Promise<ReadonlySet<string>> => {
  const document = (await read(context, categoryId))?.document;
  return new Set(document === undefined || document.runId === runId ? [] : document.blocks.map(({ uuid }) => uuid));
};

/** The lease of the run that acquired it. */
const leaseOf = (context: LeaseContext, categoryId: string, acquired: Acquired): Lease => {
  let current: StoredLease = acquired;
  let queue: Promise<void> = Promise.resolve();
  const { runId, fence } = acquired.document;

  /**
   * Changes are made one after the other: several indices are worked on at once, and each change needs the sequence
   * number of the last one.
   */
  const change = (patch: Partial<LeaseDocument>): Promise<void> => {
    const changed = queue.then(async () => {
      try {
        const document = { ...current.document, ...patch };
        current = { document, ...(await write(context, categoryId, document, current)) };
      } catch (error) {
        throw isConflict(error) ? lost(categoryId, runId) : error;
      }
    });
    queue = changed.catch(() => undefined);
    return changed;
  };
  const left = (): number => Date.parse(current.document.expiresAt) - context.clock();
  const prolonged = (): Partial<LeaseDocument> => ({ expiresAt: isoInstant(context.clock() + LEASE_MILLISECONDS) });

  return {
    runId,
    fence,
    leftovers: acquired.document.blocks,
    dropsUntil: acquired.dropsUntil,
    assertLeased: shared(async () => {
      await queue;
      // Our clock decides whether the lease can have expired. Only the document shows whether another run, with a clock
      // ahead of ours, has taken it over.
      const found = left() > LEASE_MARGIN ? await read(context, categoryId) : current;
      if (left() <= 0 || found?.document.runId !== runId || found.document.fence !== fence)
        throw lost(categoryId, runId);
      if (left() <= LEASE_MARGIN) await change(prolonged());
    }),
    prolong: () => change(prolonged()),
    declaredBlocks: () => current.document.blocks,
    isDeclaredByNext: async (uuid) => (await declaredByOther(context, categoryId, runId)).has(uuid),
    declareBlocks: (blocks) => change({ blocks, ...prolonged() }),
    controlsSeen: acquired.controlsSeen,
    beginDestroying: ({ made, revision }) =>
      change({
        destroying: true,
        controlsSeen: { made, revision },
        ...prolonged(),
      }),
    endDestroying: (until) => {
      const before = current.document.unansweredUntil ?? undefined;
      const latest = Math.max(until ?? 0, before === undefined ? 0 : Date.parse(before));
      return change({ destroying: false, ...(latest > 0 && { unansweredUntil: isoInstant(latest) }) });
    },
    release: async () => {
      // If the release fails, the lease expires soon.
      await change({ released: true }).catch(() => undefined);
    },
  };
};

const acquire = async (context: LeaseContext, categoryId: string, runId: string): Promise<Lease> => {
  await context.own.ensure();
  const { lease: previous, seen } = await readWithControls(context, categoryId);
  const now = context.clock();
  if (previous !== undefined && isLeased(previous.document, now)) throw leasedElsewhere(categoryId, previous.document);

  const earlier = previous && flagsOf(previous.document, now);
  const unanswered = unansweredBefore(earlier);
  const document: LeaseDocument = {
    runId,
    fence: (previous?.document.fence ?? 0) + 1,
    expiresAt: isoInstant(now + LEASE_MILLISECONDS),
    released: false,
    blocks: previous?.document.blocks.slice(0, MAX_DECLARED_BLOCKS) ?? [],
    destroying: false,
    ...(unanswered !== undefined && { unansweredUntil: isoInstant(unanswered) }),
    ...(previous?.document.controlsSeen !== undefined && { controlsSeen: previous.document.controlsSeen }),
  };
  try {
    const written = await write(context, categoryId, document, previous);
    return leaseOf(context, categoryId, {
      document,
      ...written,
      dropsUntil: dropsUntil(earlier),
      controlsSeen: seen,
    });
  } catch (error) {
    if (!isConflict(error)) throw error;
    const winner = await read(context, categoryId);
    throw leasedElsewhere(categoryId, winner?.document ?? document);
  }
};

const look = async (context: LeaseContext, categoryId: string): Promise<StoredLease | undefined> =>
  (await context.own.isThere()) ? read(context, categoryId) : undefined;

const leftoverBlocks = async (context: LeaseContext, categoryId: string): Promise<readonly BlockIntent[]> => {
  const found = await look(context, categoryId);
  if (found === undefined || isLeased(found.document, context.clock())) return [];
  const { blocks } = found.document;
  if (blocks.length > MAX_DECLARED_BLOCKS) throw tooManyBlocks(context.index, categoryId, blocks.length);
  return blocks;
};

const owner = async (context: LeaseContext, categoryId: string): Promise<LeaseOwner | undefined> => {
  const found = await look(context, categoryId);
  if (found === undefined || !isLeased(found.document, context.clock())) return undefined;
  const { runId, expiresAt } = found.document;
  return { runId, until: Date.parse(expiresAt) };
};

/** The number of tries. Each failed try means that another command has just noted controls. */
const TRIES = 20;

const rememberControls = async (
  context: LeaseContext,
  categoryId: string,
  controls: Controls,
  isAccepted = false,
): Promise<void> => {
  const { made, revision } = controls;
  await context.own.ensure();
  for (let tries = 1; ; tries += 1) {
    const { memory } = await readWithControls(context, categoryId);
    if (staysRemembered(memory?.document.controlsSeen, controls, isAccepted)) return;
    try {
      await write(context, memoryOf(categoryId), { controlsSeen: { made, revision } }, memory);
      return;
    } catch (error) {
      if (!isConflict(error) || tries === TRIES) throw error;
    }
  }
};

/**
 * The leases of categories in Elasticsearch, each in an index of its own, with the category as document id. They are
 * taken and changed by compare-and-set on the document's sequence number.
 */
export const elasticsearchLeases = (
  client: Client,
  requests: RequestPolicy,
  clock: Clock,
  index: string,
): Omit<LeaseStore, 'categories'> => {
  const context: LeaseContext = {
    client,
    requests,
    clock,
    index,
    own: ownIndex(client, requests, index, LEASE_MAPPINGS),
  };
  return {
    acquire: (categoryId, runId) => acquire(context, categoryId, runId),
    leftoverBlocks: (categoryId) => leftoverBlocks(context, categoryId),
    owner: (categoryId) => owner(context, categoryId),
    destruction: async (categoryId) => {
      const found = await look(context, categoryId);
      const now = context.clock();
      return found === undefined ? undefined : destructionIn(flagsOf(found.document, now), now);
    },
    controlsSeen: async (categoryId) =>
      (await context.own.isThere()) ? (await readWithControls(context, categoryId)).seen : [],
    rememberControls: (categoryId, controls, isAccepted) => rememberControls(context, categoryId, controls, isAccepted),
  };
};
