import { createHash } from 'node:crypto';
import type { estypes } from '@elastic/elasticsearch';
import canonicalize from 'canonicalize';
import { lineageOf } from '../../../base/objects.ts';
import { copiedInto } from './field-facts.ts';
import { shadowedMetadata } from './shadowed-metadata.ts';

/** The mapping of a field or an object. */
interface Branch {
  readonly type?: unknown;
  readonly dynamic?: unknown;
  readonly enabled?: unknown;
  readonly subobjects?: unknown;
  readonly fields?: unknown;
  readonly properties?: Readonly<Record<string, Branch>>;
}

/** Every spelling of a path in a mapping: names may contain dots. */
const writings = (path: string): readonly string[] => {
  const [first = '', ...rest] = path.split('.');
  return rest.reduce<readonly string[]>(
    (before, part) => before.flatMap((written) => [`${written}.properties.${part}`, `${written}\\.${part}`]),
    [first],
  );
};

/** The parts of `GET <index>` that {@link mappingDigest} needs, for `filter_path`. */
export const digestPaths = (fields: readonly string[]): readonly string[] => [
  '*.settings.index.mode',
  '*.settings.index.mapping',
  '*.mappings._source',
  '*.mappings.runtime',
  '*.mappings.dynamic',
  '*.mappings.enabled',
  '*.mappings.subobjects',
  '*.mappings.**.subobjects',
  '*.mappings.**.priority',
  '*.mappings.**.enabled',
  '*.mappings.**.copy_to',
  ...new Set(
    fields.flatMap((field) =>
      lineageOf(field).flatMap((path) =>
        writings(path).flatMap((written) => {
          const at = `*.mappings.properties.${written}`;
          return path === field ? [at] : [`${at}.type`, `${at}.dynamic`, `${at}.fields`];
        }),
      ),
    ),
  ),
];

/**
 * The branches on the way to a field: from its parent objects only the parts that affect their fields, and the field
 * itself completely.
 */
const branchesOnPath = ({ properties = {} }: Branch, path: string): object =>
  Object.entries(properties)
    .filter(([name]) => path === name || path.startsWith(`${name}.`))
    .map(([name, child]) => {
      if (path === name) return [name, child];
      const { type, dynamic, enabled, subobjects, fields } = child;
      return [name, { type, dynamic, enabled, subobjects, fields }, branchesOnPath(child, path.slice(name.length + 1))];
    });

/**
 * A digest of everything that decides how searches and scripts read these fields of an index, and whether it accepts
 * new fields. With equal digests, the fields are read in the same way. Changes of other fields do not matter.
 * @param state from `GET <index>` with {@link digestPaths}; further parts do not matter.
 */
export const mappingDigest = (
  { settings, mappings = {} }: estypes.IndicesIndexState,
  fields: readonly string[],
): string => {
  const { mode, mapping } = (settings?.index ?? {}) as { readonly mode?: unknown; readonly mapping?: unknown };
  const { _source, dynamic, enabled, subobjects, runtime = {} } = mappings;
  const lineages = new Set(fields.flatMap(lineageOf));
  const hiding = shadowedMetadata(mappings);
  const shadows = Object.entries(runtime).filter(([name]) => lineages.has(name) || hiding.includes(name));
  const ways = fields.map((field) => branchesOnPath(mappings as Branch, field));
  const copies = fields.map((field) => copiedInto(lineageOf(field), mappings));
  // JSON leaves out undefined values, so the digest does too.
  const digestInput = JSON.parse(
    JSON.stringify({ mode, mapping, _source, dynamic, enabled, subobjects, shadows, ways, copies }),
  );
  return createHash('sha256')
    .update(canonicalize(digestInput) ?? '')
    .digest('base64');
};
