import { createHash } from 'node:crypto';

/** SHA-256, in hex, over these parts: an id that the same parts always give, and that can be a file's name. */
export const digest = (...parts: readonly (string | number | boolean)[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex');
