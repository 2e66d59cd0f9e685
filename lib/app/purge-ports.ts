import { setTimeout as sleep } from 'node:timers/promises';
import { archivedEvents } from '../adapters/archive/open-archive.ts';
import { newOpening } from '../adapters/crypto/new-opening.ts';
import { hasKeys } from '../adapters/crypto/read-key-ring.ts';
import { hasArchive } from '../adapters/environment/configuration.ts';
import type { Environment } from '../base/environment.ts';
import { withFirstHolds } from '../control/first-holds.ts';
import { archivePeriods } from '../erasure/archive/archive-periods.ts';
import type { ManifestPorts } from '../erasure/archive/manifest.ts';
import { LedgerWitness } from '../erasure/consistency/ledger-witness.ts';
import { ledgerErasures } from '../erasure/due/due-erasures.ts';
import type { OwnRecords } from '../erasure/stored/own-records.ts';
import type { DateWriter } from '../maintenance/date-writer.ts';
import type { RetentionPolicy } from '../policy/retention-policy.ts';
import type { Ports } from '../purge/purge.ts';
import type { Backend } from './backend.ts';
import { archiveOnce, subjectKeysOnce } from './keys-and-archive.ts';
import type { PortContext } from './port-context.ts';

/** The ports of a run, and those that read the ledger or backfill dates. */
export interface RunPorts extends Ports {
  readonly dateWriter: DateWriter;
  readonly witness: LedgerWitness;
}

/** Where runs write the list of events that the archive must hold. Undefined without an archive, or without its key. */
const manifestsOf = (
  policy: RetentionPolicy,
  { events }: OwnRecords,
  environment: Environment,
): { readonly manifests?: ManifestPorts } => {
  if (!hasArchive(environment) || !hasKeys('archive', environment)) return {};
  return { manifests: { events, archive: archiveOnce(environment), period: archivePeriods(policy).manifests } };
};

/** Builds all ports of a run on a backend. */
export const purgePorts = (
  { store, remover, leases, controls: stored, reportStore, dateWriter, records, earlier, elsewhere }: Backend,
  policy: RetentionPolicy,
  { environment, clock, wait = sleep, throttle }: PortContext,
): RunPorts => {
  const archived = archivedEvents(environment);
  const subjectKeys = subjectKeysOnce(environment);
  const witness = new LedgerWitness(policy, {
    ...records,
    earlier,
    elsewhere,
    ...(archived !== undefined && { archivedEvents: archived }),
    subjectKeys,
    wait,
  });
  const controls = withFirstHolds(stored);
  return {
    store,
    remover,
    leases,
    controls,
    reportStore,
    dateWriter,
    witness,
    clock,
    ...(throttle !== undefined && { throttle }),
    erasureSource: ledgerErasures({
      ledger: records.ledger,
      events: records.events,
      controls,
      clock,
      policy,
      witness,
      newOpening,
      subjectKeys,
      ...manifestsOf(policy, records, environment),
    }),
  };
};
