import { eventBridgePublisher } from '../adapters/aws/event-bridge.ts';
import { fetchKeys } from '../adapters/aws/fetch-keys.ts';
import { hasKeys } from '../adapters/crypto/read-key-ring.ts';
import { receiptHash, signReceipt } from '../adapters/crypto/receipt-signer.ts';
import { readEventBus } from '../adapters/environment/configuration.ts';
import { once } from '../base/once.ts';
import type { Archive } from '../erasure/archive/archive.ts';
import { proofsBy } from '../erasure/brakes/decisions.ts';
import type { AccountReader } from '../erasure/consistency/reconcile.ts';
import type { FinishPorts } from '../erasure/due/finish-erasures.ts';
import type { EventLogs } from '../erasure/events/event-log.ts';
import { withProof } from '../erasure/ledger/obligation-proof.ts';
import { sealEarlierOpening } from '../erasure/ledger/sealed-opening.ts';
import { receiptIdsBy } from '../erasure/receipts/closed-request.ts';
import type { RecordPorts } from '../erasure/recording/record-ports.ts';
import type { OwnRecords } from '../erasure/stored/own-records.ts';
import { KEY_KINDS, type KeyVersions, type SubjectKeys } from '../erasure/subjects/key-ring.ts';
import { subjectHashes } from '../erasure/subjects/subject-hash.ts';
import type { RetentionPolicy } from '../policy/retention-policy.ts';
import type { Backend } from './backend.ts';
import { archiveOnce, archivesOf, subjectKeysOnce } from './keys-and-archive.ts';
import type { PortContext } from './port-context.ts';

/**
 * The ports that erasure needs in addition to the ports of a purge. Keys and archive are opened when they are first
 * needed.
 */
export interface ErasurePorts extends FinishPorts {
  readonly events: EventLogs;
  readonly receipts: OwnRecords['receipts'];
  readonly accountReader: AccountReader;
  /** The keys by which subjects are looked up. No other keys are handed out. */
  readonly subjectKeys: () => Promise<SubjectKeys>;
  /** The keys that check receipts; undefined where no signing key is configured. */
  readonly signingKeys: () => Promise<KeyVersions | undefined>;
  /**
   * Opens the archive.
   * @throws InputError if no archive, or no archive key, is configured.
   */
  readonly archive: () => Promise<Archive>;
  /** The archive of a category: in a bucket, `RETENTION_ARCHIVE=s3://bucket/*` gives each a folder of its own. */
  readonly archiveOf: (category: string) => Promise<Archive>;
  /**
   * The ports for recording an event.
   * @throws InputError without keys or archive.
   */
  readonly openRecord: () => Promise<RecordPorts>;
}

/**
 * Builds the ports for erasure on a backend. Keys come from `RETENTION_KEYS` or from one variable for each kind. The
 * archive is at `RETENTION_ARCHIVE`. The bus is `EVENT_BUS_NAME`, if that is set.
 */
export const erasurePorts = (
  { records: { ledger, events, receipts }, accountReader }: Pick<Backend, 'records' | 'accountReader'>,
  policy: Pick<RetentionPolicy, 'terminations'>,
  { environment, clock }: PortContext,
): ErasurePorts => {
  const subjectKeys = subjectKeysOnce(environment);
  const signing = once(() => fetchKeys('signing', environment));
  const publisher = () => (environment.EVENT_BUS_NAME ? eventBridgePublisher(readEventBus(environment)) : undefined);
  const archive = archiveOnce(environment);
  return {
    ledger,
    events,
    receipts,
    accountReader,
    subjectKeys,
    signingKeys: () => signing().catch(() => undefined),
    archive,
    archiveOf: archivesOf(environment),
    hasEvidence: KEY_KINDS.every((kind) => hasKeys(kind, environment)) && Boolean(environment.RETENTION_ARCHIVE),
    publisher,
    openEvidence: async () => {
      const bus = publisher();
      return {
        ledger,
        receipts,
        archive: await archive(),
        sign: async (receipt) => {
          const jws = await signReceipt(receipt, { signing: await signing() });
          return { jws, hash: receiptHash(jws) };
        },
        receiptIds: async () => receiptIdsBy(await subjectKeys()),
        sealer: async () => {
          const keys = await subjectKeys();
          return (opening, place) => sealEarlierOpening(opening, place, keys);
        },
        ...(bus !== undefined && { publisher: bus }),
        clock,
      };
    },
    openRecord: async () => {
      const [keys, copies] = [await subjectKeys(), await archive()];
      return {
        ledger,
        events,
        archiveEvent: (id, event) => copies.put('events', id, event),
        hashes: (subject) => subjectHashes(subject, keys),
        withProof: (entry, before) => withProof(entry, keys, before),
        proveConfirmation: proofsBy(keys.subject.keys),
        maxPerHour: policy.terminations.maxPerHour,
        clock,
      };
    },
  };
};
