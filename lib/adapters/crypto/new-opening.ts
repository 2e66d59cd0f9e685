import { randomBytes } from 'node:crypto';

/** What opens a commitment: nobody else knows it before, and nobody guesses it. */
export const newOpening = (): string => randomBytes(32).toString('base64url');
