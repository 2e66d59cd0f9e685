import type { ScoutedIndex } from '../../maintenance/index-scout.ts';
import { matchesPattern } from '../../policy/index-pattern.ts';
import { CATEGORY_ID } from '../../policy/own-indices.ts';

/** Indices that differ only by a date or a number at the end of their names, and what they have in common. */
export interface IndexGroup {
  /** The id that a category of these indices gets. */
  readonly id: string;
  /** What the policy lists as its indices. */
  readonly patterns: readonly string[];
  readonly indices: readonly string[];
  readonly documents: number;
  readonly bytes: number;
  /** Date fields that all of them have, the likeliest first. */
  readonly dates: readonly string[];
  /** Keyword and integer fields of all of them. */
  readonly identifiers: readonly string[];
  /** Fields of all of them that may name an account, the likeliest first; others are left out. */
  readonly accounts: readonly string[];
}

/** A date or a sequence number, as rollovers and daily indices append it. */
const ENDING = /[-_.]?\d[\d._-]*$/;

/** Names that people give to the date of a document, the likeliest first. */
const DATE_NAMES = ['@timestamp', 'timestamp', 'created_at', 'createdAt', 'created', 'date', 'time'];

const ACCOUNT =
  /(?:^|[._])(?:uin|user|account|customer|client|member|subscriber|owner)(?:[._-]?(?:id|number|no))?(?:\.keyword)?$/i;

const inAll = (indices: readonly ScoutedIndex[], fields: (index: ScoutedIndex) => readonly string[]): string[] => {
  const [first, ...others] = indices.filter(({ documents }) => documents > 0);
  const common = first === undefined ? indices.flatMap(fields) : fields(first);
  return [...new Set(common)].filter((field) => others.every((index) => fields(index).includes(field)));
};

const rankOf = (field: string): number => {
  const at = DATE_NAMES.indexOf(field.split('.').at(-1) ?? field);
  return at === -1 ? DATE_NAMES.length : at;
};

/** The fewest characters that the policy allows before a wildcard. */
const LEAST_PREFIX = 3;

/** The name with a wildcard in place of its date or number. */
const patternOf = ({ name, dataStream }: ScoutedIndex): string => {
  if (dataStream !== undefined) return dataStream;
  const base = name.replace(ENDING, '');
  if (base === name) return name;
  const separator = /[-_.]/.exec(name.charAt(base.length))?.[0] ?? '';
  return base.length + separator.length < LEAST_PREFIX ? name : `${base}${separator}*`;
};

const idOf = (pattern: string, taken: ReadonlySet<string>): string => {
  const words = pattern
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[-\d]+|-+$/g, '');
  const id = CATEGORY_ID.test(words) ? words : 'data';
  for (let at = 1; ; at += 1) {
    const candidate = at === 1 ? id : `${id}-${at}`;
    if (!taken.has(candidate)) return candidate;
  }
};

/**
 * A pattern that matches these indices and no other. If others match the plain pattern, it includes the first digit; if
 * that does not help either, the names are listed.
 */
const patternsOf = (pattern: string, own: readonly ScoutedIndex[], all: readonly ScoutedIndex[]): readonly string[] => {
  const isAmbiguous = (candidate: string): boolean =>
    all.some((index) => !own.includes(index) && matchesPattern(index.dataStream ?? index.name, candidate));
  if (!isAmbiguous(pattern)) return [pattern];
  const names = own.map(({ name }) => name);
  const narrower = `${names[0]?.slice(0, pattern.length)}*`;
  return isAmbiguous(narrower) || !names.every((name) => matchesPattern(name, narrower)) ? names : [narrower];
};

/**
 * Groups indices by their names, largest first.
 * @param wanted patterns; only indices that match one. Empty: all that hold documents.
 */
export const groupIndices = (listed: readonly ScoutedIndex[], wanted: readonly string[]): readonly IndexGroup[] => {
  const chosen = listed.filter(({ name, dataStream = name, documents }) =>
    wanted.length === 0 ? documents > 0 : wanted.some((pattern) => matchesPattern(dataStream, pattern)),
  );
  const taken = new Set<string>();
  return [...Map.groupBy(chosen, patternOf)]
    .map(([pattern, indices]) => ({ pattern, indices, bytes: indices.reduce((sum, each) => sum + each.bytes, 0) }))
    .sort((a, b) => b.bytes - a.bytes || (a.pattern < b.pattern ? -1 : 1))
    .map(({ pattern, indices, bytes }): IndexGroup => {
      const identifiers = inAll(indices, (index) => index.identifiers);
      const id = idOf(pattern, taken);
      taken.add(id);
      return {
        id,
        patterns: patternsOf(pattern, indices, listed),
        indices: indices.map(({ name }) => name),
        documents: indices.reduce((sum, each) => sum + each.documents, 0),
        bytes,
        dates: inAll(indices, (index) => index.dates).sort((a, b) => rankOf(a) - rankOf(b)),
        identifiers,
        accounts: identifiers.filter((field) => ACCOUNT.test(field)),
      };
    });
};
