import { setTimeout as sleep } from 'node:timers/promises';
import { fetchKeys } from '../adapters/aws/fetch-keys.ts';
import { hasKeys } from '../adapters/crypto/read-key-ring.ts';
import { statementSeal } from '../adapters/crypto/statement-signer.ts';
import { hasArchive } from '../adapters/environment/configuration.ts';
import type { AuditPorts } from '../audit/audit.ts';
import type { Backend } from './backend.ts';
import { archivesOf } from './keys-and-archive.ts';
import type { PortContext } from './port-context.ts';

/** Builds the ports of the audit: what of archive and keys is configured. Empty if the store cannot be audited. */
export const auditPorts = (
  { auditReader: reader }: Pick<Backend, 'auditReader'>,
  { environment, clock, wait = sleep }: PortContext,
): { readonly audit?: AuditPorts } => {
  if (reader === undefined) return {};
  return {
    audit: {
      reader,
      clock,
      wait,
      ...(hasArchive(environment) && hasKeys('archive', environment) && { archive: archivesOf(environment) }),
      ...(hasKeys('subject', environment) && { keys: async () => (await fetchKeys('subject', environment)).keys }),
      ...(hasKeys('signing', environment) && {
        seal: async () => statementSeal(await fetchKeys('signing', environment)),
      }),
    },
  };
};
