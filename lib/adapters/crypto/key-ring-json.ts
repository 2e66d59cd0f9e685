import * as z from 'zod';
import { KEY_KINDS, type KeyKind } from '../../erasure/subjects/key-ring.ts';
import { isPlaceholder } from '../files/secret-file.ts';

/**
 * The name of a key version. It is short, so that a secret in the wrong place is not mistaken for a name and printed.
 */
const KID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/;
const kid = z.string().regex(KID, 'a version name of at most 32 letters, digits and . _ -');

const isBytes = (text: string, length: number, encoding: 'base64' | 'base64url'): boolean => {
  const bytes = Buffer.from(text, encoding);
  return bytes.length === length && bytes.toString(encoding) === text;
};

const secret = z
  .string()
  .refine((text) => isBytes(text, 32, 'base64'), 'base64 of exactly 32 bytes')
  .refine((text) => !isPlaceholder(Buffer.from(text, 'base64')), 'base64 of random bytes');
const half = z.string().refine((text) => isBytes(text, 32, 'base64url'), 'base64url of exactly 32 bytes');

const privateJwk = z.strictObject({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: half,
  d: half,
  kid: kid.exactOptional(),
  alg: z.enum(['EdDSA', 'Ed25519']).exactOptional(),
  use: z.literal('sig').exactOptional(),
});

/**
 * A part in a file of its own names its kind, so that it is not used as another kind. Parts of earlier versions do not.
 */
const versions = <Kind extends KeyKind, Key extends z.ZodType>(kind: Kind, key: Key) =>
  z
    .strictObject({ kind: z.literal(kind).exactOptional(), current: kid, keys: z.record(kid, key) })
    .refine(({ current, keys }) => Object.hasOwn(keys, current), {
      path: ['current'],
      message: 'the name of one of its keys',
    });

/** The JSON form of each kind of key, as a function reads it from a secret of its own. */
export const keyPartJson = {
  subject: versions('subject', secret),
  signing: versions('signing', privateJwk),
  archive: versions('archive', secret),
} as const;

/** The JSON form of a key ring. */
export const keyRingJson = z.strictObject(keyPartJson);
/** A key ring in its JSON form. */
export type KeyRingJson = z.infer<typeof keyRingJson>;

/** The kind that a part of a ring names, if it is not the requested kind. */
export const otherKind = (json: unknown, kind: KeyKind): KeyKind | undefined =>
  KEY_KINDS.find((each) => each !== kind && each === (json as { readonly kind?: unknown } | null)?.kind);

/** The place of a problem, without names that may be secrets in the wrong place. */
const placeOf = (path: readonly PropertyKey[]): string =>
  path.map((step) => (KID.test(String(step)) ? String(step) : '(a name that is none)')).join('.');

/** Describes all problems of a ring, quoting nothing from it except names of versions. */
export const ringProblems = ({ issues }: z.ZodError): string =>
  issues
    .map((issue) => {
      const place = placeOf(issue.path);
      const expected = issue.code === 'unrecognized_keys' ? 'no other fields' : expectation(issue);
      return `${place === '' ? 'the ring' : place} (expected: ${expected})`;
    })
    .join('; ');

const expectation = (issue: z.core.$ZodIssue): string => {
  if (issue.code === 'invalid_key') return 'a version name of at most 32 letters, digits and . _ -';
  if (issue.code === 'invalid_type') return issue.expected === 'nonoptional' ? 'something' : `${issue.expected}`;
  if (issue.code === 'invalid_value') return issue.values.map(String).join(' or ');
  return issue.message;
};
