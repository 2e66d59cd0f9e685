import type { estypes } from '@elastic/elasticsearch';

/** What a mapping says of an object, as far as it decides where a name with dots has its place in it. */
export interface FlatBranch {
  readonly type?: string;
  readonly subobjects?: boolean | string;
  /** Passthrough objects have one, and nothing else has. */
  readonly priority?: unknown;
  readonly properties?: Readonly<Record<string, FlatBranch>>;
}

/**
 * Whether an object holds fields alone, whatever dots their names have: `event.ingested` is a field beside `event` there. So it is with
 * `subobjects: false`, and in passthrough objects.
 */
export const isFlat = ({ type, subobjects }: FlatBranch): boolean =>
  type === 'passthrough' || `${subobjects}` === 'false';

/** Whether fields of one object are found by shorter names as well, which no mapping of theirs tells. */
export const hasPassthrough = ({ priority, properties = {} }: FlatBranch): boolean =>
  Number.isInteger(Number(priority ?? Number.NaN)) || Object.values(properties).some(hasPassthrough);

const DATE = { type: 'date' };

/** What an update has to say of an object that is there: 8.19 takes it for an ordinary one otherwise. */
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

/** The same of these fields, by name. */
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
