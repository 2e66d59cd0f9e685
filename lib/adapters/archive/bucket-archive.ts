import {
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { pMapIterable } from 'p-map';
import { InputError, messageOf, TransientError } from '../../base/errors.ts';
import type { Archive, Archived, ArchiveKind, Expiry } from '../../erasure/archive/archive.ts';
import type { KeyVersions } from '../../erasure/subjects/key-ring.ts';
import type { Instant } from '../../policy/time/instant.ts';
import { assertPlace, type CopyOrigin, isCopyId, seal, unseal } from './seal-copy.ts';

/** The place of an archive in S3. */
export interface BucketLocation {
  readonly bucket: string;
  /** Without a slash at either end; empty for the whole bucket. */
  readonly prefix: string;
  /** Sealed into each copy. If a copy names its category and stage, they must be these when it is opened. */
  readonly origin?: CopyOrigin;
}

const SUFFIX = '.jwe';
const COPIES_AT_ONCE = 8;
const TRY_AGAIN: readonly (number | undefined)[] = [408, 409, 429];

const isRefusedByBucket = (error: unknown): boolean => {
  if (!(error instanceof S3ServiceException)) return (error as Error).name === 'CredentialsProviderError';
  const status = error.$metadata.httpStatusCode;
  return status !== undefined && status >= 400 && status < 500 && !TRY_AGAIN.includes(status);
};

const fail = (bucket: string, error: unknown): never => {
  const explanation = {
    expected: `to write and read the archive in the bucket ${bucket}`,
    found: messageOf(error),
    fix: 'Check that the bucket of RETENTION_ARCHIVE exists, and that es-retention may list it, and may put and get its objects.',
  };
  if (isRefusedByBucket(error)) throw new InputError('archive-refused', explanation, error);
  throw new TransientError('archive-failed', explanation, { cause: error });
};

/** The object exists already. Copies are written once, so it stays. */
const existsAlready = (error: unknown): boolean =>
  error instanceof S3ServiceException && error.$metadata.httpStatusCode === 412;

/** @param since leaves out objects last written before this instant. Absent: all objects. */
async function* keysOf(
  client: S3Client,
  bucket: string,
  Prefix: string,
  since: Instant = -Infinity,
): AsyncGenerator<string> {
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix }))
    yield* Contents.flatMap(({ Key = '', LastModified }) =>
      Key.endsWith(SUFFIX) && (LastModified === undefined || LastModified.getTime() >= since) ? [Key] : [],
    );
}

const expiryOf = (folder: string): Expiry => ({
  removed: 0,
  note: `The bucket expires its objects itself: it needs a lifecycle rule for ${folder}.`,
});

/**
 * An archive in an S3 bucket: `<prefix>/<kind>/<id>.jwe`. It needs `s3:ListBucket`, `s3:PutObject` and `s3:GetObject`.
 * It never deletes; the bucket's lifecycle rules do. So an attacker with our permissions cannot destroy the archive.
 * @param archive versions of the archive key.
 */
export const bucketArchive = (
  { bucket, prefix, origin }: BucketLocation,
  archive: KeyVersions,
  client: S3Client,
): Archive => {
  const folderOf = (kind: ArchiveKind): string => (prefix === '' ? `${kind}/` : `${prefix}/${kind}/`);

  const put = async (kind: ArchiveKind, id: string, content: object): Promise<void> => {
    assertPlace({ kind, id });
    const Body = seal(content, { kind, id }, archive, origin);
    const Key = `${folderOf(kind)}${id}${SUFFIX}`;
    await client
      .send(new PutObjectCommand({ Bucket: bucket, Key, Body, ContentType: 'application/jose', IfNoneMatch: '*' }))
      .catch((error: unknown) => (existsAlready(error) ? undefined : fail(bucket, error)));
  };

  const idOf = (kind: ArchiveKind, key: string): string => key.slice(folderOf(kind).length, -SUFFIX.length);

  async function* ids(kind: ArchiveKind, since: Instant): AsyncGenerator<string> {
    try {
      for await (const key of keysOf(client, bucket, folderOf(kind), since)) {
        const id = idOf(kind, key);
        if (isCopyId(id)) yield id;
      }
    } catch (error) {
      fail(bucket, error);
    }
  }

  const read = async (kind: ArchiveKind, key: string): Promise<Archived | undefined> => {
    const id = idOf(kind, key);
    if (!isCopyId(id)) return { id, unreadable: 'no-copy' };
    try {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      const sealed = (await Body?.transformToString()) ?? '';
      return unseal(sealed, { kind, id }, archive, origin);
    } catch (error) {
      // The copy expired between listing and reading.
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  };

  async function* wanted(kind: ArchiveKind, isWanted: (id: string) => boolean): AsyncGenerator<string> {
    for await (const key of keysOf(client, bucket, folderOf(kind))) if (isWanted(idOf(kind, key))) yield key;
  }

  async function* list(kind: ArchiveKind, isWanted = (_: string) => true): AsyncGenerator<Archived> {
    try {
      const copies = pMapIterable(wanted(kind, isWanted), (key) => read(kind, key), {
        concurrency: COPIES_AT_ONCE,
      });
      for await (const copy of copies) if (copy !== undefined) yield copy;
    } catch (error) {
      fail(bucket, error);
    }
  }

  return { put, list, ids, removeOld: async (kind) => expiryOf(folderOf(kind)) };
};
