import type { estypes } from '@elastic/elasticsearch';

/** What a mapping says of a field or an object, as far as it decides whether what lies in it is searched. */
interface Branch {
  readonly type?: string;
  readonly enabled?: boolean | string;
  readonly properties?: Readonly<Record<string, Branch>>;
}

const flawOf = ({ type = 'object', enabled, properties }: Branch): string | undefined => {
  if (`${enabled}` === 'false') return 'which is not enabled';
  if (type === 'nested') return 'which is a nested object';
  return type === 'object' || properties !== undefined ? undefined : `which is mapped as ${type}`;
};

/** Why no search finds values of a field that is not mapped: an object that it would lie in keeps them. Undefined where none does. */
const reasonOf = (parent: Branch, path: string, above = ''): string | undefined => {
  for (const [name, child] of Object.entries(parent.properties ?? {})) {
    if (!path.startsWith(`${name}.`)) continue;
    const full = `${above}${name}`;
    const flaw = flawOf(child);
    return flaw === undefined ? reasonOf(child, path.slice(name.length + 1), `${full}.`) : `inside "${full}", ${flaw}`;
  }
  return undefined;
};

/**
 * Fields that documents may have although nothing is mapped under their names, and that no search finds: by name, why.
 * @param fields names of fields that are not mapped.
 * @param whole the mapping of the index.
 */
export const outOfSearch = (
  fields: readonly string[],
  whole: estypes.MappingTypeMapping = {},
): ReadonlyMap<string, string> =>
  new Map(
    fields.flatMap((field) => {
      const reason =
        `${whole.enabled}` === 'false' ? 'in a mapping that is not enabled' : reasonOf(whole as Branch, field);
      return reason === undefined ? [] : [[field, reason] as const];
    }),
  );
