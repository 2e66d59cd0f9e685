import type { estypes } from '@elastic/elasticsearch';
import type { ControlsSeen } from '../../../control/controls.ts';
import type { BlockIntent } from '../../../criteria/due-criteria.ts';
import type { Instant } from '../../../policy/time/instant.ts';
import { CLOCKS_APART, type DestructionFlags, UNANSWERED_MILLISECONDS } from '../../../purge/destruction.ts';

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
    destroying: { type: 'boolean' },
    unansweredUntil: { type: 'date', format: 'strict_date_optional_time' },
    controlsSeen: { type: 'object', enabled: false },
  },
};

/** A lease in its stored form. Instants are ISO 8601 in UTC. */
export interface LeaseDocument {
  readonly runId: string;
  readonly fence: number;
  readonly expiresAt: string;
  readonly released: boolean;
  readonly blocks: readonly BlockIntent[];
  /** Absent in a lease of an earlier version. */
  readonly destroying?: boolean;
  readonly unansweredUntil?: string | null;
  readonly controlsSeen?: ControlsSeen;
}

/**
 * The controls that a command has noted. They are in a separate document beside the lease, because a run would lose a
 * lease that somebody else changes.
 */
export type ControlMemoryDocument = Required<Pick<LeaseDocument, 'controlsSeen'>>;

/** The id of that document. No category has an id with a colon. */
export const memoryOf = (categoryId: string): string => `${categoryId}:controls`;

/** A lease document at one moment. Every change is conditional on its sequence number. */
export interface StoredLease {
  readonly document: LeaseDocument;
  readonly seqNo: number;
  readonly primaryTerm: number;
}

/** The latest end of a lease that an honest run can have written by now. */
const latestEnd = (now: Instant): Instant => now + LEASE_MILLISECONDS + CLOCKS_APART;

/**
 * Whether a run has the lease: it is not released, not expired, and its end is not later than an honest run could
 * have written. A later end would keep every run away until then.
 */
export const isLeased = ({ released, expiresAt }: LeaseDocument, now: Instant): boolean => {
  const end = Date.parse(expiresAt);
  return !released && end > now && end <= latestEnd(now);
};

/**
 * A number of runs that no category ever reaches. A larger fence does not come from us, and the next fence could not be
 * written.
 */
const MAX_RUNS = 1e12;

/** Maximum number of bytes in the name of an index; also more than a uuid or run id has. */
const LONGEST_NAME = 255;

const isIntent = (block: unknown): block is BlockIntent => {
  const { index, uuid } = (block ?? {}) as Partial<BlockIntent>;
  return [index, uuid].every((text) => typeof text === 'string' && text.length <= LONGEST_NAME);
};

/** The declared blocks, without duplicates. */
const declaredIn = (blocks: unknown): readonly BlockIntent[] => {
  const intents = Array.isArray(blocks) ? blocks.filter(isIntent) : [];
  return [...new Map(intents.map((intent) => [JSON.stringify([intent.index, intent.uuid]), intent])).values()];
};

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < MAX_RUNS;

const fenceIn = (fence: unknown): number => (isCount(fence) ? fence : 0);

const isSeen = (value: unknown): value is ControlsSeen => {
  const { made, revision } = { ...(value as Partial<ControlsSeen>) };
  return typeof made === 'string' && made.length <= LONGEST_NAME && isCount(revision);
};

const endIn = (end: unknown): string | undefined =>
  typeof end === 'string' && Number.isFinite(Date.parse(end)) ? end : undefined;

/**
 * What a lease says about destructive requests. An end that no honest run could have written, or none, would keep a
 * block or a hold waiting for ever.
 */
export const flagsOf = (document: LeaseDocument, now: Instant): DestructionFlags => {
  const { runId, destroying, unansweredUntil } = document;
  const end = Date.parse(document.expiresAt);
  return {
    runId,
    isLeased: isLeased(document, now),
    expiresAt: Number.isFinite(end) ? Math.min(end, latestEnd(now)) : now,
    destroying,
    unansweredUntil:
      typeof unansweredUntil === 'string'
        ? Math.min(Date.parse(unansweredUntil), latestEnd(now) + UNANSWERED_MILLISECONDS)
        : undefined,
  };
};

/**
 * A lease as a run would have left it. Anything that somebody else wrote is ignored: runs are identified by id and
 * sequence number, so the fence may start again.
 */
export const readLease = ({
  destroying,
  unansweredUntil,
  controlsSeen,
  ...document
}: Partial<LeaseDocument>): LeaseDocument => ({
  ...document,
  ...(typeof destroying === 'boolean' && { destroying }),
  ...(endIn(unansweredUntil) !== undefined && { unansweredUntil: endIn(unansweredUntil) as string }),
  ...(isSeen(controlsSeen) && { controlsSeen }),
  expiresAt: document.expiresAt ?? '',
  released: document.released ?? false,
  fence: fenceIn(document.fence),
  runId: typeof document.runId === 'string' ? document.runId.slice(0, LONGEST_NAME) : '',
  blocks: declaredIn(document.blocks),
});
