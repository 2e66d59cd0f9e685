import type { Archive } from '../../erasure/archive.ts';
import type { KeyRing } from '../../erasure/key-ring.ts';
import type { ArchiveLocation } from '../configuration.ts';
import { folderArchive } from './folder-archive.ts';

/** Milliseconds: a bucket that does not answer must not use up the time of the run that writes to it. */
const REQUEST_TIMEOUT = 5_000;

/**
 * The archive at that place. The S3 client is loaded only where there is a bucket.
 * @param requestTimeout milliseconds that each of the S3 client's three tries may take.
 */
export const openArchive = async (
  location: ArchiveLocation,
  { archive }: Pick<KeyRing, 'archive'>,
  requestTimeout = REQUEST_TIMEOUT,
): Promise<Archive> => {
  if (location.kind === 'folder') return folderArchive(location.folder, archive);
  const [{ S3Client }, { bucketArchive }] = await Promise.all([
    import('@aws-sdk/client-s3'),
    import('./bucket-archive.ts'),
  ]);
  const client = new S3Client({
    forcePathStyle: location.pathStyle,
    requestHandler: { connectionTimeout: requestTimeout, requestTimeout, throwOnRequestTimeout: true },
  });
  return bucketArchive(location, archive, client);
};
