import type { Client, estypes } from '@elastic/elasticsearch';
import { type Instant, isoInstant } from '../../policy/instant.ts';
import { WorldError } from '../../purge/errors.ts';
import { wordsOf } from './error-words.ts';
import { type RequestPolicy, request } from './request.ts';

/** What Elasticsearch calls it when an index is not there. One that is closed is called otherwise. */
export const NO_INDEX = 'index_not_found_exception';

/** An index of ours: it is made when something is first written to it, with a mapping that says every field. */
export interface OwnIndex {
  readonly name: string;
  /** Makes it, unless it is there; then it gets the fields that it lacks. Asked once. @throws InputError | WorldError */
  readonly ensure: () => Promise<void>;
  /**
   * Writes to it, also when the disk has passed its flood stage: then Elasticsearch blocks every index of the node, ours too,
   * and without lease and report nothing could be dropped, which is what would free the disk. The block is lifted from our own
   * index only; Elasticsearch sets it again within half a minute.
   */
  readonly write: <T>(work: () => Promise<T>) => Promise<T>;
  /** Removes, of its documents with a date in `field` before an instant, as many as one request may. */
  readonly forget: (field: string, before: Instant, doing: string) => Promise<void>;
  /** What one item of a request failed for, as an error that says what the index was meant to do, and what comes of it. */
  readonly failureOf: (cause: estypes.ErrorCause, meant: string, wayOut: string) => WorldError;
}

/** So many old documents of ours go in one request; the next run goes on. */
const FORGOTTEN_AT_ONCE = 5_000;

const make = async (
  client: Client,
  policy: RequestPolicy,
  index: string,
  mappings: estypes.MappingTypeMapping,
): Promise<void> => {
  // Not `exists`: the client may send the request after a HEAD on the connection that a proxy closes after it.
  const found = await request(policy, `looking for ${index}`, (options) =>
    client.indices.getSettings({ index, name: 'index.uuid', ignore_unavailable: true }, options),
  );
  if (Object.keys(found).length > 0) {
    await request(policy, `mapping new fields of ${index}`, (options) =>
      client.indices.putMapping({ index, ...mappings } as estypes.IndicesPutMappingRequest, options),
    );
    return;
  }
  try {
    await request(policy, `creating ${index}`, (options) =>
      client.indices.create(
        { index, mappings, settings: { number_of_shards: 1, auto_expand_replicas: '0-1' } },
        options,
      ),
    );
  } catch (error) {
    // Another run was faster.
    if (error instanceof WorldError && error.code === 'resource_already_exists_exception') return;
    throw error;
  }
};

/** An index of ours by its name and mapping. One for each run: it may have been deleted between two. */
export const ownIndex = (
  client: Client,
  policy: RequestPolicy,
  name: string,
  mappings: estypes.MappingTypeMapping,
): OwnIndex => {
  let isThere = false;
  const ensure = async (): Promise<void> => {
    if (!isThere) await make(client, policy, name, mappings);
    isThere = true;
  };
  return {
    name,
    ensure,
    write: async (work) => {
      await ensure();
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof WorldError) || error.code !== 'flood-stage') throw error;
        await request(policy, `lifting the flood-stage block from ${name}`, (options) =>
          client.indices.putSettings(
            { index: name, settings: { 'index.blocks.read_only_allow_delete': null } },
            options,
          ),
        );
        return work();
      }
    },
    forget: async (field, before, doing) => {
      await ensure();
      const query = { range: { [field]: { lt: isoInstant(before), format: 'strict_date_optional_time' } } };
      const bounds = {
        max_docs: FORGOTTEN_AT_ONCE,
        scroll_size: FORGOTTEN_AT_ONCE,
        conflicts: 'proceed',
        wait_for_active_shards: 1,
      } as const;
      await request(policy, doing, (options) => client.deleteByQuery({ index: name, ...bounds, query }, options));
    },
    failureOf: (cause, meant, wayOut) =>
      new WorldError(cause.type === 'cluster_block_exception' ? 'flood-stage' : cause.type, {
        expected: `${name} ${meant}`,
        found: wordsOf(cause),
        wayOut,
      }),
  };
};
