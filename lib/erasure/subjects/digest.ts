import { createHash, createHmac, type KeyObject } from 'node:crypto';

/** What the parts of a digest may be. */
type Part = string | number | boolean | null;

/** SHA-256, in hex, over these parts: an id that the same parts always give, and that can be a file's name. */
export const digest = (...parts: readonly Part[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex');

/** HMAC-SHA-256 over these parts, of which the first says what it is for: nobody can make it without the key. */
export const keyedDigest = (key: KeyObject, encoding: 'hex' | 'base64url', ...parts: readonly Part[]): string =>
  createHmac('sha256', key).update(JSON.stringify(parts)).digest(encoding);
