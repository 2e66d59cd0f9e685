import type { IndexDescription, UnseenDates } from '../../criteria/index-description.ts';
import { lostFromSource } from '../../criteria/source-facts.ts';
import { isPlainFormat } from './date-format.ts';

const isToldBy = ({ refusesScripts, source }: IndexDescription, path: string): boolean =>
  refusesScripts !== true && lostFromSource(source, path) === undefined;

const documentsOf = (
  { fields, leavesOut, outOfSearch }: IndexDescription,
  name: string,
  isTold: boolean,
): UnseenDates['in'] | undefined => {
  const field = fields.get(name);
  if (field === undefined && outOfSearch?.has(name)) return isTold ? 'lacking' : undefined;
  // A document written before the field was mapped has the value in `_source` only. Nothing shows when the field was
  // mapped.
  if (field !== undefined && field.indirect !== 'alias' && isTold) return 'lacking';
  const left = leavesOut?.get(name);
  // The limit may have been switched off since. The documents themselves list the fields that were beyond the limit
  // when they were indexed.
  if (left === undefined) return field === undefined ? 'ignored' : undefined;
  if (left === 'beyond-limit') return 'ignored';
  return field?.indirect === 'alias' ? 'all' : 'lacking';
};

/**
 * The documents that may have dates of a field that no search sees: they were written before the field was mapped, or
 * while the mapping ignored it. Undefined if there are none. Also undefined if `_source` proves nothing, and either no
 * search reaches the field, or the field is mapped and the mapping left no value out.
 */
export const unseenDates = (index: IndexDescription, name: string): UnseenDates | undefined => {
  const { format, path = name } = index.fields.get(name) ?? {};
  const isTold = isToldBy(index, path);
  const documents = documentsOf(index, name, isTold);
  if (documents === undefined) return undefined;
  if (!isTold) return { in: documents };
  const isOwnFormat = format !== undefined && !isPlainFormat(format);
  return { in: documents, path, ...(isOwnFormat && { isOwnFormat: true as const }) };
};

/**
 * The documents that arrive after the survey and may have dates of an unmapped field, which may later be mapped in any
 * way. Undefined if {@link unseenDates} covers these documents anyway, or if `_source` proves nothing.
 */
export const arrivingDates = (index: IndexDescription, name: string): UnseenDates | undefined =>
  index.fields.has(name) || !isToldBy(index, name) || unseenDates(index, name)?.in === 'lacking'
    ? undefined
    : { in: 'lacking', path: name };
