import type { estypes } from '@elastic/elasticsearch';

type Mapping = estypes.MappingTypeMapping;
type Property = estypes.MappingProperty;

/** An object, or a mapping, with one property in it. */
const holding = (name: string, property: object, more: object = {}): Property =>
  ({ ...more, properties: { [name]: property } }) as Property;

const OFF = { enabled: false } as const;

/** `outer.inner.<name>` with these parameters of its objects. */
const inside = (name: string, property: object | undefined, outer: object, inner: object): Mapping =>
  holding(
    'outer',
    holding('inner', property === undefined ? inner : holding(name, property, inner), outer),
  ) as unknown as Mapping;

/**
 * Ways in which a mapping keeps the values of `outer.inner.<name>` from the index, or has an object in its place. Most mappings say of the field
 * that it is there, of its type and searchable.
 */
export const HIDING: readonly (readonly [string, (name: string, property: Property) => Mapping])[] = [
  ['mapped in a mapping that is not enabled', (name, own) => ({ ...inside(name, own, {}, {}), ...OFF })],
  ['in a mapping that is not enabled', () => OFF],
  ['mapped in an object that is not enabled', (name, own) => inside(name, own, {}, OFF)],
  ['mapped in an object inside one that is not enabled', (name, own) => inside(name, own, OFF, {})],
  ['in an object that is not enabled', (name) => inside(name, undefined, {}, OFF)],
  ['in an object inside one that is not enabled', () => holding('outer', OFF) as unknown as Mapping],
  ['an object that is not enabled', (name) => inside(name, OFF, {}, {})],
  ['an object', (name, own) => inside(name, holding('value', own), {}, {})],
  ['an object in which nothing is mapped', (name) => inside(name, { type: 'object', dynamic: false }, {}, {})],
  ['an object of objects', (name, own) => inside(name, holding('of', holding('value', own)), {}, {})],
  [
    'an alias of a field in an object that is not enabled',
    (name, own) => {
      const { properties } = inside(name, { type: 'alias', path: 'off.real' }, {}, {});
      return { properties: { ...properties, off: holding('real', own, OFF) } };
    },
  ],
];

/** How a document has a value under such a field: an object where the mapping takes nothing else there. */
export const hiddenValue = (way: string, name: string, value: unknown): object => {
  if (way.startsWith('an alias')) return { off: { real: value } };
  const isObject = way.startsWith('an object') && !way.includes('enabled');
  const inner = way === 'an object of objects' ? { of: { value } } : { value };
  return { outer: { inner: { [name]: isObject ? inner : value } } };
};
