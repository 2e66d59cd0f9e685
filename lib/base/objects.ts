/** Whether a value is a JSON object: neither null nor a list. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The value that an object has under its own key, ignoring inherited properties. A field, index or format may be named
 * like an inherited property: `constructor`, `toString`, `__proto__`.
 */
export const ownValue = <T>(object: Readonly<Record<string, T>> | undefined, key: string): T | undefined =>
  object !== undefined && Object.hasOwn(object, key) ? object[key] : undefined;

/** The deeply read-only form of a type that a schema returns. */
export type ReadOnly<T> = T extends readonly (infer Item)[]
  ? readonly ReadOnly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: ReadOnly<T[Key]> }
    : T;

/** A field and its parent objects: `a`, `a.b`, `a.b.c`. */
export const lineageOf = (field: string): readonly string[] =>
  field.split('.').map((_, at, parts) => parts.slice(0, at + 1).join('.'));
