import type { Client, estypes } from '@elastic/elasticsearch';
import { isForbidden, RetentionError, TransientError } from '../../../base/errors.ts';
import { type Instant, isoInstant } from '../../../policy/time/instant.ts';
import type { RemovalMode } from '../../../purge/report/report.ts';
import { errorText } from '../client/error-text.ts';
import { fixOf } from '../client/fixes.ts';
import { refreshIndex } from '../client/refresh-index.ts';
import { type RequestPolicy, request } from '../client/request.ts';
import { type FoundIndex, OWN_AT_ONCE } from './own-index-settings.ts';
import { ensureOwnIndex, findAsMade, findOwnIndex, NO_INDEX, uuidNow } from './own-index-state.ts';

/**
 * One of our own indices. It is used only in the intended form: with a complete mapping, and not under a template of
 * somebody else.
 */
export interface OwnIndex {
  readonly name: string;
  /**
   * Creates the index if it does not exist. Otherwise compares it and adds missing fields. Does this once.
   * @throws InputError | TransientError
   */
  readonly ensure: () => Promise<void>;
  /**
   * Whether it exists in the intended form. Never creates it.
   * @throws InputError `own-index-altered`
   */
  readonly isThere: () => Promise<boolean>;
  /**
   * Checks that the name still belongs to the index that was there at first. Another one counts sequence numbers from
   * the beginning, so that they say nothing about what was read before.
   * @throws TransientError `own-index-missing`
   */
  readonly assertSame: () => Promise<void>;
  /** The error if it does not exist any more. */
  readonly gone: () => TransientError;
  /**
   * Writes to the index, even if the disk has passed its flood stage. Then Elasticsearch blocks every index of the
   * node, including ours. But without lease and report nothing could be dropped, which would free the disk. So the
   * block is lifted, from our own index only; Elasticsearch sets it again within half a minute.
   * @throws TransientError `own-index-missing` if it was deleted meanwhile: a write never creates it.
   */
  readonly write: <T>(work: () => Promise<T>) => Promise<T>;
  /**
   * Removes or counts the documents that a query finds. Sends requests until none is left or a request removes nothing.
   * @returns the number of documents; 0 if the index does not exist.
   */
  readonly removeMatching: (query: estypes.QueryDslQueryContainer, doing: string, work: RemovalMode) => Promise<number>;
  /**
   * The error for one failed item of a request.
   * @param meant the work that the index should have done.
   * @param fix the consequence of the failure.
   */
  readonly failureOf: (cause: estypes.ErrorCause, meant: string, fix: string) => TransientError;
}

/** The maximum number of old documents removed in one request. */
const REMOVED_AT_ONCE = OWN_AT_ONCE;

/** A document that changes meanwhile is left. The loop then ends, and the next housekeeping checks again. */
const deleteMatching = async (
  client: Client,
  requests: RequestPolicy,
  { index, query, doing }: Readonly<{ index: string; query: estypes.QueryDslQueryContainer; doing: string }>,
): Promise<number> => {
  let [removed, last] = [0, REMOVED_AT_ONCE];
  while (last === REMOVED_AT_ONCE) {
    const { deleted = 0 } = await request(requests, doing, (options) =>
      client.deleteByQuery(
        {
          index,
          query,
          max_docs: REMOVED_AT_ONCE,
          scroll_size: REMOVED_AT_ONCE,
          conflicts: 'proceed',
          refresh: true,
          wait_for_active_shards: 1,
        },
        options,
      ),
    );
    last = deleted;
    removed += deleted;
  }
  return removed;
};

/**
 * Finds documents that have a date in each of these fields, and only dates before an instant. A document with one old
 * and one newer date is not found.
 */
export const allBefore = (fields: readonly string[], before: Instant): estypes.QueryDslQueryContainer => {
  const format = 'strict_date_optional_time';
  const each = (range: { lt: string } | { gte: string }) =>
    fields.map((field) => ({ range: { [field]: { ...range, format } } }));
  return { bool: { filter: each({ lt: isoInstant(before) }), must_not: each({ gte: isoInstant(before) }) } };
};

/** Errors of a write to a missing index: its template, or the key, does not allow the creation. */
const MAY_BE_GONE = new Set([NO_INDEX, 'missing-privilege', 'security_exception']);

const goneError = (name: string): TransientError =>
  new TransientError('own-index-missing', {
    expected: `${name}, which was there before`,
    found: 'none, or another one: it was deleted while this run was at work',
    fix: 'The next run creates it again. If its key may not do this, run node bin/es-retention.mjs setup. To restore what a ledger or an event log held, run node bin/es-retention.mjs replay. Reports do not come back. Receipts are in the archive.',
  });

/**
 * @returns whether the key may lift the block. The key of a function may not do so on events and receipts; they wait
 *   until the disk is free again.
 */
const liftFloodBlock = async (client: Client, requests: RequestPolicy, name: string): Promise<boolean> => {
  try {
    await request(requests, `lifting the flood-stage block from ${name}`, (options) =>
      client.indices.putSettings({ index: name, settings: { 'index.blocks.read_only_allow_delete': null } }, options),
    );
    return true;
  } catch (error) {
    if (isForbidden(error)) return false;
    throw error;
  }
};

const failureOf = (name: string, cause: estypes.ErrorCause, meant: string, fix: string): TransientError => {
  const isBlock = cause.type === 'cluster_block_exception';
  // A block that somebody set by hand has the status FORBIDDEN, and stays until it is lifted.
  const isFlood = isBlock && (cause.reason ?? '').includes('TOO_MANY_REQUESTS');
  const isOfIndex = (isBlock && !isFlood) || cause.type === 'index_closed_exception';
  return new TransientError(isFlood ? 'flood-stage' : cause.type, {
    expected: `${name} ${meant}`,
    found: errorText(cause),
    fix: isOfIndex ? fixOf({ ...cause, index: name }) : fix,
  });
};

/**
 * Opens one of our own indices by name and mapping. Open it again for each run, since the index may be deleted between
 * runs.
 */
export const ownIndex = (
  client: Client,
  requests: RequestPolicy,
  name: string,
  mappings: estypes.MappingTypeMapping,
): OwnIndex => {
  const context = { client, requests, shape: { name, mappings } };
  let seen: FoundIndex | undefined;
  let isEnsured = false;
  const look = async (): Promise<FoundIndex | undefined> => {
    seen ??= await findAsMade(context);
    return seen;
  };
  const ensure = async (): Promise<void> => {
    if (!isEnsured) seen = await ensureOwnIndex(context, await look());
    isEnsured = true;
  };
  const isThere = async (): Promise<boolean> => (await look()) !== undefined;
  /** The original error, or the error that the index is gone. */
  const explained = async (error: unknown): Promise<unknown> => {
    if (!(error instanceof RetentionError) || !MAY_BE_GONE.has(error.code)) return error;
    return (await findOwnIndex(context)) === undefined ? goneError(name) : error;
  };
  return {
    name,
    ensure,
    isThere,
    assertSame: async () => {
      const first = (await look())?.settings['index.uuid'];
      if (first === undefined || (await uuidNow(context)) !== first) throw goneError(name);
    },
    gone: () => goneError(name),
    write: async (work) => {
      await ensure();
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof TransientError) || error.code !== 'flood-stage') throw await explained(error);
        if (!(await liftFloodBlock(client, requests, name))) throw error;
        return work();
      }
    },
    removeMatching: async (query, doing, work) => {
      if (!(await isThere())) return 0;
      try {
        await refreshIndex(client, requests, name);
        if (work === 'count')
          return (await request(requests, doing, (options) => client.count({ index: name, query }, options))).count;
        return await deleteMatching(client, requests, { index: name, query, doing });
      } catch (error) {
        throw await explained(error);
      }
    },
    failureOf: (cause, meant, fix) => failureOf(name, cause, meant, fix),
  };
};
