import type { estypes } from '@elastic/elasticsearch';
import type { BlockIntent } from '../../../criteria/due-criteria.ts';
import { MINUTE } from '../../../policy/time/duration.ts';
import type { Instant } from '../../../policy/time/instant.ts';

/** Long enough that no slow request outlasts it, short enough that a crashed run does not block others for long. */
export const LEASE_MILLISECONDS = 120_000;

/** The mapping of a lease index. */
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

/** A lease in its stored form. Instants are ISO 8601 in UTC. */
export interface LeaseDocument {
  readonly runId: string;
  readonly fence: number;
  readonly expiresAt: string;
  readonly released: boolean;
  readonly blocks: readonly BlockIntent[];
}

/** A lease document at one moment. Every change is conditional on its sequence number. */
export interface StoredLease {
  readonly document: LeaseDocument;
  readonly seqNo: number;
  readonly primaryTerm: number;
}

/** How much the clock of the lease's writer and our own may each be wrong. */
const SKEW = 5 * MINUTE;

/**
 * Whether a run holds the lease: it is not released, not expired, and its end is not later than an honest run could
 * have written. Such an end would keep every run away for as long as it says.
 */
export const isHeld = ({ released, expiresAt }: LeaseDocument, now: Instant): boolean => {
  const end = Date.parse(expiresAt);
  return !released && end > now && end <= now + LEASE_MILLISECONDS + 2 * SKEW;
};

/** More runs than a category ever has. A larger fence was not counted by us, and the next one could not be written. */
const MOST_RUNS = 1e12;

/** Maximum number of bytes in the name of an index; also more than a uuid or run id has. */
const LONGEST = 255;

/** Whether it names the index of a block. */
const isIntent = (block: unknown): block is BlockIntent => {
  const { index, uuid } = (block ?? {}) as Partial<BlockIntent>;
  return [index, uuid].every((text) => typeof text === 'string' && text.length <= LONGEST);
};

/** The announced blocks, without duplicates. */
const announcedIn = (blocks: unknown): readonly BlockIntent[] => {
  const intents = Array.isArray(blocks) ? blocks.filter(isIntent) : [];
  return [...new Map(intents.map((intent) => [JSON.stringify([intent.index, intent.uuid]), intent])).values()];
};

const fenceIn = (fence: unknown): number =>
  typeof fence === 'number' && Number.isSafeInteger(fence) && fence >= 0 && fence < MOST_RUNS ? fence : 0;

/**
 * A lease as a run would have left it. Anything that somebody else wrote is ignored: runs are identified by id and
 * sequence number, so the fence may start again.
 */
export const asLeft = (document: Partial<LeaseDocument>): LeaseDocument => ({
  ...document,
  expiresAt: document.expiresAt ?? '',
  released: document.released ?? false,
  fence: fenceIn(document.fence),
  runId: typeof document.runId === 'string' ? document.runId.slice(0, LONGEST) : '',
  blocks: announcedIn(document.blocks),
});
