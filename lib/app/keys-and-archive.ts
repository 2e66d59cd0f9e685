import { openArchive } from '../adapters/archive/open-archive.ts';
import { fetchKeys } from '../adapters/aws/fetch-keys.ts';
import { readArchiveLocation } from '../adapters/environment/configuration.ts';
import type { Environment } from '../base/environment.ts';
import { once } from '../base/once.ts';
import { onceForEach } from '../base/once-for-each.ts';
import type { Archive } from '../erasure/archive/archive.ts';
import type { SubjectKeys } from '../erasure/subjects/key-ring.ts';

/** Returns a function that fetches the subject keys when it is first called. */
export const subjectKeysOnce = (environment: Environment): (() => Promise<SubjectKeys>) =>
  once(async () => ({ subject: await fetchKeys('subject', environment) }));

/** Returns a function that opens the archive at `RETENTION_ARCHIVE` when it is first called. */
export const archiveOnce = (environment: Environment): (() => Promise<Archive>) =>
  once(async () => openArchive(readArchiveLocation(environment), { archive: await fetchKeys('archive', environment) }));

/** In a bucket each category has a folder of its own: `s3://bucket/*` stands for all of them. */
const EACH = /\/\*$/;

const placeOf = (environment: Environment, category: string): Environment => ({
  ...environment,
  RETENTION_ARCHIVE: environment.RETENTION_ARCHIVE?.trim().replace(EACH, `/${category}`),
});

/**
 * Returns a function that opens the archive of a category when it is first asked for.
 * @throws InputError, that function, if no archive or no key for it is configured.
 */
export const archivesOf = (environment: Environment): ((category: string) => Promise<Archive>) => {
  const key = once(() => fetchKeys('archive', environment));
  return onceForEach((category) =>
    key().then((archive) => openArchive(readArchiveLocation(placeOf(environment, category)), { archive })),
  );
};
