import { isDeepStrictEqual } from 'node:util';
import type { estypes } from '@elastic/elasticsearch';
import { joinedEntry } from '../../../erasure/consistency/rename-category.ts';
import { categoryOfEntry, isEntryId, isMalformed } from '../../../erasure/ledger/ledger-entry.ts';
import { isContainedIn } from '../../../erasure/ledger/moved-entry.ts';
import { CATEGORY_ID, ownIndices } from '../../../policy/own-indices.ts';
import { entryOf } from '../ledger/ledger-document.ts';
import { createDocuments, readAll } from '../own-index/create-documents.ts';
import type { MovePorts } from './move-ports.ts';
import { OWN_MAPPINGS } from './own-mappings.ts';

interface SharedEntry {
  readonly id: string;
  readonly source: object;
}

/** The category of an entry, from its id, which nobody can edit; undefined if it is no entry. */
export const entryCategory = (id: string): string | undefined => {
  const category = categoryOfEntry(id);
  return isEntryId(id) && CATEGORY_ID.test(category) ? category : undefined;
};

/**
 * Joins an entry with the entry of the same subject in the category's own ledger.
 * @returns whether they were joined.
 */
const join = async ({ id, source }: SharedEntry, { policy, records: { ledger } }: MovePorts): Promise<boolean> => {
  const rule = policy.categories.get(categoryOfEntry(id))?.rules.termination;
  const earlier = entryOf(source, id);
  const read = (await ledger.read([id])).get(id);
  if (rule === undefined || read === undefined || isMalformed(earlier) || isMalformed(read.entry)) return false;
  if (isContainedIn(earlier, read.entry)) return true;
  const entry = joinedEntry(earlier, read.entry, rule, Date.now());
  return (await ledger.write([{ entry, read }])).size === 0 && isContainedIn(earlier, entry);
};

const isInPlace = (stored: unknown, { id, source }: SharedEntry): boolean => {
  if (stored === undefined || isDeepStrictEqual(stored, source)) return stored !== undefined;
  const [earlier, own] = [entryOf(source, id), entryOf(stored, id)];
  return !isMalformed(earlier) && !isMalformed(own) && isContainedIn(earlier, own);
};

const moveOf = async (category: string, entries: readonly SharedEntry[], ports: MovePorts): Promise<number> => {
  const { client, requests, policy } = ports;
  const shape = { name: ownIndices(policy, category).ledger, mappings: OWN_MAPPINGS.ledger };
  await createDocuments(client, requests, shape, entries);
  const ids = entries.map(({ id }) => id);
  const stored = await readAll(client, requests, shape, ids);
  let left = 0;
  for (const entry of entries) if (!isInPlace(stored.get(entry.id), entry) && !(await join(entry, ports))) left += 1;
  return left;
};

/**
 * Moves a page of entries into the ledgers of their categories. Only creates entries. If the ledger already has an
 * entry, the two are joined, so that no events are lost. An entry that was altered by hand is moved unchanged.
 * @returns how many of them are missing afterwards.
 */
export const moveEntryPage = async (page: readonly estypes.SearchHit[], ports: MovePorts): Promise<number> => {
  const found = page.flatMap(({ _id: id = '', _source }) =>
    entryCategory(id) === undefined ? [] : [{ id, source: _source ?? {} }],
  );
  let left = 0;
  for (const [category, entries] of Map.groupBy(found, ({ id }) => categoryOfEntry(id)))
    left += await moveOf(category, entries, ports);
  return left;
};
