import type { Environment } from '../../base/environment.ts';
import type { Archive } from '../../erasure/archive/archive.ts';
import type { KeyRing } from '../../erasure/subjects/key-ring.ts';
import type { Instant } from '../../policy/time/instant.ts';
import { type ArchiveLocation, hasArchive, readArchiveLocation } from '../environment/configuration.ts';
import { folderArchive } from './folder-archive.ts';

/** Milliseconds. A bucket that does not answer must not use up the time of the run. */
const REQUEST_TIMEOUT = 5_000;

/**
 * Opens the archive at that place. The S3 client is loaded only for a bucket.
 * @param requestTimeout milliseconds for each of the S3 client's three attempts.
 */
export const openArchive = async (
  location: ArchiveLocation,
  { archive }: Pick<KeyRing, 'archive'>,
  requestTimeout = REQUEST_TIMEOUT,
): Promise<Archive> => {
  if (location.kind === 'folder') return folderArchive(location.folder, archive, location.origin);
  const [{ S3Client }, { bucketArchive }] = await Promise.all([
    import('./s3-client.ts'),
    import('./bucket-archive.ts'),
  ]);
  const client = new S3Client({
    forcePathStyle: location.pathStyle,
    requestHandler: { connectionTimeout: requestTimeout, requestTimeout, throwOnRequestTimeout: true },
  });
  return bucketArchive(location, archive, client);
};

const NO_KEYS: Pick<KeyRing, 'archive'> = { archive: { current: '', keys: new Map() } };

/** The id of an event is a digest. */
const EVENT_ID = /^[0-9a-f]{64}$/;

/**
 * Lists the ids of the archive's events. Needs no key, since no copy is opened. Skips names that are no event ids.
 * @returns undefined if no archive is configured (`RETENTION_ARCHIVE`).
 */
export const archivedEvents = (
  environment: Environment = process.env,
): ((since: Instant) => AsyncIterable<string>) | undefined => {
  if (!hasArchive(environment)) return undefined;
  return async function* (since) {
    const archive = await openArchive(readArchiveLocation(environment), NO_KEYS);
    for await (const id of archive.ids('events', since)) if (EVENT_ID.test(id)) yield id;
  };
};

/**
 * The archive as housekeeping needs it. Needs no key, since no copy is opened.
 * @returns undefined if no archive is configured (`RETENTION_ARCHIVE`).
 */
export const expiringArchive = (
  environment: Environment = process.env,
): (() => Promise<Pick<Archive, 'removeOld'>>) | undefined =>
  hasArchive(environment) ? () => openArchive(readArchiveLocation(environment), NO_KEYS) : undefined;
