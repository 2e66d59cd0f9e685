import { createHash } from 'node:crypto';
import { type Subject, subjectText } from './subject.ts';

const PURPOSE = 'es-retention/subject-commitment/1';
const OPENING = /^[A-Za-z0-9_-]{43}$/;

/** Whether a text can be an opening: 32 bytes as base64url. */
export const isOpening = (text: string): boolean => OPENING.test(text);

/**
 * Binds a receipt to a subject without naming it: SHA-256, in hex, over the UTF-8 text
 * `["es-retention/subject-commitment/1",opening,uin,sdkAppId|null]`. All account numbers can be tried, but not all
 * random openings. So nobody without the opening, including us, can tell to whom the receipt belongs.
 * @param opening 32 random bytes as base64url (43 characters).
 */
export const subjectCommitment = (subject: Subject, opening: string): string =>
  createHash('sha256')
    .update(subjectText(PURPOSE, subject, opening))
    .digest('hex');
