import { openArchive } from '../adapters/archive/open-archive.ts';
import { fetchKeys } from '../adapters/aws/fetch-keys.ts';
import { readArchiveLocation } from '../adapters/environment/configuration.ts';
import type { Environment } from '../base/environment.ts';
import { once } from '../base/once.ts';
import type { Archive } from '../erasure/archive/archive.ts';
import type { SubjectKeys } from '../erasure/subjects/key-ring.ts';

/** Returns a function that fetches the subject keys when it is first called. */
export const subjectKeysOnce = (environment: Environment): (() => Promise<SubjectKeys>) =>
  once(async () => ({ subject: await fetchKeys('subject', environment) }));

/** Returns a function that opens the archive at `RETENTION_ARCHIVE` when it is first called. */
export const archiveOnce = (environment: Environment): (() => Promise<Archive>) =>
  once(async () => openArchive(readArchiveLocation(environment), { archive: await fetchKeys('archive', environment) }));
