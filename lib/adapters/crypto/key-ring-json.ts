import { z } from 'zod';
import { KEY_KINDS, type KeyKind } from '../../erasure/subjects/key-ring.ts';
import { isPlaceholder } from '../files/secret-file.ts';

/** A version's name. Short, so that no secret that was put in its place is taken for a name, and printed. */
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

/** A part of its own says which kind it is, so that it is not taken for another. Parts of before do not. */
const versions = <Kind extends KeyKind, Key extends z.ZodType>(kind: Kind, key: Key) =>
  z
    .strictObject({ kind: z.literal(kind).exactOptional(), current: kid, keys: z.record(kid, key) })
    .refine(({ current, keys }) => Object.hasOwn(keys, current), {
      path: ['current'],
      message: 'the name of one of its keys',
    });

/** Each kind of key as it is written down: a secret of its own where a function reads it. */
export const keyPartJson = {
  subject: versions('subject', secret),
  signing: versions('signing', privateJwk),
  archive: versions('archive', secret),
} as const;

/** A key ring as it is written down. */
export const keyRingJson = z.strictObject(keyPartJson);
export type KeyRingJson = z.infer<typeof keyRingJson>;

/** The kind that a part of a ring says it is, where it is another than the one that is asked for. */
export const otherKind = (json: unknown, kind: KeyKind): KeyKind | undefined =>
  KEY_KINDS.find((each) => each !== kind && each === (json as { readonly kind?: unknown } | null)?.kind);

/** Where a problem is, without repeating a name that may be a secret in the wrong place. */
const placeOf = (path: readonly PropertyKey[]): string =>
  path.map((step) => (KID.test(String(step)) ? String(step) : '(a name that is none)')).join('.');

/** What is wrong with a ring, problem by problem, without anything that stands in it but the names of versions. */
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
