import type { Client } from '@elastic/elasticsearch';
import type { Archive } from '../erasure/archive.ts';
import type { BookPorts } from '../erasure/close-books.ts';
import { receiptIdsBy } from '../erasure/closed-request.ts';
import { proofsBy } from '../erasure/decisions.ts';
import { KEY_KINDS, type KeyRing, type KeyVersions } from '../erasure/key-ring.ts';
import type { EventLogs } from '../erasure/ledger.ts';
import { withProof } from '../erasure/obligation-proof.ts';
import type { BearerStore } from '../erasure/reconcile.ts';
import type { RecordPorts } from '../erasure/record-ports.ts';
import { sealEarlierOpening } from '../erasure/sealed-opening.ts';
import { subjectHashes } from '../erasure/subject-hash.ts';
import type { Instant } from '../policy/instant.ts';
import type { OwnNames } from '../policy/own-indices.ts';
import type { RetentionPolicy } from '../policy/retention-policy.ts';
import { openArchive } from './archive/open-archive.ts';
import { readArchiveLocation, readEventBus } from './configuration.ts';
import { elasticsearchBearers } from './elasticsearch/elasticsearch-bearers.ts';
import { type OwnBooks, ownBooks } from './elasticsearch/own-books.ts';
import type { RequestPolicy } from './elasticsearch/request.ts';
import { eventBridgePublisher } from './event-bridge.ts';
import { fetchKeys } from './fetch-keys.ts';
import { hasKeys } from './key-ring.ts';
import { once } from './once.ts';
import { receiptHash, signReceipt } from './receipt-signer.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What erasure works with beside the purge's ports. Keys and archive are opened at the first need. */
export interface ErasurePorts extends BookPorts {
  readonly events: EventLogs;
  readonly receipts: OwnBooks['receipts'];
  readonly bearers: BearerStore;
  /** What subjects are looked up with. The other keys stay where they are used. */
  readonly keyRing: () => Promise<Pick<KeyRing, 'subject'>>;
  /** What receipts are checked with; undefined where this key is not at hand. */
  readonly signingKeys: () => Promise<KeyVersions | undefined>;
  readonly archive: () => Promise<Archive>;
  /** What recording an event needs. @throws InputError without keys or archive. */
  readonly openRecord: () => Promise<RecordPorts>;
}

/**
 * Ledger, receipts and events on one Elasticsearch client; keys from `RETENTION_KEYS` or kind by kind, the archive at `RETENTION_ARCHIVE`, and
 * the bus `EVENT_BUS_NAME`, if there is one.
 * @param books those of the purge's ports, where there are any: what was learnt of these indices need not be asked again.
 */
export const erasurePorts = (
  client: Client,
  requests: RequestPolicy,
  clock: () => Instant,
  environment: Environment = process.env,
  policy: OwnNames & Pick<RetentionPolicy, 'terminations'>,
  { ledger, events, receipts }: OwnBooks = ownBooks(client, requests, policy),
): ErasurePorts => {
  const keyRing = once(async () => ({ subject: await fetchKeys('subject', environment) }));
  const signing = once(() => fetchKeys('signing', environment));
  const publisher = () => (environment.EVENT_BUS_NAME ? eventBridgePublisher(readEventBus(environment)) : undefined);
  const archive = once(async () =>
    openArchive(readArchiveLocation(environment), { archive: await fetchKeys('archive', environment) }),
  );
  return {
    ledger,
    events,
    receipts,
    bearers: elasticsearchBearers(client, requests),
    keyRing,
    signingKeys: () => signing().catch(() => undefined),
    archive,
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
        receiptIds: async () => receiptIdsBy(await keyRing()),
        sealer: async () => {
          const ring = await keyRing();
          return (opening, place) => sealEarlierOpening(opening, place, ring);
        },
        ...(bus !== undefined && { publisher: bus }),
        clock,
      };
    },
    openRecord: async () => {
      const [ring, copies] = [await keyRing(), await archive()];
      return {
        ledger,
        events,
        archiveEvent: (id, event) => copies.put('events', id, event),
        hashes: (subject) => subjectHashes(subject, ring),
        withProof: (entry, before) => withProof(entry, ring, before),
        proveConfirmation: proofsBy(ring.subject.keys),
        maxPerHour: policy.terminations.maxPerHour,
        clock,
      };
    },
  };
};
