/**
 * What an object has under a key of its own. A field, an index or a format may have the name of what every object inherits:
 * `constructor`, `toString`, `__proto__`.
 */
export const ownValue = <T>(object: Readonly<Record<string, T>> | undefined, key: string): T | undefined =>
  object !== undefined && Object.hasOwn(object, key) ? object[key] : undefined;
