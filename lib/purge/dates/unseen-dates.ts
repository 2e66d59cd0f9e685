import type { IndexDescription, UnseenDates } from '../indices/index-description.ts';
import { lostFromSource } from '../indices/source-facts.ts';
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
  // What was written before the field was mapped is in no index, and nothing says when that was.
  if (field !== undefined && field.indirect !== 'alias' && isTold) return 'lacking';
  const left = leavesOut?.get(name);
  if (left === undefined) return undefined;
  if (left === 'beyond-limit') return 'ignored';
  return field?.indirect === 'alias' ? 'all' : 'lacking';
};

/**
 * Where documents may have dates of a field that no search sees: written while the mapping did not take the field, or before it was
 * mapped. Undefined where there can be none, or where `_source` proves nothing and the mapping would have taken the field.
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
 * Where documents that come after the look may have dates of a field that is not mapped: its mapping may become any, or none. Undefined where
 * {@link unseenDates} looks into these documents anyway, or where `_source` proves nothing.
 */
export const arrivingDates = (index: IndexDescription, name: string): UnseenDates | undefined =>
  index.fields.has(name) || !isToldBy(index, name) || unseenDates(index, name)?.in === 'lacking'
    ? undefined
    : { in: 'lacking', path: name };
