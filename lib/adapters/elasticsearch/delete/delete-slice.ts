import { errors, type estypes } from '@elastic/elasticsearch';
import { messageOf, requestFateOf, TransientError } from '../../../base/errors.ts';
import type { Criteria } from '../../../criteria/due-criteria.ts';
import { type Deletion, type Slice, sliceDocuments, type Target } from '../../../purge/document-remover.ts';
import { COMPILATIONS, failureText } from '../client/error-text.ts';
import { type RequestOptions, requestOnce } from '../client/request.ts';
import { ofIndex, ofIndexByField } from '../inspect/index-filter.ts';
import { all } from '../query/bool-query.ts';
import { numbered } from '../query/sequence-numbers.ts';
import { dueInSlice, dueRuntime, includingArrivingDates } from '../rules/due-query.ts';
import { retryByQuery } from './retry-by-query.ts';
import { CONCRETE, type RemoverContext, refreshTarget } from './target-requests.ts';

/** A filter that matches only if the name is a concrete index, not an alias. */
type NameFilter = ReturnType<typeof ofIndexByField>;

/** One delete-by-query on one concrete index, for no more documents than one batch holds. */
const bodyOf = (
  target: Target,
  criteria: Criteria,
  slice: Slice,
  { requestTimeout }: RequestOptions,
  { query, runtime }: NameFilter,
): estypes.DeleteByQueryRequest => {
  const most = sliceDocuments(target);
  const usable = includingArrivingDates(target.usable);
  return {
    index: target.name,
    ...CONCRETE,
    // The client's types do not include run-time fields here, but the server accepts them.
    ...({
      body: {
        // Without sequence numbers, the cluster would not notice that a document has changed since it was found.
        query: all(dueInSlice(criteria, usable, slice), query, numbered({ gte: 0 })),
        runtime_mappings: { ...dueRuntime(criteria, usable, slice), ...runtime },
      },
    } as object),
    // With equal bounds there is one batch and no scroll context, and the request ends by itself.
    max_docs: most,
    scroll_size: most,
    conflicts: 'abort',
    refresh: false,
    // The index may require more shard copies than exist; then nothing would ever be deleted.
    wait_for_active_shards: 1,
    timeout: `${Math.max(1, Math.floor(requestTimeout))}ms`,
    wait_for_completion: true,
  };
};

/** The number of deleted documents in an error; undefined if it has none. */
const deletedBy = (error: unknown): number | undefined =>
  error instanceof errors.ResponseError && typeof error.body?.deleted === 'number' ? error.body.deleted : undefined;

/** Whether a failed attempt may have deleted documents without saying how many. */
const isUnsure = (error: unknown, saysHowMany: boolean): boolean =>
  !saysHowMany && ['ended', 'unknown'].includes(requestFateOf(error));

/** Whether others have used up the cluster's limit, so that a script was not compiled. Then nothing was searched. */
const isUncompiled = (error: unknown): boolean =>
  error instanceof errors.ResponseError && !deletedBy(error) && JSON.stringify(error.body).includes(COMPILATIONS);

/** The body of a request, and callbacks for its answer. */
interface Sending {
  readonly nameFilter: NameFilter;
  /** Called with the number of deleted documents in the answer, even if it is an error; not if there is none. */
  readonly onDeleted: (documents: number) => void;
  /** Called if no script could be compiled. */
  readonly onUncompiled: () => void;
}

const deleteOnce = async (
  { client, destroying }: RemoverContext,
  target: Target,
  criteria: Criteria,
  slice: Slice,
  { nameFilter, onDeleted, onUncompiled }: Sending,
): Promise<{ full: boolean }> => {
  const doing = `deleting what is due in ${target.name}`;
  const answer = await requestOnce(destroying, doing, (options) =>
    client.deleteByQuery(bodyOf(target, criteria, slice, options, nameFilter), options).catch((error) => {
      const deleted = deletedBy(error);
      if (deleted !== undefined) onDeleted(deleted);
      if (isUncompiled(error)) onUncompiled();
      throw error;
    }),
  );
  onDeleted(answer.deleted ?? 0);
  const { failures = [] } = answer;
  if (failures.length > 0 || answer.timed_out)
    throw new TransientError('partial-deletion', {
      expected: `every shard of ${target.name} to take part`,
      found: failures.length === 0 ? 'a time-out' : failureText(failures),
      fix: 'What was deleted stays deleted, and the next run deletes the rest. If this persists, look at the shards (GET /_cat/shards) and the mapping.',
    });
  return { full: (answer.total ?? 0) >= sliceDocuments(target) };
};

/** Deletes at most one batch of a slice; see `DocumentRemover`. */
export const deleteSlice = async (
  context: RemoverContext,
  target: Target,
  criteria: Criteria,
  permitted: () => Promise<Slice | undefined>,
  onUnanswered: () => void = () => undefined,
): Promise<Deletion> => {
  const { atMost } = target;
  let deleted = 0;
  let unsure = 0;
  let answers = 0;
  let isLimited = false;
  const onDeleted = (documents: number): void => {
    deleted += documents;
    answers += 1;
  };
  const onUncompiled = (): void => {
    isLimited = true;
  };
  const tryOnce = async () => {
    const slice = await permitted();
    if (slice === undefined) return { full: false };
    const bounded = atMost === undefined ? target : { ...target, atMost: atMost - deleted - unsure };
    if (bounded.atMost !== undefined && bounded.atMost <= 0) return { full: false };
    const before = answers;
    const nameFilter = isLimited ? ofIndexByField(target.name) : { query: ofIndex(target.name), runtime: {} };
    return deleteOnce(context, bounded, criteria, slice, { nameFilter, onDeleted, onUncompiled }).catch((error) => {
      if (isUnsure(error, answers > before)) unsure += sliceDocuments(bounded);
      if (requestFateOf(error) === 'unknown') onUnanswered();
      throw error;
    });
  };
  const tryByEither = () => {
    const wasLimited = isLimited;
    return tryOnce().catch((error) => {
      if (isLimited && !wasLimited) return tryOnce();
      throw error;
    });
  };
  try {
    const { full } = await retryByQuery(context.destroying, tryByEither, () => refreshTarget(context, target.name));
    return { deleted, full, ...(unsure > 0 && { unsure }) };
  } catch (thrown) {
    if (deleted === 0) throw thrown;
    return { deleted, full: false, ...(unsure > 0 && { unsure }), leftBecause: messageOf(thrown) };
  }
};
