import { createHash, createHmac, type KeyObject } from 'node:crypto';

/** The types that a part of a digest may have. */
type Part = string | number | boolean | null;

/** SHA-256, in hex, over these parts. The same parts always give the same id, which is valid as a file name. */
export const digest = (...parts: readonly Part[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex');

/** HMAC-SHA-256 over these parts. The first one is its purpose. Nobody can compute it without the key. */
export const keyedDigest = (key: KeyObject, encoding: 'hex' | 'base64url', ...parts: readonly Part[]): string =>
  createHmac('sha256', key).update(JSON.stringify(parts)).digest(encoding);
