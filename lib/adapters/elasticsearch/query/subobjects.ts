import type { estypes } from '@elastic/elasticsearch';

/** The part of an object's mapping that decides where a dotted name is placed in it. */
export interface FlatBranch {
  readonly type?: string;
  readonly subobjects?: boolean | string;
  /** Only passthrough objects have a priority. */
  readonly priority?: unknown;
  readonly properties?: Readonly<Record<string, FlatBranch>>;
}

/**
 * Whether an object contains only fields, even with dots in their names: `event.ingested` is then a field beside
 * `event`. True with `subobjects: false`, and in passthrough objects.
 */
export const isFlat = ({ type, subobjects }: FlatBranch): boolean =>
  type === 'passthrough' || `${subobjects}` === 'false';

/**
 * Whether an object contains a passthrough object, whose fields searches also find by shorter names, which the mapping
 * does not show.
 */
export const hasPassthrough = ({ priority, properties = {} }: FlatBranch): boolean =>
  Number.isInteger(Number(priority ?? Number.NaN)) || Object.values(properties).some(hasPassthrough);

const DATE = { type: 'date' };

/** The parts of an existing object that an update must repeat. Otherwise 8.19 treats it as an ordinary object. */
const keptOf = ({ type, subobjects, priority }: FlatBranch): object => ({
  ...(type === 'passthrough' && { type, priority }),
  ...(`${subobjects}` === 'false' && { subobjects: false }),
});

const updateIn = (branch: FlatBranch, path: string, leaf: object): object | undefined => {
  if (isFlat(branch)) return { ...keptOf(branch), properties: { [path]: leaf } };
  for (const [name, child] of Object.entries(branch.properties ?? {})) {
    const inner = path.startsWith(`${name}.`) ? updateIn(child, path.slice(name.length + 1), leaf) : undefined;
    if (inner !== undefined) return { properties: { [name]: inner } };
  }
  return undefined;
};

/**
 * The mapping update that maps a field of an object without subobjects; undefined for every other field.
 * @param leaf the field's own mapping.
 */
export const flatUpdate = (field: string, whole: FlatBranch, leaf: object = DATE): object | undefined =>
  updateIn(whole, field, leaf);

/** The mapping updates for those fields that belong to an object without subobjects, by field. */
export const flatUpdates = (
  fields: readonly string[],
  whole: estypes.MappingTypeMapping = {},
): ReadonlyMap<string, object> =>
  new Map(
    fields.flatMap((field) => {
      const update = flatUpdate(field, whole as FlatBranch);
      return update === undefined ? [] : [[field, update] as const];
    }),
  );
