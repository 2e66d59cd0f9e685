import { randomBytes } from 'node:crypto';

/** A random opening for a commitment. Nobody can guess it. */
export const newOpening = (): string => randomBytes(32).toString('base64url');
