import type { z } from 'zod';

type Schema = z.core.JSONSchema.BaseSchema;

/** The place of the reference in docs/policy.md. */
const BLOCK = /(<!-- npm run policy-reference -->\n).*?(<!-- end -->)/s;

interface Key {
  readonly path: string;
  readonly schema: Schema;
  readonly isRequired: boolean;
}

const isObject = (value: unknown): value is Schema => typeof value === 'object' && value !== null;

/** The direct keys of an object, or of each object of a list. */
const keysIn = ({ path, schema }: Pick<Key, 'path' | 'schema'>): readonly Key[] => {
  const { properties = {}, required = [], items, additionalProperties } = schema;
  const own = Object.entries(properties).flatMap(([name, inner]) =>
    isObject(inner)
      ? [{ path: path === '' ? name : `${path}.${name}`, schema: inner, isRequired: required.includes(name) }]
      : [],
  );
  const listed = isObject(items) && !Array.isArray(items) ? keysIn({ path: `${path}[]`, schema: items }) : [];
  const named = isObject(additionalProperties) ? keysIn({ path: `${path}.<id>`, schema: additionalProperties }) : [];
  return [...own, ...listed, ...named];
};

const everyKeyIn = (key: Pick<Key, 'path' | 'schema'>): readonly Key[] =>
  keysIn(key).flatMap((inner) => [inner, ...everyKeyIn(inner)]);

const code = (value: unknown): string => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;

const bounds = ({ minimum, exclusiveMinimum, maximum }: Schema): string =>
  [
    ...(exclusiveMinimum === undefined ? [] : [`above ${exclusiveMinimum}`]),
    ...(minimum === undefined ? [] : [`from ${minimum}`]),
    ...(maximum === undefined ? [] : [`to ${maximum.toLocaleString('en')}`]),
  ].join(' ');

/** The values that can be written there. */
const takes = (schema: Schema): string => {
  const { type, enum: values, examples, items, properties, additionalProperties } = schema;
  if (Array.isArray(values)) return values.map(code).join(' or ');
  if (type === 'array') return isObject(items) && !Array.isArray(items) ? `list: ${takes(items)}` : 'list';
  if (properties !== undefined || isObject(additionalProperties)) return 'keys below';
  if (type === 'boolean') return '`true` or `false`';
  if (type === 'number' || type === 'integer') return [type, bounds(schema)].join(' ').trim();
  const [example] = Array.isArray(examples) ? examples : [];
  return example === undefined ? 'text' : `such as ${code(example)}`;
};

const presence = ({ schema, isRequired }: Key): string => {
  if (schema.default === undefined) return isRequired ? 'required' : 'optional';
  return isObject(schema.default) && Object.keys(schema.default).length === 0 ? 'optional' : code(schema.default);
};

/** A description as text of a table's cell. */
const described = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

const table = (keys: readonly Key[]): string =>
  [
    '| key | takes | required, or default | meaning |',
    '| --- | --- | --- | --- |',
    ...keys.map((key) => {
      const meaning = described(key.schema.description ?? '');
      return `| ${[code(key.path), takes(key.schema), presence(key), meaning].join(' | ')} |`;
    }),
  ].join('\n');

const DEFAULTS = /^defaults\./;
const CATEGORY = /^categories\.<id>\./;

/** Tables with every key of the policy. A key of a category that also exists under `defaults` is listed only there. */
export const policyReference = (schema: Schema): string => {
  const keys = everyKeyIn({ path: '', schema });
  const defaults = keys.filter(({ path }) => DEFAULTS.test(path));
  const adjustable = new Set(defaults.map(({ path }) => path.replace(DEFAULTS, '')));
  const ofCategory = keys.filter(({ path }) => CATEGORY.test(path) && !adjustable.has(path.replace(CATEGORY, '')));
  return [
    '## The whole file',
    table(keys.filter(({ path }) => !DEFAULTS.test(path) && !CATEGORY.test(path))),
    '## Defaults',
    'A category may set each of these keys for itself.',
    table(defaults),
    '## Categories',
    table(ofCategory),
  ].join('\n\n');
};

/** The page with this reference in its block. */
export const withReference = (page: string, reference: string): string =>
  page.replace(BLOCK, (_, begin: string, end: string) => `${begin}\n${reference}\n\n${end}`);
