import type { estypes } from '@elastic/elasticsearch';
import { ownValue } from '../../../base/objects.ts';
import { type FlatBranch, isFlat } from './subobjects.ts';

/** The part of a mapping that decides whether the content of a field or object is searched. */
interface Branch extends FlatBranch {
  readonly enabled?: boolean | string;
  readonly properties?: Readonly<Record<string, Branch>>;
}

/** Why searches do not reach the content of an object. */
interface Reason {
  readonly words: string;
  /**
   * The mapped field is not an object, so no document can have values inside it. (A flattened field accepts
   * everything.)
   */
  readonly isValue?: true;
}

type Flaw = (branch: Branch) => Reason | undefined;

const notEnabledOf: Flaw = ({ enabled }) => (`${enabled}` === 'false' ? { words: 'which is not enabled' } : undefined);

const flawOf: Flaw = (branch) => {
  const { type = 'object', properties } = branch;
  if (type === 'nested') return { words: 'which is a nested object' };
  const off = notEnabledOf(branch);
  if (off !== undefined) return off;
  if (type === 'object' || type === 'passthrough' || properties !== undefined) return undefined;
  return { words: `which is mapped as ${type}`, ...(type !== 'flattened' && { isValue: true }) };
};

/**
 * The objects of a branch on a path, each with the rest of the path. A name may contain dots. An object without
 * subobjects has no such objects.
 */
const childrenOn = (parent: Branch, path: string): readonly (readonly [name: string, child: Branch, rest: string])[] =>
  Object.entries(isFlat(parent) ? {} : (parent.properties ?? {}))
    .filter(([name]) => path.startsWith(`${name}.`))
    .map(([name, child]) => [name, child, path.slice(name.length + 1)] as const);

/** The problem of the outermost object on a path that has a problem; undefined if there is no such object. */
const flawOn = (flaw: Flaw, parent: Branch, path: string, above = ''): Reason | undefined =>
  childrenOn(parent, path)
    .map(([name, child, rest]) => {
      const full = `${above}${name}`;
      const found = flaw(child);
      return found === undefined
        ? flawOn(flaw, child, rest, `${full}.`)
        : { ...found, words: `inside "${full}", ${found.words}` };
    })
    .find((reason) => reason !== undefined);

const isOff = ({ enabled }: estypes.MappingTypeMapping): boolean => `${enabled}` === 'false';
const OFF: Reason = { words: 'in a mapping that is not enabled' };

/**
 * Why the index has no values of a path, even if the path is mapped: the mapping, or an object on the path, is not
 * enabled. A mapping that is not enabled still accepts fields and calls them searchable. Undefined if there is no such
 * problem.
 * @param whole the mapping of the index.
 */
export const notEnabled = (path: string, whole: estypes.MappingTypeMapping): Reason | undefined =>
  isOff(whole) ? OFF : flawOn(notEnabledOf, whole as Branch, path);

/**
 * Why no search finds the values of documents in an unmapped field. Undefined if nothing would prevent it.
 * @param whole the mapping of the index.
 */
export const outOfSearch = (field: string, whole: estypes.MappingTypeMapping): Reason | undefined =>
  isOff(whole) ? OFF : flawOn(flawOf, whole as Branch, field);

/** Types that contain fields, but are not fields themselves. */
export const OBJECTS: ReadonlySet<string> = new Set(['object', 'nested', 'passthrough']);

const typeAt = (path: string, parent: Branch): string | undefined => {
  const own = ownValue(parent.properties, path);
  if (own !== undefined) return own.type ?? 'object';
  return childrenOn(parent, path)
    .map(([, child, rest]) => typeAt(rest, child))
    .find((type) => type !== undefined);
};

/** The type of an object that is mapped under the name of a field; undefined if there is none. */
export const objectAt = (field: string, whole: estypes.MappingTypeMapping): string | undefined => {
  const type = typeAt(field, whole as Branch);
  return type !== undefined && OBJECTS.has(type) ? type : undefined;
};
