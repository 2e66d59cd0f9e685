import { createHmac, type KeyObject } from 'node:crypto';
import { allKeys, type SubjectKeys } from './key-ring.ts';
import { type Subject, subjectText } from './subject.ts';

const PURPOSE = 'es-retention/subject-hash/1';

/** A subject's hash under one version of the subject key. */
export interface SubjectHash {
  readonly kid: string;
  /** 43 characters of base64url. */
  readonly hash: string;
}

/** The name of a subject in events and entry ids: its hash with the key version. */
export const subjectName = ({ kid, hash }: SubjectHash): string => `${kid}/${hash}`;

/**
 * Represents a subject where it must not be named: HMAC-SHA-256 over
 * `["es-retention/subject-hash/1",uin,sdkAppId|null]`, as base64url. An account and each of its applications have their
 * own hashes. Whoever has the key can compute the hash of any account number, so it is still personal data.
 */
export const subjectHash = (subject: Subject, key: KeyObject): string =>
  createHmac('sha256', key).update(subjectText(PURPOSE, subject)).digest('base64url');

/**
 * The hash under every version of the subject key, the current one first, so that records from before a rotation are
 * found too.
 */
export const subjectHashes = (subject: Subject, { subject: versions }: SubjectKeys): readonly SubjectHash[] =>
  allKeys(versions).map(({ kid, key }) => ({ kid, hash: subjectHash(subject, key) }));
