import fc from '../run/fast-check.ts';

/** The place of a value in a document. */
export type Path = readonly string[];

/** Every path in a document. The first item of a list stands for all of its items. */
export const pathsIn = (value: unknown, path: Path = []): readonly Path[] => {
  if (typeof value !== 'object' || value === null) return [path];
  const keys = Array.isArray(value) ? Object.keys(value).slice(0, 1) : Object.keys(value);
  const inner = keys.flatMap((key) => pathsIn((value as Readonly<Record<string, unknown>>)[key], [...path, key]));
  return path.length > 0 ? [path, ...inner] : inner;
};

/** The value at a path; undefined if there is none. */
export const valueAt = (source: unknown, path: Path): unknown =>
  path.reduce<unknown>((value, key) => (value as Readonly<Record<string, unknown>> | undefined)?.[key], source);

/** The document with another value at one path, or without it if the value is undefined. */
export const withValue = (source: object, [key = '', ...rest]: Path, value: unknown): object => {
  const object = source as Readonly<Record<string, unknown>>;
  const inner = rest.length === 0 ? value : withValue((object[key] ?? {}) as object, rest, value);
  const others = Object.entries(object).filter(([name]) => name !== key);
  const entries = inner === undefined ? others : [...others, [key, inner] as const];
  return Array.isArray(source) ? entries.map(([, each]) => each) : Object.fromEntries(entries);
};

const deep = (depth: number): unknown => (depth === 0 ? null : [deep(depth - 1)]);

/** Values that do not occur in our documents, or not in that place. */
const ODD: readonly unknown[] = [
  undefined,
  null,
  true,
  false,
  0,
  -1,
  0.5,
  2 ** 53,
  8_640_000_000_000_001,
  1e308,
  '',
  'x',
  '\ud800',
  'x'.repeat(100_000),
  'erased',
  'cancelled',
  'pending',
  'console',
  'old',
  Date.parse('2026-11-11T09:00:00Z'),
  Date.parse('2027-01-01T00:00:00Z'),
  '2026-11-10T09:00:00.000Z',
  '2027-11-10T09:00:00.000Z',
  '9999-99-99T99:99:99Z',
  [],
  [null],
  [[]],
  deep(50),
  {},
  JSON.parse('{"__proto__":{"state":"erased"}}'),
  JSON.parse('{"constructor":{"prototype":{}},"toString":1,"length":7}'),
];

/** Any JSON value; undefined for a missing one. */
export const anyValue = fc.oneof({ weight: 2, arbitrary: fc.constantFrom(...ODD) }, fc.jsonValue({ maxDepth: 2 }));
