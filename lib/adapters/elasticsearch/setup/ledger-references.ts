import type { LedgerEntry } from '../../../erasure/ledger/ledger-entry.ts';
import { forEachPage } from '../own-index/compare-indices.ts';
import { entryCategory } from './move-entries.ts';
import { type EarlierIndex, findEarlier } from './shared-records.ts';

/** Facts from the ledgers of earlier versions that the policy does not have. */
export interface LedgerReferences {
  readonly categories: Set<string>;
  /** For each receipt, the categories whose entries refer to it. */
  readonly receipts: Map<string, Set<string>>;
}

/** Reads from the ledgers of earlier versions which categories existed and which receipts their entries refer to. */
export const readLedgerReferences = async (ledgers: readonly EarlierIndex[]): Promise<LedgerReferences> => {
  const known: LedgerReferences = { categories: new Set(), receipts: new Map() };
  for (const ledger of ledgers) {
    if ((await findEarlier(ledger)) === undefined) continue;
    await forEachPage(ledger, ledger.shape.name, async (page) => {
      for (const { _id = '', _source } of page) note(_id, (_source ?? {}) as Partial<LedgerEntry>, known);
    });
  }
  return known;
};

const note = (id: string, { closures = [] }: Partial<LedgerEntry>, known: LedgerReferences): void => {
  const category = entryCategory(id);
  if (category === undefined) return;
  known.categories.add(category);
  for (const { receipt } of Array.isArray(closures) ? closures : [])
    if (receipt !== undefined) known.receipts.set(receipt, (known.receipts.get(receipt) ?? new Set()).add(category));
};
