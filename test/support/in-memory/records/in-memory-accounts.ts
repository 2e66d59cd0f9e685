import type {
  AccountReader,
  AccountWithData,
  IndexWithAccounts,
} from '../../../../lib/erasure/consistency/reconcile.ts';
import type { DocumentStore } from '../../../../lib/purge/document-store.ts';
import type { InMemoryCluster, InMemoryDocument } from '../in-memory-cluster.ts';
import { accountsOf, indexedTexts, said } from '../store/in-memory-erasing.ts';

const pairsOf = (
  document: InMemoryDocument,
  { account, application }: IndexWithAccounts,
): readonly (readonly [uin: string, sdkAppId: string | undefined])[] => {
  const accounts = account.path === undefined ? indexedTexts(document.uin, account) : accountsOf(document);
  const applications = application === undefined ? [] : [...said(document.sdkAppId, application)];
  return [...accounts].flatMap((uin) =>
    (applications.length === 0 ? [undefined] : applications).map((sdkAppId) => [uin, sdkAppId] as const),
  );
};

/** Lists the accounts with documents in an {@link InMemoryCluster}. An index that does not answer is named. */
export const inMemoryAccounts = (
  cluster: InMemoryCluster,
  { describe }: Pick<DocumentStore, 'describe'>,
): AccountReader => ({
  describe,
  pages: async function* (indices) {
    const found = new Map<string, AccountWithData>();
    for (const index of indices) {
      if (cluster.indices.get(index.name)?.description.open !== true) {
        yield { accounts: [], unlisted: [{ index: index.name, why: 'closed' }] };
        continue;
      }
      for (const document of cluster.existing(index.name).documents.values())
        for (const [uin, sdkAppId] of pairsOf(document, index)) {
          const key = JSON.stringify([uin, sdkAppId]);
          const documents = (found.get(key)?.documents ?? 0) + 1;
          found.set(key, { uin, documents, ...(sdkAppId !== undefined && { sdkAppId }) });
        }
    }
    yield { accounts: [...found.values()] };
  },
});
