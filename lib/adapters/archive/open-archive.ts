import type { Archive } from '../../erasure/archive.ts';
import type { KeyRing } from '../../erasure/key-ring.ts';
import type { ArchiveLocation } from '../configuration.ts';
import { folderArchive } from './folder-archive.ts';

/** The archive at that place. The S3 client is loaded only where there is a bucket. */
export const openArchive = async (
  location: ArchiveLocation,
  { archive }: Pick<KeyRing, 'archive'>,
): Promise<Archive> => {
  if (location.kind === 'folder') return folderArchive(location.folder, archive);
  const [{ S3Client }, { bucketArchive }] = await Promise.all([
    import('@aws-sdk/client-s3'),
    import('./bucket-archive.ts'),
  ]);
  return bucketArchive(location, archive, new S3Client({ forcePathStyle: location.pathStyle }));
};
