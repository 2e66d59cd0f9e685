import { createHash, createHmac } from 'node:crypto';
import { type Subject, subjectText } from '../../../lib/erasure/subjects/subject.ts';

/** Every text that might be a hash, salt or key: the strings in a JSON value, and in each JWS or JWE among them. */
const textsIn = (value: unknown): readonly string[] => {
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (value !== null && typeof value === 'object') return Object.entries(value).flat().flatMap(textsIn);
  if (typeof value !== 'string') return [];
  return [value, ...value.split(/[^A-Za-z0-9_-]+/), ...value.split('.').flatMap(decoded)];
};

const decoded = (part: string): readonly string[] => {
  try {
    return textsIn(JSON.parse(Buffer.from(part, 'base64url').toString()));
  } catch {
    return [];
  }
};

const PURPOSES = ['es-retention/subject-commitment/1', 'es-retention/subject-hash/1'];

/** The possible representations of a subject, with a text as salt or key. */
const guesses = (subject: Subject, salt: string): readonly string[] => {
  const texts = [
    ...PURPOSES.flatMap((purpose) => [subjectText(purpose, subject, salt), subjectText(purpose, subject)]),
  ];
  const plain = [`${salt}${subject.uin}`, `${subject.uin}${salt}`, subject.uin];
  return [...texts, ...plain].flatMap((text) => {
    const hash = createHash('sha256').update(text).digest();
    const keyed = createHmac('sha256', salt).update(text).digest();
    return [hash.toString('hex'), hash.toString('base64url'), keyed.toString('hex'), keyed.toString('base64url')];
  });
};

const LONG = 16;

/**
 * Tries to identify subjects without a key: combines each subject with each text, and uses every text as salt and key.
 * @param stolen JSON or texts that an attacker has: documents, files, log lines.
 * @param subjects all existing subjects.
 * @returns the subjects whose hash was found.
 */
export const namedWithoutKey = (stolen: readonly unknown[], subjects: readonly Subject[]): readonly Subject[] => {
  const texts = new Set(stolen.flatMap(textsIn).filter(({ length }) => length >= LONG && length <= 200));
  return subjects.filter((subject) =>
    [...texts].some((salt) => guesses(subject, salt).some((guess) => texts.has(guess))),
  );
};
