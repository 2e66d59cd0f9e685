import { setTimeout as sleep } from 'node:timers/promises';
import { openArchive } from '../adapters/archive/open-archive.ts';
import { fetchKeys } from '../adapters/aws/fetch-keys.ts';
import { hasKeys } from '../adapters/crypto/read-key-ring.ts';
import { statementSeal } from '../adapters/crypto/statement-signer.ts';
import { hasArchive, readArchiveLocation } from '../adapters/environment/configuration.ts';
import type { AuditPorts } from '../audit/audit.ts';
import type { Environment } from '../base/environment.ts';
import { once } from '../base/once.ts';
import type { Archive } from '../erasure/archive/archive.ts';
import type { Backend } from './backend.ts';
import type { PortContext } from './port-context.ts';

/** In a bucket each category has a folder of its own: `s3://bucket/*` stands for all of them. */
const EACH = /\/\*$/;

const placeOf = (environment: Environment, category: string): Environment => ({
  ...environment,
  RETENTION_ARCHIVE: environment.RETENTION_ARCHIVE?.trim().replace(EACH, `/${category}`),
});

/** Opens the archive of each category once. */
const archives = (environment: Environment): ((category: string) => Promise<Archive>) => {
  const key = once(() => fetchKeys('archive', environment));
  const opened = new Map<string, Promise<Archive>>();
  return (category) => {
    const known =
      opened.get(category) ??
      key().then((archive) => openArchive(readArchiveLocation(placeOf(environment, category)), { archive }));
    opened.set(category, known);
    return known;
  };
};

/** Builds the ports of the audit: what of archive and keys is configured. Empty if the store cannot be audited. */
export const auditPorts = (
  { auditReader: reader }: Pick<Backend, 'auditReader'>,
  { environment, clock, wait = sleep }: PortContext,
): { readonly audit?: AuditPorts } => {
  if (reader === undefined) return {};
  return {
    audit: {
      ...{ reader, clock, wait },
      ...(hasArchive(environment) && hasKeys('archive', environment) && { archive: archives(environment) }),
      ...(hasKeys('subject', environment) && { keys: async () => (await fetchKeys('subject', environment)).keys }),
      ...(hasKeys('signing', environment) && {
        seal: async () => statementSeal(await fetchKeys('signing', environment)),
      }),
    },
  };
};
