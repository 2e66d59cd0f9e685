import type { estypes } from '@elastic/elasticsearch';
import { type FlatBranch, isFlat } from '../inspect/subobjects.ts';

/** What a mapping says of an object, as far as it decides whether new fields in it are taken. */
interface Holder extends FlatBranch {
  readonly dynamic?: boolean | string;
  readonly properties?: Readonly<Record<string, Holder>>;
}

/** By `true` a field is mapped with its first value, by `strict` a document with it is refused: neither hides one. */
const SHOWING = new Set(['true', 'strict', 'strict_allow_templates']);

/** Types of fields that take no object (tried on 8.19.13 and 9.4.3: an object in such a place becomes fields of their own). */
const SIMPLE = new Set(
  'keyword constant_keyword wildcard text match_only_text version boolean ip date date_nanos byte short integer long unsigned_long half_float float double scaled_float'.split(
    ' ',
  ),
);

/** Whether an object without subobjects has a field that takes objects where the path would lie in it: it holds dates then that no search sees. */
const isSwallowed = ({ properties = {} }: Holder, path: string): boolean =>
  Object.entries(properties).some(([name, { type = '' }]) => path.startsWith(`${name}.`) && !SIMPLE.has(type));

/** Whether the object in which a field lies takes no new one. Each object has the setting of the one around it, unless it has its own. */
const isHeldBack = (holder: Holder, path: string, inherited = 'true'): boolean => {
  const { dynamic, properties = {} } = holder;
  const here = dynamic === undefined ? inherited : `${dynamic}`;
  if (isFlat(holder)) return !SHOWING.has(here) || isSwallowed(holder, path);
  const [name, child] = Object.entries(properties).find(([each]) => path.startsWith(`${each}.`)) ?? [];
  if (name === undefined || child === undefined) return !SHOWING.has(here);
  return isHeldBack(child, path.slice(name.length + 1), here);
};

/** Logsdb goes on beyond the limit unless it is told not to. */
const goesBeyondLimit = ({ mode, mapping }: estypes.IndicesIndexSettings): boolean => {
  const { ignore_dynamic_beyond_limit: ignored = mode === 'logsdb' } = (mapping?.total_fields ?? {}) as {
    readonly ignore_dynamic_beyond_limit?: boolean | string;
  };
  return `${ignored}` === 'true';
};

/**
 * Fields that documents may have been written with and that the mapping did not take, by name: always, or once the index had as many
 * fields as it may.
 * @param state settings and the whole mapping of the index, or of that the objects in which the fields lie.
 */
export const leftOut = (
  fields: readonly string[],
  { settings, mappings = {} }: estypes.IndicesIndexState,
): ReadonlyMap<string, 'always' | 'beyond-limit'> => {
  const isBounded = goesBeyondLimit(settings?.index ?? {});
  const left = new Map<string, 'always' | 'beyond-limit'>();
  for (const field of fields) {
    if (isHeldBack(mappings as Holder, field)) left.set(field, 'always');
    else if (isBounded) left.set(field, 'beyond-limit');
  }
  return left;
};
