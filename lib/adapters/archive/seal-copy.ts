import { InputError } from '../../base/errors.ts';
import type { Archived, ArchiveKind } from '../../erasure/archive/archive.ts';
import { currentKey, type KeyVersions } from '../../erasure/subjects/key-ring.ts';
import { type JweHeader, openJwe, sealJwe } from './compact-jwe.ts';

const TYP = 'es-retention-sealed+jwe';
const ID = /^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$/;

/** Kind and id of a copy. They are sealed into it, so that one file cannot replace another. */
export interface CopyPlace {
  readonly kind: ArchiveKind;
  readonly id: string;
}

/**
 * Category and stage that a copy belongs to, if known. They are sealed into it, so that it cannot replace a copy of
 * another category or stage.
 */
export interface CopyOrigin {
  readonly category?: string;
  readonly stage?: string;
}

/** Whether one of our copies can have this name. Hidden files of other programs do not have such a name. */
export const isCopyId = (id: string): boolean => ID.test(id);

/**
 * Checks the id of a copy.
 * @throws InputError `bad-archive-id` if it cannot be the name of a file or object.
 */
export const assertPlace = ({ id }: CopyPlace): void => {
  if (isCopyId(id)) return;
  throw new InputError('bad-archive-id', {
    expected: 'an id of letters, digits and ._:@- of at most 128 characters',
    found: `another of ${id.length} characters`,
    fix: 'This is a fault of ours: please report it.',
  });
};

/**
 * Seals content with the current archive key: a compact JWE (`dir`, AES-256-GCM, a random nonce of 96 bits). Its header
 * contains kid, kind and id, and category and stage if known. The header is authenticated with the content.
 */
export const seal = (
  content: object,
  { kind, id }: CopyPlace,
  archive: KeyVersions,
  { category, stage }: CopyOrigin = {},
): string => {
  const { kid, key } = currentKey(archive);
  return sealJwe(
    Buffer.from(JSON.stringify(content)),
    {
      typ: TYP,
      kid,
      kind,
      id,
      ...(category !== undefined && { category }),
      ...(stage !== undefined && { stage }),
    },
    key,
  );
};

/** Distinguishes two cases: a missing key, and a copy that the key does not open. */
class NoKey extends Error {}

const isAt = (header: JweHeader, { kind, id }: CopyPlace): boolean =>
  header.typ === TYP && header.kind === kind && header.id === id;

/** Copies of earlier versions contain neither category nor stage. A person who reads copies may not know the stage. */
const isFrom = (header: JweHeader, { category, stage }: CopyOrigin): boolean =>
  [
    [header.category, category],
    [header.stage, stage],
  ].every(([said, known]) => said === undefined || known === undefined || said === known);

/** Opens what {@link seal} sealed, with the key version that its header names. */
export const unseal = (sealed: string, place: CopyPlace, archive: KeyVersions, origin: CopyOrigin = {}): Archived => {
  try {
    const { plaintext, header } = openJwe(sealed, ({ kid }) => {
      const key = typeof kid === 'string' ? archive.keys.get(kid) : undefined;
      if (key === undefined) throw new NoKey();
      return key;
    });
    if (!isAt(header, place) || !isFrom(header, origin)) return { id: place.id, unreadable: 'damaged' };
    return { id: place.id, content: JSON.parse(plaintext.toString()) };
  } catch (error) {
    return { id: place.id, unreadable: error instanceof NoKey ? 'no-key' : 'damaged' };
  }
};
