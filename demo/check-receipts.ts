import type { Client } from '@elastic/elasticsearch';
import { InvalidReceipt } from '../lib/adapters/crypto/invalid-receipt.ts';
import { type VerifiedReceipt, verifyReceipt } from '../lib/adapters/crypto/receipt-verifier.ts';
import { elasticsearchLedger } from '../lib/adapters/elasticsearch/ledger/elasticsearch-ledger.ts';
import { REQUEST_MILLISECONDS } from '../lib/app/purge-ports.ts';
import type { Subject } from '../lib/erasure/events/termination-type.ts';
import type { KeptReceipt } from '../lib/erasure/receipts/receipt-store.ts';
import { openingOf } from '../lib/erasure/receipts/sealed-opening.ts';
import type { KeyRing } from '../lib/erasure/subjects/key-ring.ts';
import { subjectCommitment } from '../lib/erasure/subjects/subject-commitment.ts';
import type { OwnIndices } from '../lib/policy/own-indices.ts';
import { SUBJECTS } from './customers.ts';
import { CONFIGURATION } from './seed-catalogue.ts';

/** A receipt whose signature holds, and what else was tried with it. */
export interface CheckedReceipt extends VerifiedReceipt {
  /** Everybody, of all accounts and applications, whom its opening fits. */
  readonly subjects: readonly Subject[];
  /** What became of a copy with one document more in it: the code of its refusal, or `valid`. */
  readonly tampered: string;
}

/** All receipts that there are, the oldest first. */
const readReceipts = async (client: Client, index: string): Promise<readonly KeptReceipt[]> => {
  await client.indices.refresh({ index });
  const { hits } = await client.search<KeptReceipt>({ index, sort: 'issuedAt', size: 100 });
  return hits.hits.flatMap(({ _source }) => _source ?? []);
};

/** By receipt, what opens its commitment. */
const readOpenings = async (
  client: Client,
  index: string,
  ring: KeyRing,
): Promise<ReadonlyMap<string, string | undefined>> => {
  const ledger = elasticsearchLedger(client, { timeout: () => REQUEST_MILLISECONDS }, index);
  const { entries } = await ledger.find({ category: CONFIGURATION.id, states: ['erased'] }, 100);
  return new Map(
    entries.flatMap(({ entry }) =>
      entry.closures.map((closure) => [closure.receipt ?? '', openingOf(entry, closure, ring)]),
    ),
  );
};

/** The same receipt with one document more, under the old signature. */
const tamperWith = (jws: string): string => {
  const [header, payload = '', signature] = jws.split('.');
  const truth = Buffer.from(payload, 'base64url').toString();
  const lie = truth.replace(/(?<="documentsErased":)\d+/, (erased) => `${Number(erased) + 1}`);
  return [header, Buffer.from(lie).toString('base64url'), signature].join('.');
};

const fateOf = async (jws: string, publicKey: string): Promise<string> => {
  try {
    await verifyReceipt(jws, publicKey);
    return 'valid';
  } catch (error) {
    if (error instanceof InvalidReceipt) return error.code;
    throw error;
  }
};

/**
 * Reads the receipts out of the cluster and checks them as an auditor would, with a public key and the openings.
 * @param ring unseals the openings, which the ledger keeps.
 * @throws InvalidReceipt when one is not valid.
 */
export const checkReceipts = async (
  client: Client,
  names: Pick<OwnIndices, 'ledger' | 'receipts'>,
  publicKey: string,
  ring: KeyRing,
): Promise<readonly CheckedReceipt[]> => {
  const openings = await readOpenings(client, names.ledger, ring);
  const receipts = await readReceipts(client, names.receipts);
  return Promise.all(
    receipts.map(async ({ id, jws }) => {
      const verified = await verifyReceipt(jws, publicKey);
      const { commitment } = verified.receipt.subject;
      const opening = openings.get(id) ?? '';
      const subjects = SUBJECTS.filter((subject) => subjectCommitment(subject, opening) === commitment);
      return { ...verified, subjects, tampered: await fateOf(tamperWith(jws), publicKey) };
    }),
  );
};
