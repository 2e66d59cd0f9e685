import type { Client } from '@elastic/elasticsearch';
import { errorText } from '../client/error-text.ts';
import { busyItem, missingPrivilege, type RequestPolicy, request } from '../client/request.ts';
import { pagesOf, readDocuments } from './own-documents.ts';
import { ownIndex } from './own-index.ts';
import type { OwnIndexShape } from './own-index-shape.ts';

/** One of our own documents with its id. */
export interface KeptDocument {
  readonly id: string;
  readonly source: object;
}

/**
 * Creates documents in one of our own indices, which is created if it does not exist. Existing documents stay
 * unchanged.
 * @returns the ids of those that did not exist.
 * @throws InputError | TransientError
 */
export const createDocuments = async (
  client: Client,
  requests: RequestPolicy,
  shape: OwnIndexShape,
  documents: readonly KeptDocument[],
): Promise<ReadonlySet<string>> => {
  const created = new Set<string>();
  const own = ownIndex(client, requests, shape.name, shape.mappings);
  for (const page of pagesOf(documents))
    await own.write(async () => {
      const operations = page.flatMap(({ id, source }) => [{ create: { _id: id } }, source]);
      const doing = `writing records into ${shape.name}`;
      const items = await request(requests, doing, async (options) => {
        const answer = await client.bulk({ index: shape.name, operations, wait_for_active_shards: 1 }, options);
        const all = answer.items.flatMap(({ create }) => create ?? []);
        for (const { error, _id } of all) if (error === undefined && _id) created.add(_id);
        const busy = all.map((each) => busyItem(each, doing)).find((error) => error !== undefined);
        if (busy !== undefined) throw busy;
        return all;
      });
      const failed = items.find(({ error, status }) => error !== undefined && status !== 409);
      if (failed?.error?.type === 'security_exception') throw missingPrivilege(doing, errorText(failed.error));
      if (failed?.error !== undefined)
        throw own.failureOf(failed.error, 'to take a record', 'See the reason; then do it again.');
    });
  return created;
};

/** Reads these documents from one of our own indices, by id; empty if the index does not exist. */
export const readAll = async (
  client: Client,
  requests: RequestPolicy,
  shape: OwnIndexShape,
  ids: readonly string[],
): Promise<ReadonlyMap<string, unknown>> => {
  const own = ownIndex(client, requests, shape.name, shape.mappings);
  if (ids.length === 0 || !(await own.isThere())) return new Map();
  const docs = await readDocuments<unknown>(client, requests, own, { ids, meant: 'to give its documents' });
  return new Map(docs.flatMap(({ found, _id, _source }) => (found ? [[_id, _source]] : [])));
};
