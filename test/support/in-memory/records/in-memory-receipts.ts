import type { KeptReceipt, ReceiptStore } from '../../../../lib/erasure/receipts/receipt-store.ts';

const receiptStore = (): ReceiptStore & { readonly kept: ReadonlyMap<string, KeptReceipt> } => {
  const kept = new Map<string, KeptReceipt>();
  const read = async (ids: readonly string[]) => ids.flatMap((id) => kept.get(id) ?? []);
  return {
    kept,
    read,
    keep: async (receipts) => {
      for (const receipt of receipts) if (!kept.has(receipt.id)) kept.set(receipt.id, receipt);
      return new Map((await read(receipts.map(({ id }) => id))).map((receipt) => [receipt.id, receipt]));
    },
    removeOld: async (before, work) => {
      const old = [...kept.values()].filter(({ issuedAt }) => Date.parse(issuedAt) < before);
      if (work === 'remove') for (const { id } of old) kept.delete(id);
      return old.length;
    },
  };
};

/** The receipts of each category, in memory. */
export const inMemoryReceipts = (): ((category: string) => ReturnType<typeof receiptStore>) => {
  const byCategory = new Map<string, ReturnType<typeof receiptStore>>();
  return (category) => {
    const known = byCategory.get(category) ?? receiptStore();
    byCategory.set(category, known);
    return known;
  };
};
