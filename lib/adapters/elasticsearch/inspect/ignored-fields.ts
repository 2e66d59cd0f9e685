import type { estypes } from '@elastic/elasticsearch';
import { type FlatBranch, isFlat } from '../query/subobjects.ts';

/** The part of an object's mapping that decides whether it accepts new fields. */
interface Holder extends FlatBranch {
  readonly dynamic?: boolean | string;
  readonly properties?: Readonly<Record<string, Holder>>;
}

/**
 * With `true`, a new field is mapped with its first value. With `strict`, the document is rejected. Neither hides a
 * field.
 */
const SHOWING = new Set(['true', 'strict', 'strict_allow_templates']);

/** Types of fields that accept no object (tried on 8.19.13 and 9.4.3: an object there becomes separate fields). */
const SIMPLE = new Set(
  'keyword constant_keyword wildcard text match_only_text version boolean ip date date_nanos byte short integer long unsigned_long half_float float double scaled_float'.split(
    ' ',
  ),
);

/**
 * Whether an object without subobjects has a field that accepts objects on the path. That field then contains dates
 * that no search sees.
 */
const isSwallowed = ({ properties = {} }: Holder, path: string): boolean =>
  Object.entries(properties).some(([name, { type = '' }]) => path.startsWith(`${name}.`) && !SIMPLE.has(type));

/**
 * Whether the parent object of a field accepts no new fields. An object inherits this setting from its parent unless it
 * has its own.
 */
const isWithheld = (holder: Holder, path: string, inherited = 'true'): boolean => {
  const { dynamic, properties = {} } = holder;
  const here = dynamic === undefined ? inherited : `${dynamic}`;
  if (isFlat(holder)) return !SHOWING.has(here) || isSwallowed(holder, path);
  const [name, child] = Object.entries(properties).find(([each]) => path.startsWith(`${each}.`)) ?? [];
  if (name === undefined || child === undefined) return !SHOWING.has(here);
  return isWithheld(child, path.slice(name.length + 1), here);
};

/** Logsdb accepts fields beyond the limit, unless it is configured otherwise. */
const goesBeyondLimit = ({ mode, mapping }: estypes.IndicesIndexSettings): boolean => {
  const { ignore_dynamic_beyond_limit: ignored = mode === 'logsdb' } = (mapping?.total_fields ?? {}) as {
    readonly ignore_dynamic_beyond_limit?: boolean | string;
  };
  return `${ignored}` === 'true';
};

/**
 * Fields that documents may contain although the mapping ignored them, by name: always, or after the index reached its
 * limit of fields.
 * @param state settings, and the mapping of the index: either the whole mapping or the parent objects of the fields.
 */
export const ignoredFields = (
  fields: readonly string[],
  { settings, mappings = {} }: estypes.IndicesIndexState,
): ReadonlyMap<string, 'always' | 'beyond-limit'> => {
  const isBounded = goesBeyondLimit(settings?.index ?? {});
  const left = new Map<string, 'always' | 'beyond-limit'>();
  for (const field of fields) {
    if (isWithheld(mappings as Holder, field)) left.set(field, 'always');
    else if (isBounded) left.set(field, 'beyond-limit');
  }
  return left;
};
