/**
 * The value that an object has under its own key, ignoring inherited properties. A field, index or format may be named
 * like an inherited property: `constructor`, `toString`, `__proto__`.
 */
export const ownValue = <T>(object: Readonly<Record<string, T>> | undefined, key: string): T | undefined =>
  object !== undefined && Object.hasOwn(object, key) ? object[key] : undefined;
