import type { Client, estypes } from '@elastic/elasticsearch';
import type { KeptReceipt, ReceiptStore } from '../../../erasure/receipts/receipt-store.ts';
import { isText, objectOf } from '../../../erasure/stored/document-shape.ts';
import { type RequestPolicy, request } from '../client/request.ts';
import { readDocuments } from '../own-index/own-documents.ts';
import { allBefore, ownIndex } from '../own-index/own-index.ts';

const keyword = { type: 'keyword' } as const;
/** The mapping of a receipt index. */
export const RECEIPT_MAPPINGS: estypes.MappingTypeMapping = {
  dynamic: 'strict',
  properties: {
    id: keyword,
    requestId: keyword,
    issuedAt: { type: 'date', format: 'strict_date_optional_time' },
    jws: { type: 'keyword', index: false, doc_values: false },
    hash: keyword,
  },
};

/** A receipt that somebody edited into another shape proves nothing, and counts as missing. */
export const isReceipt = objectOf({ requestId: isText, issuedAt: isText, jws: isText, hash: isText });

/** The receipts of one category in Elasticsearch, one document each. They are created, and never changed. */
export const elasticsearchReceipts = (client: Client, requests: RequestPolicy, index: string): ReceiptStore => {
  const own = ownIndex(client, requests, index, RECEIPT_MAPPINGS);

  const read: ReceiptStore['read'] = async (ids) => {
    if (!(await own.isThere()) || ids.length === 0) return [];
    const docs = await readDocuments(client, requests, own, { ids, meant: 'to give a receipt' });
    return docs.flatMap(({ found, _source, _id }) =>
      found && isReceipt(_source) ? [{ ...(_source as KeptReceipt), id: _id }] : [],
    );
  };

  /** The ids of those that exist already. */
  const create = (receipts: readonly KeptReceipt[]): Promise<ReadonlySet<string>> =>
    own.write(async () => {
      const operations = receipts.flatMap((receipt) => [{ create: { _id: receipt.id } }, receipt]);
      const { items } = await request(requests, 'keeping receipts', (options) =>
        client.bulk({ index, operations, wait_for_active_shards: 1 }, options),
      );
      const failed = items.find(({ create: each }) => each?.error !== undefined && each.status !== 409)?.create?.error;
      if (failed !== undefined)
        throw own.failureOf(failed, 'to take a receipt', 'The erasure stands; the next run issues the receipt.');
      return new Set(items.flatMap(({ create: each }) => (each?.status === 409 ? (each._id ?? []) : [])));
    });

  return {
    read,
    keep: async (receipts) => {
      if (receipts.length === 0) return new Map();
      const existing = await create(receipts);
      const created = receipts.filter(({ id }) => !existing.has(id));
      return new Map([...created, ...(await read([...existing]))].map((receipt) => [receipt.id, receipt]));
    },
    removeOld: (before, work) => own.removeMatching(allBefore(['issuedAt'], before), 'removing old receipts', work),
  };
};
