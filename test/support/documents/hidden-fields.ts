import type { estypes } from '@elastic/elasticsearch';

type Mapping = estypes.MappingTypeMapping;
type Property = estypes.MappingProperty;

/** A mapping of an object with one property. */
const holding = (name: string, property: object, more: object = {}): Property =>
  ({ ...more, properties: { [name]: property } }) as Property;

const OFF = { enabled: false } as const;

/** A mapping of `outer.inner.<name>`, with these parameters of the objects. */
const inside = (name: string, property: object | undefined, outer: object, inner: object): Mapping =>
  holding(
    'outer',
    holding('inner', property === undefined ? inner : holding(name, property, inner), outer),
  ) as unknown as Mapping;

/**
 * Mappings that keep the values of `outer.inner.<name>` out of the index, or have an object in its place. Most of them
 * report the field with its type and as searchable.
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

/** A document's value for such a field: an object, if the mapping accepts nothing else there. */
export const hiddenValue = (way: string, name: string, value: unknown): object => {
  if (way.startsWith('an alias')) return { off: { real: value } };
  const isObject = way.startsWith('an object') && !way.includes('enabled');
  const inner = way === 'an object of objects' ? { of: { value } } : { value };
  return { outer: { inner: { [name]: isObject ? inner : value } } };
};
