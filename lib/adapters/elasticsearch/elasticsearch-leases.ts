import type { Client, estypes } from '@elastic/elasticsearch';
import { MINUTE } from '../../policy/duration.ts';
import { type Instant, isoInstant } from '../../policy/instant.ts';
import { WorldError } from '../../purge/errors.ts';
import type { BlockIntent, Lease, LeaseHolder, LeaseStore } from '../../purge/lease.ts';
import { ownIndex } from './own-index.ts';
import { type RequestPolicy, request, requestOnce } from './request.ts';

/** Long enough that a slow request does not outlive it, short enough that a crashed run blocks nobody for long. */
const LEASE_MILLISECONDS = 120_000;
/** What must be left of a lease before a destructive request: more than any one of them may take. */
const LEASE_MARGIN = 75_000;

export const LEASE_MAPPINGS: estypes.MappingTypeMapping = {
  dynamic: 'strict',
  properties: {
    runId: { type: 'keyword' },
    fence: { type: 'long' },
    expiresAt: { type: 'date', format: 'strict_date_optional_time' },
    released: { type: 'boolean' },
    blocks: { type: 'object', enabled: false },
  },
};

interface LeaseDocument {
  readonly runId: string;
  readonly fence: number;
  readonly expiresAt: string;
  readonly released: boolean;
  readonly blocks: readonly BlockIntent[];
}

/** A lease document at one moment of its life: the sequence number makes every change conditional. */
interface Held {
  readonly document: LeaseDocument;
  readonly seqNo: number;
  readonly primaryTerm: number;
}

/** As far as the clock of whoever wrote it and ours may each be off. */
const SKEW = 5 * MINUTE;

/**
 * Whether a run holds it: not released, not expired, and not of an end that no honest run could have written. Such a lease would
 * keep every run away for as long as it says.
 */
const isHeld = ({ released, expiresAt }: LeaseDocument, now: Instant): boolean => {
  const end = Date.parse(expiresAt);
  return !released && end > now && end <= now + LEASE_MILLISECONDS + 2 * SKEW;
};

/** More runs than a category ever has. A greater fence is no count of ours, and the next one could not be written. */
const MOST_RUNS = 1e12;

/** More blocks than runs ever leave: each that is announced costs a request, of runs and of whoever looks. */
const MOST_BLOCKS = 1_000;
/** Bytes that the name of an index may have, or a uuid or the id of a run at most. */
const LONGEST = 255;

/** Whether it says on which index a block was set. */
const isIntent = (block: unknown): block is BlockIntent => {
  const { index, uuid } = (block ?? {}) as Partial<BlockIntent>;
  return [index, uuid].every((text) => typeof text === 'string' && text.length <= LONGEST);
};

/** What is announced, each once. */
const announcedIn = (blocks: unknown): readonly BlockIntent[] => {
  const intents = Array.isArray(blocks) ? blocks.filter(isIntent) : [];
  return [...new Map(intents.map((intent) => [JSON.stringify([intent.index, intent.uuid]), intent])).values()];
};

/**
 * A lease as a run would have left it. What somebody else wrote there counts for nothing: runs are told apart by their ids and by the
 * sequence number, so that the fence may begin anew.
 */
const asLeft = (document: LeaseDocument): LeaseDocument => ({
  ...document,
  fence: Number.isSafeInteger(document.fence) && document.fence >= 0 && document.fence < MOST_RUNS ? document.fence : 0,
  runId: typeof document.runId === 'string' ? document.runId.slice(0, LONGEST) : '',
  blocks: announcedIn(document.blocks),
});

const tooManyBlocks = (index: string, id: string, blocks: number): WorldError =>
  new WorldError('lease-altered', {
    expected: `at most ${MOST_BLOCKS} blocks that the lease ${id} in ${index} announces`,
    found: `${blocks}, which no run has written`,
    wayOut: `None of them was looked at. The next run of the category looks at the first ${MOST_BLOCKS}, and writes the lease anew. Where no run comes: DELETE /${index}/_doc/${id}, once no run is at work. See which indices have a block: GET /_all/_settings/index.blocks.write.`,
  });

const held = (categoryId: string, { runId, expiresAt }: LeaseDocument): WorldError =>
  new WorldError('lease-held', {
    expected: `no other run of "${categoryId}" at work`,
    found: `run ${runId}, which holds the lease until ${expiresAt}`,
    wayOut: 'Wait until it ends; if it died, its lease expires by itself then.',
  });

const lost = (categoryId: string, runId: string): WorldError =>
  new WorldError('lease-lost', {
    expected: `run ${runId} to hold the lease of "${categoryId}"`,
    found: 'that it was lost: it expired, or another run took it over',
    wayOut: 'This run destroys nothing more; the next one goes on.',
  });

const isConflict = (error: unknown): boolean => error instanceof WorldError && error.code === 'conflict';

/**
 * The lease of a category in Elasticsearch, in an index of its own, its id the category's: taken and changed by compare-and-set on the
 * document's sequence number.
 */
export const elasticsearchLeases = (
  client: Client,
  policy: RequestPolicy,
  clock: () => Instant,
  index: string,
): Omit<LeaseStore, 'categories'> => {
  const own = ownIndex(client, policy, index, LEASE_MAPPINGS);
  const read = async (id: string): Promise<Held | undefined> => {
    const doing = `reading the lease of ${id}`;
    const answer = await request(policy, doing, (options) =>
      client.get<LeaseDocument>({ index: index, id }, { ...options, ignore: [404] }),
    );
    // An index that is not there answers 404 as well.
    if ('error' in answer) throw own.gone();
    if (!answer.found || answer._source === undefined) return undefined;
    return { document: asLeft(answer._source), seqNo: answer._seq_no ?? 0, primaryTerm: answer._primary_term ?? 0 };
  };

  const write = async (id: string, document: LeaseDocument, previous: Held | undefined): Promise<Held> => {
    const answer = await own.write(() =>
      requestOnce(policy, `writing the lease of ${id}`, (options) =>
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
    return { document, seqNo: answer._seq_no ?? 0, primaryTerm: answer._primary_term ?? 0 };
  };

  const acquire = async (categoryId: string, runId: string): Promise<Lease> => {
    await own.ensure();
    const previous = await read(categoryId);
    const now = clock();
    if (previous !== undefined && isHeld(previous.document, now)) throw held(categoryId, previous.document);

    const document: LeaseDocument = {
      runId,
      fence: (previous?.document.fence ?? 0) + 1,
      expiresAt: isoInstant(now + LEASE_MILLISECONDS),
      released: false,
      blocks: previous?.document.blocks.slice(0, MOST_BLOCKS) ?? [],
    };
    try {
      return lease(categoryId, await write(categoryId, document, previous));
    } catch (error) {
      if (!isConflict(error)) throw error;
      const winner = await read(categoryId);
      throw held(categoryId, winner?.document ?? document);
    }
  };

  const lease = (categoryId: string, acquired: Held): Lease => {
    let current = acquired;
    let queue: Promise<void> = Promise.resolve();
    const { runId, fence } = acquired.document;

    /** One change at a time: several indices are worked on at once, and each change needs the last one's number. */
    const change = (patch: Partial<LeaseDocument>): Promise<void> => {
      const changed = queue.then(async () => {
        try {
          current = await write(categoryId, { ...current.document, ...patch }, current);
        } catch (error) {
          throw isConflict(error) ? lost(categoryId, runId) : error;
        }
      });
      queue = changed.catch(() => undefined);
      return changed;
    };
    const left = (): number => Date.parse(current.document.expiresAt) - clock();
    const prolonged = (): Partial<LeaseDocument> => ({ expiresAt: isoInstant(clock() + LEASE_MILLISECONDS) });

    return {
      runId,
      fence,
      leftovers: acquired.document.blocks,
      assertHeld: async () => {
        await queue;
        // Our clock says whether it can have expired; only the document says whether somebody whose clock runs ahead of
        // ours has taken it over.
        const found = left() > LEASE_MARGIN ? await read(categoryId) : current;
        if (left() <= 0 || found?.document.runId !== runId || found.document.fence !== fence)
          throw lost(categoryId, runId);
        if (left() <= LEASE_MARGIN) await change(prolonged());
      },
      prolong: () => change(prolonged()),
      announced: () => current.document.blocks,
      announce: (blocks) => change({ blocks, ...prolonged() }),
      release: async () => {
        // Not being able to give it back harms nobody for long: it expires.
        await change({ released: true }).catch(() => undefined);
      },
    };
  };

  const look = async (categoryId: string): Promise<Held | undefined> =>
    (await own.isThere()) ? read(categoryId) : undefined;

  const unheld = async (categoryId: string): Promise<readonly BlockIntent[]> => {
    const found = await look(categoryId);
    if (found === undefined || isHeld(found.document, clock())) return [];
    const { blocks } = found.document;
    if (blocks.length > MOST_BLOCKS) throw tooManyBlocks(index, categoryId, blocks.length);
    return blocks;
  };

  const holder = async (categoryId: string): Promise<LeaseHolder | undefined> => {
    const found = await look(categoryId);
    if (found === undefined || !isHeld(found.document, clock())) return undefined;
    const { runId, expiresAt } = found.document;
    return { runId, until: Date.parse(expiresAt) };
  };

  return { acquire, unheld, holder };
};
