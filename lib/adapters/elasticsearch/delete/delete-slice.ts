import { errors, type estypes } from '@elastic/elasticsearch';
import {
  type Criteria,
  type Deletion,
  type Slice,
  sliceDocuments,
  type Target,
} from '../../../purge/document-store.ts';
import { messageOf, TransientError } from '../../../purge/errors.ts';
import { failureWords } from '../client/error-words.ts';
import { type RequestOptions, requestOnce } from '../client/request.ts';
import { ofIndex } from '../inspect/of-index.ts';
import { all } from '../query/date-ranges.ts';
import { dueInSlice, dueRuntime, withArriving } from '../query/due-query.ts';
import { retryByQuery } from './retry-by-query.ts';
import { CONCRETE, type RemoverContext, refreshTarget } from './target-requests.ts';

/** One delete-by-query: one concrete index, and no more documents than one batch holds. */
const bodyOf = (
  target: Target,
  criteria: Criteria,
  slice: Slice,
  { requestTimeout }: RequestOptions,
): estypes.DeleteByQueryRequest => {
  const most = sliceDocuments(target);
  const dating = withArriving(target.dating);
  return {
    index: target.name,
    ...CONCRETE,
    // The client does not know run-time fields here; the server does.
    ...({
      body: {
        query: all(dueInSlice(criteria, dating, slice), ofIndex(target.name)),
        runtime_mappings: dueRuntime(criteria, dating, slice),
      },
    } as object),
    // Equal bounds: one batch, no scroll context, and the request ends by itself.
    max_docs: most,
    scroll_size: most,
    conflicts: 'abort',
    refresh: false,
    // The index may ask for more copies than there are, and then nothing is ever deleted.
    wait_for_active_shards: 1,
    timeout: `${Math.max(1, Math.floor(requestTimeout))}ms`,
    wait_for_completion: true,
  };
};

/** @param onDeleted told how many documents the answer says were deleted, also where it is an error. */
const deleteOnce = async (
  { client, destroying }: RemoverContext,
  target: Target,
  criteria: Criteria,
  slice: Slice,
  onDeleted: (documents: number) => void,
): Promise<{ full: boolean }> => {
  const doing = `deleting what is due in ${target.name}`;
  const answer = await requestOnce(destroying, doing, (options) =>
    client.deleteByQuery(bodyOf(target, criteria, slice, options), options).catch((error) => {
      if (error instanceof errors.ResponseError) onDeleted(error.body?.deleted ?? 0);
      throw error;
    }),
  );
  onDeleted(answer.deleted ?? 0);
  const { failures = [] } = answer;
  if (failures.length > 0 || answer.timed_out)
    throw new TransientError('partial-deletion', {
      expected: `every shard of ${target.name} to take part`,
      found: failures.length === 0 ? 'a time-out' : failureWords(failures),
      fix: 'What was deleted stays deleted, and the next run deletes the rest. If it stays, look at the shards (GET /_cat/shards) and the mapping.',
    });
  return { full: (answer.total ?? 0) >= sliceDocuments(target) };
};

/** Deletes at most one batch of a slice, as the port says: see `DocumentRemover`. */
export const deleteSlice = async (
  context: RemoverContext,
  target: Target,
  criteria: Criteria,
  permitted: () => Promise<Slice | undefined>,
): Promise<Deletion> => {
  let deleted = 0;
  const count = (documents: number): void => {
    deleted += documents;
  };
  const tryOnce = async () => {
    const slice = await permitted();
    return slice === undefined ? { full: false } : deleteOnce(context, target, criteria, slice, count);
  };
  try {
    const { full } = await retryByQuery(context.destroying, tryOnce, () => refreshTarget(context, target.name));
    return { deleted, full };
  } catch (thrown) {
    if (deleted === 0) throw thrown;
    return { deleted, full: false, leftBecause: messageOf(thrown) };
  }
};
