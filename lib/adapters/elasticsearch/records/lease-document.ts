import type { estypes } from '@elastic/elasticsearch';
import { MINUTE } from '../../../policy/time/duration.ts';
import type { Instant } from '../../../policy/time/instant.ts';
import type { BlockIntent } from '../../../purge/lease.ts';

/** Long enough that a slow request does not outlive it, short enough that a crashed run blocks nobody for long. */
export const LEASE_MILLISECONDS = 120_000;

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

export interface LeaseDocument {
  readonly runId: string;
  readonly fence: number;
  readonly expiresAt: string;
  readonly released: boolean;
  readonly blocks: readonly BlockIntent[];
}

/** A lease document at one moment of its life: the sequence number makes every change conditional. */
export interface Held {
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
export const isHeld = ({ released, expiresAt }: LeaseDocument, now: Instant): boolean => {
  const end = Date.parse(expiresAt);
  return !released && end > now && end <= now + LEASE_MILLISECONDS + 2 * SKEW;
};

/** More runs than a category ever has. A greater fence is no count of ours, and the next one could not be written. */
const MOST_RUNS = 1e12;

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

const fenceIn = (fence: unknown): number =>
  typeof fence === 'number' && Number.isSafeInteger(fence) && fence >= 0 && fence < MOST_RUNS ? fence : 0;

/**
 * A lease as a run would have left it. What somebody else wrote there counts for nothing: runs are told apart by their ids and by the
 * sequence number, so that the fence may begin anew.
 */
export const asLeft = (document: Partial<LeaseDocument>): LeaseDocument => ({
  ...document,
  expiresAt: document.expiresAt ?? '',
  released: document.released ?? false,
  fence: fenceIn(document.fence),
  runId: typeof document.runId === 'string' ? document.runId.slice(0, LONGEST) : '',
  blocks: announcedIn(document.blocks),
});
